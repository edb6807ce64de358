import { splitShares, tidy } from '../domain/shares.ts';
import type { SeenPosition } from '../orders/journal/adjustments.ts';
import type { HandTrade, Trade } from './hand-orders.ts';
import { ratioBetween } from './price-leaps.ts';
import { type FoundSplit, type Reinvested, reinvested, splitOf, splitWithDividend } from './split.ts';

/** What may have happened to a position together. */
export interface Events {
  /** Our own executions and those of orders given elsewhere, each oldest first. */
  own: readonly Trade[];
  hand: readonly HandTrade[];
}

/** What happened: trades, then perhaps a split, then trades in new shares, and a dividend at any time. */
export interface Combination {
  /** null: no split. */
  split: FoundSplit | null;
  /** How many of our own executions were in old shares. */
  ownBefore: number;
  handBefore: readonly Trade[];
  handAfter: readonly Trade[];
  /** The account's shares at the split, before and after. */
  quantityBefore: number;
  quantityAfter: number;
  dividend: Reinvested | null;
}

interface Now {
  quantity: number;
  cost: number;
  price: number | null;
  priceIsNew: boolean;
}

/** A position's cost moves with a trade; more of them in one gap are not looked through. */
const MOST_OWN = 20;
const MOST_HAND = 8;
/** What a broker says a position cost is as exact as its rounded averages. */
const SAME_COST = 0.001;
const CENTS = 0.02;
/** How far a price may move between a purchase and the quote. */
const SAME_PRICE = 0.03;

/**
 * What explains a change of a position, proven: every share is accounted for, and the cost, or where sales make it
 * unknown the price, says the same. What needs no split is taken before what needs one; null when nothing is proven.
 */
export function combinationOf(before: SeenPosition, now: Now, { own, hand }: Events): Combination | null {
  if (own.length > MOST_OWN) return null;
  // Of orders given elsewhere the first may be in the position we knew, the last not yet in the one we see.
  const ranges = hand.length > MOST_HAND ? [[]] : rangesOf(hand);
  for (const find of [plain, splitByCost, splitByPrice]) {
    for (const range of ranges) {
      const found = find(before, now, { own, hand: range });
      if (found !== null) return found;
    }
  }
  return own.length > 0 ? null : splitAndUnlisted(before, now);
}

/**
 * A split together with purchases that no list tells of. The price names the ratio; what was paid is the new price of
 * the shares a split does not explain, and outside of what all of them could have cost at any price in between.
 */
function splitAndUnlisted(before: SeenPosition, now: Now): Combination | null {
  const { quantity, cost, price } = before;
  if (price === null || now.price === null || !now.priceIsNew || quantity <= 0 || cost <= CENTS) return null;
  const ratio = ratioBetween(price, now.price);
  if (ratio === null) return null;
  const exact = splitShares(quantity, ratio);
  const quantityAfter = Number.isInteger(quantity) ? Math.trunc(exact) : exact;
  const bought = tidy(now.quantity - quantityAfter);
  const paid = now.cost - cost;
  if (bought <= 0 || paid <= 0 || Math.abs(paid / bought / now.price - 1) > SAME_PRICE) return null;
  const change = now.quantity - quantity;
  const least = change * Math.min(price, now.price) * (1 - SAME_PRICE);
  const most = change * Math.max(price, now.price) * (1 + SAME_PRICE);
  if (change > 0 && paid >= least && paid <= most) return null;
  return {
    split: { ratio, paidOut: tidy(exact - quantityAfter) },
    ownBefore: 0,
    handBefore: [],
    handAfter: [{ quantity: bought, price: paid / bought }],
    quantityBefore: quantity,
    quantityAfter,
    dividend: null,
  };
}

