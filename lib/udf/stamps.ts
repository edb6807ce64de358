import type { EpochMs } from '../domain/clock.ts';
import { type Interval, minutesOf } from '../market/bars/intervals.ts';
import { DAY, MINUTE } from '../market/exchange-time.ts';

/** Unix seconds, as UDF counts. */
export type Seconds = number;

/**
 * A bar's time in UDF: its open, or for a day, week or month 00:00 UTC of its first trading day. 09:30 in New York is on
 * the same date in UTC, summer and winter.
 */
export function stampOf(interval: Interval, time: EpochMs): Seconds {
  const { unit, seconds } = stampUnit(interval);
  return Math.floor(time / unit) * seconds;
}

/** Stamps are whole multiples of so many seconds, as times are of `unit` ms. */
export function stampUnit(interval: Interval): { unit: number; seconds: Seconds } {
  const unit = minutesOf(interval) === null ? DAY : 1_000;
  return { unit, seconds: unit / 1_000 };
}

/** The instant that parts bars with an earlier stamp from those stamped at or after these seconds. */
export function instantOf(interval: Interval, seconds: Seconds): EpochMs {
  return minutesOf(interval) === null ? Math.ceil((seconds * 1000) / DAY) * DAY : Math.ceil(seconds * 1000);
}

/** How long a bar lasts at most, closed hours and all. */
export function lengthOf(interval: Interval): number {
  const minutes = minutesOf(interval);
  if (minutes !== null) return minutes * MINUTE;
  return { D: DAY, W: 7 * DAY, M: 31 * DAY }[interval as 'D' | 'W' | 'M'];
}
