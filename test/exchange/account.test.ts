import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toDollars } from '../../lib/domain/money.ts';
import { PaperAccount } from '../../lib/exchange/paper-account.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { cents, exchangeAt, limit, MINUTE, MONDAY, market, orderOf, placed, refusedWith } from './floor.ts';

describe('paper account', () => {
  it('begins with 100,000 of cash and twice that to spend', () => {
    assert.deepEqual(exchangeAt('11:00').balances(), {
      type: 'margin',
      totalEquity: 100_000,
      totalCash: 100_000,
      stockBuyingPower: 200_000,
      longMarketValue: 0,
      shortMarketValue: 0,
      openPnl: 0,
      closePnl: 0,
      pendingOrders: 0,
      unsettledFunds: 0,
    });
  });

  it('holds back the worst case of working buys and gives it free again', () => {
    const exchange = exchangeAt('11:00');
    const id = placed(exchange, limit('buy', 100, 100.5, 'gtc'));
    assert.equal(exchange.balances().stockBuyingPower, 200_000 - 10_050);
    assert.equal(exchange.balances().pendingOrders, 1);
    exchange.cancel(id);
    assert.equal(exchange.balances().stockBuyingPower, 200_000);
    const ask = exchange.quote('AAPL')?.ask as number;
    placed(exchange, market('buy', 100));
    assert.ok(Math.abs(exchange.balances().stockBuyingPower - (200_000 - ask * 102)) < 0.01);
  });

  it('refuses what buying power does not cover, to the cent', () => {
    const exchange = exchangeAt('11:00', { cash: 10_000 });
    assert.deepEqual(refusedWith(exchange, limit('buy', 200, 100.01)), ['InitialMargin']);
    placed(exchange, limit('buy', 100, 100));
    assert.deepEqual(refusedWith(exchange, limit('buy', 100, 100.01)), ['InitialMargin']);
    placed(exchange, limit('buy', 100, 100));
    assert.deepEqual(refusedWith(exchange, limit('buy', 1, 1)), ['InitialMargin']);
    assert.equal(exchange.orders().length, 2, 'a refused order is not created');
  });

  it('books purchases and sales, first in first out, exactly', () => {
    const exchange = exchangeAt('11:00');
    placed(exchange, market('buy', 30));
    exchange.advance(exchange.now + 90 * MINUTE);
    placed(exchange, market('buy', 20));
    exchange.advance(exchange.now + MINUTE);
    const [first, second] = exchange.fills();
    assert.ok(first && second);
    const [position] = exchange.positions();
    assert.equal(position?.quantity, 50);
    assert.equal(cents(position?.costBasis ?? null), cents(first.price) * 30 + cents(second.price) * 20);
    assert.equal(position?.acquiredAt, first.at);
    const held = exchange.balances();
    assert.equal(cents(held.stockBuyingPower), 2 * cents(held.totalEquity) - cents(held.longMarketValue));
    placed(exchange, market('sell', 40));
    exchange.advance(exchange.now + MINUTE);
    const sold = exchange.fills().slice(2);
    const proceeds = sold.reduce((sum, fill) => sum + cents(fill.price) * fill.quantity, 0);
    const balances = exchange.balances();
    const spent = cents(first.price) * 30 + cents(second.price) * 20;
    assert.equal(cents(balances.closePnl), proceeds - cents(first.price) * 30 - cents(second.price) * 10);
    assert.equal(cents(balances.totalCash), 10_000_000 - spent + proceeds);
    assert.equal(cents(exchange.positions()[0]?.costBasis ?? null), cents(second.price) * 10);
    const last = exchange.quote('AAPL')?.last as number;
    assert.equal(cents(balances.longMarketValue), cents(last) * 10);
    assert.equal(cents(balances.openPnl), (cents(last) - cents(second.price)) * 10);
    assert.equal(cents(balances.totalEquity), cents(balances.totalCash) + cents(last) * 10);
    placed(exchange, market('sell', 10));
    exchange.advance(exchange.now + MINUTE);
    assert.deepEqual(exchange.positions(), []);
    const id = placed(exchange, market('buy', 1));
    exchange.advance(exchange.now + MINUTE);
    assert.equal(orderOf(exchange, id).status, 'filled');
    assert.notEqual(exchange.positions()[0]?.id, position?.id, 'a new position has a new id');
  });

  it('keeps equity equal to what was put in plus all profit, whatever is traded', () => {
    const price = fc.integer({ min: 1, max: 90_000 }).map((value) => value / 100);
    const trades = fc.array(
      fc.record({ price, quantity: fc.integer({ min: 1, max: 5000 }), sell: fc.boolean() }),
    );
    fc.assert(
      fc.property(trades, (list) => {
        const account = new PaperAccount(1_000);
        for (const [i, { price, quantity, sell }] of list.entries()) {
          const held = account.held('X');
          if (sell && held === 0) continue;
          const trade = { symbol: 'X', price, at: i };
          if (sell) account.apply({ ...trade, side: 'sell', quantity: Math.min(quantity, held) });
          else account.apply({ ...trade, side: 'buy', quantity });
        }
        const cost = account.positions
          .flatMap((position) => position.lots)
          .reduce((sum, lot) => sum + Math.round(lot.price * 100) * lot.quantity, 0);
        assert.equal(
          Math.round(toDollars(account.cash) * 100) + cost,
          100_000 + Math.round(toDollars(account.realized) * 100),
        );
        const copy = new PaperAccount(JSON.parse(JSON.stringify(account.state())));
        assert.deepEqual(copy.state(), account.state());
      }),
    );
    assert.throws(
      () => new PaperAccount(1).apply({ symbol: 'X', side: 'sell', quantity: 1, price: 1, at: 0 }),
      RangeError,
    );
  });
});

