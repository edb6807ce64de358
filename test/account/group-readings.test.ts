import assert from 'node:assert/strict';
import type { TradingAccount } from '../../lib/account.ts';
import type { OrderRequest } from '../../lib/broker/port.ts';
import { toTick } from '../../lib/domain/tick.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { SimulatedDesk } from './simulated-desk.ts';

/** The broker as it may also be: its rows and events told otherwise, or not at all. */
function told(
  desk: SimulatedDesk,
  change: <T extends { id: number; status: string }>(row: T) => T | null,
): void {
  const { broker } = desk;
  const emit = broker.orderEvents.emit.bind(broker.orderEvents);
  broker.orderEvents.emit = (event) => {
    const seen = change(event);
    if (seen) emit(seen);
  };
  for (const name of ['orders', 'orderTree'] as const) {
    const read = broker[name].bind(broker) as (id: number) => Promise<{ id: number; status: string }[]>;
    const changed = async (id: number) => (await read(id)).map(change).filter((row) => row !== null);
    Object.assign(broker, { [name]: changed });
  }
}

describe('account: groups that are read late, or otherwise than they were sent', () => {
  let desk: SimulatedDesk;
  let account: TradingAccount;

  beforeEach(async () => {
    desk = new SimulatedDesk();
    account = await desk.open();
  });

  afterEach(() => desk.dispose());

  function byHand(side: 'buy' | 'sell', quantity: number): void {
    const order = desk.exchange.place({ symbol: 'AAPL', side, quantity, type: 'market', duration: 'day' });
    assert.ok(order.ok, JSON.stringify(order));
  }

  it('cancels the legs of a partial entry that outlive it, before it protects what was bought', async () => {
    await account.close();
    const { policy } = desk;
    const large = { maxOrderQuantity: 5_000, maxOrderValue: 1e6 };
    desk.policy = { ...policy, ...large, maxPositionPercent: 500, maxConcentrationPercent: 500 };
    account = await desk.open();
    const { broker, exchange } = desk;
    const alive = new Set<number>();
    const calls: string[] = [];
    const cancel = broker.cancel.bind(broker);
    broker.cancel = async (id) => {
      calls.push(alive.has(id) ? 'cancel leg' : 'cancel group');
      // This broker's cancel of a group ends its first leg alone.
      for (const leg of exchange.orders())
        if (leg.parentId === id && leg.status === 'held') alive.add(leg.id);
      return alive.delete(id) ? { kind: 'acknowledged' } : cancel(id);
    };
    const place = broker.place.bind(broker);
    broker.place = (order: OrderRequest) => {
      calls.push(`place ${'legs' in order ? order.class : order.type}`);
      return place(order);
    };
    told(desk, (row) =>
      alive.has(row.id) && row.status === 'canceled'
        ? { ...row, status: 'open', remainingQuantity: 1_200 }
        : row,
    );
    const quote = await account.quote('AAPL', 5_000);
    const limitPrice = quote.bid ?? 0;
    const wish = { quantity: 1_200, type: 'limit', limitPrice, stopLoss: { percent: 4 } } as const;
    const placed = await desk.place(wish);
    assert.ok(placed.kind === 'acknowledged');
    for (let i = 0; i < 400 && desk.held() === 0; i += 1) await desk.run(250);
    assert.ok(desk.held() > 0 && desk.held() < 1_200, `${desk.held()} were bought`);
    const main = desk.working().find(({ side }) => side === 'buy');
    exchange.change(main?.id ?? 0, { price: toTick(limitPrice - 3, 'down') });
    await desk.run(40_000);
    assert.deepEqual(desk.stops(), [desk.held()]);
    assert.deepEqual(calls, ['place oto', 'cancel group', 'cancel leg', 'place stop']);
  });

  it('books what a group did whose legs could not be read before it was over', async () => {
    const { broker, exchange, clock } = desk;
    const down = () => Promise.reject(new Error('out of order'));
    const quote = await account.quote('AAPL', 5_000);
    const placing = desk.bracketed({ stop: 5 }, { quantity: 100 });
    Object.assign(broker, { orders: down, orderTree: down, positions: down });
    const placed = await placing;
    assert.ok(placed.kind === 'acknowledged');
    for (let i = 0; i < 80 && desk.held() < 100; i += 1) await desk.run(250);
    const [stop] = desk.working();
    exchange.change(stop?.id ?? 0, { stop: toTick((quote.bid ?? 0) - 0.02, 'down') });
    for (let i = 0; i < 4_000 && desk.held() > 0; i += 1) await desk.run(250);
    assert.equal(desk.held(), 0, 'the stop was not reached');
    await desk.run(2_000);
    desk.die();
    await clock.advance(toEpoch('2026-03-03', '09:35') - clock.market.now());
    account = await desk.open();
    await desk.run(40_000);
    const order = account.order(placed.order.intentId);
    assert.equal(order?.status, 'filled');
    assert.equal(order?.execQuantity, 100);
    const { positions, reserved } = await account.snapshot();
    assert.deepEqual(positions, []);
    assert.equal(reserved, 0);
  });

  it('follows legs of earlier days by their group, where neither the list nor the leg alone tells of them', async () => {
    await desk.protectedPosition({ stop: 5, target: 8 });
    const { exchange, clock } = desk;
    await account.close();
    const morning = toEpoch('2026-03-03', '09:35');
    await clock.advance(morning - clock.market.now());
    account = await desk.open();
    const { broker } = desk;
    const isOld = (id: number) => (exchange.order(id)?.createdAt ?? morning) < morning - 3_600_000;
    const list = broker.orders.bind(broker);
    broker.orders = async () => (await list()).filter(({ id }) => !isOld(id));
    const tree = broker.orderTree.bind(broker);
    let reads = 0;
    broker.orderTree = async (id) => {
      reads += 1;
      return exchange.order(id)?.parentId === null ? tree(id) : [];
    };
    await desk.run(60_000);
    assert.equal(account.haltState(), 'active', desk.log.join('\n'));
    assert.ok(reads > 0 && reads <= 10, `${reads} readings of one pair in a minute`);
    broker.orderEvents.clear();
    const quote = await account.quote('AAPL', 5_000);
    const stop = desk.working().find(({ type }) => type === 'stop');
    exchange.change(stop?.id ?? 0, { stop: toTick((quote.bid ?? 0) - 0.02, 'down') });
    for (let i = 0; i < 4_000 && desk.held() > 0; i += 1) await desk.run(250);
    await desk.run(30_000);
    assert.deepEqual((await account.snapshot()).positions, []);
    assert.deepEqual(desk.working(), []);
    assert.equal(account.haltState(), 'active', desk.log.join('\n'));
  });

  it('puts back both legs of a pair although its parent is never told to be over', async () => {
    const { exchange } = desk;
    await desk.protectedPosition({ stop: 5, target: 8 });
    for (const order of desk.working()) exchange.cancel(order.id);
    await desk.run(10_000);
    const pairs = exchange.orders().filter((order) => order.class === 'oco');
    assert.equal(pairs.length, 1);
    told(desk, (row) => (row.id === pairs[0]?.id ? { ...row, status: 'open' } : row));
    for (const order of desk.working()) exchange.cancel(order.id);
    await desk.run(10_000);
    assert.deepEqual(desk.stops(), [100]);
  });

  it('cancels a stop that turns up when its position is gone', async () => {
    const { broker, exchange } = desk;
    await desk.protectedPosition();
    let late: OrderRequest | null = null;
    const place = broker.place.bind(broker);
    broker.place = async (order) => {
      late = order;
      broker.place = place;
      return { kind: 'unknown', reason: 'no answer', expectRejected: false };
    };
    for (const order of desk.working()) exchange.cancel(order.id);
    await desk.run(60_000);
    assert.deepEqual(desk.stops(), [100]);
    const closed = await desk.place({ action: 'close' });
    assert.ok(closed.kind === 'acknowledged', JSON.stringify(closed));
    await desk.run(5_000);
    assert.equal(desk.held(), 0);
    byHand('buy', 100);
    await desk.run(5_000);
    assert.ok(late);
    await place(late);
    await desk.run(20_000);
    assert.deepEqual(desk.working(), []);
    assert.equal(desk.held(), 100);
    assert.equal(account.haltState(), 'halted');
  });

  it('neither leaves a position bare nor blocks its exit for a stop that only a person can decide about', async () => {
    const { exchange } = desk;
    await desk.protectedPosition();
    desk.broker.trouble.push('lost_before');
    for (const order of desk.working()) exchange.cancel(order.id);
    await desk.run(3_000);
    byHand('buy', 10);
    await desk.run(60_000);
    assert.match(desk.log.join('\n'), /needs a person/);
    assert.deepEqual(desk.stops(), [100]);
    account = await desk.reopen();
    await desk.run(3_000);
    const closed = await desk.place({ action: 'close' });
    assert.ok(closed.kind === 'acknowledged', JSON.stringify(closed));
    await desk.run(5_000);
    assert.equal(desk.held(), 10);
    assert.deepEqual(desk.working(), []);
  });
});

