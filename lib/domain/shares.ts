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
