import { formatDollars, formatNumber } from '../domain/money.ts';
import type { Fill } from '../domain/order.ts';
import { tidy } from '../domain/shares.ts';
import type { SeenPosition } from '../orders/journal/adjustments.ts';
import { type FoundSplit, splitOf } from './split.ts';

/** What the broker has of a symbol now, and what we know happened to it meanwhile. */
export interface PositionNow {
  symbol: string;
  quantity: number;
  /** As the broker states it, in dollars. */
  cost: number;
  /** Our own executions since the position was last explained, oldest first. */
  fills: readonly { row: number; fill: Fill }[];
  /** The last price; null: not known. */
  price: number | null;
  /** True when that price was printed after the position was last explained, on the day it is now. */
  priceIsNew: boolean;
}

export type Explanation =
  | {
      kind: 'split';
      found: FoundSplit;
      /** How many of the fills were in old shares. */
      fillsBefore: number;
      /** The account's shares at the split, before and after. */
      quantityBefore: number;
      quantityAfter: number;
      words: string;
    }
  | { kind: 'dividend' | 'external'; words: string };

/** A position's cost moves with a trade; more fills than this in one gap are not looked through for a split. */
const MOST_FILLS = 20;
/** A dividend buys less than this part of the position. */
const DIVIDEND_PART = 0.05;
/** The price a dividend was reinvested at may be days old. */
const DIVIDEND_PRICE = 0.25;

/** Signed shares of one of our executions. */
export function signedShares({ side, quantity }: Fill): number {
  return side === 'buy' || side === 'buy_to_cover' ? quantity : -quantity;
}

/** What the position should be by what we know. */
export function expectedQuantity(before: SeenPosition | undefined, fills: PositionNow['fills']): number {
  return tidy(fills.reduce((sum, { fill }) => sum + signedShares(fill), before?.quantity ?? 0));
}

/** Why the position is not what our own orders made of it; null when it is. */
export function explain(before: SeenPosition | undefined, now: PositionNow): Explanation | null {
  const expected = expectedQuantity(before, now.fills);
  const change = tidy(now.quantity - expected);
  if (change === 0) return null;
  if (before === undefined) return { kind: 'external', words: heldElsewhere(expected, now) };
  const split = splitBetweenFills(before, now);
  if (split !== null) return split;
  const dividend = dividendOf(before, now, expected, change);
  if (dividend !== null) return dividend;
  return { kind: 'external', words: changedOutside(now, change) };
}

/** The split may lie before, between or after the executions we learned of since. */
function splitBetweenFills(before: SeenPosition, now: PositionNow): Explanation | null {
  const { fills } = now;
  if (fills.length > MOST_FILLS) return null;
  const fresh = now.price !== null && now.priceIsNew ? [now.price] : [];
  for (let fillsBefore = 0; fillsBefore <= fills.length; fillsBefore++) {
    const early = fills.slice(0, fillsBefore);
    const late = fills.slice(fillsBefore);
    const quantityBefore = expectedQuantity(before, early);
    const quantityAfter = tidy(late.reduce((sum, { fill }) => sum - signedShares(fill), now.quantity));
    const price = early.at(-1)?.fill.price ?? before.price;
    const found = splitOf({
      before: { quantity: quantityBefore, cost: before.cost, price },
      after: { quantity: quantityAfter, cost: fills.length === 0 ? now.cost : null },
      pricesAfter: [...late.map(({ fill }) => fill.price), ...fresh],
    });
    if (found === null) continue;
    const words = splitInWords(now.symbol, found, quantityBefore, quantityAfter);
    return { kind: 'split', found, fillsBefore, quantityBefore, quantityAfter, words };
  }
  return null;
}

/** A fraction of a share more, paid at about the price: orders are whole shares, so nobody ordered it. */
function dividendOf(
  before: SeenPosition,
  now: PositionNow,
  expected: number,
  change: number,
): Explanation | null {
  const price = now.price ?? before.price;
  if (now.fills.length > 0 || price === null || expected <= 0 || change <= 0) return null;
  if (Number.isInteger(change) || change > expected * DIVIDEND_PART) return null;
  const paid = now.cost - before.cost;
  if (Math.abs(paid / change - price) > price * DIVIDEND_PRICE) return null;
  const words = `dividend reinvested: +${shares(change)} ${now.symbol} for about ${formatDollars(paid)} dollars, kept in external`;
  return { kind: 'dividend', words };
}

function splitInWords(symbol: string, { ratio, paidOut }: FoundSplit, before: number, after: number): string {
  const { newShares, oldShares } = ratio;
  const reverse = newShares < oldShares ? 'reverse ' : '';
  const fraction = paidOut === 0 ? '' : `; ${shares(Math.abs(paidOut))} of a share was paid out in cash`;
  return `${newShares}-for-${oldShares} ${reverse}split: ${shares(before)} ${symbol} became ${shares(after)} at the same cost, in every book${fraction}`;
}

function changedOutside(now: PositionNow, change: number): string {
  const sign = change > 0 ? '+' : '-';
  return `changed outside: ${sign}${shares(Math.abs(change))} ${now.symbol}, the account now has ${shares(now.quantity)}`;
}

function heldElsewhere(expected: number, now: PositionNow): string {
  const change = tidy(now.quantity - expected);
  return `${shares(change)} ${now.symbol} in the account were not ordered here`;
}

function shares(quantity: number): string {
  return formatNumber(quantity, 0, 6);
}