/** Trades and perhaps a dividend, no split. */
function plain(before: SeenPosition, now: Now, events: Events): Combination | null {
  const trades = [...events.own, ...events.hand];
  const expected = tidy(before.quantity + sharesOf(trades));
  const change = tidy(now.quantity - expected);
  const cost = costAfter(before, trades);
  const price = now.price ?? before.price;
  const paid = cost === null ? null : now.cost - cost;
  const dividend =
    paid === null ? null : reinvested(Math.max(before.quantity, expected), change, paid, price);
  if (dividend === null && (change !== 0 || !agrees(cost, now.cost))) return null;
  return {
    split: null,
    ownBefore: events.own.length,
    handBefore: events.hand,
    handAfter: [],
    quantityBefore: expected,
    quantityAfter: expected,
    dividend,
  };
}

function splitByCost(before: SeenPosition, now: Now, events: Events): Combination | null {
  return splitBetween(before, now, events, true);
}

/** Where a sale, fees or rounding leave the cost unknown. */
function splitByPrice(before: SeenPosition, now: Now, events: Events): Combination | null {
  return events.own.length + events.hand.length === 0 ? null : splitBetween(before, now, events, false);
}

/** The split may lie before, between or after the executions. */
function splitBetween(before: SeenPosition, now: Now, events: Events, byCost: boolean): Combination | null {
  const { own, hand } = events;
  const fresh = now.price !== null && now.priceIsNew ? [now.price] : [];
  for (let ownBefore = 0; ownBefore <= own.length; ownBefore++) {
    for (let n = 0; n <= hand.length; n++) {
      const handBefore = hand.slice(0, n);
      const handAfter = hand.slice(n);
      const early = [...own.slice(0, ownBefore), ...handBefore];
      const late = [...own.slice(ownBefore), ...handAfter];
      const costBefore = costAfter(before, early);
      const costs = costAfter(before, [...early, ...late]);
      if (byCost && (costs === null || costBefore === null)) continue;
      const quantityBefore = tidy(before.quantity + sharesOf(early));
      const quantityAfter = tidy(now.quantity - sharesOf(late));
      const price = early.at(-1)?.price ?? before.price;
      const evidence = {
        before: { quantity: quantityBefore, cost: costBefore ?? before.cost, price },
        after: { quantity: quantityAfter, cost: byCost ? now.cost - paidFor(late) : null },
        pricesAfter: [...late.map((trade) => trade.price), ...fresh],
      };
      const found = splitOf(evidence);
      const both =
        found === null ? splitWithDividend(evidence, Math.max(before.quantity, quantityBefore)) : null;
      const split = found ?? both;
      if (split === null) continue;
      const dividend = both?.dividend ?? null;
      return {
        split: { ratio: split.ratio, paidOut: split.paidOut },
        ownBefore,
        handBefore,
        handAfter,
        quantityBefore,
        quantityAfter: tidy(quantityAfter - (dividend?.quantity ?? 0)),
        dividend,
      };
    }
  }
  return null;
}

function sharesOf(trades: readonly Trade[]): number {
  return trades.reduce((sum, { quantity }) => sum + quantity, 0);
}

function paidFor(trades: readonly Trade[]): number {
  return trades.reduce((sum, { quantity, price }) => sum + quantity * price, 0);
}

/** What a position costs after trades; null when a trade closed shares: which of them, and what they had cost, only the broker knows. */
export function costAfter(before: SeenPosition, trades: readonly Trade[]): number | null {
  const side = Math.sign(before.quantity || (trades[0]?.quantity ?? 0));
  if (trades.some(({ quantity }) => Math.sign(quantity) !== side)) return null;
  return before.cost + paidFor(trades);
}

/** An unknown cost agrees with any. */
function agrees(cost: number | null, told: number): boolean {
  return cost === null || Math.abs(told - cost) <= CENTS + SAME_COST * Math.abs(cost);
}

/** All of the list, then what is left of it without its first or last ones: the longest first, none last. */
function rangesOf<T>(list: readonly T[]): T[][] {
  const ranges: T[][] = [];
  for (let size = list.length; size > 0; size--)
    for (let from = 0; from + size <= list.length; from++) ranges.push(list.slice(from, from + size));
  return [...ranges, []];
}
