import assert from 'node:assert/strict';
import type { OrderEvent, OrderRequest, QuoteUpdate, StreamState } from '../../lib/broker/port.ts';
import { TraderError } from '../../lib/domain/errors.ts';
import type { Trade } from '../../lib/domain/market-data.ts';
import { ExchangeBroker } from '../../lib/exchange/broker.ts';
import { calendarMonth, newYorkDate, toEpoch } from '../../lib/market/calendar.ts';
import { exchangeAt, MINUTE, MONDAY, SECOND } from './floor.ts';

const order: OrderRequest = {
  symbol: 'AAPL',
  side: 'buy',
  quantity: 10,
  type: 'market',
  duration: 'day',
  tag: 'abcd-x-1',
};

function brokerAt(time: string) {
  const exchange = exchangeAt(time);
  const clock = { at: exchange.now, now: () => clock.at };
  const broker = new ExchangeBroker({
    exchange,
    market: clock,
    onError: (error) => {
      throw error;
    },
  });
  return { broker, clock, exchange };
}

describe('broker port on the exchange', () => {
  it('places, fills and cancels, moving the exchange to market now before each call', async () => {
    const { broker, clock } = brokerAt('11:00');
    const placed = await broker.place(order);
    assert.deepEqual(placed, { kind: 'acknowledged', orderId: 100_000_000 });
    const before = await broker.order(100_000_000);
    assert.deepEqual(
      [before?.status, before?.avgFillPrice, before?.price, before?.tag],
      ['open', null, null, 'abcd-x-1'],
    );
    clock.at += 5 * SECOND;
    const after = await broker.order(100_000_000);
    assert.equal(after?.status, 'filled');
    assert.ok((after?.avgFillPrice ?? 0) > 100);
    assert.equal((await broker.positions())[0]?.quantity, 10);
    assert.deepEqual(Object.keys((await broker.positions())[0] ?? {}).sort(), [
      'acquiredAt',
      'costBasis',
      'quantity',
      'symbol',
    ]);
    assert.ok((await broker.balances()).longMarketValue > 1000);
    assert.deepEqual(await broker.cancel(100_000_000), { kind: 'already_final', status: 'filled' });
    assert.equal((await broker.cancel(5)).kind, 'failed');
    assert.equal(await broker.order(5), null);
  });

  it('places groups, whose legs share duration and tag, and changes orders', async () => {
    const { broker, clock } = brokerAt('11:00');
    const { tag, duration } = order;
    const terms = { symbol: 'AAPL', quantity: 10 };
    const placed = await broker.place({
      class: 'otoco',
      tag,
      duration,
      legs: [
        { ...terms, side: 'buy', type: 'limit', price: 900 },
        { ...terms, side: 'sell', type: 'limit', price: 950, duration: 'gtc' },
        { ...terms, side: 'sell', type: 'stop', stop: 20, duration: 'gtc' },
      ],
    });
    assert.deepEqual(placed, { kind: 'acknowledged', orderId: 100_000_000 });
    const rows = await broker.orders();
    assert.deepEqual(
      rows.map((row) => [row.class, row.parentId, row.symbol, row.quantity, row.type, row.duration, row.tag]),
      [
        ['otoco', null, '', 0, '', '', tag],
        ['equity', 100_000_000, 'AAPL', 10, 'limit', 'day', tag],
        ['equity', 100_000_000, 'AAPL', 10, 'limit', 'gtc', tag],
        ['equity', 100_000_000, 'AAPL', 10, 'stop', 'gtc', tag],
      ],
    );
    clock.at += 5 * SECOND;
    assert.equal((await broker.order(100_000_003))?.status, 'open');
    assert.deepEqual(await broker.change(100_000_003, { stop: 21 }), { kind: 'acknowledged' });
    assert.equal((await broker.order(100_000_003))?.stop, 21);
    const refused = await broker.change(100_000_003, { stop: 900 });
    assert.ok(refused.kind === 'rejected');
    assert.deepEqual(refused.codes, ['SellStopOrderStopPriceGreaterBid']);
    assert.deepEqual(await broker.change(100_000_001, { price: 1 }), {
      kind: 'already_final',
      status: 'filled',
    });
    assert.equal((await broker.change(5, { price: 1 })).kind, 'rejected');
    await broker.close();
    assert.equal((await broker.change(100_000_003, { stop: 22 })).kind, 'not_sent');
  });

  it('gives refusals as outcomes, with codes and words', async () => {
    const { broker } = brokerAt('11:00');
    const refused = await broker.place({ ...order, side: 'sell' });
    assert.ok(refused.kind === 'rejected');
    assert.deepEqual(refused.codes, ['UnexpectedSellOrder']);
    assert.match(refused.reason, /no long position/);
    const preview = await broker.preview({ ...order, quantity: 0 });
    assert.equal(preview.ok, false);
    assert.equal(preview.reasons.length, 1);
  });

  it('lists the orders of the day and those that still work', async () => {
    const { broker, clock } = brokerAt('11:00');
    await broker.place(order);
    await broker.place({ ...order, type: 'limit', price: 20, duration: 'gtc' });
    assert.equal((await broker.orders()).length, 2);
    clock.at = toEpoch('2026-03-03', '11:00');
    assert.deepEqual(
      (await broker.orders()).map((one) => one.status),
      ['open'],
    );
  });

  it('reads quotes, bars, clock and calendar', async () => {
    const { broker, clock } = brokerAt('11:02:30');
    const { quotes, unmatched } = await broker.quotes(['AAPL', 'NOPE', 'SPY', 'AAPL']);
    assert.deepEqual([quotes.map((quote) => quote.symbol), unmatched], [['AAPL', 'SPY'], ['NOPE']]);
    const daily = await broker.history('AAPL', 'daily', '2026-02-01', MONDAY);
    const weekly = await broker.history('AAPL', 'weekly', '2026-02-01', MONDAY);
    const monthly = await broker.history('AAPL', 'monthly', '2026-02-01', MONDAY);
    assert.deepEqual([daily.length, weekly.length, monthly.length], [20, 5, 2]);
    assert.deepEqual(
      weekly.map((bar) => newYorkDate(bar.time)),
      ['2026-02-02', '2026-02-09', '2026-02-17', '2026-02-23', MONDAY],
    );
    const sum = (bars: typeof daily) => bars.reduce((total, bar) => total + bar.volume, 0);
    assert.equal(sum(weekly), sum(daily));
    assert.equal(sum(monthly), sum(daily));
    const fives = await broker.timesales('AAPL', '5min', toEpoch(MONDAY, '10:30'), clock.at);
    assert.deepEqual(
      [fives.length, fives[0]?.time, fives.at(-1)?.closed],
      [7, toEpoch(MONDAY, '10:30'), false],
    );
    assert.deepEqual(await broker.marketClock(), { now: clock.at, speed: 1, skipsClosed: false });
    assert.deepEqual(await broker.calendar(2026, 4), calendarMonth(2026, 4));
    assert.deepEqual(await broker.profile(), [{ accountId: 'VA00000001', type: 'margin', status: 'active' }]);
  });

  it('tells order events once connected, and quotes and trades of watched symbols on each pulse', async () => {
    const { broker, clock } = brokerAt('11:00');
    const heard = {
      states: [] as StreamState[],
      orders: [] as OrderEvent[],
      quotes: [] as QuoteUpdate[],
      trades: [] as Trade[],
    };
    broker.streamStates.on((state) => heard.states.push(state));
    broker.orderEvents.on((event) => heard.orders.push(event));
    broker.quoteUpdates.on((update) => heard.quotes.push(update));
    broker.trades.on((trade) => heard.trades.push(trade));
    broker.pulse();
    broker.connect();
    broker.connect();
    assert.deepEqual(
      heard.states.map((state) => `${state.stream} ${state.state} ${state.gap}`),
      ['account open false'],
    );
    broker.watchQuotes(['AAPL', 'NOPE']);
    assert.deepEqual(
      heard.states.map((state) => state.stream),
      ['account', 'market'],
    );
    await broker.place(order);
    clock.at += MINUTE;
    broker.pulse();
    assert.deepEqual(
      heard.orders.map((event) => event.status),
      ['open', 'filled'],
    );
    assert.deepEqual(
      heard.quotes.map((update) => update.symbol),
      ['AAPL'],
    );
    const first = heard.trades.length;
    assert.ok(first > 20);
    clock.at += MINUTE;
    broker.pulse();
    const times = heard.trades.map((trade) => trade.time);
    assert.ok(times.length > first && new Set(times).size === times.length, 'no print twice');
    assert.ok(times.every((time, i) => i === 0 || time > (times[i - 1] ?? 0)));
    broker.watchQuotes([]);
    clock.at += MINUTE;
    broker.pulse();
    assert.equal(heard.trades.length, times.length);
  });

  it('after close places nothing, reads nothing and leaves no listener', async () => {
    const { broker, exchange, clock } = brokerAt('11:00');
    const states: StreamState[] = [];
    broker.connect();
    broker.streamStates.on((state) => states.push(state));
    await broker.close();
    await broker.close();
    assert.deepEqual(
      states.map((state) => `${state.stream} ${state.state}`),
      ['account down'],
    );
    assert.equal((await broker.place(order)).kind, 'not_sent');
    assert.equal((await broker.cancel(1)).kind, 'failed');
    await assert.rejects(
      broker.balances(),
      (error) => error instanceof TraderError && error.code === 'E_BROKER_UNREACHABLE',
    );
    clock.at += MINUTE;
    broker.pulse();
    assert.equal(exchange.now, toEpoch(MONDAY, '11:00'));
    assert.equal((exchange.orderChanges as unknown as { size: number }).size, 0);
  });
});