describe('account: a trailing stop whose changes are slow or lost', () => {
  let desk: SimulatedDesk;

  beforeEach(async () => {
    desk = new SimulatedDesk();
    await desk.open();
    await desk.bracketed({ stop: 5, trail: 5 }, { quantity: 100 });
    for (let i = 0; i < 80 && desk.held() < 100; i += 1) await desk.run(250);
    await desk.run(3_000);
    assert.equal(desk.held(), 100);
  });

  afterEach(() => desk.dispose());

  /** The market for a moment: what the broker's streams say of it. */
  async function quoted(dollars: number): Promise<number> {
    const { clock, broker, account } = desk;
    const quote = await account.quote('AAPL', 60_000);
    const price = toTick((quote.bid ?? 0) + dollars, 'down');
    const time = clock.market.now();
    const sizes = { bidSize: 100, askSize: 100, bidTime: time, askTime: time };
    broker.trades.emit({ symbol: 'AAPL', time, price, size: 1, exchange: 'Q', cumulativeVolume: 1e9 });
    broker.quoteUpdates.emit({ symbol: 'AAPL', bid: price, ask: price + 0.02, ...sizes });
    await clock.advance(0);
    return price;
  }

  function stop(): number {
    return desk.working().find(({ type }) => type === 'stop')?.stop ?? 0;
  }

  it('never wants the stop back where it was before', async () => {
    const { broker, clock, exchange } = desk;
    const change = broker.change.bind(broker);
    let slow = true;
    broker.change = async (id, to) => {
      if (slow) await clock.elapsed.sleep(13_000);
      slow = false;
      return change(id, to);
    };
    await quoted(1);
    await clock.advance(5_200);
    const best = await quoted(3);
    await clock.advance(5_200);
    await quoted(2);
    await clock.advance(10_000);
    const tight = toTick(best - 5, 'down');
    assert.equal(stop(), tight);
    for (const order of desk.working()) exchange.cancel(order.id);
    await clock.advance(10_000);
    assert.equal(stop(), tight);
  });

  it('asks again for a change that was lost', async () => {
    const { broker, clock } = desk;
    const change = broker.change.bind(broker);
    let lost = 0;
    broker.change = async (id, to) => {
      if (lost > 0) return change(id, to);
      lost += 1;
      return { kind: 'unknown', reason: 'no answer', expectRejected: false };
    };
    const best = await quoted(2);
    await clock.advance(20_000);
    desk.broker.pulse();
    await clock.advance(10_000);
    assert.equal(lost, 1);
    assert.equal(stop(), toTick(best - 5, 'down'));
  });
});
