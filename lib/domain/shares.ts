/** Quantities to a millionth of a share: what is left of adding fractions is not a position. */
export function tidy(quantity: number): number {
  const rounded = Math.round(quantity * 1e6) / 1e6;
  return rounded === 0 ? 0 : rounded;
}

/** New shares for old ones: `{ newShares: 2, oldShares: 1 }` doubles a position, 1 for 10 is a reverse split. */
export interface SplitRatio {
  newShares: number;
  oldShares: number;
}

/** Shares after a split, still with the fraction that a broker may pay out in cash. */
export function splitShares(quantity: number, { newShares, oldShares }: SplitRatio): number {
  return tidy((quantity * newShares) / oldShares);
}

/** A price a share after a split, not rounded to a tick. */
export function splitPrice(price: number, { newShares, oldShares }: SplitRatio): number {
  return (price * oldShares) / newShares;
}

/** How far two prices are apart, as a logarithm. */
export function priceDistance(a: number, b: number): number {
  return Math.abs(Math.log(a / b));
}

/** A split of 6 for 5 moves a price by 17 %; less than this is none. A `priceDistance`. */
export const LEAST_SPLIT_LEAP = 0.14;

/** What exchanges do: many for one, one for many, and a few such as 3 for 2. */
export const SPLIT_RATIOS: readonly SplitRatio[] = ratios();

/** Ratios of tens before those of fives before odd ones: the smaller, the more usual. */
export function unusual({ newShares, oldShares }: SplitRatio): number {
  const most = Math.max(newShares, oldShares);
  return most % 10 === 0 ? 0 : most % 5 === 0 ? 1 : 2;
}

function ratios(): SplitRatio[] {
  const found: SplitRatio[] = [];
  for (let n = 2; n <= 250; n++) {
    found.push({ newShares: n, oldShares: 1 }, { newShares: 1, oldShares: n });
  }
  for (let a = 2; a <= 10; a++) {
    for (let b = 2; b <= 10; b++) {
      if (divisor(a, b) === 1) found.push({ newShares: a, oldShares: b });
    }
  }
  return found;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
