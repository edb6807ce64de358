import assert from 'node:assert/strict';
import type { ExchangeOrder } from '../../lib/exchange/contract.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { cents, exchangeAt, limit, MINUTE, MONDAY, market, orderOf, placed, SECOND } from './floor.ts';

describe('matching', () => {
  it('fills a small market buy within three seconds, at the ask or above', () => {
    const exchange = exchangeAt('11:00:00');
    for (let i = 0; i < 60; i++) {
      const id = placed(exchange, market('buy', 10));
      exchange.advance(exchange.now + 1);
      assert.equal(orderOf(exchange, id).status, 'open');
      exchange.advance(exchange.now + 3 * SECOND - 1);
      const order = orderOf(exchange, id);
      assert.equal(order.status, 'filled');
      assert.equal(order.remainingQuantity, 0);
      const [fill] = exchange.fills().filter((item) => item.orderId === id);
      assert.ok(fill);
      const there = exchangeAt('11:00:00');
      there.advance(fill.at);
      assert.equal(fill.price, there.quote('AAPL')?.ask);
      assert.equal(fill.at % SECOND, 0);
      exchange.advance(exchange.now + 41_237);
    }
  });

  it('sells at the bid or below', () => {
    const exchange = exchangeAt('11:00:00');
    placed(exchange, market('buy', 500));
    exchange.advance(exchange.now + 10 * SECOND);
    const id = placed(exchange, market('sell', 500));
    exchange.advance(exchange.now + 10 * SECOND);
    assert.equal(orderOf(exchange, id).status, 'filled');
    for (const fill of exchange.fills().filter((item) => item.orderId === id)) {
      const there = exchangeAt('11:00:00');
      there.advance(fill.at);
      assert.ok(cents(fill.price) <= cents(there.quote('AAPL')?.bid ?? null));
    }
  });

  it('fills thousands of shares in several parts, and the more the dearer', () => {
    // Against the ask of each fill's own instant, so that the market's drift in between does not count.
    const slippage = (quantity: number, time: string) => {
      const exchange = exchangeAt(time, { cash: 100_000_000 });
      const watcher = exchangeAt(time);
      const id = placed(exchange, market('buy', quantity));
      exchange.advance(exchange.now + 10 * MINUTE);
      assert.equal(orderOf(exchange, id).status, 'filled');
      const fills = exchange.fills();
      let cost = 0;
      for (const fill of fills) {
        watcher.advance(fill.at);
        cost += (fill.price - (watcher.quote('AAPL')?.ask ?? 0)) * (fill.quantity / quantity);
      }
      return { cost, parts: fills.length };
    };
    const times = ['10:30', '11:10', '11:40', '12:20', '13:05', '13:50', '14:15', '14:45'];
    const mean = (quantity: number) => {
      const all = times.map((time) => slippage(quantity, time));
      return {
        cost: all.reduce((sum, one) => sum + one.cost, 0) / all.length,
        parts: Math.min(...all.map((one) => one.parts)),
      };
    };
    const [small, large, huge] = [mean(10), mean(5000), mean(100_000)];
    assert.equal(small.parts, 1);
    assert.ok(large.parts >= 4 && huge.parts >= 50);
    assert.ok(
      small.cost < 0.001 && large.cost > 0.005 && huge.cost > large.cost + 0.03,
      JSON.stringify({ small, large, huge }),
    );
  });

  it('walks an order through open, partially filled and filled, each change told in order', () => {
    const exchange = exchangeAt('11:00', { cash: 10_000_000 });
    const heard: ExchangeOrder[] = [];
    exchange.orderChanges.on((order) => heard.push(order));
    const id = placed(exchange, { ...market('buy', 4000), tag: 'a-tag' });
    exchange.advance(exchange.now + 5 * MINUTE);
    assert.equal(heard[0]?.status, 'open');
    assert.equal(heard.at(-1)?.status, 'filled');
    assert.ok(heard.slice(1, -1).every((order) => order.status === 'partially_filled'));
    const fills = exchange.fills();
    assert.equal(heard.length, fills.length + 1);
    let done = 0;
    let value = 0;
    for (const [i, fill] of fills.entries()) {
      done += fill.quantity;
      value += cents(fill.price) * fill.quantity;
      const order = heard[i + 1] as ExchangeOrder;
      assert.equal(order.execQuantity, done);
      assert.equal(order.remainingQuantity, 4000 - done);
      assert.equal(order.lastFillPrice, fill.price);
      assert.equal(order.lastFillQuantity, fill.quantity);
      assert.equal(order.updatedAt, fill.at);
      assert.ok(Math.abs(order.avgFillPrice - value / done / 100) < 1e-7);
    }
    assert.deepEqual(heard.at(-1), exchange.order(id));
    assert.equal(heard.at(-1)?.tag, 'a-tag');
  });

  it('shares what is on offer at one instant among the orders of that instant', () => {
    const exchange = exchangeAt('11:00', { cash: 10_000_000 });
    const alone = exchangeAt('11:00', { cash: 10_000_000 });
    for (let i = 0; i < 4; i++) placed(exchange, market('buy', 5000));
    placed(alone, market('buy', 20_000));
    exchange.advance(exchange.now + SECOND);
    alone.advance(alone.now + SECOND);
    const sum = (fills: { quantity: number }[]) => fills.reduce((total, fill) => total + fill.quantity, 0);
    assert.equal(sum(exchange.fills()), sum(alone.fills()));
  });

  it('holds orders of closed hours as pending and works them at the open', () => {
    const exchange = exchangeAt('17:00');
    const buy = placed(exchange, market('buy', 50));
    const rest = placed(exchange, limit('buy', 10, 20, 'day'));
    assert.equal(orderOf(exchange, buy).status, 'pending');
    assert.equal(orderOf(exchange, buy).session, '2026-03-03');
    exchange.advance(toEpoch('2026-03-03', '09:30') - 1);
    assert.equal(orderOf(exchange, buy).status, 'pending');
    exchange.advance(toEpoch('2026-03-03', '09:30'));
    assert.equal(orderOf(exchange, buy).status, 'filled');
    assert.equal(orderOf(exchange, rest).status, 'open');
    assert.equal(orderOf(exchange, rest).updatedAt, toEpoch('2026-03-03', '09:30'));
    exchange.advance(toEpoch('2026-03-04', '12:00'));
    assert.deepEqual(
      [orderOf(exchange, rest).status, orderOf(exchange, rest).updatedAt],
      ['expired', toEpoch('2026-03-03', '16:00')],
    );
  });

  it('expires day orders at 13:00 on a half day and keeps gtc orders over nights', () => {
    const exchange = exchangeAt('12:00', { date: '2026-11-27' });
    const day = placed(exchange, limit('buy', 10, 20));
    const gtc = placed(exchange, limit('buy', 10, 20, 'gtc'));
    exchange.advance(toEpoch('2026-11-27', '13:00') - 1);
    assert.equal(orderOf(exchange, day).status, 'open');
    exchange.advance(toEpoch('2026-11-27', '13:00'));
    assert.equal(orderOf(exchange, day).status, 'expired');
    exchange.advance(toEpoch('2026-12-18', '12:00'));
    assert.equal(orderOf(exchange, gtc).status, 'open');
  });

  it('cancels what works, keeps what was filled, and says what is final or unknown', () => {
    const exchange = exchangeAt('11:00', { cash: 50_000_000 });
    const id = placed(exchange, market('buy', 50_000));
    exchange.advance(exchange.now + 2 * SECOND);
    assert.deepEqual(exchange.cancel(id), { ok: true });
    const order = orderOf(exchange, id);
    assert.ok(order.status === 'canceled' && order.execQuantity > 0 && order.remainingQuantity === 0);
    exchange.advance(exchange.now + MINUTE);
    assert.deepEqual(exchange.order(id), order);
    assert.deepEqual(exchange.cancel(id), { ok: false, reason: 'final', status: 'canceled' });
    assert.deepEqual(exchange.cancel(1), { ok: false, reason: 'unknown' });
    assert.equal(exchange.positions()[0]?.quantity, order.execQuantity);
  });

  it('takes an order placed while it is telling of a fill, first matched an instant later', () => {
    const exchange = exchangeAt('11:00');
    let exit = 0;
    exchange.orderChanges.on((order) => {
      if (order.status === 'filled' && order.side === 'buy' && exit === 0)
        exit = placed(exchange, market('sell', 10));
    });
    placed(exchange, market('buy', 10));
    exchange.advance(exchange.now + MINUTE);
    const [bought, sold] = exchange.fills();
    assert.equal(orderOf(exchange, exit).status, 'filled');
    assert.equal(orderOf(exchange, exit).createdAt, bought?.at);
    assert.equal(sold?.at, (bought?.at ?? 0) + SECOND);
  });

  it('does so at the open too', () => {
    const exchange = exchangeAt('08:00');
    const first = placed(exchange, limit('buy', 10, 1));
    let second = 0;
    exchange.orderChanges.on((order) => {
      if (order.id === first && order.status === 'open') second = placed(exchange, market('buy', 10));
    });
    exchange.advance(toEpoch(MONDAY, '09:31'));
    assert.equal(orderOf(exchange, second).createdAt, toEpoch(MONDAY, '09:30'));
    assert.equal(exchange.fills()[0]?.at, toEpoch(MONDAY, '09:30:01'));
  });

  it('moves time over a year of nights quickly when nothing can trade', () => {
    const exchange = exchangeAt('11:00');
    placed(exchange, limit('buy', 1, 1, 'gtc'));
    const steps = { from: exchange.now, to: toEpoch('2027-03-02', '11:00') };
    const begin = performance.now();
    exchange.advance(steps.to);
    assert.ok(performance.now() - begin < 2000);
    assert.equal(exchange.now, steps.to);
    exchange.advance(steps.from);
    assert.equal(exchange.now, steps.to, 'time does not go back');
  });
});
