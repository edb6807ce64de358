import type { Clock, EpochMs } from '../domain/clock.ts';
import type { Quote } from '../domain/market-data.ts';
import { formatDollars } from '../domain/money.ts';
import {
  LEAST_SPLIT_LEAP,
  priceDistance,
  SPLIT_RATIOS,
  type SplitRatio,
  splitPrice,
  unusual,
} from '../domain/shares.ts';

/** How far a price may be from what the ratio makes of the old one, as a logarithm. */
const NEAR = 0.05;
/** Nobody splits 37 for 1 or 9 for 7: what is more than these is a multiple of five, and for 1. */
const ODD = 20;
const ODD_PART = 6;
/** Brokers restate positions within a day of the price. */
const WAIT_MS = 24 * 3_600_000;
/** As long as positions are read again without a pause. */
const EAGER_MS = 15_000;
/** A leap is told to whoever reads positions at most this often. */
const TOLD_MS = 5_000;

const PLAUSIBLE = SPLIT_RATIOS.filter(({ newShares, oldShares }) => {
  const most = Math.max(newShares, oldShares);
  const usual = Math.min(newShares, oldShares) === 1 ? most <= ODD || most % 5 === 0 : most <= ODD_PART;
  return usual && priceDistance(newShares, oldShares) >= LEAST_SPLIT_LEAP;
});

/** A price that moved as in a split, while the position did not. */
export interface Leap {
  symbol: string;
  words: string;
  /** How the words begin for the same leap at any later price. */
  beginning: string;
}

/** The split that would move a price so; null where none would. Of several the nearest, then the most usual. */
export function ratioBetween(from: number, to: number): SplitRatio | null {
  if (priceDistance(from, to) < LEAST_SPLIT_LEAP) return null;
  const off = (ratio: SplitRatio) => priceDistance(to, splitPrice(from, ratio));
  const near = PLAUSIBLE.filter((ratio) => off(ratio) <= NEAR);
  const step = (ratio: SplitRatio) => Math.round(off(ratio) * 50);
  return near.sort((a, b) => step(a) - step(b) || unusual(a) - unusual(b) || off(a) - off(b))[0] ?? null;
}

/** Prices that moved as in a split before the positions did: which of them wait for the broker's positions. */
export class PriceLeaps {
  readonly #clock: Clock;
  /** By symbol: since when, and whether the quote's previous close contradicts a split. */
  readonly #open = new Map<string, { elapsed: number; market: EpochMs; split: boolean | null }>();
  readonly #told = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True when the old price is to be kept, because the new one may be that of split shares. */
  waits(symbol: string, from: number | null, to: number | null): boolean {
    if (from === null || to === null || from <= 0 || to <= 0 || ratioBetween(from, to) === null) {
      this.#open.delete(symbol);
      return false;
    }
    const now = { elapsed: this.#clock.elapsed.now(), market: this.#clock.market.now() };
    const leap = this.#open.get(symbol) ?? { ...now, split: null };
    this.#open.set(symbol, leap);
    if (leap.split !== false && now.market - leap.market <= WAIT_MS) return true;
    this.#open.delete(symbol);
    return false;
  }

  /** Symbols whose leap no quote was asked about. */
  unjudged(): string[] {
    return [...this.#open].flatMap(([symbol, { split }]) => (split === null ? symbol : []));
  }

  /** Judges a leap by the broker's quote; what it is when it may be a split, else null. */
  judge(from: number, quote: Quote): Leap | null {
    const { symbol, last, previousClose } = quote;
    const leap = this.#open.get(symbol);
    if (leap === undefined) return null;
    const ratio = last === null || last <= 0 ? null : ratioBetween(from, last);
    // After a crash the previous close is still told in the shares of before.
    const old = last !== null && previousClose !== null && previousClose > 0;
    leap.split =
      ratio !== null && !(old && priceDistance(previousClose, from) <= priceDistance(previousClose, last));
    if (ratio === null || last === null || !leap.split) return null;
    const { newShares, oldShares } = ratio;
    const beginning = `price of ${symbol} moved from ${formatDollars(from)} to`;
    const words = `${beginning} ${formatDollars(last)} dollars as in a ${newShares}-for-${oldShares} split; waiting for the broker's positions`;
    return { symbol, words, beginning };
  }

  /** The position was explained. */
  over(symbol: string): void {
    this.#open.delete(symbol);
  }

  /** True while positions should be read again soon. */
  get eager(): boolean {
    const now = this.#clock.elapsed.now();
    return [...this.#open.values()].some(({ split, elapsed }) => split !== false && now - elapsed < EAGER_MS);
  }

  /** True when a price seen just now is a leap that nobody was told of. */
  isNews(symbol: string, from: number | null, to: number): boolean {
    if (from === null || from <= 0 || to <= 0 || this.#open.has(symbol)) return false;
    const now = this.#clock.elapsed.now();
    if (now - (this.#told.get(symbol) ?? Number.NEGATIVE_INFINITY) < TOLD_MS) return false;
    if (ratioBetween(from, to) === null) return false;
    this.#told.set(symbol, now);
    return true;
  }
}
