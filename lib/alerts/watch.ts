import type { Clock, EpochMs } from '../domain/clock.ts';
import type { Listenable } from '../domain/events.ts';
import type { ConfirmedQuote } from '../domain/market-data.ts';
import type { BarService } from '../market/bars/contract.ts';
import type { PriceAlert, Progress, Seen } from './alert.ts';

/** What alerts need to see of the market. */
export interface AlertMarket {
  clock: Clock;
  bars: BarService;
  watchQuotes(symbols: string[], listener: (quote: ConfirmedQuote) => void): { release(): void };
  /** True while every change of a price arrives by itself; what happens in between may be missed otherwise. */
  streaming(): boolean;
  /** Tells when `streaming` may have changed. */
  streamChanges: Listenable<unknown>;
  /** When a bar of this interval that opened then ends. */
  barEnd(interval: PriceAlert['interval'], time: EpochMs): EpochMs;
  log(level: 'info' | 'warn' | 'error', message: string): void;
  /** How far behind the market the feed is, ms. */
  delayMs: number;
  /** The last price of regular hours that a quote tells; null when it tells none. */
  regular(quote: ConfirmedQuote): Seen | null;
  /**
   * What the broker says now, past every cache, of the session that an instant lies in: in shares of today. null where
   * it says nothing, and while that session runs, in which no exchange splits. Throws what its reads throw.
   */
  dayOf(symbol: string, at: EpochMs): Promise<DayRange | null>;
  /** Nothing that is held of a symbol's past is true any more. */
  restated(symbol: string): void;
  close(): void;
}

/** Dollars a share. */
export interface DayRange {
  low: number;
  high: number;
  /** The last price so far. */
  close: number;
}

/** What one alert's watch tells. */
export interface WatchReport {
  /** It came true. False when the alert takes no more firings. */
  fired(found: Found, progress: Progress): boolean;
  /** The market went to another side without a firing: recorded at once. */
  moved(progress: Progress): void;
  /** The same side was seen again: recorded with the next batch. */
  seen(progress: Progress): void;
  /**
   * Resolves when it is known that no split explains this leap of the price. Where one does, the watch is released, and
   * the alert is looked at anew in new shares.
   */
  explain(leap: Leap): Promise<void>;
  /** Something could not be recorded and is tried again. */
  refused(error: unknown): void;
}

/** From a price that was judged to one that is so far from it that the shares may have been split. */
export interface Leap {
  from: Seen;
  to: number;
}

export interface Found {
  /** Market time. */
  at: EpochMs;
  price: number;
  /** True when bars told of it later. */
  missed: boolean;
}

export interface Watch {
  release(): void;
}

/**
 * One step of an alert: the side it was on, the one it is on now. It fires when it comes to a wanted side, and on the
 * first look only where standing there is enough.
 */
export function comesTrue(
  { wanted, level }: { wanted: readonly string[]; level: boolean },
  before: string,
  now: string,
): boolean {
  return now !== before && wanted.includes(now) && (before !== '' || level);
}
