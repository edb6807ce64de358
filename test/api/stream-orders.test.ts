import assert from 'node:assert/strict';
import type { TradingAccount } from '../../lib/account.ts';
import type { OrderEvent } from '../../lib/broker/port.ts';
import type { Order } from '../../lib/domain/order.ts';
import { PRESETS } from '../../lib/risk/policy.ts';
import { SimulatedDesk } from '../account/simulated-desk.ts';
import { StreamReader, type Told } from './api-desk.ts';
import { type RunningStream, runStream } from './quote-source.ts';

/** Longer than changes of orders are gathered. */
const GATHERED_MS = 100;

describe('orders on WS /stream', () => {
  let desk: SimulatedDesk;
  let account: TradingAccount;
  let running: RunningStream;
  let reader: StreamReader;

  beforeEach(async () => {
    desk = new SimulatedDesk();
    desk.policy = { ...PRESETS.standard, duplicateWindowSeconds: 0 };
    account = await desk.open();
    running = await runStream(desk.clock.elapsed, desk.clock.wall);
    running.stream.bind(account);
    reader = await StreamReader.open(`ws://127.0.0.1:${running.port}`, {}, []);
  });
  afterEach(async () => {
    reader.ws.terminate();
    await running.close();
    await desk.dispose();
  });

  /** A working order that the exchange does not fill by itself. */
  async function resting(book = 'b', quantity = 100): Promise<Order> {
    const { bid } = await account.quote('AAPL', 5_000);
    const limitPrice = Math.round((bid ?? 0) * 0.98 * 100) / 100;
    const placed = await desk.place({ book, quantity, type: 'limit', limitPrice });
    assert.ok(placed.kind === 'acknowledged', JSON.stringify(placed));
    return placed.order;
  }

  /** What the broker's stream says of an order. */
  function says({ id }: Order, event: Partial<OrderEvent>): void {
    const base = { status: 'partially_filled', execQuantity: 0, remainingQuantity: 0, avgFillPrice: 100 };
    const updatedAt = desk.clock.market.now();
    desk.broker.orderEvents.emit({ id: id ?? 0, ...base, updatedAt, ...event });
  }

  async function follow(): Promise<Told> {
    reader.say({ action: 'subscribe', channels: ['orders'] });
    return reader.hears('orders');
  }

  /** What was told since the snapshot, up to now. */
  async function heard(): Promise<Told[]> {
    await desk.run(GATHERED_MS);
    const id = `mark-${reader.told.length}`;
    reader.say({ action: 'unsubscribe', channels: ['alerts'], id });
    await reader.hears('unsubscription_confirmed', (told) => told.id === id);
    return reader.told.filter(({ type }) =>
      ['order_update', 'execution', 'strategy_mode_change'].includes(type),
    );
  }

  const inShort = ({ type, data }: Told) => {
    const { status, execQuantity, quantity, price } = data as Order & { price: number };
    return type === 'execution' ? `execution ${quantity} at ${price}` : `${status} ${execQuantity}`;
  };

  it('tells each fill of a moment, once and in order', async () => {
    const order = await resting();
    await desk.run(1_000);
    await follow();
    says(order, { execQuantity: 30, remainingQuantity: 70 });
    says(order, { execQuantity: 50, remainingQuantity: 50, avgFillPrice: 100.2 });
    says(order, { execQuantity: 50, remainingQuantity: 50, avgFillPrice: 100.2 });
    says(order, { status: 'filled', execQuantity: 100, avgFillPrice: 100.1 });
    const told = await heard();
    assert.deepEqual(told.map(inShort), [
      'partially_filled 30',
      'execution 30 at 100',
      'partially_filled 50',
      'execution 20 at 100.5',
      'filled 100',
      'execution 50 at 100',
    ]);
    assert.deepEqual(
      told.map(({ seq }) => seq),
      told.map((_, n) => Number(told[0]?.seq) + n),
    );
    const executions = told.filter(({ type }) => type === 'execution').map(({ data }) => data as object);
    const [first] = executions as Record<string, unknown>[];
    assert.deepEqual(
      [first?.executionId, first?.action, first?.side, first?.account, first?.orderId],
      [`${order.id}-30`, 'buy', 'buy', account.key, order.id],
    );
    assert.ok(executions.every((one) => (one as { simulated?: boolean }).simulated === true));
    assert.equal(new Set(executions.map((one) => (one as { executionId: string }).executionId)).size, 3);
    await desk.run(10_000);
    assert.equal((await heard()).length, told.length, 'nothing is told again');
  });

  it('tells what hundredths of a cent average to', async () => {
    const order = await resting();
    await desk.run(1_000);
    await follow();
    says(order, { execQuantity: 30, remainingQuantity: 70, avgFillPrice: 0.00015 });
    assert.deepEqual((await heard()).map(inShort), ['partially_filled 30', 'execution 30 at 0.00015']);
  });

  it('tells the end of an order that was filled in part, and no execution with it', async () => {
    const order = await resting();
    await desk.run(1_000);
    await follow();
    says(order, { execQuantity: 30, remainingQuantity: 70 });
    says(order, { status: 'canceled', execQuantity: 30 });
    const told = await heard();
    assert.deepEqual(told.map(inShort), ['partially_filled 30', 'execution 30 at 100', 'canceled 30']);
  });

  it('tells the fill of the oldest of 150 working orders, and a late one after its end', async () => {
    const oldest = await resting('oldest', 5);
    for (let n = 0; n < 149; n++) await resting(`b${n}`, 1);
    await desk.run(1_000);
    const { data } = await follow();
    assert.equal((data as Order[]).length, 150, 'what works is in the snapshot');
    says(oldest, { execQuantity: 2, remainingQuantity: 3 });
    says(oldest, { status: 'canceled', execQuantity: 3, avgFillPrice: 100 });
    const told = await heard();
    assert.deepEqual(told.map(inShort), [
      'partially_filled 2',
      'execution 2 at 100',
      'canceled 3',
      'execution 1 at 100',
    ]);
    says(oldest, { status: 'canceled', execQuantity: 4, avgFillPrice: 100 });
    assert.deepEqual((await heard()).slice(4).map(inShort), ['canceled 4', 'execution 1 at 100']);
  }).timeout(60_000);

  it('tells an order from its sending on, and a stop that moves', async () => {
    await follow();
    await desk.protectedPosition();
    await heard();
    const moves = () =>
      reader
        .of('order_update')
        .map(({ data }) => data as Order)
        .filter(({ role, status }) => role === 'stop_loss' && status === 'open')
        .map(({ stop }) => stop ?? 0);
    const begun = moves().length;
    assert.ok(begun > 0, 'the stop is told');
    const { stop } = account.orders(10).find(({ role }) => role === 'stop_loss') ?? {};
    const working = desk.working().find(({ type }) => type === 'stop');
    await desk.broker.change(working?.id ?? 0, { stop: (stop ?? 0) + 0.5 });
    await desk.run(30_000);
    await heard();
    assert.ok(
      moves()
        .slice(begun)
        .includes((stop ?? 0) + 0.5),
      `${moves()}`,
    );
    const seqs = (await heard()).map(({ seq }) => Number(seq));
    assert.deepEqual(
      seqs,
      seqs.map((_, n) => n + 1),
    );
  }).timeout(30_000);

  it('tells after a time without the account what happened meanwhile, and then a new snapshot', async () => {
    const order = await resting();
    await desk.run(1_000);
    const first = await follow();
    running.stream.bind(null);
    says(order, { execQuantity: 30, remainingQuantity: 70 });
    says(order, { execQuantity: 60, remainingQuantity: 40 });
    account = await desk.reopen();
    running.stream.bind(account);
    const second = await reader.hears('orders', (told) => told !== first);
    assert.deepEqual(
      reader.told.slice(reader.told.indexOf(first) + 1).map(({ type }) => type),
      ['order_update', 'execution', 'order_update', 'execution', 'orders'],
    );
    assert.equal((second.data as Order[])[0]?.execQuantity, 60);
    assert.equal(second.seq, 4);
  });

  it('tells that the account trades no more, and why', async () => {
    await follow();
    account.setHaltState('halted', 'lunch', 'a person');
    account.setHaltState('halted', 'still lunch', 'a person');
    account.setHaltState('active', 'back', 'a person');
    const told = await heard();
    assert.deepEqual(
      told.map(({ type, data }) => {
        const { strategy_id, from_mode, to_mode, reason, timestamp } = data as Record<string, unknown>;
        assert.ok(Math.abs(Number(timestamp) - running.wall.now()) <= GATHERED_MS);
        return [type, strategy_id, from_mode, to_mode, reason];
      }),
      [
        ['strategy_mode_change', null, 'active', 'halted', 'lunch'],
        ['strategy_mode_change', null, 'halted', 'active', ''],
      ],
    );
  });
});

