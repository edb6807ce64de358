import type { EpochMs } from '../domain/clock.ts';
import type { SeenPosition } from '../orders/journal/adjustments.ts';
import type { Explanation, Happening, PositionNow } from './explain.ts';

/** Written also when flat: its fills are accounted for, and what comes later begins after them. */
export function seenNow(
  { symbol, quantity, cost, price }: PositionNow,
  at: EpochMs,
  lastFill: number,
): SeenPosition {
  return { symbol, quantity, cost, price, at, afterFill: lastFill };
}

/** One thing that happened, as the journal keeps it. Of a split `now` is told: the prices and the fills it lies between. */
export function recordOf(
  symbol: string,
  { kind, words, quantityBefore, quantityAfter }: Happening,
  split: Explanation['split'],
  { lastFill, now }: { lastFill: number; now?: PositionNow },
) {
  const said = { symbol, kind, words, quantityBefore, quantityAfter };
  if (kind !== 'split' || split === null || now === undefined)
    return { ...said, ratio: null, paidOut: 0, price: null, afterFill: lastFill };
  const { ratio, paidOut } = split.found;
  const next = now.fills[split.fillsBefore];
  const price = now.priceIsNew ? now.price : null;
  return { ...said, ratio, paidOut, price, afterFill: next === undefined ? lastFill : next.row - 1 };
}
