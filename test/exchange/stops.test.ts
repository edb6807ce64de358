import assert from 'node:assert/strict';
import { toEpoch } from '../../lib/market/calendar.ts';
import {
  cents,
  exchangeAt,
  hold,
  MINUTE,
  MONDAY,
  off,
  orderOf,
  placed,
  SECOND,
  stop,
  stopLimit,
} from './floor.ts';

/** What will happen on Monday: for tests that must know it. */
function future(from: string) {
  return exchangeAt('18:00').minuteBars('AAPL', toEpoch(MONDAY, from), toEpoch(MONDAY, '15:59'));
}

describe('stop orders', () => {
  it('wait as open, trigger at the first print at or through the stop, and trade at market then', () => {
    const bars = future('10:05');
    const low = Math.min(...bars.map((bar) => bar.low));
    const price = off(low, 3);
    const exchange = exchangeAt('10:00');
    hold(exchange, 100);
    const id = placed(exchange, stop('sell', 100, price));
    const reached = exchange.now;
    exchange.advance(toEpoch(MONDAY, '15:59'));
    const fill = exchange.fills().find((item) => item.orderId === id);
    assert.ok(fill, 'triggered');
    const tape = exchange.tape('AAPL', reached, exchange.now, 100_000);
    const print = tape.find((item) => item.price <= price);
    assert.ok(print);
    assert.equal(fill.at, Math.ceil(print.time / SECOND) * SECOND, 'at the next instant after the print');
    assert.ok(Math.abs(fill.price - price) < 0.4);
    const before = exchangeAt('10:00');
    hold(before, 100);
    placed(before, stop('sell', 100, price));
    before.advance(fill.at - 1);
    assert.equal(orderOf(before, id).status, 'open');
    assert.deepEqual(before.positions()[0]?.quantity, 100);
  });

  it('buy above the market in the same way', () => {
    const high = Math.max(...future('10:05').map((bar) => bar.high));
    const exchange = exchangeAt('10:00');
    const reached = placed(exchange, stop('buy', 50, off(high, -2)));
    const beyond = placed(exchange, stop('buy', 50, off(high, 5)));
    exchange.advance(toEpoch(MONDAY, '15:59'));
    assert.equal(orderOf(exchange, reached).status, 'filled');
    assert.ok(cents(orderOf(exchange, reached).avgFillPrice) >= cents(high) - 10);
    assert.equal(orderOf(exchange, beyond).status, 'open');
    exchange.advance(toEpoch(MONDAY, '16:00'));
    assert.equal(orderOf(exchange, beyond).status, 'expired');
  });

  it('with a limit trade no worse than it, and rest there when the market ran past', () => {
    const bars = future('10:05');
    const low = Math.min(...bars.map((bar) => bar.low));
    const exchange = exchangeAt('10:00');
    hold(exchange, 100);
    const fair = placed(exchange, stopLimit('sell', 50, off(low, 10), off(low, -50)));
    const strict = placed(exchange, stopLimit('sell', 50, off(low, 10), off(low, 800)));
    exchange.advance(toEpoch(MONDAY, '15:59'));
    assert.equal(orderOf(exchange, fair).status, 'filled');
    const fills = exchange.fills().filter((fill) => fill.orderId === fair);
    assert.ok(fills.every((fill) => fill.price >= off(low, -50)));
    for (const fill of exchange.fills()) if (fill.orderId === strict) assert.ok(fill.price >= off(low, 800));
  });

  it('fill at the opening price when the night gapped over them', () => {
    const later = exchangeAt('18:00');
    const days = later.dailyBars('AAPL', '2025-06-02', MONDAY);
    const index = days.findIndex((day, i) => i > 0 && day.open < (days[i - 1]?.low ?? 0) - 0.8);
    const gap = days[index];
    const before = days[index - 1];
    assert.ok(gap && before);
    const exchange = exchangeAt('15:00', { date: new Date(before.time).toISOString().slice(0, 10) });
    hold(exchange, 100);
    const id = placed(exchange, { ...stop('sell', 100, off(before.low, -10)), duration: 'gtc' });
    exchange.advance(gap.time - 1);
    assert.equal(orderOf(exchange, id).status, 'open');
    exchange.advance(gap.time);
    const order = orderOf(exchange, id);
    assert.equal(order.status, 'filled');
    assert.ok(Math.abs(order.avgFillPrice - gap.open) < 0.3 && order.avgFillPrice < off(before.low, -60));
  });

  it('given while the market is closed wait as pending and trigger at the open only', () => {
    const exchange = exchangeAt('08:00');
    const last = exchange.quote('AAPL')?.last;
    const id = placed(exchange, stop('buy', 10, off(last, 5000)));
    assert.equal(orderOf(exchange, id).status, 'pending');
    exchange.advance(toEpoch(MONDAY, '09:30'));
    assert.equal(orderOf(exchange, id).status, 'open');
  });

  it('change their terms and keep their id, and are judged again', () => {
    const exchange = exchangeAt('10:00');
    hold(exchange, 100);
    const bid = exchange.quote('AAPL')?.bid;
    const id = placed(exchange, stop('sell', 100, off(bid, -500)));
    exchange.advance(exchange.now + MINUTE);
    assert.deepEqual(exchange.change(id, { stop: off(bid, -450) }), { ok: true });
    assert.deepEqual(
      [orderOf(exchange, id).stop, orderOf(exchange, id).updatedAt],
      [off(bid, -450), exchange.now],
    );
    const wrong = exchange.change(id, { stop: off(bid, 900) });
    assert.ok(!wrong.ok && wrong.reason === 'refused');
    assert.deepEqual(
      wrong.errors.map((error) => error.code),
      ['SellStopOrderStopPriceGreaterBid'],
    );
    assert.equal(orderOf(exchange, id).stop, off(bid, -450));
    assert.deepEqual(exchange.change(id, { type: 'limit', price: off(bid, -100), duration: 'gtc' }), {
      ok: true,
    });
    assert.deepEqual(Object.hasOwn(orderOf(exchange, id), 'stop'), false);
    exchange.advance(exchange.now + MINUTE);
    assert.equal(orderOf(exchange, id).status, 'filled');
    assert.deepEqual(exchange.change(id, { price: 1 }), { ok: false, reason: 'final', status: 'filled' });
    assert.deepEqual(exchange.change(7, { price: 1 }), { ok: false, reason: 'unknown' });
  });

  it('are refused changes that Tradier refuses', () => {
    const exchange = exchangeAt('10:00', { cash: 10_000 });
    const id = placed(exchange, { ...stop('buy', 10, 400), duration: 'gtc' });
    const codes = (change: Parameters<typeof exchange.change>[1]) => {
      const result = exchange.change(id, change);
      return !result.ok && result.reason === 'refused' ? result.errors.map((error) => error.code) : result;
    };
    assert.deepEqual(codes({ type: 'market' }), ['MarketOrderIsGtc']);
    assert.deepEqual(codes({ type: 'limit' }), ['LimitPriceUndefined']);
    assert.deepEqual(codes({ duration: 'pre' }), ['InvalidChange']);
    assert.deepEqual(codes({ stop: 4000 }), ['InitialMargin']);
    assert.deepEqual(codes({ stop: 1 }), ['BuyStopOrderStopPriceLessAsk']);
    assert.deepEqual(codes({ duration: 'day' }), { ok: true });
    assert.equal(exchange.balances().stockBuyingPower, 20_000 - 4_080);
    exchange.advance(toEpoch(MONDAY, '16:00'));
    assert.equal(orderOf(exchange, id).status, 'expired');
  });
});
