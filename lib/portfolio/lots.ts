import { add, type Money, scale, subtract, ZERO } from '../domain/money.ts';
import { type SplitRatio, splitShares, tidy } from '../domain/shares.ts';

/** Shares bought (or, negative, sold short) in one execution and not closed yet; first in, first out. */
export interface Lot {
  quantity: number;
  /** What all of it cost; negative for a short lot, which brought money in. */
  cost: Money;
}

/**
 * Signed shares for signed money (a buy is positive for both): first closes lots of the other sign, oldest first,
 * then opens one with the rest. Changes `lots` and returns what was realised. Money is split by subtraction, never
 * rounded twice, so that over any sequence cost of what is open - realised = money paid in, to the unit.
 */
export function settle(lots: Lot[], quantity: number, paid: Money): Money {
  let left = quantity;
  let leftPaid = paid;
  let realized: Money = ZERO;
  for (let first = lots[0]; first && left !== 0 && opposite(first.quantity, left); first = lots[0]) {
    const closing = Math.min(Math.abs(first.quantity), Math.abs(left));
    const part = takeFrom(first, closing);
    const share = closing === Math.abs(left) ? leftPaid : scale(leftPaid, closing / Math.abs(left));
    // A sale pays a negative amount: what it brings in, less what the shares had cost.
    realized = subtract(realized, add(share, part.cost));
    leftPaid = subtract(leftPaid, share);
    left = tidy(left - Math.sign(left) * closing);
    if (part.rest) lots[0] = part.rest;
    else lots.shift();
  }
  if (left !== 0) lots.push({ quantity: left, cost: leftPaid });
  return realized;
}

/** Turns old shares into new ones at the same cost. Changes `lots`; their sum is that of the whole, to a millionth. */
export function splitLots(lots: Lot[], ratio: SplitRatio): void {
  let before = 0;
  let after = 0;
  for (const lot of lots) {
    before = tidy(before + lot.quantity);
    const upTo = splitShares(before, ratio);
    lot.quantity = tidy(upTo - after);
    after = upTo;
  }
}

function takeFrom(lot: Lot, shares: number): { cost: Money; rest: Lot | null } {
  const size = Math.abs(lot.quantity);
  const left = tidy(size - shares);
  if (left === 0) return { cost: lot.cost, rest: null };
  const cost = scale(lot.cost, shares / size);
  return { cost, rest: { quantity: Math.sign(lot.quantity) * left, cost: subtract(lot.cost, cost) } };
}

function opposite(a: number, b: number): boolean {
  return a < 0 !== b < 0;
}
