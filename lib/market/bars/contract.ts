import type { EpochMs } from '../../domain/clock.ts';
import type { Bar } from '../../domain/market-data.ts';
import type { Interval, Tier } from './intervals.ts';

/** From and including `from`, up to and without `to`; market time. */
export interface TimeRange {
  from: EpochMs;
  to: EpochMs;
}

/**
 * Which bars: those that open in from <= time < to, or the newest `count` (1 to 50,000) of all that open before `to`,
 * however far back they lie; without `to` up to now.
 */
export type BarSpan = TimeRange | { count: number; to?: EpochMs };

/**
 * Bars of the regular session, in the exchange's own time: minutes are counted from each session's open, a bar is cut
 * at the close, a day's, week's and month's bar opens with its first session's 09:30. Prices in dollars.
 */
export interface BarService {
  /**
   * Complete and sorted, oldest first, no time twice. The last one says `closed: false` while it forms. Empty where the
   * broker has nothing. Throws TraderError: E_INPUT, E_NO_QUOTE for a symbol the broker does not know, the broker's
   * errors when a hole cannot be filled.
   */
  history(symbol: string, interval: Interval, span: BarSpan): Promise<Bar[]>;
  /**
   * Tells every bar once when it closed, in order and without a hole: what was missed is read before newer ones go
   * out, however late that makes them. A listener that throws is logged and goes on hearing.
   */
  follow(
    symbol: string,
    interval: Interval,
    options: FollowOptions,
    listener: (update: BarUpdate) => void,
  ): BarFollow;
}

export interface FollowOptions {
  /** Hear the bar that forms too, at each change, at most four times a second; false by default. */
  forming?: boolean;
  /** Begin with every closed bar that opened after this instant: where an earlier `history` ended. */
  after?: EpochMs;
}

/** `corrected`: a bar that was told before and that the broker has since stated otherwise. */
export interface BarUpdate {
  kind: 'forming' | 'closed' | 'corrected';
  bar: Bar;
}

export interface BarFollow {
  release(): void;
}

/** Closed bars that were read, in memory and on disk, and which ranges of time they are complete for. */
export interface BarStore {
  /** Bars with from <= time < to, oldest first. Do not modify them. */
  read(symbol: string, tier: Tier, range: TimeRange): readonly Bar[];
  /** What of the range has not been read yet, oldest first. */
  missing(symbol: string, tier: Tier, range: TimeRange): TimeRange[];
  /** Replaces everything in the range, which from now on is complete. All bars closed and inside it. */
  write(symbol: string, tier: Tier, range: TimeRange, bars: readonly Bar[]): void;
  /** Drops all of a symbol, or everything after an instant. */
  forget(what: { symbol: string } | { after: EpochMs }): void;
  close(): void;
}
