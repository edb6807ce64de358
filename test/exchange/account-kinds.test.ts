import assert from 'node:assert/strict';
import { toEpoch } from '../../lib/market/calendar.ts';
import {
  cents,
  exchangeAt,
  hold,
  limit,
  MINUTE,
  MONDAY,
  market,
  off,
  placed,
  refusedWith,
  resumed,
  statuses,
  stop,
} from './floor.ts';

describe('short sales', () => {
  it('hold a negative position, worth less as the price rises, and keep equity right', () => {
    const exchange = exchangeAt('11:00');
    hold(exchange, -100);
    const [fill] = exchange.fills();
    const [position] = exchange.positions();
    const last = exchange.quote('AAPL')?.last ?? 0;
    assert.ok(fill);
    assert.deepEqual([position?.quantity, position?.costBasis], [-100, -off(fill.price * 100, 0)]);
    const balances = exchange.balances();
    assert.equal(cents(balances.totalCash), 10_000_000 + cents(fill.price) * 100);
    assert.equal(cents(balances.shortMarketValue), -cents(last) * 100);
    assert.equal(cents(balances.totalEquity), 10_000_000 + (cents(fill.price) - cents(last)) * 100);
    assert.equal(cents(balances.openPnl), (cents(fill.price) - cents(last)) * 100);
    // 150 % of the value is held back, of which the sale itself brought 100.
    assert.equal(cents(balances.stockBuyingPower), 2 * cents(balances.totalEquity) - cents(last) * 100);
  });

  it('realise first in, first out, and never more than is short', () => {
    const exchange = exchangeAt('11:00');
    hold(exchange, -30);
    exchange.advance(exchange.now + 60 * MINUTE);
    hold(exchange, -20);
    const [first, second] = exchange.fills();
    assert.deepEqual(refusedWith(exchange, market('buy', 1)), ['UnexpectedBuyOrder']);
    assert.deepEqual(refusedWith(exchange, market('buy_to_cover', 51)), ['ShortPositionCrossZero']);
    placed(exchange, market('buy_to_cover', 40));
    exchange.advance(exchange.now + MINUTE);
    const covered = exchange.fills().slice(2);
    const paid = covered.reduce((sum, fill) => sum + cents(fill.price) * fill.quantity, 0);
    assert.ok(first && second);
    assert.equal(
      cents(exchange.balances().closePnl),
      cents(first.price) * 30 + cents(second.price) * 10 - paid,
    );
    assert.equal(exchange.positions()[0]?.quantity, -10);
  });

  it('are protected by a pair that covers', () => {
    const exchange = exchangeAt('11:00');
    const bid = exchange.quote('AAPL')?.bid;
    const legs = [
      limit('sell_short', 10, off(bid, -20)),
      limit('buy_to_cover', 10, 20),
      stop('buy_to_cover', 10, off(bid, 20_000)),
    ];
    const id = placed(exchange, { class: 'otoco', legs });
    exchange.advance(exchange.now + MINUTE);
    assert.equal(statuses(exchange, id), 'open filled open open');
    assert.deepEqual(refusedWith(exchange, market('buy_to_cover', 1)), ['ShortPositionCrossZero']);
  });

  it('and entries of the other side do not work together', () => {
    const exchange = exchangeAt('11:00');
    const buy = placed(exchange, limit('buy', 10, 50));
    assert.deepEqual(refusedWith(exchange, market('sell_short', 1)), ['UnexpectedSellShortOrder']);
    exchange.cancel(buy);
    placed(exchange, limit('sell_short', 10, 900));
    assert.deepEqual(refusedWith(exchange, market('buy', 1)), ['UnexpectedBuyOrder']);
  });
});

