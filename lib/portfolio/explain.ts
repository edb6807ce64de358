import { formatDollars, formatNumber } from '../domain/money.ts';
import type { Fill } from '../domain/order.ts';
import type { PositionNote } from '../domain/portfolio.ts';
import { tidy } from '../domain/shares.ts';
import type { SeenPosition } from '../orders/journal/adjustments.ts';
import { type Combination, combinationOf, costAfter } from './combination.ts';
import { type HandTrade, signedShares, type Trade } from './hand-orders.ts';
import type { FoundSplit, Reinvested } from './split.ts';

/** What the broker has of a symbol now, and what we know happened to it meanwhile. */
export interface PositionNow {
  symbol: string;
  quantity: number;
  /** As the broker states it, in dollars. */
  cost: number;
  /** Our own executions since the position was last explained, oldest first. */
  fills: readonly { row: number; fill: Fill }[];
  /** What orders given elsewhere executed since, oldest first, as far as the broker lists them. */
  hand: readonly HandTrade[];
  /** The last price; null: not known. */
  price: number | null;
  /** True when that price was printed after the position was last explained, on the day it is now. */
  priceIsNew: boolean;
}

/** One thing that happened to a position, in words; quantities are the whole account's. */
export interface Happening {
  kind: PositionNote['kind'];
  words: string;
  quantityBefore: number;
  quantityAfter: number;
}

export interface Explanation {
  split: {
    found: FoundSplit;
    /** How many of the fills were in old shares. */
    fillsBefore: number;
  } | null;
  /** In their order. */
  happenings: Happening[];
}

/** Fees and rounding change a cost by less. */
const OTHER_COST = 0.01;

/** What the position should be by what we know. */
export function expectedQuantity(before: SeenPosition | undefined, fills: PositionNow['fills']): number {
  return tidy(fills.reduce((sum, { fill }) => sum + signedShares(fill), before?.quantity ?? 0));
}

/** True when the shares are as many as they should be, but cost another figure: a split and orders can cancel out. */
export function costsOtherwise(before: SeenPosition | undefined, now: PositionNow): boolean {
  if (before === undefined || now.quantity === 0) return false;
  const cost = costAfter(before, now.fills.map(ownTrade));
  return cost !== null && Math.abs(now.cost - cost) > OTHER_COST * Math.abs(cost);
}

/** Why the position is not what our own orders made of it; null when it is. */
export function explain(before: SeenPosition | undefined, now: PositionNow): Explanation | null {
  const expected = expectedQuantity(before, now.fills);
  const found = before && combinationOf(before, now, { own: now.fills.map(ownTrade), hand: now.hand });
  if (found) {
    const explanation = inWords(now, found, expected);
    if (explanation.happenings.length > 0) return explanation;
  }
  if (now.quantity === expected) return null;
  const words = before ? changedOutside(now.symbol, expected, now.quantity) : heldElsewhere(now, expected);
  return {
    split: null,
    happenings: [{ kind: 'external', words, quantityBefore: expected, quantityAfter: now.quantity }],
  };
}

function ownTrade({ fill }: PositionNow['fills'][number]) {
  return { quantity: signedShares(fill), price: fill.price };
}

function inWords(now: PositionNow, found: Combination, expected: number): Explanation {
  const { symbol } = now;
  const { split, ownBefore, dividend } = found;
  const happenings: Happening[] = [];
  let held = split === null ? expected : tidy(found.quantityBefore - sharesOf(found.handBefore));
  const say = (kind: Happening['kind'], to: number, words: string) => {
    if (to !== held) happenings.push({ kind, words, quantityBefore: held, quantityAfter: to });
    held = to;
  };
  const byHand = (trades: readonly Trade[]) => {
    const to = tidy(held + sharesOf(trades));
    say('external', to, changedOutside(symbol, held, to));
  };
  byHand(found.handBefore);
  if (split !== null) {
    const to = found.quantityAfter;
    say('split', to, splitInWords(symbol, split, held, to));
    // Our own executions in new shares are no news.
    for (const trade of now.fills.slice(ownBefore)) held = tidy(held + signedShares(trade.fill));
    byHand(found.handAfter);
  }
  if (dividend !== null) say('dividend', now.quantity, dividendInWords(symbol, dividend));
  return { split: split && { found: split, fillsBefore: ownBefore }, happenings };
}

function sharesOf(trades: readonly Trade[]): number {
  return trades.reduce((sum, { quantity }) => sum + quantity, 0);
}

function splitInWords(symbol: string, { ratio, paidOut }: FoundSplit, before: number, after: number): string {
  const { newShares, oldShares } = ratio;
  const reverse = newShares < oldShares ? 'reverse ' : '';
  const fraction = paidOut === 0 ? '' : `; ${shares(Math.abs(paidOut))} of a share was paid out in cash`;
  return `${newShares}-for-${oldShares} ${reverse}split: ${shares(before)} ${symbol} became ${shares(after)} at the same cost, in every book${fraction}`;
}

function dividendInWords(symbol: string, { quantity, cost }: Reinvested): string {
  return `dividend reinvested: +${shares(quantity)} ${symbol} for about ${formatDollars(cost)} dollars, kept in external`;
}

function changedOutside(symbol: string, before: number, after: number): string {
  const change = tidy(after - before);
  const sign = change > 0 ? '+' : '-';
  return `changed outside: ${sign}${shares(Math.abs(change))} ${symbol}, the account now has ${shares(after)}`;
}

function heldElsewhere({ symbol, quantity }: PositionNow, expected: number): string {
  return `${shares(tidy(quantity - expected))} ${symbol} in the account were not ordered here`;
}

function shares(quantity: number): string {
  return formatNumber(quantity, 0, 6);
}