describe('the list of orders', () => {
  const desk = new SimulatedDesk();
  let account: TradingAccount;
  before(async () => {
    desk.policy = { ...PRESETS.standard, duplicateWindowSeconds: 0 };
    account = await desk.open();
  });
  after(() => desk.dispose());

  it('has what fits among all, and what works beyond the limit', async () => {
    const { bid } = await account.quote('AAPL', 5_000);
    const limitPrice = Math.round((bid ?? 0) * 0.98 * 100) / 100;
    const old = await desk.place({ symbol: 'AAPL', quantity: 1, type: 'limit', limitPrice });
    await desk.place({ symbol: 'AAPL', quantity: 1, book: 'other' });
    for (let n = 0; n < 8; n++) await desk.place({ symbol: 'MSFT', quantity: 1, book: `b${n}` }, 'rejected');
    await desk.place({ symbol: 'MSFT', quantity: 1, book: 'lost' }, 'not_sent');
    await desk.run(3_000);
    const shown = (limit: number, filter = {}) =>
      account.orders(limit, filter).map(({ symbol, status }) => `${symbol} ${status}`);
    assert.deepEqual(shown(2), ['MSFT not_sent', 'MSFT rejected', 'AAPL open']);
    assert.equal(shown(500).length, 11);
    assert.deepEqual(shown(1, { symbol: 'AAPL' }), ['AAPL filled', 'AAPL open']);
    assert.deepEqual(shown(3, { status: 'open' }), ['AAPL open']);
    assert.deepEqual(shown(3, { status: 'filled' }), ['AAPL filled']);
    assert.deepEqual(shown(3, { status: 'not_sent' }), ['MSFT not_sent']);
    assert.equal(shown(3, { status: 'rejected' }).length, 3);
    assert.deepEqual(shown(3, { status: 'rejected', symbol: 'AAPL' }), []);
    assert.deepEqual(shown(3, { status: 'unknown' }), []);
    assert.ok(old.kind === 'acknowledged');
    assert.equal(account.orders(1).at(-1)?.id, old.order.id);
  });
});
