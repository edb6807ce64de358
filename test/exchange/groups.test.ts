import assert from 'node:assert/strict';
import type { ExchangeOrder } from '../../lib/exchange/contract.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import {
  exchangeAt,
  groupOf,
  hold,
  limit,
  MINUTE,
  MONDAY,
  market,
  off,
  orderOf,
  placed,
  refusedWith,
  SECOND,
  statuses,
  stop,
} from './floor.ts';

/** An exchange at 10:00 and what AAPL did in the rest of the day. */
function day(cash = 100_000) {
  const bars = exchangeAt('18:00').minuteBars('AAPL', toEpoch(MONDAY, '10:05'), toEpoch(MONDAY, '15:59'));
  const high = Math.max(...bars.map((bar) => bar.high));
  const low = Math.min(...bars.map((bar) => bar.low));
  const exchange = exchangeAt('10:00', { cash });
  const heard: string[] = [];
  exchange.orderChanges.on((order) => heard.push(`${order.id - 100_000_000} ${order.status}`));
  return { exchange, high, low, heard };
}

describe('order groups', () => {
  it('oto: holds the second leg until the first is filled, then works it', () => {
    const { exchange, heard } = day();
    const ask = exchange.quote('AAPL')?.ask;
    const id = placed(exchange, {
      class: 'oto',
      tag: 'group-1',
      legs: [limit('buy', 10, off(ask, 50)), { ...stop('sell', 10, off(ask, -3000)), duration: 'gtc' }],
    });
    assert.equal(statuses(exchange, id), 'open open held');
    const [parent, first, second] = groupOf(exchange, id);
    assert.deepEqual(
      [parent?.class, parent?.symbol, parent?.quantity, parent?.parentId],
      ['oto', '', 0, null],
    );
    assert.deepEqual([first?.class, first?.id, second?.id, second?.parentId], ['equity', id + 1, id + 2, id]);
    assert.ok([parent, first, second].every((order) => order?.tag === 'group-1'));
    assert.equal(exchange.balances().pendingOrders, 2);
    exchange.advance(exchange.now + MINUTE);
    assert.equal(statuses(exchange, id), 'open filled open');
    assert.deepEqual(heard, ['0 open', '1 open', '2 held', '1 filled', '2 open']);
    assert.deepEqual(refusedWith(exchange, market('sell', 1)), ['LongPositionCrossZero']);
    exchange.cancel(id + 2);
    assert.equal(statuses(exchange, id), 'canceled filled canceled');
  });

  it('otoco: the pair protects the filled entry; one leg filled cancels the other and fills the parent', () => {
    const { exchange, high, heard } = day();
    const ask = exchange.quote('AAPL')?.ask;
    const legs = [limit('buy', 10, off(ask, 50)), limit('sell', 10, off(high, -5)), stop('sell', 10, 20)];
    const id = placed(exchange, { class: 'otoco', legs });
    exchange.advance(toEpoch(MONDAY, '15:59'));
    assert.equal(statuses(exchange, id), 'filled filled filled canceled');
    assert.deepEqual(heard.slice(-3), ['2 filled', '3 canceled', '0 filled']);
    assert.deepEqual(exchange.positions(), []);
  });

  it('oco: the stop reached cancels the target', () => {
    const { exchange, low } = day();
    hold(exchange, 100);
    const legs = [limit('sell', 100, 900), stop('sell', 100, off(low, 5))];
    const id = placed(exchange, { class: 'oco', legs });
    assert.equal(statuses(exchange, id), 'open open open');
    exchange.advance(toEpoch(MONDAY, '15:59'));
    assert.equal(statuses(exchange, id), 'filled canceled filled');
    assert.deepEqual(exchange.positions(), []);
  });

  it('oco: what one leg executed the other can no longer trade', () => {
    const { exchange } = day(50_000_000);
    hold(exchange, 100_000);
    exchange.advance(exchange.now + 10 * MINUTE);
    const held = exchange.positions()[0]?.quantity ?? 0;
    assert.equal(held, 100_000);
    const bid = exchange.quote('AAPL')?.bid;
    const id = placed(exchange, {
      class: 'oco',
      legs: [limit('sell', held, off(bid, -100)), stop('sell', held, off(bid, -150))],
    });
    exchange.advance(exchange.now + 2 * SECOND);
    const [parent, target, guard] = groupOf(exchange, id) as [ExchangeOrder, ExchangeOrder, ExchangeOrder];
    assert.ok(target.execQuantity > 0 && target.status === 'partially_filled');
    assert.equal(guard.remainingQuantity, held - target.execQuantity);
    assert.deepEqual([parent.status, guard.status, guard.quantity], ['open', 'open', held]);
    // Turned into a market-like order, the other leg takes exactly what is left.
    assert.deepEqual(exchange.change(id + 1, { price: 900 }), { ok: true });
    assert.deepEqual(exchange.change(id + 2, { type: 'stop_limit', price: 1 }), { ok: true });
    exchange.advance(toEpoch(MONDAY, '15:59'));
    const sold = exchange.fills().filter((fill) => fill.side === 'sell');
    const total = sold.reduce((sum, fill) => sum + fill.quantity, 0);
    assert.ok(total <= held);
    if (total === held) assert.equal(statuses(exchange, id), 'filled canceled canceled');
  });

  it('holds the legs while the first is filled in part, and ends them with it', () => {
    const { exchange } = day(50_000_000);
    const ask = exchange.quote('AAPL')?.ask;
    const legs = [limit('buy', 90_000, off(ask, 100)), limit('sell', 90_000, 900), stop('sell', 90_000, 20)];
    const id = placed(exchange, { class: 'otoco', legs });
    exchange.advance(exchange.now + 2 * SECOND);
    assert.equal(statuses(exchange, id), 'open partially_filled held held');
    exchange.cancel(id + 1);
    assert.equal(statuses(exchange, id), 'canceled canceled canceled canceled');
    assert.ok((exchange.positions()[0]?.quantity ?? 0) > 0);
  });

  it('cancels every leg with the parent, and says so of a parent that is done', () => {
    const { exchange, heard } = day();
    const id = placed(exchange, {
      class: 'otoco',
      legs: [limit('buy', 10, 50), limit('sell', 10, 900), stop('sell', 10, 20)],
    });
    heard.length = 0;
    assert.deepEqual(exchange.cancel(id), { ok: true });
    assert.deepEqual(heard, ['1 canceled', '2 canceled', '3 canceled', '0 canceled']);
    assert.deepEqual(exchange.cancel(id), { ok: false, reason: 'final', status: 'canceled' });
    assert.equal(exchange.balances().stockBuyingPower, 200_000);
  });

  it('expires with the day, held legs with the first', () => {
    const { exchange } = day();
    const legs = [
      limit('buy', 10, 50),
      limit('sell', 10, 900, 'gtc'),
      { ...stop('sell', 10, 20), duration: 'gtc' as const },
    ];
    const id = placed(exchange, { class: 'otoco', legs });
    hold(exchange, 5);
    const pair = placed(exchange, { class: 'oco', legs: [limit('sell', 5, 900), stop('sell', 5, 20)] });
    exchange.advance(toEpoch(MONDAY, '16:00'));
    assert.equal(statuses(exchange, id), 'expired expired expired expired');
    assert.equal(statuses(exchange, pair), 'expired expired expired');
  });

  it('opens in the morning with its legs', () => {
    const exchange = exchangeAt('08:00');
    const ask = exchange.quote('AAPL')?.ask;
    const id = placed(exchange, {
      class: 'oto',
      legs: [limit('buy', 10, off(ask, 3000)), limit('sell', 10, 900)],
    });
    assert.equal(statuses(exchange, id), 'pending pending held');
    exchange.advance(toEpoch(MONDAY, '09:30'));
    assert.equal(statuses(exchange, id), 'open filled open');
  });

  it('triggers an activated stop that the market has passed at once', () => {
    const { exchange } = day();
    const ask = exchange.quote('AAPL')?.ask;
    const id = placed(exchange, {
      class: 'oto',
      legs: [limit('buy', 10, off(ask, 50)), stop('sell', 10, off(ask, 200))],
    });
    exchange.advance(exchange.now + MINUTE);
    assert.equal(statuses(exchange, id), 'filled filled filled');
    const [bought, sold] = exchange.fills();
    assert.equal(sold?.at, (bought?.at ?? 0) + SECOND);
  });

  it('rejects an activated leg that the account no longer allows', () => {
    const { exchange } = day(3_000);
    const ask = exchange.quote('AAPL')?.ask;
    const id = placed(exchange, {
      class: 'oto',
      legs: [limit('buy', 30, off(ask, 20)), limit('buy', 200, 11, 'day', 'F')],
    });
    exchange.advance(exchange.now + MINUTE);
    assert.equal(statuses(exchange, id), 'rejected filled rejected');
    assert.match(orderOf(exchange, id + 2).reason ?? '', /buying power/);
  });

  it('changes held legs and legs of a pair by their own id, not the parent', () => {
    const { exchange } = day();
    const id = placed(exchange, {
      class: 'otoco',
      legs: [limit('buy', 10, 50), limit('sell', 10, 900), stop('sell', 10, 20)],
    });
    assert.deepEqual(exchange.change(id + 3, { stop: 30 }), { ok: true });
    assert.deepEqual([orderOf(exchange, id + 3).stop, orderOf(exchange, id + 3).status], [30, 'held']);
    const codes = (leg: number, change: Parameters<typeof exchange.change>[1]) => {
      const result = exchange.change(id + leg, change);
      return !result.ok && result.reason === 'refused' ? result.errors.map((error) => error.code) : result;
    };
    assert.deepEqual(codes(0, { price: 1 }), ['InvalidChange']);
    assert.deepEqual(codes(1, { type: 'market' }), ['OtoFirstLegIsMarketNotAllowed']);
    assert.deepEqual(codes(2, { type: 'market' }), ['OtoOcoMarketNotAllowed']);
    assert.deepEqual(codes(2, { type: 'stop', stop: 10 }), ['OcoLegsOfTheSameType']);
    assert.deepEqual(codes(2, { duration: 'gtc' }), ['OcoExpirationTypeNotTheSame']);
  });

  it('meets a listener that acts on it in the middle', () => {
    const { exchange } = day();
    const ask = exchange.quote('AAPL')?.ask;
    const id = placed(exchange, {
      class: 'otoco',
      legs: [limit('buy', 10, off(ask, 50)), limit('sell', 10, 900), stop('sell', 10, 20)],
    });
    exchange.orderChanges.on((order) => {
      if (order.id === id + 1 && order.status === 'filled') exchange.cancel(id);
    });
    exchange.advance(exchange.now + MINUTE);
    assert.equal(statuses(exchange, id), 'canceled filled canceled canceled');
  });
});