describe('cash account', () => {
  const open = () => exchangeAt('11:00', { cash: 20_000, accountType: 'cash' });

  it('spends what it has, once, and sells nothing short', () => {
    const exchange = open();
    assert.equal(exchange.accountType, 'cash');
    assert.deepEqual([exchange.balances().type, exchange.balances().stockBuyingPower], ['cash', 20_000]);
    assert.deepEqual(refusedWith(exchange, limit('buy', 201, 100)), ['InitialMargin']);
    assert.equal(exchange.preview(limit('buy', 10, 100)).marginChange, 1000);
    assert.deepEqual(refusedWith(exchange, market('sell_short', 1)), ['OrderIsNotAllowedForAccount']);
  });

  it('waits for the next session to spend what a sale brought', () => {
    const exchange = open();
    hold(exchange, 100);
    const left = exchange.balances().stockBuyingPower;
    placed(exchange, market('sell', 100));
    exchange.advance(exchange.now + MINUTE);
    const sold = exchange.balances();
    assert.equal(sold.stockBuyingPower, left);
    assert.equal(cents(sold.unsettledFunds), cents(sold.totalCash) - cents(left));
    const again = resumed(exchange.snapshot());
    assert.equal(again.accountType, 'cash');
    for (const one of [exchange, again]) {
      one.advance(toEpoch('2026-03-03', '09:30') - 1);
      assert.equal(one.balances().stockBuyingPower, left);
      one.advance(toEpoch('2026-03-03', '09:30'));
      assert.deepEqual([one.balances().stockBuyingPower, one.balances().unsettledFunds], [sold.totalCash, 0]);
    }
  });

  it('settles a sale before a weekend after it', () => {
    const exchange = exchangeAt('11:00', { cash: 20_000, accountType: 'cash', date: '2026-03-06' });
    hold(exchange, 10);
    placed(exchange, market('sell', 10));
    exchange.advance(toEpoch('2026-03-08', '12:00'));
    assert.ok(exchange.balances().unsettledFunds > 0);
    exchange.advance(toEpoch('2026-03-09', '09:30'));
    assert.equal(exchange.balances().unsettledFunds, 0);
  });
});

describe('extended hours', () => {
  const pre = (price: number, quantity = 10) => ({
    ...limit('buy', quantity, price),
    duration: 'pre' as const,
  });
  const post = (price: number) => ({ ...limit('buy', 10, price), duration: 'post' as const });

  it('trade in their window, and expire at its end', () => {
    const exchange = exchangeAt('07:00', { extendedHours: true });
    const ask = exchange.quote('AAPL')?.ask;
    const good = placed(exchange, pre(off(ask, 10)));
    const rest = placed(exchange, pre(off(ask, -500)));
    const day = placed(exchange, limit('buy', 10, off(ask, 10)));
    assert.equal(exchange.order(good)?.status, 'open');
    exchange.advance(exchange.now + MINUTE);
    assert.deepEqual(
      [good, rest, day].map((id) => exchange.order(id)?.status),
      ['filled', 'open', 'pending'],
    );
    exchange.advance(toEpoch(MONDAY, '09:24') - 1);
    assert.equal(exchange.order(rest)?.status, 'open');
    exchange.advance(toEpoch(MONDAY, '12:00'));
    assert.deepEqual(
      [exchange.order(rest)?.status, exchange.order(rest)?.updatedAt],
      ['expired', toEpoch(MONDAY, '09:24')],
    );
    assert.equal(exchange.order(good)?.session, MONDAY);
  });

  it('follow the close until 19:55', () => {
    const exchange = exchangeAt('15:59', { extendedHours: true });
    assert.deepEqual(refusedWith(exchange, post(100)), ['InvalidDuration']);
    exchange.advance(toEpoch(MONDAY, '16:00'));
    const id = placed(exchange, post(50));
    const change = exchange.change(id, { duration: 'day' });
    assert.ok(!change.ok && change.reason === 'refused');
    assert.deepEqual(exchange.change(id, { price: 51 }), { ok: true });
    exchange.advance(toEpoch('2026-03-03', '11:00'));
    assert.deepEqual(
      [exchange.order(id)?.status, exchange.order(id)?.updatedAt],
      ['expired', toEpoch(MONDAY, '19:55')],
    );
  });

  it('are offered only where asked for, inside their windows', () => {
    assert.deepEqual(refusedWith(exchangeAt('08:00'), pre(100)), ['InvalidDuration']);
    for (const time of ['06:59', '09:24', '11:00', '16:00', '20:00']) {
      assert.deepEqual(refusedWith(exchangeAt(time, { extendedHours: true }), pre(100)), ['InvalidDuration']);
    }
    for (const time of ['08:00', '15:59', '19:55']) {
      assert.deepEqual(refusedWith(exchangeAt(time, { extendedHours: true }), post(100)), [
        'InvalidDuration',
      ]);
    }
  });
});
