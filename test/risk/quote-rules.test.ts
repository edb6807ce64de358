import { rule as priceBand } from '../../lib/risk/rules/price-band.ts';
import { rule as quoteFreshness } from '../../lib/risk/rules/quote-freshness.ts';
import { rule as spread } from '../../lib/risk/rules/spread.ts';
import { table } from './situations.ts';

const quote = { bid: 149.9, ask: 150, last: 149.95, ageMs: 400, delayMs: 0 };
const limit = (price: number) => ({ type: 'limit' as const, price });

describe('risk rules about the quote', () => {
  table(quoteFreshness, 'quote-freshness', [
    { it: 'a fresh quote', passes: true, says: /0\.4 s ago/ },
    { it: 'a quote exactly at the age limit', when: { quote: { ...quote, ageMs: 5_000 } }, passes: true },
    {
      it: 'a quote over the age limit',
      when: { quote: { ...quote, ageMs: 5_001 } },
      passes: false,
      field: 'quoteMaxAgeSeconds',
    },
    { it: 'a quote of unknown age', when: { quote: { ...quote, ageMs: Number.NaN } }, passes: false },
    { it: 'a quote from the future', when: { quote: { ...quote, ageMs: -1 } }, passes: false },
    { it: 'no quote', when: { quote: null }, passes: false },
    { it: 'a quote with a broken price', when: { quote: { ...quote, bid: Number.NaN } }, passes: false },
    {
      it: 'a delayed feed',
      when: { quote: { ...quote, delayMs: 900_000 } },
      passes: false,
      says: /900 s behind/,
      field: 'allowDelayedQuotes',
    },
    {
      it: 'a delayed feed the policy allows',
      when: { quote: { ...quote, delayMs: 900_000 } },
      policy: { allowDelayedQuotes: true },
      passes: true,
    },
    {
      it: 'a delayed feed on a live account, whatever the policy',
      when: { live: true, quote: { ...quote, delayMs: 900_000 } },
      policy: { allowDelayedQuotes: true },
      passes: false,
      says: /live/,
    },
    {
      it: 'a feed of unknown delay',
      when: { quote: { ...quote, delayMs: Number.NaN } },
      policy: { allowDelayedQuotes: true },
      passes: false,
    },
    { it: 'an exit without a quote', when: { quote: null, exit: {} }, passes: true },
  ]);

  table(priceBand, 'price-band', [
    { it: 'a market order', passes: true },
    { it: 'a buy at the ask', when: { order: limit(150) }, passes: true },
    { it: 'a buy exactly 3 % above the ask', when: { order: limit(154.5) }, passes: true },
    {
      it: 'a buy over 3 % above the ask',
      when: { order: limit(154.51) },
      passes: false,
      says: /above the ask 150.00/,
      field: 'priceBandPercent',
    },
    { it: 'a buy exactly 3 % below the ask', when: { order: limit(145.5) }, passes: true },
    {
      it: 'a buy over 3 % below the ask',
      when: { order: limit(145.49) },
      passes: false,
      says: /below the ask/,
    },
    {
      it: 'a buy against the last trade when there is no ask',
      when: { quote: { ...quote, ask: null }, order: limit(150) },
      passes: true,
      says: /last 149.95/,
    },
    {
      it: 'a stop limit near its trigger, far from the quote',
      when: { order: { type: 'stop_limit', stop: 170, price: 171 } },
      passes: true,
      says: /from its stop 170\.00/,
    },
    {
      it: 'a stop limit far from its trigger',
      when: { order: { type: 'stop_limit', stop: 170, price: 180 } },
      passes: false,
      field: 'priceBandPercent',
    },
    {
      it: 'a protective stop limit that gives way far',
      when: { exit: { type: 'stop_limit', stop: 140, price: 120 } },
      passes: true,
      says: /an exit passes/,
    },
    {
      it: 'a cover far above the ask',
      when: { exit: { side: 'buy_to_cover', ...limit(160) } },
      passes: false,
      says: /above the ask/,
    },
    {
      it: 'a cover far below the ask, where a profit is taken',
      when: { exit: { side: 'buy_to_cover', ...limit(100) } },
      passes: true,
    },
    {
      it: 'a short sale far above the bid',
      when: { order: { side: 'sell_short', ...limit(160) } },
      passes: false,
      says: /above the bid/,
    },
    {
      it: 'a sale more than 3 % below the bid',
      when: { exit: limit(145) },
      passes: false,
      says: /below the bid/,
    },
    {
      it: 'a sale exactly 3 % below the bid',
      when: { quote: { ...quote, bid: 100 }, exit: limit(97) },
      passes: true,
    },
    {
      it: 'a sale far above the bid, where a profit is taken',
      when: { exit: limit(200) },
      passes: true,
      says: /better price/,
    },
    {
      it: 'an entry against a stale quote',
      when: { quote: { ...quote, ageMs: 9_000 }, order: limit(150) },
      passes: false,
      says: /9 s ago/,
    },
    {
      it: 'an exit against a stale quote',
      when: { quote: { ...quote, ageMs: 15_001 }, exit: limit(1) },
      passes: true,
    },
    { it: 'an entry without a quote', when: { quote: null, order: limit(150) }, passes: false },
    {
      it: 'a limit order without a price',
      when: { order: { type: 'limit' } },
      passes: false,
      field: 'price',
    },
    {
      it: 'an exit whose limit is no number',
      when: { exit: limit(Number.POSITIVE_INFINITY) },
      passes: false,
      field: 'price',
    },
    { it: 'a stop order without a stop', when: { exit: { type: 'stop' } }, passes: false, field: 'stop' },
    { it: 'a stop order with one', when: { exit: { type: 'stop', stop: 140 } }, passes: true },
  ]);

  table(spread, 'spread', [
    { it: 'a narrow spread', passes: true, says: /149.90 bid, 150.00 ask/ },
    {
      it: 'a spread exactly at the limit',
      when: { quote: { ...quote, bid: 99.5, ask: 100.5 } },
      passes: true,
    },
    {
      it: 'a spread over the limit',
      when: { quote: { ...quote, bid: 99.49, ask: 100.5 } },
      passes: false,
      field: 'maxSpreadPercent',
    },
    { it: 'a crossed quote', when: { quote: { ...quote, bid: 150.01 } }, passes: false, says: /crossed/ },
    { it: 'a missing bid', when: { quote: { ...quote, bid: null } }, passes: false },
    { it: 'a bid of zero', when: { quote: { ...quote, bid: 0 } }, passes: false },
    { it: 'no quote', when: { quote: null }, passes: false },
    {
      it: 'a limit order in a wide market',
      when: { quote: { ...quote, bid: 100 }, order: limit(150) },
      passes: true,
    },
    { it: 'an exit in a wide market', when: { quote: { ...quote, bid: 100 }, exit: {} }, passes: true },
  ]);
});
