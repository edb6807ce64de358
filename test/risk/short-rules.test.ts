import { money } from '../../lib/domain/money.ts';
import { rule as bracket } from '../../lib/risk/rules/bracket.ts';
import { rule as noCrossZero } from '../../lib/risk/rules/no-cross-zero.ts';
import { rule as shortSales } from '../../lib/risk/rules/short-sales.ts';
import { NO_WORKING, table } from './situations.ts';

const quote = { bid: 149.9, ask: 150, last: 149.95, ageMs: 400, delayMs: 0 };
const limit = (price: number) => ({ type: 'limit' as const, price });
const working = NO_WORKING;

describe('risk rules about short sales and brackets', () => {
  const short = { held: { book: -50, account: -50 }, stances: { long: 0, short: 50 } };
  const cover = { side: 'buy_to_cover' as const };
  table(noCrossZero, 'no-cross-zero', [
    { it: 'a short sale of what nobody holds', when: { order: { side: 'sell_short' } }, passes: true },
    {
      it: 'a short sale that adds to a short',
      when: { ...short, order: { side: 'sell_short' } },
      passes: true,
    },
    {
      it: 'a short sale marked reduce-only',
      when: { order: { side: 'sell_short', reduceOnly: true } },
      passes: false,
      field: 'reduceOnly',
    },
    {
      it: 'a short sale against what its book holds',
      when: { order: { side: 'sell_short' }, held: { book: 5, account: 5 }, stances: { long: 5, short: 0 } },
      passes: false,
      says: /5 AAPL are long/,
    },
    {
      it: 'a short sale against what another book holds, though the account nets to short',
      when: {
        order: { side: 'sell_short' },
        held: { book: -9, account: -4 },
        stances: { long: 5, short: 9 },
      },
      passes: false,
      says: /5 AAPL are long/,
    },
    {
      it: 'a short sale against what was bought elsewhere',
      when: { order: { side: 'sell_short' }, held: { book: 0, account: 0.5 } },
      passes: false,
      says: /0\.5 AAPL are long/,
    },
    {
      it: 'a short sale while the symbol is being bought',
      when: { order: { side: 'sell_short' }, working: { ...working, accountBuy: 7, accountLong: 7 } },
      passes: false,
      says: /7 AAPL are being bought/,
    },
    {
      it: 'a short sale while a short is being covered',
      when: { ...short, order: { side: 'sell_short' }, working: { ...working, accountBuy: 7, bookBuy: 7 } },
      passes: true,
    },
    {
      it: 'a buy while the symbol is being sold short',
      when: { working: { ...working, accountSell: 7, accountShort: 7 } },
      passes: false,
      says: /7 AAPL are being sold short/,
    },
    {
      it: 'a buy against the short of another book',
      when: { held: { book: 10, account: 4 }, stances: { long: 10, short: 6 } },
      passes: false,
      says: /6 AAPL are short/,
    },
    {
      it: 'a buy of a book of which a person sold some by hand',
      when: { held: { book: 10, account: 4 }, stances: { long: 10, short: 0 } },
      passes: true,
    },
    {
      it: 'covering exactly what is short',
      when: { ...short, exit: { ...cover, quantity: 50 } },
      passes: true,
    },
    {
      it: 'covering one more than is short',
      when: { ...short, exit: { ...cover, quantity: 51 } },
      passes: false,
      says: /covering 51 would cross zero: book tradingview is short 50 AAPL/,
    },
    {
      it: 'covering what is already being covered',
      when: {
        ...short,
        exit: { ...cover, quantity: 11 },
        working: { ...working, bookBuy: 40, accountBuy: 40 },
      },
      passes: false,
      says: /40 of them already being covered/,
    },
    {
      it: 'covering more than the account is short',
      when: { exit: cover, held: { book: -50, account: -5 } },
      passes: false,
      says: /the account is short 5/,
    },
    {
      it: 'covering what is held long',
      when: { exit: cover, held: { book: 50, account: 50 } },
      passes: false,
    },
    { it: 'selling what is short', when: { ...short, exit: {} }, passes: false, says: /holds no AAPL/ },
    {
      it: 'standing by for what nobody stands by for',
      when: { exit: { leg: 'protect-1', quantity: 30 }, covered: { book: 20, account: 20 } },
      passes: true,
    },
    {
      it: 'standing by twice for the same shares',
      when: { exit: { leg: 'protect-1', quantity: 31 }, covered: { book: 20, account: 20 } },
      passes: false,
      says: /other orders standing by for 20/,
    },
    {
      it: 'standing by for what other books stand by for in the account',
      when: {
        exit: { leg: 'protect-1', quantity: 30 },
        held: { book: 50, account: 70 },
        covered: { book: 0, account: 50 },
      },
      passes: false,
    },
    {
      it: 'standing by for a short that others stand by for',
      when: {
        ...short,
        exit: { ...cover, leg: 'protect-2', quantity: 31 },
        covered: { book: 20, account: 20 },
      },
      passes: false,
      says: /other orders standing by for 20/,
    },
    { it: 'a broken coverage', when: { exit: {}, covered: { book: Number.NaN, account: 0 } }, passes: false },
    { it: 'a broken stance', when: { stances: { long: 0, short: Number.NaN } }, passes: false },
  ]);

  table(shortSales, 'short-sales', [
    { it: 'what is no short sale', policy: { allowShortSales: false }, passes: true },
    { it: 'a short sale on a margin account', when: { order: { side: 'sell_short' } }, passes: true },
    {
      it: 'a short sale the policy does not allow',
      when: { order: { side: 'sell_short' } },
      policy: { allowShortSales: false },
      passes: false,
      says: /allows no short sales \(allowShortSales\)/,
      field: 'allowShortSales',
    },
    {
      it: 'a switch that is no boolean',
      when: { order: { side: 'sell_short' } },
      policy: { allowShortSales: 'yes' as never },
      passes: false,
    },
    {
      it: 'a short sale on a cash account',
      when: { accountType: 'cash', order: { side: 'sell_short' } },
      passes: false,
      says: /a cash account cannot sell short/,
      field: 'accountType',
    },
    { it: 'a pattern day trader', when: { accountType: 'pdt', order: { side: 'sell_short' } }, passes: true },
    {
      it: 'an account of unknown kind',
      when: { accountType: null, order: { side: 'sell_short' } },
      passes: false,
    },
    {
      it: 'a price of exactly 5',
      when: { quote: { ...quote, last: 5 }, order: { side: 'sell_short' } },
      passes: true,
    },
    {
      it: 'a price below 5',
      when: { quote: { ...quote, last: 4.99 }, order: { side: 'sell_short' } },
      passes: false,
      says: /4\.99 is below 5\.00/,
      field: 'last',
    },
    {
      it: 'a price that is not known',
      when: { quote: { ...quote, last: null }, order: { side: 'sell_short' } },
      passes: false,
      field: 'last',
    },
    {
      it: 'a short sale without a quote',
      when: { quote: null, order: { side: 'sell_short' } },
      passes: false,
    },
    {
      it: 'a short sale good till canceled',
      when: { order: { side: 'sell_short', duration: 'gtc' } },
      passes: false,
      field: 'duration',
    },
    {
      it: 'equity of exactly 2,000',
      when: { equity: money(2_000), order: { side: 'sell_short' } },
      passes: true,
    },
    {
      it: 'equity below 2,000',
      when: { equity: money(1_999.99), order: { side: 'sell_short' } },
      passes: false,
      says: /1,999\.99 is below 2,000\.00/,
      field: 'equity',
    },
    { it: 'unknown equity', when: { equity: null, order: { side: 'sell_short' } }, passes: false },
    {
      it: 'a symbol some book is long of',
      when: {
        stances: { long: 3, short: 9 },
        held: { book: -9, account: -6 },
        order: { side: 'sell_short' },
      },
      passes: false,
      says: /long of AAPL: 3 held/,
    },
    {
      it: 'a symbol that is being bought',
      when: { working: { ...working, accountLong: 4, accountBuy: 4 }, order: { side: 'sell_short' } },
      passes: false,
      says: /4 being bought/,
    },
    { it: 'an unknown position', when: { held: null, order: { side: 'sell_short' } }, passes: false },
    {
      it: 'several of these at once, telling all',
      when: { accountType: 'cash', equity: money(100), order: { side: 'sell_short', duration: 'gtc' } },
      passes: false,
      says: /cash account.*day only.*2,000/,
    },
  ]);

  const limited = (price: number, more: object) => ({
    ...limit(price),
    bracket: { duration: 'gtc' as const, ...more },
  });
  table(bracket, 'bracket', [
    { it: 'an order without one', passes: true },
    {
      it: 'a long between its two',
      when: { order: limited(150, { stopLoss: 140, takeProfit: 160 }) },
      passes: true,
    },
    {
      it: 'a long stopped at its entry',
      when: { order: limited(150, { stopLoss: 150 }) },
      passes: false,
      says: /stop loss 150\.00 is not below 150\.00/,
      field: 'stopLoss',
    },
    {
      it: 'a long whose profit is a loss',
      when: { order: limited(150, { takeProfit: 149 }) },
      passes: false,
      field: 'takeProfit',
    },
    {
      it: 'a short between its two',
      when: { order: { side: 'sell_short', ...limited(150, { stopLoss: 160, takeProfit: 140 }) } },
      passes: true,
    },
    {
      it: 'a short stopped below its entry',
      when: { order: { side: 'sell_short', ...limited(150, { stopLoss: 140 }) } },
      passes: false,
    },
    { it: 'a stop off the tick', when: { order: limited(150, { stopLoss: 140.005 }) }, passes: false },
    { it: 'a broken stop', when: { order: limited(150, { stopLoss: Number.NaN }) }, passes: false },
    {
      it: 'a limit above the stop it belongs to',
      when: { order: limited(150, { stopLoss: 140, stopLossLimit: 141 }) },
      passes: false,
      field: 'stopLossLimit',
    },
    { it: 'a trail without a stop', when: { order: limited(150, { trail: 2 }) }, passes: false },
    {
      it: 'a market order with one',
      when: { order: { bracket: { stopLoss: 140, duration: 'gtc' } } },
      passes: false,
      field: 'type',
    },
    {
      it: 'a stop entry by its trigger',
      when: { order: { type: 'stop', stop: 155, bracket: { stopLoss: 152, duration: 'gtc' } } },
      passes: true,
    },
    { it: 'an exit, whatever it carries', when: { exit: limited(150, { takeProfit: 1 }) }, passes: true },
  ]);
});
