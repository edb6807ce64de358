import { rule as duplicateOrder } from '../../lib/risk/rules/duplicate-order.ts';
import { rule as haltState } from '../../lib/risk/rules/halt-state.ts';
import { rule as marketSession } from '../../lib/risk/rules/market-session.ts';
import { rule as noCrossZero } from '../../lib/risk/rules/no-cross-zero.ts';
import { rule as orderQuantity } from '../../lib/risk/rules/order-quantity.ts';
import { rule as orderValue } from '../../lib/risk/rules/order-value.ts';
import { NO_WORKING, table } from './situations.ts';

const quote = { bid: 149.9, ask: 150, last: 149.95, ageMs: 400, delayMs: 0 };
const limit = (price: number) => ({ type: 'limit' as const, price });

const PRE = { type: 'limit', price: 150, duration: 'pre' } as const;
const POST = { ...PRE, duration: 'post' } as const;

describe('risk rules about the order', () => {
  table(haltState, 'halt-state', [
    { it: 'an entry while active', passes: true },
    {
      it: 'an entry while reducing',
      when: { haltState: 'reducing', haltReason: 'earnings tonight' },
      passes: false,
      says: /only reduces positions \(earnings tonight\): entries/,
    },
    { it: 'an exit while reducing', when: { haltState: 'reducing', exit: {} }, passes: true },
    {
      it: 'a sale not marked reduce-only while reducing',
      when: { haltState: 'reducing', exit: { reduceOnly: false } },
      passes: false,
    },
    {
      it: 'an entry while halted',
      when: { haltState: 'halted', haltReason: 'lost the feed' },
      passes: false,
      says: /halted \(lost the feed\): nothing/,
    },
    { it: 'an exit while halted', when: { haltState: 'halted', exit: {} }, passes: false },
    { it: 'a state nobody knows', when: { haltState: 'resting' as never }, passes: false },
  ]);

  table(marketSession, 'market-session', [
    { it: 'a pre order before the open', when: { session: 'premarket', order: PRE }, passes: true },
    { it: 'a pre order while it is open', when: { session: 'open', order: PRE }, passes: false },
    { it: 'a post exit before the open', when: { session: 'premarket', exit: POST }, passes: false },
    { it: 'a post exit after the close', when: { session: 'postmarket', exit: POST }, passes: true },
    { it: 'an entry in the regular session', passes: true },
    { it: 'an entry before the open', when: { session: 'premarket' }, passes: false, says: /pre-market/ },
    { it: 'an entry after the close', when: { session: 'postmarket' }, passes: false },
    { it: 'an entry in a closed market', when: { session: 'closed' }, passes: false, says: /closed/ },
    { it: 'an entry in an unknown session', when: { session: 'unknown' }, passes: false, says: /not known/ },
    {
      it: 'an exit in a closed market',
      when: { session: 'closed', exit: {} },
      passes: true,
      says: /wait .* for the open/,
    },
    { it: 'an exit in an unknown session', when: { session: 'unknown', exit: {} }, passes: true },
  ]);

  table(orderQuantity, 'order-quantity', [
    { it: 'below the limit', when: { order: { quantity: 999 } }, passes: true },
    { it: 'exactly the limit', when: { order: { quantity: 1_000 } }, passes: true },
    {
      it: 'one over the limit',
      when: { order: { quantity: 1_001 } },
      passes: false,
      says: /1,001 .* 1,000/,
      field: 'maxOrderQuantity',
    },
    { it: 'an exit over the limit', when: { exit: { quantity: 5_000 } }, passes: true },
    { it: 'zero shares', when: { order: { quantity: 0 } }, passes: false, field: 'quantity' },
    { it: 'a fraction', when: { order: { quantity: 1.5 } }, passes: false },
    { it: 'Infinity', when: { order: { quantity: Number.POSITIVE_INFINITY } }, passes: false },
    { it: 'a negative exit', when: { exit: { quantity: -1 } }, passes: false },
  ]);

  table(orderValue, 'order-value', [
    {
      it: 'below the limit',
      when: { order: { quantity: 166 } },
      passes: true,
      says: /166 at 150.00 = 24,900.00/,
    },
    { it: 'exactly the limit', when: { order: { quantity: 100, ...limit(250) } }, passes: true },
    {
      it: 'just over the limit',
      when: { order: { quantity: 1_000, ...limit(25.0001) } },
      passes: false,
      says: /25,000\.10/,
    },
    {
      it: 'a market buy without an ask',
      when: { quote: { ...quote, ask: null } },
      passes: false,
      field: 'maxOrderValue',
    },
    { it: 'an entry without a quote', when: { quote: null }, passes: false },
    { it: 'a broken ask', when: { quote: { ...quote, ask: Number.NaN } }, passes: false },
    { it: 'an exit without a quote', when: { quote: null, exit: { quantity: 1_000 } }, passes: true },
  ]);

  table(duplicateOrder, 'duplicate-order', [
    { it: 'the first of its kind', passes: true },
    {
      it: 'a second one inside the window',
      when: { sinceSimilarMs: 59_999 },
      passes: false,
      field: 'duplicateWindowSeconds',
    },
    { it: 'a second one exactly at the end of the window', when: { sinceSimilarMs: 60_000 }, passes: true },
    {
      it: 'at once when the window is 0',
      when: { sinceSimilarMs: 0 },
      policy: { duplicateWindowSeconds: 0 },
      passes: true,
    },
    { it: 'an unknown distance', when: { sinceSimilarMs: Number.NaN }, passes: false },
    { it: 'a second exit', when: { sinceSimilarMs: 1, exit: {} }, passes: true },
  ]);

  const working = NO_WORKING;
  table(noCrossZero, 'no-cross-zero', [
    { it: 'a buy', passes: true },
    { it: 'selling exactly what is held', when: { exit: { quantity: 50 } }, passes: true },
    {
      it: 'selling one more than is held',
      when: { exit: { quantity: 51 } },
      passes: false,
      says: /would cross zero/,
    },
    {
      it: 'selling what is already being sold',
      when: { exit: { quantity: 11 }, working: { ...working, bookSell: 40, accountSell: 40 } },
      passes: false,
      says: /40 of them/,
    },
    {
      it: 'selling what is not being sold yet',
      when: { exit: {}, working: { ...working, bookSell: 40, accountSell: 40 } },
      passes: true,
    },
    {
      it: 'selling more than the account holds',
      when: { exit: {}, held: { book: 50, account: 5 } },
      passes: false,
      says: /the account holds 5/,
    },
    {
      it: 'selling what another order of the account sells',
      when: { exit: {}, working: { ...working, accountSell: 45 } },
      passes: false,
    },
    {
      it: 'selling from another book',
      when: { exit: {}, held: { book: 0, account: 500 } },
      passes: false,
      says: /book tradingview holds 0/,
    },
    {
      it: 'selling a fraction left over as part of ten and a half',
      when: { exit: {}, held: { book: 10.5, account: 10.5 } },
      passes: true,
    },
    { it: 'an exit of an unknown position', when: { exit: {}, held: null }, passes: false, field: 'held' },
    { it: 'an entry into an unknown position', when: { held: null }, passes: false },
    { it: 'a broken position', when: { exit: {}, held: { book: Number.NaN, account: 50 } }, passes: false },
    {
      it: 'broken working orders',
      when: { exit: {}, working: { ...working, bookSell: Number.NaN } },
      passes: false,
      field: 'working',
    },
    { it: 'a broken quantity', when: { exit: { quantity: Number.POSITIVE_INFINITY } }, passes: false },
    {
      it: 'a sale within the position that is not marked reduce-only',
      when: { exit: { reduceOnly: false } },
      passes: true,
    },
    { it: 'a buy marked reduce-only', when: { order: { reduceOnly: true } }, passes: false },
    {
      it: 'a buy against an outside short',
      when: { held: { book: 0, account: -5 } },
      passes: false,
      says: /short/,
    },
  ]);
});
