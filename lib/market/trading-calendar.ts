import type { EpochMs } from '../domain/clock.ts';
import type { Session, SessionState } from './calendar.ts';

/**
 * The trading days of NYSE and Nasdaq as an account knows them: what the broker says of a day, the built-in table for
 * days it was not asked about, and closed for a day neither knows. Dates are `YYYY-MM-DD` in New York.
 */
export interface MarketCalendar {
  /** Consecutive trading days, first <= date <= last, oldest first. */
  sessionsBetween(first: string, last: string): Session[];
  /** null on a closed day. */
  sessionOn(date: string): Session | null;
  /** The latest session that has opened at or before this instant, closed since or not. */
  latestSession(at: EpochMs): Session | null;
  /** The session running at this instant; null outside regular hours. */
  openSession(at: EpochMs): Session | null;
  /** The first session that opens after this instant. */
  nextSession(after: EpochMs): Session | null;
  /** The trading day before this date, n sessions back (n = 1 is the last one before it). */
  sessionBack(date: string, n: number): Session | null;
  state(at: EpochMs): SessionState;
  /** Who said what is known of this date. */
  source(date: string): 'broker' | 'table' | 'unknown';
}
