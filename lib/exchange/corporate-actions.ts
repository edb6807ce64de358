import type { SplitRatio } from '../domain/shares.ts';
import { splitPrice } from '../domain/shares.ts';
import type { CorporateActionResult } from './contract.ts';
import type { Instrument } from './listings.ts';

/** What speaks against a split or a dividend of the simulated market; null when it may be done. */

type Problem = Extract<CorporateActionResult, { ok: false }>;

const MOST_SHARES = 1_000;
/** Dollars around which a price may move after a split: below, a cent is too coarse; above, an order is not exact money. */
const LEAST_PRICE = 0.5;
const MOST_PRICE = 100_000;

export function splitProblem(instrument: Instrument | null, ratio: SplitRatio): Problem | null {
  if (instrument === null) return notListed;
  for (const field of ['newShares', 'oldShares'] as const) {
    const count = ratio[field];
    if (!Number.isInteger(count) || count < 1 || count > MOST_SHARES)
      return problem(field, `a whole number from 1 to ${MOST_SHARES}`);
  }
  if (ratio.newShares === ratio.oldShares) return problem('newShares', 'another number than of old shares');
  const price = splitPrice(instrument.basePrice, ratio);
  return price < LEAST_PRICE || price > MOST_PRICE
    ? problem('newShares', `a ratio that leaves the price between ${LEAST_PRICE} and ${MOST_PRICE} dollars`)
    : null;
}

export function dividendProblem(
  instrument: Instrument | null,
  held: number,
  perShare: number,
): Problem | null {
  if (instrument === null) return notListed;
  if (held === 0) return problem('symbol', 'a symbol that the account holds');
  return Number.isFinite(perShare) && perShare > 0 && perShare < instrument.basePrice
    ? null
    : problem('perShare', 'dollars a share, above 0 and below the price');
}

const notListed = problem('symbol', 'a listed symbol');

function problem(field: string, expected: string): Problem {
  return { ok: false, field, expected };
}
