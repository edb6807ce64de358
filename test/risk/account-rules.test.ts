import { money } from '../../lib/domain/money.ts';
import { rule as buyingPower } from '../../lib/risk/rules/buying-power.ts';
import { rule as concentration } from '../../lib/risk/rules/concentration.ts';
import { rule as dailyLoss } from '../../lib/risk/rules/daily-loss.ts';
import { rule as maxPosition } from '../../lib/risk/rules/max-position.ts';
import { rule as minEquity } from '../../lib/risk/rules/min-equity.ts';
import { rule as openPositions } from '../../lib/risk/rules/open-positions.ts';
import { NO_WORKING, table } from './situations.ts';

const quote = { bid: 99.9, ask: 100, last: 100, ageMs: 400, delayMs: 0 };
const working = NO_WORKING;
const broken = Number.NaN as never;
const ten = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J'];

describe('risk rules about the account', () => {
  table(buyingPower, 'buying-power', [
    {
      it: 'what is covered, with the figures',
      when: {
        quote,
        buyingPower: money(41_230),
        reserved: money(2_000),
        order: { quantity: 90, type: 'limit', price: 100.1389 },
      },
      passes: true,
      says: /^buying power 41,230\.00 covers 9,012\.50 after 2,000\.00 reserved$/,
    },
    {
      it: 'a limit order of exactly all',
      when: { buyingPower: money(1_500), order: { type: 'limit', price: 150 } },
      passes: true,
    },
    {
      it: 'a unit too much',
      when: { buyingPower: money(1_499.9999), order: { type: 'limit', price: 150 } },
      passes: false,
    },
    { it: 'a market order of exactly ask and collar', when: { buyingPower: money(1_575) }, passes: true },
    {
      it: 'a market order whose collar is not covered',
      when: { buyingPower: money(1_574.99) },
      passes: false,
      says: /does not cover 1,575\.00/,
    },
    {
      it: 'what other orders have reserved',
      when: { buyingPower: money(2_000), reserved: money(500) },
      passes: false,
    },
    { it: 'an unknown figure', when: { buyingPower: null }, passes: false },
    { it: 'a broken figure', when: { buyingPower: broken }, passes: false },
    { it: 'a broken reservation', when: { reserved: broken }, passes: false },
    { it: 'a negative reservation', when: { reserved: money(-1) }, passes: false },
    { it: 'a market buy without an ask', when: { quote: { ...quote, ask: null } }, passes: false },
    {
      it: 'a short sale of exactly half as much again',
      when: { buyingPower: money(2_248.5), quote: { ...quote, bid: 149.9 }, order: { side: 'sell_short' } },
      passes: true,
    },
    {
      it: 'a short sale whose margin is not covered',
      when: { buyingPower: money(2_248.49), quote: { ...quote, bid: 149.9 }, order: { side: 'sell_short' } },
      passes: false,
      says: /does not cover 2,248\.50/,
    },
    { it: 'an exit without buying power', when: { buyingPower: null, exit: {} }, passes: true },
  ]);

  table(maxPosition, 'max-position', [
    {
      it: 'below the limit',
      when: { quote, order: { quantity: 199 } },
      passes: true,
      says: /19\.9 % of equity in book tradingview/,
    },
    { it: 'exactly the limit', when: { quote, order: { quantity: 200 } }, passes: true },
    {
      it: 'over the limit',
      when: { quote, order: { quantity: 201 } },
      passes: false,
      says: /20\.1 % .* the limit is 20 % \(maxPositionPercent\)/,
      field: 'maxPositionPercent',
    },
    {
      it: 'a hair over the limit, and it does not read as the limit',
      when: { quote: { ...quote, ask: 100.001 }, order: { quantity: 200 } },
      passes: false,
      says: /20\.0002 % /,
    },
    {
      it: 'exactly the limit with what is held and on the way',
      when: {
        quote,
        held: { book: 100, account: 900 },
        working: { ...working, bookBuy: 50 },
        order: { quantity: 50 },
      },
      passes: true,
    },
    {
      it: 'over the limit with what is on the way',
      when: {
        quote,
        held: { book: 100, account: 100 },
        working: { ...working, bookBuy: 51 },
        order: { quantity: 50 },
      },
      passes: false,
      says: /with 151 held and on the way/,
    },
    {
      it: 'a short over the limit, with what is short and on the way',
      when: {
        quote,
        held: { book: -100, account: -100 },
        working: { ...working, bookSell: 52 },
        order: { side: 'sell_short', quantity: 50 },
      },
      passes: false,
      says: /with 152 held and on the way/,
    },
    {
      it: 'a short within the limit',
      when: {
        quote,
        held: { book: -100, account: -100 },
        working: { ...working, bookSell: 49 },
        order: { side: 'sell_short', quantity: 50 },
      },
      passes: true,
    },
    {
      it: 'working sells as room',
      when: { quote, held: { book: 200, account: 200 }, working: { ...working, bookSell: 200 } },
      passes: false,
    },
    { it: 'an unknown position', when: { held: null }, passes: false },
    { it: 'a broken position', when: { held: { book: broken, account: 0 } }, passes: false },
    { it: 'broken working orders', when: { working: { ...working, bookBuy: broken } }, passes: false },
    { it: 'unknown equity', when: { equity: null }, passes: false, says: /equity/ },
    { it: 'no equity', when: { equity: money(0) }, passes: false },
    { it: 'broken equity', when: { equity: broken }, passes: false },
    { it: 'no quote', when: { quote: null }, passes: false },
    {
      it: 'an exit with nothing known',
      when: { equity: null, held: null, quote: null, exit: {} },
      passes: true,
    },
  ]);

  table(concentration, 'concentration', [
    {
      it: 'exactly the limit over all books and outside',
      when: {
        quote,
        held: { book: 0, account: 150 },
        working: { ...working, accountBuy: 50 },
        order: { quantity: 50 },
      },
      passes: true,
    },
    {
      it: 'over the limit',
      when: {
        quote,
        held: { book: 0, account: 150 },
        working: { ...working, accountBuy: 51 },
        order: { quantity: 50 },
      },
      passes: false,
      says: /25\.1 % of equity in AAPL; the limit is 25 %/,
      field: 'maxConcentrationPercent',
    },
    {
      it: 'a short over the limit',
      when: {
        quote,
        held: { book: 0, account: -150 },
        working: { ...working, accountSell: 52 },
        order: { side: 'sell_short', quantity: 50 },
      },
      passes: false,
      says: /25\.2 % of equity/,
    },
    {
      it: 'an outside short as room',
      when: { quote, held: { book: 0, account: -200 }, order: { quantity: 100 } },
      passes: false,
    },
    { it: 'an unknown position', when: { held: null }, passes: false },
    { it: 'a broken position', when: { held: { book: 0, account: broken } }, passes: false },
    { it: 'broken working orders', when: { working: { ...working, accountBuy: broken } }, passes: false },
    { it: 'unknown equity', when: { equity: null }, passes: false },
    {
      it: 'held shares without any price',
      when: { quote: null, held: { book: 1, account: 1 } },
      passes: false,
    },
    { it: 'an exit', when: { equity: null, exit: {} }, passes: true },
  ]);

  table(openPositions, 'open-positions', [
    { it: 'the tenth of ten', when: { openSymbols: new Set(ten.slice(0, 9)) }, passes: true },
    {
      it: 'the eleventh of ten',
      when: { openSymbols: new Set(ten) },
      passes: false,
      field: 'maxOpenPositions',
    },
    { it: 'more of one that is open', when: { openSymbols: new Set([...ten, 'AAPL']) }, passes: true },
    { it: 'an exit', when: { openSymbols: new Set(ten), exit: {} }, passes: true },
  ]);

  table(dailyLoss, 'daily-loss', [
    { it: 'a gain', when: { equity: money(101_000) }, passes: true, says: /no loss/ },
    {
      it: 'a loss below the limit',
      when: { equity: money(98_500) },
      passes: true,
      says: /1,500\.00 is 1\.5 %/,
    },
    { it: 'a loss of exactly the limit', when: { equity: money(98_000) }, passes: true },
    {
      it: 'a loss a unit over it',
      when: { equity: money(97_999.9999) },
      passes: false,
      field: 'maxDailyLossPercent',
    },
    { it: 'an unknown baseline', when: { baseline: null }, passes: false },
    { it: 'a baseline of zero', when: { baseline: money(0) }, passes: false },
    { it: 'a broken baseline', when: { baseline: broken }, passes: false },
    { it: 'unknown equity', when: { equity: null }, passes: false },
    { it: 'broken equity', when: { equity: broken }, passes: false },
    { it: 'an exit after a great loss', when: { equity: money(50_000), exit: {} }, passes: true },
    { it: 'an exit with nothing known', when: { equity: null, baseline: null, exit: {} }, passes: true },
  ]);

  table(minEquity, 'min-equity', [
    { it: 'exactly the minimum', when: { equity: money(1_000) }, passes: true },
    { it: 'a unit below it', when: { equity: money(999.9999) }, passes: false, field: 'minEquity' },
    { it: 'unknown equity', when: { equity: null }, passes: false },
    { it: 'broken equity', when: { equity: broken }, passes: false },
    { it: 'an exit below it', when: { equity: money(1), exit: {} }, passes: true },
  ]);
});
