import assert from 'node:assert/strict';
import type { TradingAccount } from '../../lib/account.ts';
import { toTick } from '../../lib/domain/tick.ts';
import type { ExchangeOrder } from '../../lib/exchange/contract.ts';
import { SimulatedDesk } from './simulated-desk.ts';

describe('account: what stands by, when something comes between', () => {
  let desk: SimulatedDesk;
  let account: TradingAccount;

  beforeEach(async () => {
    desk = new SimulatedDesk();
    account = await desk.open();
  });

  afterEach(() => desk.dispose());

  it('keeps the stop while an approved exit waits to be placed', async () => {
    await desk.protectedPosition();
    await desk.approve({ action: 'close' });
    for (let i = 0; i < 20; i += 1) {
      await desk.run(500);
      assert.deepEqual(desk.stops(), [100], `after ${i / 2} s`);
    }
    assert.equal(account.haltState(), 'active', desk.log.join('\n'));
  });

  it('does not touch the stop for an exit placed when trading was halted', async () => {
    await desk.protectedPosition();
    const exit = await desk.approve({ action: 'close' });
    account.setHaltState('halted', 'a person', 'test');
    const placed = await account.place(exit, { nodeId: 'place', passThrough: {} });
    assert.ok(placed.kind === 'blocked' && placed.code === 'E_HALTED', JSON.stringify(placed));
    await desk.run(5_000);
    assert.deepEqual(desk.stops(), [100]);
  });

  it('takes no stop away while trading is halted, for it could not put another', async () => {
    await desk.protectedPosition();
    account.setHaltState('halted', 'a person', 'test');
    const positions = desk.broker.positions.bind(desk.broker);
    desk.broker.positions = async () =>
      (await positions()).map((position) => ({ ...position, quantity: position.quantity - 30 }));
    await desk.run(60_000);
    assert.deepEqual(desk.stops(), [100]);
    account.setHaltState('active', 'again', 'test');
    await desk.run(20_000);
    assert.deepEqual(desk.stops(), [70]);
  });

  /** A broker that takes each order and refuses some of it a moment later; tells how many it took. */
  function refusing(which: (order: ExchangeOrder) => boolean): () => number {
    const refused = new Set<number>();
    let taken = 0;
    const { broker, exchange } = desk;
    const place = broker.place.bind(broker);
    broker.place = async (order) => {
      const outcome = await place(order);
      if (outcome.kind !== 'acknowledged') return outcome;
      taken += 1;
      for (const own of exchange.orders()) {
        if (own.id !== outcome.orderId && own.parentId !== outcome.orderId) continue;
        if (own.class !== 'equity' || !which(own)) continue;
        refused.add(own.id);
        exchange.cancel(own.id);
      }
      return outcome;
    };
    const told = <T extends { id: number; status: string }>(row: T): T =>
      refused.has(row.id) && row.status === 'canceled' ? { ...row, status: 'rejected' } : row;
    const emit = broker.orderEvents.emit.bind(broker.orderEvents);
    broker.orderEvents.emit = (event) => emit(told(event));
    for (const name of ['orders', 'orderTree'] as const) {
      const read = broker[name].bind(broker) as (id: number) => Promise<{ id: number; status: string }[]>;
      Object.assign(broker, { [name]: async (id: number) => (await read(id)).map(told) });
    }
    return () => taken;
  }

  for (const [what, away] of [
    ['stop', { stop: 5 }],
    ['stop of a pair', { stop: 5, target: 8 }],
  ] as const) {
    it(`asks a broker that refuses each ${what} afterwards less and less often`, async () => {
      await desk.protectedPosition(away);
      const taken = refusing(({ type }) => type === 'stop');
      for (const order of desk.working()) desk.exchange.cancel(order.id);
      await desk.run(120_000);
      assert.ok(taken() >= 3, `${taken()} tries`);
      assert.ok(taken() <= 8, `${taken()} orders in two minutes`);
      assert.equal(account.haltState(), 'reducing');
      const { protection } = await account.snapshot();
      assert.deepEqual(
        protection.missing.map(({ cause }) => cause),
        ['refused'],
      );
    });
  }

  /** The guard waits for another symbol for a while: a cancel there takes its time. */
  async function busyElsewhere(): Promise<void> {
    await desk.place({ quantity: 20, book: 'other', symbol: 'MSFT', stopLoss: { percent: 5 } });
    for (let i = 0; i < 80 && desk.held('MSFT') < 20; i += 1) await desk.run(250);
    await desk.run(2_000);
    const { broker, clock } = desk;
    const cancel = broker.cancel.bind(broker);
    broker.cancel = async (id) => {
      await clock.elapsed.sleep(14_000);
      return cancel(id);
    };
    const sold = await desk.approve({ action: 'sell', quantity: 5, book: 'other', symbol: 'MSFT' });
    void account.place(sold, { nodeId: 'place', passThrough: {} });
    await desk.run(6_000);
    broker.cancel = cancel;
  }

  it('does not hold a new position by the stop of one that is gone', async () => {
    await desk.protectedPosition({ stop: 0.5 });
    await busyElsewhere();
    const closed = await desk.place({ action: 'sell', quantity: 100 });
    assert.ok(closed.kind === 'acknowledged');
    for (let i = 0; i < 40 && desk.held() > 0; i += 1) await desk.run(50);
    assert.equal(desk.held(), 0);
    await desk.place({ quantity: 10, strategy: 'plain' });
    for (let i = 0; i < 40 && desk.held() === 0; i += 1) await desk.run(50);
    await desk.run(30_000);
    assert.equal(desk.held(), 10);
    assert.deepEqual(
      desk.working().filter(({ symbol }) => symbol === 'AAPL'),
      [],
    );
  });

  it('forgets the stop of a long position when its book goes short', async () => {
    await desk.protectedPosition();
    await busyElsewhere();
    const closed = await desk.place({ action: 'sell', quantity: 100 });
    assert.ok(closed.kind === 'acknowledged');
    for (let i = 0; i < 40 && desk.held() > 0; i += 1) await desk.run(50);
    assert.equal(desk.held(), 0);
    await desk.place({ action: 'short', mayShort: true, quantity: 20, strategy: 'plain' });
    for (let i = 0; i < 40 && desk.held() === 0; i += 1) await desk.run(50);
    await desk.run(30_000);
    assert.equal(desk.held(), -20);
    assert.equal(account.haltState(), 'active', desk.log.join('\n'));
  });

  for (const silent of [false, true]) {
    for (const ms of [0, 100, 200, 300, 400, 500]) {
      it(`closes a pair ${ms} ms after it was put back, ${silent ? 'without' : 'with'} stream`, async () => {
        await desk.protectedPosition({ stop: 5, target: 8 });
        for (const order of desk.working()) desk.exchange.cancel(order.id);
        let placed = 0;
        desk.broker.onCall = (call) => {
          if (call === 'place') placed += 1;
        };
        if (silent) desk.broker.orderEvents.clear();
        for (let i = 0; i < 400 && placed < 2; i += 1) await desk.run(50);
        for (let left = ms; left > 0; left -= 50) await desk.run(50);
        const closing = desk.place({ action: 'close' });
        await desk.run(15_000);
        const closed = await closing;
        assert.ok(closed.kind === 'acknowledged', JSON.stringify(closed));
        assert.equal(desk.held(), 0);
        assert.deepEqual(desk.working(), []);
        assert.equal(account.haltState(), 'active', desk.log.join('\n'));
      });
    }
  }

  it('waits for a stop of unknown outcome to be found before it gives an exit up', async () => {
    await desk.protectedPosition({ stop: 5, target: 8 });
    desk.broker.trouble.push('lost_reply');
    for (const order of desk.working()) desk.exchange.cancel(order.id);
    for (let i = 0; i < 100 && desk.broker.trouble.length > 0; i += 1) await desk.run(50);
    const closing = desk.place({ action: 'close' });
    await desk.run(20_000);
    const closed = await closing;
    assert.ok(closed.kind === 'acknowledged', JSON.stringify(closed));
    assert.equal(desk.held(), 0);
    assert.deepEqual(desk.working(), []);
    assert.equal(account.haltState(), 'active', desk.log.join('\n'));
  });

  it('sends nothing after an exit that carries a bracket', async () => {
    await desk.place({ quantity: 100 });
    await desk.run(3_000);
    const size = await account.size(
      desk.signal({ action: 'sell', quantity: 50, type: 'limit', limitPrice: 500 }),
      { method: 'as_signal' },
    );
    assert.ok(size.kind === 'sized');
    const decision = await account.check({ ...size.intent, bracket: { stopLoss: 10, duration: 'gtc' } });
    assert.ok(decision.kind === 'approved', JSON.stringify(decision));
    await account.place(decision.intent, { nodeId: 'place', passThrough: {} });
    await desk.run(1_000);
    assert.deepEqual(
      desk.working().map(({ type, price, parentId }) => [type, price, parentId]),
      [['limit', 500, null]],
    );
  });

  it('closes what is left after a part was sold by hand', async () => {
    await desk.protectedPosition();
    for (const order of desk.working()) desk.exchange.cancel(order.id);
    const part = { symbol: 'AAPL', side: 'sell', quantity: 30, type: 'market', duration: 'day' } as const;
    assert.ok(desk.exchange.place(part).ok);
    await desk.run(60_000);
    assert.deepEqual(desk.stops(), [70]);
    const closed = await desk.place({ action: 'close' });
    assert.ok(closed.kind === 'acknowledged', JSON.stringify(closed));
    await desk.run(5_000);
    assert.equal(desk.held(), 0);
    assert.deepEqual(desk.working(), []);
    assert.equal(account.haltState(), 'active', desk.log.join('\n'));
  });

  it('sends a limit exit on the far side of the stop alone', async () => {
    await desk.protectedPosition({ stop: 0.3 });
    const [stop] = desk.working();
    const limitPrice = toTick((stop?.stop ?? 0) - 0.05, 'down');
    const placed = await desk.place({ action: 'sell', quantity: 100, type: 'limit', limitPrice });
    assert.ok(placed.kind === 'acknowledged', JSON.stringify(placed));
    assert.equal(desk.exchange.order(placed.order.id ?? 0)?.class, 'equity');
    await desk.run(5_000);
    assert.equal(desk.held(), 0);
  });

  it('says of an exit that was given up, and is checked again, that it was ordered already', async () => {
    await desk.protectedPosition();
    const exit = await desk.approve({ action: 'close' });
    desk.broker.deaf = true;
    const placing = account.place(exit, { nodeId: 'place', passThrough: {} });
    await desk.run(15_000);
    assert.equal((await placing).kind, 'rejected');
    const decision = await account.check(exit);
    assert.ok(decision.kind === 'refused');
    assert.deepEqual(
      decision.refusals.map(({ rule }) => rule),
      ['already-ordered'],
    );
  });
});
