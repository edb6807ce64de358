import assert from 'node:assert/strict';
import { money } from '../../lib/domain/money.ts';
import type { NewOrder, NewOrderGroup } from '../../lib/exchange/contract.ts';
import { type EntryContext, refusals } from '../../lib/exchange/order-entry.ts';
import { exchangeAt, groupOf, hold, limit, MINUTE, market, off, placed, refusedWith, stop } from './floor.ts';

const NONE = { buy: 0, sell: 0, sell_short: 0, buy_to_cover: 0 };
const CONTEXT: EntryContext = {
  listed: true,
  accountType: 'margin',
  bid: 99.9,
  ask: 100,
  last: 100,
  held: 0,
  working: NONE,
  buyingPower: money(200_000),
  washes: false,
  session: 'open',
  waits: false,
};
const long = { held: 100 };
const short = { held: -100 };
const gtc = { duration: 'gtc' as const };

describe('rules of order entry', () => {
  const rules: [string, NewOrder, Partial<EntryContext>, string[]][] = [
    ['a buy', market('buy', 1), {}, []],
    ['a buy while short', market('buy', 1), short, ['UnexpectedBuyOrder']],
    [
      'a buy over a working short sale',
      limit('buy', 1, 90),
      { working: { ...NONE, sell_short: 5 } },
      ['UnexpectedBuyOrder'],
    ],
    ['a buy that adds', market('buy', 1), long, []],
    ['a sale while flat', market('sell', 1), {}, ['UnexpectedSellOrder']],
    ['a sale while short', market('sell', 1), short, ['UnexpectedSellOrder']],
    ['a sale of all', market('sell', 100), long, []],
    ['a sale of more', market('sell', 101), long, ['LongPositionCrossZero']],
    [
      'a sale of what is on its way',
      market('sell', 51),
      { ...long, working: { ...NONE, sell: 50 } },
      ['LongPositionCrossZero'],
    ],
    ['a short sale', market('sell_short', 1), {}, []],
    ['a short sale that adds', market('sell_short', 1), short, []],
    ['a short sale while long', market('sell_short', 1), long, ['UnexpectedSellShortOrder']],
    [
      'a short sale over a working buy',
      limit('sell_short', 1, 110),
      { working: { ...NONE, buy: 5 } },
      ['UnexpectedSellShortOrder'],
    ],
    ['a short sale at 4.99', limit('sell_short', 1, 6), { last: 4.99 }, ['SellShortOrderLastPriceBelow5']],
    ['a short sale at 5.00', limit('sell_short', 1, 6), { last: 5 }, []],
    ['a short sale until canceled', { ...limit('sell_short', 1, 110), ...gtc }, {}, ['ShortOrderIsGtc']],
    [
      'a short sale for cash',
      market('sell_short', 1),
      { accountType: 'cash' },
      ['OrderIsNotAllowedForAccount'],
    ],
    [
      'a short sale beyond margin',
      limit('sell_short', 11, 100),
      { buyingPower: money(1_050) },
      ['InitialMargin'],
    ],
    ['a short sale at the margin', limit('sell_short', 10, 100), { buyingPower: money(1_000) }, []],
    ['a cover while flat', market('buy_to_cover', 1), {}, ['UnexpectedBuyToCoverOrder']],
    ['a cover while long', market('buy_to_cover', 1), long, ['UnexpectedBuyToCoverOrder']],
    ['a cover of all', market('buy_to_cover', 100), { ...short, buyingPower: money(0) }, []],
    ['a cover until canceled', { ...limit('buy_to_cover', 1, 90), ...gtc }, short, []],
    ['a cover of more', market('buy_to_cover', 101), short, ['ShortPositionCrossZero']],
    [
      'a cover of what is on its way',
      market('buy_to_cover', 51),
      { ...short, working: { ...NONE, buy_to_cover: 50 } },
      ['ShortPositionCrossZero'],
    ],
    ['a stop without a price', { ...market('buy', 1), type: 'stop' }, {}, ['StopPriceUndefined']],
    ['a stop at zero', stop('buy', 1, 0), {}, ['StopPriceUndefined']],
    [
      'a stop limit without prices',
      { ...market('buy', 1), type: 'stop_limit' },
      {},
      ['LimitPriceUndefined', 'StopPriceUndefined'],
    ],
    ['a buy stop above the ask', stop('buy', 1, 100.01), {}, []],
    ['a buy stop at the ask', stop('buy', 1, 100), {}, ['BuyStopOrderStopPriceLessAsk']],
    ['a cover stop at the ask', stop('buy_to_cover', 1, 100), short, ['BuyStopOrderStopPriceLessAsk']],
    ['a sell stop below the bid', stop('sell', 1, 99.89), long, []],
    ['a sell stop at the bid', stop('sell', 1, 99.9), long, ['SellStopOrderStopPriceGreaterBid']],
    ['a short stop at the bid', stop('sell_short', 1, 99.9), {}, ['SellStopOrderStopPriceGreaterBid']],
    [
      'a stop limit at the ask',
      { ...stop('buy', 1, 100), type: 'stop_limit', price: 101 },
      {},
      ['BuyStopOrderStopPriceLessAsk'],
    ],
    ['a held leg whose stop is passed', stop('sell', 1, 120), { ...long, waits: true }, []],
    ['a stop until canceled', { ...stop('sell', 1, 90), ...gtc }, long, []],
    ['a market order until canceled', { ...market('buy', 1), ...gtc }, {}, ['MarketOrderIsGtc']],
    ['a price another order would trade with', limit('buy', 1, 90), { washes: true }, ['WashTradeAttempt']],
    ['premarket while open', { ...limit('buy', 1, 90), duration: 'pre' }, {}, ['InvalidDuration']],
    ['premarket in its window', { ...limit('buy', 1, 90), duration: 'pre' }, { session: 'premarket' }, []],
    ['postmarket in its window', { ...limit('buy', 1, 90), duration: 'post' }, { session: 'postmarket' }, []],
    [
      'postmarket in the other window',
      { ...limit('buy', 1, 90), duration: 'post' },
      { session: 'premarket' },
      ['InvalidDuration'],
    ],
    [
      'a market order before hours',
      { ...market('buy', 1), duration: 'pre' },
      { session: 'premarket' },
      ['InvalidDuration'],
    ],
    ['a symbol without a quote', market('buy', 1), { ask: null, bid: null }, ['QuotePriceIsInvalid']],
  ];
  for (const [name, order, context, codes] of rules) {
    it(`${codes.length === 0 ? 'takes' : 'refuses'} ${name}`, () => {
      const errors = refusals(order, { ...CONTEXT, ...context });
      assert.deepEqual(
        errors.map((error) => error.code),
        codes,
      );
      assert.ok(errors.every((error) => error.message.length > 10));
    });
  }

  const target = limit('sell', 10, 400, 'gtc');
  const protection: NewOrder = { ...stop('sell', 10, 50), duration: 'gtc' };
  const entry = limit('buy', 10, 100);
  const groups: [string, NewOrderGroup, string[]][] = [
    [
      'a market first leg (oto)',
      { class: 'oto', legs: [market('buy', 10), target] },
      ['OtoFirstLegIsMarketNotAllowed'],
    ],
    [
      'a market first leg (otoco)',
      { class: 'otoco', legs: [market('buy', 10), target, protection] },
      ['OtoFirstLegIsMarketNotAllowed'],
    ],
    [
      'a market leg of a pair',
      { class: 'otoco', legs: [entry, market('sell', 10), protection] },
      ['OtoOcoMarketNotAllowed', 'OcoExpirationTypeNotTheSame'],
    ],
    ['a pair of two limits', { class: 'otoco', legs: [entry, target, target] }, ['OcoLegsOfTheSameType']],
    [
      'a pair of two symbols',
      { class: 'otoco', legs: [entry, target, { ...protection, symbol: 'F' }] },
      ['OcoLegsOfDifferentSymbols', 'UnexpectedSellOrder'],
    ],
    [
      'a pair of two sides',
      { class: 'otoco', legs: [entry, target, { ...protection, side: 'buy' }] },
      ['OcoOrderWithOppositeLegs'],
    ],
    [
      'a pair of two durations',
      { class: 'otoco', legs: [entry, target, { ...protection, duration: 'day' }] },
      ['OcoExpirationTypeNotTheSame'],
    ],
    [
      'a pair larger than the entry',
      { class: 'otoco', legs: [entry, { ...target, quantity: 11 }, protection] },
      ['LongPositionCrossZero'],
    ],
    ['an oco of nothing held', { class: 'oco', legs: [target, protection] }, ['UnexpectedSellOrder']],
    ['an oto of one leg', { class: 'oto', legs: [entry] }, ['InvalidOrderClass']],
    [
      'an oco of three legs',
      { class: 'oco', legs: [target, protection, target] },
      ['InvalidOrderClass', 'UnexpectedSellOrder'],
    ],
    [
      'a leg without a price',
      { class: 'oto', legs: [entry, { ...market('sell', 10), type: 'limit' }] },
      ['LimitPriceUndefined'],
    ],
    [
      'a second leg at market until canceled',
      { class: 'oto', legs: [entry, { ...market('sell', 10), ...gtc }] },
      ['MarketOrderIsGtc'],
    ],
    [
      'an entry beyond buying power',
      { class: 'oto', legs: [limit('buy', 5000, 100), target] },
      ['InitialMargin'],
    ],
    [
      'a second leg before hours',
      { class: 'oto', legs: [entry, { ...target, duration: 'pre' }] },
      ['InvalidDuration'],
    ],
  ];
  for (const [name, group, codes] of groups) {
    it(`refuses ${name}`, () => {
      const exchange = exchangeAt('11:00');
      assert.deepEqual(refusedWith(exchange, group), codes);
      assert.equal(exchange.preview(group).ok, false);
      assert.deepEqual(exchange.orders(), []);
    });
  }

  it('refuses an order at the price at which one of the other side works', () => {
    const exchange = exchangeAt('11:00');
    hold(exchange, 100);
    const price = off(exchange.quote('AAPL')?.ask, 200);
    placed(exchange, limit('sell', 50, price));
    assert.deepEqual(refusedWith(exchange, limit('buy', 1, price)), ['WashTradeAttempt']);
    placed(exchange, limit('buy', 1, off(price, -1000)));
  });

  it('counts the pair of an oco once', () => {
    const exchange = exchangeAt('11:00');
    hold(exchange, 100);
    const legs = [limit('sell', 60, 400), stop('sell', 60, 50)];
    const id = placed(exchange, { class: 'oco', legs });
    assert.deepEqual(refusedWith(exchange, market('sell', 41)), ['LongPositionCrossZero']);
    placed(exchange, market('sell', 40));
    exchange.advance(exchange.now + MINUTE);
    assert.deepEqual(refusedWith(exchange, { class: 'oco', legs }), ['LongPositionCrossZero']);
    assert.deepEqual(
      groupOf(exchange, id).map((order) => order.id - id),
      [0, 1, 2],
    );
  });

  it('holds back the dearer leg of a pair that buys', () => {
    const exchange = exchangeAt('11:00');
    placed(exchange, { class: 'oco', legs: [limit('buy', 10, 100), stop('buy', 10, 400)] });
    assert.equal(exchange.balances().stockBuyingPower, 200_000 - 4_080);
  });
});
