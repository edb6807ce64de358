import type { EpochMs } from '../lib/domain/clock.ts';
import { allSessions, latestSession, nextSession, type Session } from '../lib/market/calendar.ts';
import { afterRunning } from '../lib/market/running-time.ts';

/** Which hours of a trading day the simulator's clock runs through; it jumps over all others. */
export type Hours =
  /** From the opening bell to the closing one. */
  | 'regular'
  /** From the start of pre-market trading, 07:00, to the end of post-market trading, 19:55. */
  | 'extended';

/** Where the clock stands `ms` of running time after `start`; a start in skipped hours counts as the next ones' begin. */
export function afterRunningIn(hours: Hours, start: EpochMs, ms: number): EpochMs {
  return hours === 'regular' ? afterRunning(start, ms) : afterExtended(start, ms);
}

function afterExtended(start: EpochMs, ms: number): EpochMs {
  let session = dayOf(start);
  let at = start;
  let left = Math.max(0, ms);
  while (session !== null) {
    at = Math.max(at, session.premarket.start);
    const { end } = session.postmarket;
    if (at + left < end) return at + left;
    left -= end - at;
    at = end;
    session = allSessions()[session.index + 1] ?? null;
  }
  // The end of the calendar's table.
  return at;
}

/** The trading day whose extended hours are running or come next. */
function dayOf(at: EpochMs): Session | null {
  const latest = latestSession(at);
  return latest !== null && at < latest.postmarket.end ? latest : nextSession(at);
}
