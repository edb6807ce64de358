import assert from 'node:assert/strict';
import type { ExchangeSnapshot } from '../../lib/exchange/contract.ts';
import { Exchange } from '../../lib/exchange/exchange.ts';
import { toEpoch } from '../../lib/market/calendar.ts';

const START = toEpoch('2026-03-02', '10:00');

function exchange(resume?: ExchangeSnapshot): Exchange {
  return new Exchange({
    seed: 1,
    accountId: 'VA00000001',
    start: START,
    ...(resume === undefined ? {} : { resume }),
    onError: (error) => {
      throw error;
    },
  });
}

/** An exchange whose account holds so many shares, bought at market. */
function holding(symbol: string, quantity: number, side: 'buy' | 'sell_short' = 'buy'): Exchange {
  const one = exchange();
  assert.ok(one.place({ symbol, side, quantity, type: 'market', duration: 'day' }).ok);
  one.advance(START + 60_000);
  assert.equal(Math.abs(one.positions()[0]?.quantity ?? 0), quantity);
  return one;
}

const worth = (one: Exchange) => one.balances().totalEquity;
const position = (one: Exchange) => one.positions()[0];
const last = (one: Exchange, symbol: string) => one.quote(symbol)?.last ?? 0;

describe('splits and dividends of the simulated exchange', () => {
  it('doubles a position at the same cost, and halves the price', () => {
    const one = holding('AAPL', 100);
    const [before, price, equity] = [position(one), last(one, 'AAPL'), worth(one)];
    assert.deepEqual(one.split('AAPL', { newShares: 2, oldShares: 1 }), { ok: true });
    assert.equal(position(one)?.quantity, 200);
    assert.equal(position(one)?.costBasis, before?.costBasis);
    assert.ok(Math.abs(last(one, 'AAPL') - price / 2) < price * 0.005, `${last(one, 'AAPL')}`);
    assert.ok(Math.abs(worth(one) - equity) < equity * 0.002);
  });

  it('tells history in new shares', () => {
    const one = exchange();
    const bars = one.dailyBars('MSFT', '2026-02-02', '2026-02-27');
    one.split('MSFT', { newShares: 4, oldShares: 1 });
    const after = one.dailyBars('MSFT', '2026-02-02', '2026-02-27');
    assert.equal(after.length, bars.length);
    for (const [i, bar] of after.entries()) {
      const old = bars[i];
      assert.ok(old && Math.abs(bar.close - old.close / 4) <= 0.01, `${bar.close} after ${old?.close}`);
      assert.ok(Math.abs(bar.volume / old.volume - 4) < 0.05);
    }
  });

  it('pays out the fraction of a whole position, and nothing of a fractional one', () => {
    const one = holding('INTC', 15);
    const { totalCash } = one.balances();
    one.split('INTC', { newShares: 1, oldShares: 10 });
    assert.equal(position(one)?.quantity, 1);
    const paid = one.balances().totalCash - totalCash;
    assert.ok(Math.abs(paid - last(one, 'INTC') / 2) < 0.01, `${paid}`);

    const fraction = holding('AAPL', 100);
    fraction.dividend('AAPL', 0.25, true);
    const before = position(fraction)?.quantity ?? 0;
    assert.ok(before > 100 && !Number.isInteger(before));
    fraction.split('AAPL', { newShares: 3, oldShares: 2 });
    assert.ok(Math.abs((position(fraction)?.quantity ?? 0) - before * 1.5) < 1e-6);
  });

  it('closes a position of which no whole share is left', () => {
    const one = holding('INTC', 5);
    one.split('INTC', { newShares: 1, oldShares: 10 });
    assert.deepEqual(one.positions(), []);
  });

  it('multiplies a short position, which pays dividends', () => {
    const one = holding('MSFT', 10, 'sell_short');
    const cost = position(one)?.costBasis;
    one.split('MSFT', { newShares: 3, oldShares: 1 });
    assert.deepEqual([position(one)?.quantity, position(one)?.costBasis], [-30, cost]);
    const { totalCash } = one.balances();
    one.dividend('MSFT', 1, true);
    assert.deepEqual([one.balances().totalCash, position(one)?.quantity], [totalCash - 30, -30]);
  });

  it('pays a dividend in cash, or in fractions of a share for no more than was paid', () => {
    const one = holding('AAPL', 100);
    const { totalCash } = one.balances();
    one.dividend('AAPL', 0.25, false);
    assert.deepEqual([one.balances().totalCash, position(one)?.quantity], [totalCash + 25, 100]);
    const equity = worth(one);
    one.dividend('AAPL', 0.25, true);
    const bought = (position(one)?.quantity ?? 0) - 100;
    assert.ok(bought > 0.1 && bought <= 25 / last(one, 'AAPL'), `${bought}`);
    assert.ok(one.balances().totalCash >= totalCash + 25 && one.balances().totalCash < totalCash + 25.01);
    assert.ok(Math.abs(worth(one) - equity - 25) < 0.01);
  });

  it('carries orders over a forward split and cancels them at a reverse one', () => {
    const one = holding('AAPL', 100);
    const price = last(one, 'AAPL');
    const [limit, stop] = [Math.round(price * 0.8), Math.round(price * 0.9)];
    const buy = one.place({
      symbol: 'AAPL',
      side: 'buy',
      quantity: 10,
      type: 'limit',
      price: limit,
      duration: 'gtc',
    });
    const pair = one.place({
      class: 'oco',
      legs: [
        { symbol: 'AAPL', side: 'sell', quantity: 100, type: 'stop', stop, duration: 'gtc' },
        { symbol: 'AAPL', side: 'sell', quantity: 100, type: 'limit', price: price * 2, duration: 'gtc' },
      ],
    });
    assert.ok(buy.ok && pair.ok);
    const told: string[] = [];
    one.orderChanges.on((order) => told.push(`${order.id} ${order.status} ${order.quantity}`));
    one.split('AAPL', { newShares: 2, oldShares: 1 });
    const seen = (id: number) => {
      const { status, quantity, remainingQuantity, price, stop } = one.order(id) ?? {};
      return [status, quantity, remainingQuantity, price ?? stop];
    };
    assert.deepEqual(seen(buy.id), ['open', 20, 20, limit / 2]);
    assert.deepEqual(seen(pair.id + 1), ['open', 200, 200, stop / 2]);
    assert.equal(told.length, 3);
    const { stockBuyingPower } = one.balances();
    assert.ok(stockBuyingPower > 0);
    one.split('AAPL', { newShares: 1, oldShares: 4 });
    assert.deepEqual(
      [one.order(buy.id)?.status, one.order(pair.id)?.status, one.order(pair.id + 1)?.reason],
      ['canceled', 'canceled', 'canceled by a split of the shares'],
    );
    assert.equal(one.balances().pendingOrders, 0);
  });

  it('goes on from a snapshot in new shares', () => {
    const one = holding('AAPL', 101);
    one.split('AAPL', { newShares: 3, oldShares: 2 });
    one.dividend('AAPL', 0.5, true);
    const again = exchange(JSON.parse(JSON.stringify(one.snapshot())));
    const later = START + 3_600_000;
    for (const each of [one, again]) each.advance(later);
    assert.deepEqual(again.quote('AAPL'), one.quote('AAPL'));
    assert.deepEqual([again.positions(), again.balances()], [one.positions(), one.balances()]);
    assert.deepEqual(again.snapshot(), one.snapshot());
  });

  it('refuses what cannot be', () => {
    const one = holding('AAPL', 100);
    const before = one.snapshot();
    const fields = [
      one.split('NOPE', { newShares: 2, oldShares: 1 }),
      one.split('AAPL', { newShares: 1.5, oldShares: 1 }),
      one.split('AAPL', { newShares: 2, oldShares: 0 }),
      one.split('AAPL', { newShares: 2, oldShares: 2 }),
      one.split('AAPL', { newShares: 1_000, oldShares: 1 }),
      one.dividend('MSFT', 1, false),
      one.dividend('AAPL', Number.NaN, false),
      one.dividend('NOPE', 1, false),
    ].map((result) => (result.ok ? 'done' : result.field));
    assert.deepEqual(fields, [
      'symbol',
      'newShares',
      'oldShares',
      'newShares',
      'newShares',
      'symbol',
      'perShare',
      'symbol',
    ]);
    assert.deepEqual(one.snapshot(), before);
  });
});
