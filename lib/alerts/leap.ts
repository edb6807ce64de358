import {
  LEAST_SPLIT_LEAP,
  priceDistance,
  SPLIT_RATIOS,
  type SplitRatio,
  splitPrice,
  unusual,
} from '../domain/shares.ts';
import type { DayRange, Leap } from './watch.ts';

/** Prints and closes may lie a little outside of what a broker calls the day's range. */
const OUTSIDE = 0.03;

const LEAPS = SPLIT_RATIOS.filter(
  ({ newShares, oldShares }) => priceDistance(newShares, oldShares) >= LEAST_SPLIT_LEAP,
);

/** True when a price is so far from another that the shares may have been split in between. */
export function leaps(from: number, to: number): boolean {
  return priceDistance(from, to) >= LEAST_SPLIT_LEAP;
}

/** True while the broker tells a day in the shares of this price: then they were not split since. */
export function isOfDay(price: number, { low, high }: DayRange): boolean {
  return price >= low * (1 - OUTSIDE) && price <= high * (1 + OUTSIDE);
}

/**
 * The split behind a leap: the broker says now of the day the old price was seen that it was traded at other prices,
 * and what a split makes of the old price lies among them. null when the old price is still one of that day.
 */
export function splitBehind({ from, to }: Leap, day: DayRange): SplitRatio | null {
  if (isOfDay(from.price, day)) return null;
  const possible = LEAPS.map((ratio) => ({ ratio, price: splitPrice(from.price, ratio) })).filter(
    ({ price }) => isOfDay(price, day) && priceDistance(to, price) < priceDistance(to, from.price),
  );
  // What the day closed at tells ratios apart, then what is usual.
  const off = ({ price }: { price: number }) => Math.round(priceDistance(price, day.close) * 20);
  const best = possible.sort(
    (a, b) =>
      off(a) - off(b) ||
      unusual(a.ratio) - unusual(b.ratio) ||
      priceDistance(a.price, day.close) - priceDistance(b.price, day.close),
  )[0];
  return best?.ratio ?? null;
}
