import assert from 'node:assert/strict';
import type {
  BrokerOrder,
  GroupOrderRequest,
  OrderEvent,
  OrderLegRequest,
  OrderRequest,
} from '../../lib/broker/port.ts';
import { TradierBroker } from '../../lib/broker/tradier/broker.ts';
import { systemElapsed, systemWall } from '../../lib/domain/clock.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { type RunningSimulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';
import { HandClock } from '../simulator/support.ts';
import { anOrder, eventually } from './fixtures.ts';

describe('the Tradier client against the simulator: kinds of orders', () => {
  let clock: HandClock;
  let simulator: RunningSimulator;
  let broker: TradierBroker;

  /** The simulator's time is moved by hand, the client's runs. */
  async function begin(options: SimulatorOptions = {}): Promise<void> {
    clock = new HandClock();
    simulator = await startSimulator({
      seed: 1,
      start: toEpoch('2026-03-02', '10:00'),
      elapsed: clock,
      wall: clock.wall,
      limits: false,
      ...options,
    });
    broker = new TradierBroker({
      environment: 'simulator',
      baseUrl: simulator.rest,
      token: simulator.token,
      accountId: simulator.account,
      clock: { elapsed: systemElapsed, wall: systemWall },
      log: () => undefined,
    });
  }

  afterEach(async () => {
    await broker.close();
    await simulator.close();
  });

  async function placed(order: OrderRequest): Promise<number> {
    const outcome = await broker.place(order);
    assert.equal(outcome.kind, 'acknowledged', JSON.stringify(outcome));
    return outcome.kind === 'acknowledged' ? outcome.orderId : 0;
  }

  async function bid(): Promise<number> {
    return (await broker.quotes(['AAPL'])).quotes[0]?.bid ?? 0;
  }

  async function row(id: number): Promise<BrokerOrder> {
    const order = await broker.order(id);
    assert.ok(order, `order ${id}`);
    return order;
  }

  async function statuses(first: number, count: number): Promise<string[]> {
    const rows = await broker.orders();
    return rows.filter(({ id }) => id >= first && id < first + count).map(({ status }) => status);
  }

  async function fault(kind: string, method: string): Promise<void> {
    const body = JSON.stringify({ kind, match: { method, path: '/orders' } });
    const armed = await fetch(`${simulator.control}/faults`, { method: 'POST', body });
    assert.ok(armed.ok, await armed.text());
  }

  const target = (more: Partial<OrderLegRequest> = {}): OrderLegRequest => ({
    ...{ symbol: 'AAPL', side: 'sell', quantity: 10, type: 'limit', price: 900 },
    ...more,
  });
  const stop = (more: Partial<OrderLegRequest> = {}): OrderLegRequest => ({
    ...{ symbol: 'AAPL', side: 'sell', quantity: 10, type: 'stop', stop: 40 },
    ...more,
  });
  const group = (kind: GroupOrderRequest['class'], legs: OrderLegRequest[]): GroupOrderRequest => ({
    class: kind,
    legs,
    duration: 'day',
    tag: 'abcd-group-1',
  });
  const entry = (price: number): OrderLegRequest => ({
    ...{ symbol: 'AAPL', side: 'buy', quantity: 10, type: 'limit' },
    price: Math.round(price * 100) / 100,
  });

  it('stop and stop limit', async () => {
    await begin();
    const first = await placed(anOrder({ type: 'stop', stop: 900 }));
    const second = await placed(anOrder({ type: 'stop_limit', stop: 900, price: 901.5, duration: 'gtc' }));
    const rows = [await row(first), await row(second)];
    assert.deepEqual(
      rows.map(({ type, stop, price, duration, status }) => [type, stop, price, duration, status]),
      [
        ['stop', 900, null, 'day', 'open'],
        ['stop_limit', 900, 901.5, 'gtc', 'open'],
      ],
    );
  });

  it('a short sale and its cover', async () => {
    await begin();
    const short = await placed(anOrder({ side: 'sell_short' }));
    clock.pass(10_000);
    assert.deepEqual([(await row(short)).side, (await row(short)).status], ['sell_short', 'filled']);
    assert.equal((await broker.positions())[0]?.quantity, -10);
    assert.ok((await broker.balances()).shortMarketValue < 0);
    const wrong = await broker.place(anOrder());
    assert.ok(
      wrong.kind === 'unknown' && wrong.expectRejected && wrong.reason.includes('UnexpectedBuyOrder'),
    );
    await placed(anOrder({ side: 'buy_to_cover' }));
    clock.pass(10_000);
    assert.deepEqual(await broker.positions(), []);
  });

  it('a cash account', async () => {
    await begin({ accountType: 'cash' });
    assert.deepEqual([(await broker.profile())[0]?.type, (await broker.balances()).type], ['cash', 'cash']);
    assert.equal((await broker.balances()).stockBuyingPower, 100_000);
  });

  it('an order before the market opens', async () => {
    await begin({ extendedHours: true, start: toEpoch('2026-03-02', '08:00') });
    const id = await placed(anOrder({ type: 'limit', price: 50, duration: 'pre' }));
    assert.deepEqual([(await row(id)).duration, (await row(id)).status], ['pre', 'open']);
    const late = await broker.place(anOrder({ type: 'limit', price: 50, duration: 'post' }));
    assert.equal(late.kind, 'rejected');
  });

  it('a bracket: flat rows with their parent, held until the entry is filled', async () => {
    await begin();
    const parent = await placed(group('otoco', [entry((await bid()) + 2), target(), stop()]));
    assert.deepEqual(
      (await broker.orders()).map((one) => [
        one.id,
        one.parentId,
        one.class,
        one.symbol,
        one.quantity,
        one.tag,
      ]),
      [
        [parent, null, 'otoco', '', 0, 'abcd-group-1'],
        ...[1, 2, 3].map((n) => [parent + n, parent, 'equity', 'AAPL', 10, 'abcd-group-1']),
      ],
    );
    assert.deepEqual((await statuses(parent, 4)).slice(2), ['held', 'held']);
    clock.pass(10_000);
    assert.deepEqual((await statuses(parent, 4)).slice(1), ['filled', 'open', 'open']);
    assert.equal((await row(parent + 3)).stop, 40);
  });

  it('an OCO: the fill of one ends the other', async () => {
    await begin();
    await placed(anOrder());
    clock.pass(10_000);
    const parent = await placed(group('oco', [target({ price: Math.floor(await bid()) - 1 }), stop()]));
    clock.pass(10_000);
    assert.deepEqual(await statuses(parent, 3), ['filled', 'filled', 'canceled']);
    assert.deepEqual(await broker.positions(), []);
  });

  it('an OTO with durations of its legs', async () => {
    await begin();
    const parent = await placed(group('oto', [entry(50), stop({ duration: 'gtc' })]));
    const legs = (await broker.orders()).filter((one) => one.parentId === parent);
    assert.deepEqual(
      legs.map(({ duration, status }) => [duration, status]),
      [
        ['day', 'open'],
        ['gtc', 'held'],
      ],
    );
    assert.ok((await broker.preview(group('oto', [entry(50), stop()]))).cost === 500);
  });

  it('cancels a leg, and a whole group by its parent', async () => {
    await begin();
    const parent = await placed(group('otoco', [entry((await bid()) + 2), target(), stop()]));
    clock.pass(10_000);
    assert.deepEqual(await broker.cancel(parent + 2), { kind: 'acknowledged' });
    assert.equal((await row(parent + 2)).status, 'canceled');
    const other = await placed(group('oto', [entry(50), stop()]));
    assert.deepEqual(await broker.cancel(other), { kind: 'acknowledged' });
    assert.deepEqual(await statuses(other, 3), ['canceled', 'canceled', 'canceled']);
    assert.deepEqual(await broker.cancel(other), { kind: 'already_final', status: 'canceled' });
  });

  it('changes an order and a leg; tells what is final, refused, or unknown to the broker', async () => {
    await begin();
    const id = await placed(anOrder({ type: 'limit', price: 50 }));
    assert.deepEqual(await broker.change(id, { price: 51.25, duration: 'gtc' }), { kind: 'acknowledged' });
    assert.deepEqual([(await row(id)).price, (await row(id)).duration], [51.25, 'gtc']);
    const parent = await placed(group('oto', [entry(50), stop()]));
    assert.deepEqual(await broker.change(parent + 2, { stop: 41 }), { kind: 'acknowledged' });
    assert.equal((await row(parent + 2)).stop, 41);
    assert.equal((await broker.change(parent, { price: 51 })).kind, 'rejected');
    assert.equal((await broker.change(999, { price: 51 })).kind, 'rejected');
    const refused = await broker.change(id, { type: 'stop', stop: 10 });
    assert.ok(refused.kind === 'unknown' && refused.expectRejected, JSON.stringify(refused));
    assert.equal((await row(id)).type, 'limit');
    await broker.cancel(id);
    assert.deepEqual(await broker.change(id, { price: 52 }), { kind: 'already_final', status: 'canceled' });
  });

  for (const [kind, price] of [
    ['close_before', 50],
    ['close_after', 51],
    ['error_after', 51],
  ] as const) {
    it(`${kind} on a change: unknown, and the order tells`, async () => {
      await begin();
      const id = await placed(anOrder({ type: 'limit', price: 50 }));
      await fault(kind, 'PUT');
      assert.equal((await broker.change(id, { price: 51 })).kind, 'unknown');
      assert.equal((await row(id)).price, price);
    });
    it(`${kind} on a group: unknown, and found by its tag or not there`, async () => {
      await begin();
      await fault(kind, 'POST');
      const order = group('otoco', [entry(50), target(), stop()]);
      assert.equal((await broker.place(order)).kind, 'unknown');
      const rows = (await broker.orders()).filter((one) => one.tag === order.tag);
      assert.equal(rows.length, kind === 'close_before' ? 0 : 4);
    });
  }

  it('hears of parents and legs', async () => {
    await begin();
    const events: OrderEvent[] = [];
    broker.orderEvents.on((event) => events.push(event));
    const open = new Promise<void>((resolve) => {
      broker.streamStates.on((state) => state.stream === 'account' && state.state === 'open' && resolve());
    });
    broker.connect();
    await open;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const parent = await placed(group('otoco', [entry((await bid()) + 2), target(), stop()]));
    clock.pass(10_000);
    await eventually(
      () => events.some(({ id, status }) => id === parent + 3 && status === 'open'),
      'the stop',
    );
    assert.ok(events.some(({ id }) => id === parent));
    const filled = events.find(({ id, status }) => id === parent + 1 && status === 'filled');
    assert.equal(filled?.execQuantity, 10);
  });
});
