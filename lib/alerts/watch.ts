import type { Clock, EpochMs } from '../domain/clock.ts';
import type { Listenable } from '../domain/events.ts';
import type { ConfirmedQuote } from '../domain/market-data.ts';
import type { BarService } from '../market/bars/contract.ts';
import type { PriceAlert, Progress } from './alert.ts';

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
  close(): void;
}

/** What one alert's watch tells the book. */
export interface WatchReport {
  /** It came true. False when the alert takes no more firings. */
  fired(found: Found, progress: Progress): boolean;
  /** The market went to another side without a firing: recorded at once. */
  moved(progress: Progress): void;
  /** The same side was seen again: recorded with the next batch. */
  seen(progress: Progress): void;
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
