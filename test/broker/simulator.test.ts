import assert from 'node:assert/strict';
import type { OrderEvent } from '../../lib/broker/port.ts';
import { TradierBroker } from '../../lib/broker/tradier/broker.ts';
import { systemElapsed, systemWall } from '../../lib/domain/clock.ts';
import { tradingSession } from '../../lib/market/calendar.ts';
import { BrokerMarketTime } from '../../lib/market/market-clock.ts';
import { QuoteBook } from '../../lib/market/quote-book.ts';
import { type RunningSimulator, startSimulator } from '../../simulator/server.ts';
import { anOrder, eventually } from './fixtures.ts';

/** 2026-03-02 10:00 in New York. */
const START = Date.UTC(2026, 2, 2, 15);

describe('the Tradier client against the simulator', () => {
  let simulator: RunningSimulator;
  let broker: TradierBroker;

  beforeEach(async () => {
    simulator = await startSimulator({ seed: 1, start: START, speed: 1 });
    broker = new TradierBroker({
      environment: 'simulator',
      baseUrl: simulator.rest,
      token: simulator.token,
      accountId: simulator.account,
      clock: { elapsed: systemElapsed, wall: systemWall },
      log: () => undefined,
    });
  });

  afterEach(async () => {
    await broker.close();
    await simulator.close();
  });

  async function fault(body: object): Promise<void> {
    const reply = await fetch(`${simulator.control}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.ok(reply.ok, await reply.text());
  }

  async function truth(): Promise<{ orders: { id: number; tag: string }[] }> {
    return (await (await fetch(`${simulator.control}/truth`)).json()) as {
      orders: { id: number; tag: string }[];
    };
  }

  it('reads the account', async () => {
    const [profile] = await broker.profile();
    assert.equal(profile?.accountId, simulator.account);
    const balances = await broker.balances();
    assert.equal(balances.totalEquity, 100_000);
    assert.deepEqual(await broker.positions(), []);
    assert.deepEqual(await broker.orders(), []);
    assert.equal(await broker.order(123), null);
  });

  it('reads the market', async () => {
    const { quotes, unmatched } = await broker.quotes(['AAPL', 'NOSUCH']);
    assert.deepEqual([quotes.length, unmatched], [1, ['NOSUCH']]);
    assert.ok((quotes[0]?.bid ?? 0) < (quotes[0]?.ask ?? 0));
    const days = await broker.history('AAPL', 'daily', '2026-02-02', '2026-02-27');
    assert.equal(days.length, 19);
    const minutes = await broker.timesales('AAPL', '1min', START - 600_000, START);
    assert.deepEqual(
      minutes.map((bar) => bar.time),
      Array.from({ length: 10 }, (_, n) => START - 600_000 + n * 60_000),
    );
    const clock = await broker.marketClock();
    assert.ok(clock.skipsClosed && clock.now >= START && clock.now < START + 60_000);
    assert.equal((await broker.calendar(2026, 3)).length, 31);
  });

  it('places, hears of the fill, and finds order and position', async () => {
    const events: OrderEvent[] = [];
    broker.orderEvents.on((event) => events.push(event));
    const open = new Promise<void>((resolve) => {
      broker.streamStates.on((state) => state.stream === 'account' && state.state === 'open' && resolve());
    });
    broker.connect();
    await open;
    const placed = await broker.place(anOrder());
    assert.equal(placed.kind, 'acknowledged');
    const id = placed.kind === 'acknowledged' ? placed.orderId : 0;
    await eventually(() => events.some((event) => event.id === id && event.status === 'filled'), 'filled');
    const order = await broker.order(id);
    assert.deepEqual([order?.tag, order?.status, order?.execQuantity], ['abcd-test-1', 'filled', 10]);
    assert.ok((order?.avgFillPrice ?? 0) > 100);
    assert.deepEqual(
      (await broker.orders()).map((row) => [row.id, row.tag]),
      [[id, 'abcd-test-1']],
    );
    assert.equal((await broker.positions())[0]?.quantity, 10);
    assert.deepEqual(await broker.cancel(id), { kind: 'already_final', status: 'filled' });
  });

  it('cancels a working order and previews without leaving one', async () => {
    const preview = await broker.preview(anOrder());
    assert.ok(preview.ok && preview.cost > 1_000);
    assert.deepEqual((await truth()).orders, []);
    const placed = await broker.place(anOrder({ type: 'limit', price: 10 }));
    assert.ok(placed.kind === 'acknowledged');
    assert.deepEqual(await broker.cancel(placed.orderId), { kind: 'acknowledged' });
    assert.equal((await broker.order(placed.orderId))?.status, 'canceled');
    assert.equal((await broker.cancel(999)).kind, 'failed');
  });

  it('calls refusals by their proof: parameters rejected, business errors to be looked up', async () => {
    const parameter = await broker.place(anOrder({ symbol: 'AAPL', duration: 'ioc' as 'day' }));
    assert.equal(parameter.kind, 'rejected');
    const business = await broker.place(anOrder({ quantity: 1_000_000 }));
    assert.ok(business.kind === 'unknown' && business.expectRejected);
    assert.deepEqual((await truth()).orders, []);
  });

  for (const [kind, reaches] of [
    ['close_before', 0],
    ['close_after', 1],
    ['error_after', 1],
  ] as const) {
    it(`${kind}: unknown, and ${reaches} order at the broker, found by its tag`, async () => {
      await fault({ kind, match: { method: 'POST', path: '/orders' } });
      assert.equal((await broker.place(anOrder())).kind, 'unknown');
      assert.equal((await truth()).orders.length, reaches);
      assert.deepEqual(
        (await broker.orders()).map((row) => row.tag),
        reaches ? ['abcd-test-1'] : [],
      );
    });
  }

  it('keeps a quote book fresh', async () => {
    const book = new QuoteBook({ broker, clock: { elapsed: systemElapsed }, log: () => undefined });
    broker.connect();
    let heard = 0;
    book.watch(['AAPL'], () => {
      heard += 1;
    });
    await eventually(() => heard > 0, 'a quote');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    assert.ok(heard > 1);
    assert.ok((book.peek('AAPL')?.ageMs ?? 99_999) < 2_500);
    book.close();
  });

  it('shows the time of the market', async () => {
    const time = new BrokerMarketTime({
      read: () => broker.marketClock(),
      elapsed: systemElapsed,
      closeAfter: (at) => tradingSession(at)?.close ?? Number.POSITIVE_INFINITY,
    });
    await time.start();
    const shown = time.now();
    const { now } = await broker.marketClock();
    assert.ok(Math.abs(now - shown) < 250, `${now - shown} ms apart`);
    time.close();
  });
});
