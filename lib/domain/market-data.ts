import type { EpochMs } from './clock.ts';

/** A quote of one symbol. Prices in dollars, sizes in shares, times in market time. */
export interface Quote {
  symbol: string;
  description: string;
  exchange: string;
  kind: 'stock' | 'etf' | 'index' | 'option' | 'mutual_fund';
  /** null where the market has none. */
  bid: number | null;
  ask: number | null;
  bidSize: number;
  askSize: number;
  last: number | null;
  lastSize: number;
  /** Shares traded in the session so far. */
  volume: number;
  averageVolume: number;
  open: number | null;
  high: number | null;
  low: number | null;
  /** null until the session closed. */
  close: number | null;
  previousClose: number | null;
  change: number | null;
  changePercent: number | null;
  week52High: number | null;
  week52Low: number | null;
  tradeTime: EpochMs;
  bidTime: EpochMs;
  askTime: EpochMs;
  /** Of an option, where they were asked for and the broker has any. */
  greeks?: Greeks;
}

/** How an option's price moves, as the broker last computed it; null where it says nothing. */
export interface Greeks {
  delta: number | null;
  gamma: number | null;
  /** A day. */
  theta: number | null;
  /** Vega, rho and phi for one percent. */
  vega: number | null;
  rho: number | null;
  phi: number | null;
  /** Implied volatilities a year, as fractions. */
  bidIv: number | null;
  midIv: number | null;
  askIv: number | null;
  smvVol: number | null;
  /** As the broker writes it, `2024-01-12 15:59:03`; it does not say of which zone. */
  updatedAt: string;
}

/**
 * `one_sided`: no bid or no ask in regular hours; `crossed`: the bid above the ask; `halted`: no market at all, or a busy
 * symbol that stands still while others move.
 */
export type QuoteCondition = 'normal' | 'one_sided' | 'crossed' | 'halted';

/** A quote as a node emits it: with how long ago the feed confirmed it and whose it is. */
export interface ConfirmedQuote extends Quote {
  /** Milliseconds since the feed last confirmed this quote. */
  ageMs: number;
  /** The feed's known delay (Tradier's sandbox: 900,000). */
  delayMs: number;
  simulated: boolean;
  /** As it was when the feed confirmed it. */
  condition: QuoteCondition;
}

/** A bar; `time` is its open, epoch ms. `closed` is false while it forms. */
export interface Bar {
  symbol: string;
  time: EpochMs;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  closed: boolean;
}

/** One print on the tape. */
export interface Trade {
  symbol: string;
  time: EpochMs;
  price: number;
  size: number;
  exchange: string;
  /** Shares traded in the session up to and including this print. */
  cumulativeVolume: number;
}
