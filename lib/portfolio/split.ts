import { SPLIT_RATIOS, type SplitRatio, splitPrice, splitShares, tidy, unusual } from '../domain/shares.ts';

/** A change of a position, as far as it may be a split. Signed shares, dollars. */
export interface SplitEvidence {
  /** Shares and their cost before. */
  before: { quantity: number; cost: number; price: number | null };
  /** Shares and what they are said to cost now; null where later trades made that another figure. */
  after: { quantity: number; cost: number | null };
  /** Prices that were paid or quoted after the change; only those that cannot be from before it. */
  pricesAfter: readonly number[];
}

export interface FoundSplit {
  ratio: SplitRatio;
  /** The signed fraction of a share that was paid out. */
  paidOut: number;
}

/** A split leaves the cost as it was; brokers' figures are whole cents, and averages are rounded. */
const SAME_COST = 0.001;
const CENTS = 0.02;

/** A reinvested dividend buys a fraction of a share, and less than this part of the position. */
const DIVIDEND_PART = 0.05;
/** The price a dividend was reinvested at may be days old. */
const DIVIDEND_PRICE = 0.25;

/** Shares that a reinvested dividend bought, and what they cost in dollars. */
export interface Reinvested {
  quantity: number;
  cost: number;
}

/**
 * A fraction of a share more, paid at about the price: orders are whole shares, so nobody ordered it. null when it is
 * none.
 */
export function reinvested(
  held: number,
  quantity: number,
  cost: number,
  price: number | null,
): Reinvested | null {
  if (price === null || held <= 0 || quantity <= 0) return null;
  if (Number.isInteger(quantity) || quantity > held * DIVIDEND_PART) return null;
  return Math.abs(cost / quantity - price) > price * DIVIDEND_PRICE ? null : { quantity, cost };
}

/**
 * The split and the reinvested dividend that together explain a change, or null. What is left over after the split must
 * have cost about the price of a share; where costs cannot be compared, a price must speak for the split. `most`: the
 * old shares that were held at most when the dividend was paid.
 */
export function splitWithDividend(
  evidence: SplitEvidence,
  most = evidence.before.quantity,
): (FoundSplit & { dividend: Reinvested }) | null {
  const { before, after, pricesAfter } = evidence;
  const costsTell = after.cost !== null && Math.abs(before.cost) > CENTS;
  if (before.quantity <= 0 || (!costsTell && !pricesTell(evidence))) return null;
  const found = SPLIT_RATIOS.flatMap((ratio) => {
    if (!pricesAgree(evidence, ratio)) return [];
    const price = pricesAfter.at(-1) ?? (before.price === null ? null : splitPrice(before.price, ratio));
    if (price === null) return [];
    const exact = splitShares(before.quantity, ratio);
    // A dividend before the split leaves a fraction that is kept; after it, a whole position was kept whole.
    const kept = Number.isInteger(before.quantity) ? [exact, Math.trunc(exact)] : [exact];
    return [...new Set(kept)].flatMap((shares) => {
      const more = tidy(after.quantity - shares);
      const paid = after.cost === null ? more * price : after.cost - before.cost;
      const dividend = reinvested(Math.max(shares, splitShares(most, ratio)), more, paid, price);
      const off = after.cost === null ? more : Math.abs(Math.log(paid / more / price));
      return dividend === null ? [] : { ratio, paidOut: tidy(exact - shares), dividend, off };
    });
  });
  const rank = (one: (typeof found)[number]) => [priceOff(evidence, one.ratio), one.off, oddness(one)];
  const best = found.sort((a, b) => compare(rank(a), rank(b)))[0];
  return best ? { ratio: best.ratio, paidOut: best.paidOut, dividend: best.dividend } : null;
}

/**
 * The split that explains a change, or null. Shares in the ratio alone prove nothing: somebody may have bought as many
 * again. The cost must be the same, or, where it cannot be compared, a price must speak for it; and none against it.
 */
export function splitOf(evidence: SplitEvidence): FoundSplit | null {
  const { before, after } = evidence;
  if (before.quantity === 0 || after.quantity === 0 || before.quantity === after.quantity) return null;
  const possible = SPLIT_RATIOS.flatMap(
    (ratio) => carriedOut(before.quantity, after.quantity, ratio) ?? [],
  ).filter((found) => costAgrees(evidence, found) && pricesAgree(evidence, found.ratio));
  // Few whole shares may have come of several ratios: prices tell them apart, then the cost, then what is usual.
  const rank = (found: FoundSplit) => [
    priceOff(evidence, found.ratio),
    costOff(evidence, found),
    oddness(found),
  ];
  return possible.sort((a, b) => compare(rank(a), rank(b)))[0] ?? null;
}

function carriedOut(before: number, after: number, ratio: SplitRatio): FoundSplit | null {
  const exact = splitShares(before, ratio);
  if (exact === after) return { ratio, paidOut: 0 };
  const whole = Number.isInteger(before) && Math.trunc(exact) === after;
  return whole ? { ratio, paidOut: tidy(exact - after) } : null;
}

function costAgrees(evidence: SplitEvidence, found: FoundSplit): boolean {
  const { before, after } = evidence;
  // What cost nothing costs nothing after any sale as well: shares that came from elsewhere, for example.
  const proves = Math.abs(before.cost) > CENTS;
  if (after.cost === null || !proves) return pricesTell(evidence);
  // Brokers differ in whether the fraction takes its cost along.
  return sameCost(after.cost, before.cost) || costOff(evidence, found) === 0;
}

function pricesTell({ before, pricesAfter }: SplitEvidence): boolean {
  return before.price !== null && pricesAfter.length > 0;
}

/** 0 when the cost is that of the shares that are left. */
function costOff({ before, after }: SplitEvidence, { paidOut }: FoundSplit): number {
  const left = (before.cost * after.quantity) / (after.quantity + paidOut);
  return after.cost === null || sameCost(after.cost, left) ? 0 : 1;
}

function sameCost(is: number, should: number): boolean {
  return Math.abs(is - should) <= CENTS + SAME_COST * Math.abs(should);
}

/** How far the prices are from what the ratio makes of the old one, in tenths of a logarithm; 0 when none is known. */
function priceOff({ before, pricesAfter }: SplitEvidence, ratio: SplitRatio): number {
  if (before.price === null) return 0;
  const split = splitPrice(before.price, ratio);
  return Math.max(0, ...pricesAfter.map((price) => Math.round(Math.abs(Math.log(price / split)) * 10)));
}

/** Whole results before fractions, then ratios of tens, then of fives. */
function oddness({ ratio, paidOut }: FoundSplit): number {
  return paidOut === 0 ? -1 : unusual(ratio);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, one] of a.entries()) if (one !== b[i]) return one - (b[i] as number);
  return 0;
}

/** Each price after must be nearer to what the split makes of the old price than to the old price itself. */
function pricesAgree({ before, pricesAfter }: SplitEvidence, ratio: SplitRatio): boolean {
  const old = before.price;
  if (old === null) return true;
  const split = splitPrice(old, ratio);
  return pricesAfter.every((price) => Math.abs(Math.log(price / split)) < Math.abs(Math.log(price / old)));
}
