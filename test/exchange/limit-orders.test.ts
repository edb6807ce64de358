import assert from 'node:assert/strict';
import { toEpoch } from '../../lib/market/calendar.ts';
import { cents, exchangeAt, limit, MINUTE, MONDAY, market, orderOf, placed } from './floor.ts';

describe('matching of limit orders', () => {
  it('never trades beyond a limit, and takes better prices when it meets them at once', () => {
    const exchange = exchangeAt('11:00', { cash: 10_000_000 });
    const ask = exchange.quote('AAPL')?.ask as number;
    const top = Math.round((ask + 0.02) * 100) / 100;
    const id = placed(exchange, limit('buy', 20_000, top));
    const generous = placed(exchange, limit('buy', 10, Math.round(ask * 103) / 100));
    exchange.advance(exchange.now + 60 * MINUTE);
    const fills = exchange.fills();
    for (const fill of fills.filter((item) => item.orderId === id)) assert.ok(fill.price <= top);
    const order = orderOf(exchange, generous);
    assert.ok(
      order.status === 'filled' && order.avgFillPrice < ask + 0.2,
      `${order.avgFillPrice} near ${ask}`,
    );
  });

  it('lets a resting limit wait until the market comes to it, and fills it at its own price', () => {
    const exchange = exchangeAt('09:45');
    const bars = future('AAPL', '09:45', '15:59');
    const low = Math.min(...bars.map((bar) => bar.low));
    const price = Math.round((low + 0.05) * 100) / 100;
    const first = bars.find((bar) => bar.low <= price);
    const id = placed(exchange, limit('buy', 300, price));
    const below = placed(exchange, limit('buy', 10, Math.round((low - 0.5) * 100) / 100));
    exchange.advance((first?.time ?? 0) - 1);
    assert.equal(orderOf(exchange, id).status, 'open');
    exchange.advance(toEpoch(MONDAY, '16:00') - 1);
    assert.equal(orderOf(exchange, id).status, 'filled');
    assert.ok(exchange.fills().every((fill) => fill.orderId === id && fill.price === price));
    assert.equal(orderOf(exchange, below).status, 'open');
    exchange.advance(toEpoch(MONDAY, '16:00'));
    assert.deepEqual(
      [
        orderOf(exchange, below).status,
        orderOf(exchange, below).remainingQuantity,
        orderOf(exchange, below).updatedAt,
      ],
      ['expired', 0, toEpoch(MONDAY, '16:00')],
    );
  });

  it('fills a resting order only with its share of what trades', () => {
    const exchange = exchangeAt('11:00', { cash: 500_000_000 });
    const bid = exchange.quote('AAPL')?.bid as number;
    const price = Math.round((bid - 0.1) * 100) / 100;
    const id = placed(exchange, limit('buy', 1_000_000, price));
    exchange.advance(toEpoch(MONDAY, '15:00'));
    const order = orderOf(exchange, id);
    const traded = exchange
      .tape('AAPL', toEpoch(MONDAY, '11:00'), exchange.now, 100_000)
      .filter((print) => print.price <= price)
      .reduce((sum, print) => sum + print.size, 0);
    assert.ok(order.execQuantity > 0 && order.execQuantity < 0.8 * traded + 200_000);
  });

  it('counts a limit between two cents as the one that is not better for the other side', () => {
    const exchange = exchangeAt('09:45', { cash: 1_000_000 });
    placed(exchange, market('buy', 100));
    exchange.advance(toEpoch(MONDAY, '09:46'));
    const bars = future('AAPL', '09:47', '15:59');
    const low = Math.min(...bars.map((bar) => bar.low));
    const high = Math.max(...bars.map((bar) => bar.high));
    const buy = placed(exchange, limit('buy', 10, low + 0.0569));
    const sell = placed(exchange, limit('sell', 10, high - 0.0569));
    exchange.advance(toEpoch(MONDAY, '16:00') - 1);
    assert.equal(cents(orderOf(exchange, buy).avgFillPrice), cents(low) + 5);
    assert.equal(cents(orderOf(exchange, sell).avgFillPrice), cents(high) - 5);
  });

  it('gives two orders resting at one price no more together than one of their size', () => {
    const together = (quantities: number[]) => {
      const exchange = exchangeAt('11:00', { cash: 500_000_000 });
      const price = (cents(exchange.quote('AAPL')?.bid ?? null) - 10) / 100;
      for (const quantity of quantities) placed(exchange, limit('buy', quantity, price));
      exchange.advance(toEpoch(MONDAY, '11:40'));
      return exchange.fills().reduce((sum, fill) => sum + fill.quantity, 0);
    };
    const one = together([1_000_000]);
    assert.ok(one > 0 && one < 1_000_000);
    assert.equal(together([500_000, 500_000]), one);
  });

  it('gives a gtc order that the night gapped over the opening price, not its limit', () => {
    const gap = findGapDown();
    const exchange = exchangeAt('15:00', { date: gap.before });
    const id = placed(exchange, limit('buy', 100, gap.price, 'gtc'));
    exchange.advance(toEpoch(gap.date, '09:30'));
    const order = orderOf(exchange, id);
    assert.equal(order.status, 'filled');
    assert.ok(order.avgFillPrice < gap.price - 0.3, `${order.avgFillPrice} against ${gap.price}`);
  });
});

/** What will happen on Monday: for tests that must know it. */
function future(symbol: string, from: string, to: string) {
  const later = exchangeAt('18:00');
  return later.minuteBars(symbol, toEpoch(MONDAY, from), toEpoch(MONDAY, to));
}

/** A night over which AAPL opened at least 0.60 below the previous afternoon's low. */
function findGapDown(): { before: string; date: string; price: number } {
  const later = exchangeAt('18:00');
  const days = later.dailyBars('AAPL', '2025-06-02', MONDAY);
  const dateOf = (time: number) => new Date(time).toISOString().slice(0, 10);
  for (const [i, day] of days.entries()) {
    const before = days[i - 1];
    if (before === undefined || day.open > before.low - 0.8) continue;
    return {
      before: dateOf(before.time),
      date: dateOf(day.time),
      price: Math.round((before.low - 0.1) * 100) / 100,
    };
  }
  throw new Error('no gap found');
}