describe('order entry', () => {
  const cases: [string, Parameters<typeof refusedWith>[1], string[]][] = [
    ['an unknown symbol', market('buy', 1, 'NOPE'), ['SecurityUndefined']],
    ['no shares', market('buy', 0), ['IncorrectOrderQuantity']],
    ['part of a share', market('buy', 1.5), ['IncorrectOrderQuantity']],
    ['a negative quantity', market('buy', -5), ['IncorrectOrderQuantity']],
    ['too many shares', market('buy', 10_000_001), ['IncorrectOrderQuantity']],
    ['NaN shares', market('buy', Number.NaN), ['IncorrectOrderQuantity']],
    ['a limit without a price', { ...market('buy', 1), type: 'limit' }, ['LimitPriceUndefined']],
    ['a limit at zero', limit('buy', 1, 0), ['LimitPriceUndefined']],
    ['a limit below a cent', limit('buy', 1, 0.004), ['LimitPriceUndefined']],
    ['a limit at infinity', limit('buy', 1, Number.POSITIVE_INFINITY), ['LimitPriceUndefined']],
    ['a limit at NaN', limit('buy', 1, Number.NaN), ['LimitPriceUndefined']],
    ['market until canceled', { ...market('buy', 1), duration: 'gtc' }, ['MarketOrderIsGtc']],
    ['a sale of nothing held', market('sell', 1), ['UnexpectedSellOrder']],
    ['a cover without a short', { ...market('buy', 1), side: 'buy_to_cover' }, ['UnexpectedBuyToCoverOrder']],
    ['too dear an order', limit('buy', 10_000, 100), ['InitialMargin']],
    [
      'a quantity and a price that are wrong',
      limit('buy', 0, -1),
      ['IncorrectOrderQuantity', 'LimitPriceUndefined'],
    ],
  ];
  for (const [name, order, codes] of cases) {
    it(`refuses ${name}`, () => {
      const exchange = exchangeAt('11:00');
      assert.deepEqual(refusedWith(exchange, order), codes);
      assert.deepEqual(
        exchange.preview(order).errors.map((error) => error.code),
        codes,
      );
      assert.deepEqual(exchange.orders(), []);
      assert.ok(exchange.preview(order).errors.every((error) => error.message.length > 10));
    });
  }

  it('sells at most what is held and not already on its way out', () => {
    const exchange = exchangeAt('11:00');
    placed(exchange, market('buy', 100));
    exchange.advance(exchange.now + MINUTE);
    assert.deepEqual(refusedWith(exchange, market('sell', 101)), ['LongPositionCrossZero']);
    const exit = placed(exchange, limit('sell', 60, 500, 'gtc'));
    assert.deepEqual(refusedWith(exchange, market('sell', 41)), ['LongPositionCrossZero']);
    const rest = placed(exchange, limit('sell', 40, 500));
    assert.deepEqual(refusedWith(exchange, market('sell', 1)), ['LongPositionCrossZero']);
    exchange.cancel(exit);
    placed(exchange, market('sell', 60));
    exchange.cancel(rest);
    exchange.advance(exchange.now + MINUTE);
    assert.equal(exchange.positions()[0]?.quantity, 40);
  });

  it('refuses orders after the end of the calendar', () => {
    const exchange = exchangeAt('16:00', { date: '2030-12-31' });
    assert.deepEqual(refusedWith(exchange, market('buy', 1)), ['OmsUnavailable']);
  });

  it('says before what an order would cost, and places nothing', () => {
    const exchange = exchangeAt('11:00');
    assert.deepEqual(exchange.preview(limit('buy', 10, 100)), {
      ok: true,
      cost: 1000,
      marginChange: 500,
      errors: [],
    });
    assert.equal(exchange.preview(limit('buy', 10_000, 100)).cost, 1_000_000);
    assert.deepEqual(exchange.orders(), []);
    assert.equal(exchange.now, toEpoch(MONDAY, '11:00'));
  });
});
