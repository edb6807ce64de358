import type { EpochMs } from '../domain/clock.ts';
import { allSessions, type Session, tradingSession } from './calendar.ts';

/**
 * A clock that skips closed hours: it runs from 09:30 to the close and jumps from there to the next session's
 * 09:30, so that it never shows an instant outside regular hours.
 */

/**
 * Where that clock stands `ms` of running time after `start`. A start outside regular hours counts as the next
 * open. At the end of the calendar's table it stays at the last close.
 */
export function afterRunning(start: EpochMs, ms: number): EpochMs {
  const first = tradingSession(start);
  if (first === null) return start;
  let session: Session = first;
  let at = Math.max(start, session.open);
  let left = Math.max(0, ms);
  while (at + left >= session.close) {
    left -= session.close - at;
    const next: Session | undefined = allSessions()[session.index + 1];
    if (next === undefined) return session.close;
    session = next;
    at = session.open;
  }
  return at + left;
}

/** How long that clock runs from one instant to another, ms; 0 when `to` is not later. */
export function runningTime(from: EpochMs, to: EpochMs): number {
  let session = tradingSession(from);
  let sum = 0;
  while (session !== null && session.open < to) {
    sum += Math.max(0, Math.min(to, session.close) - Math.max(from, session.open));
    session = allSessions()[session.index + 1] ?? null;
  }
  return sum;
}
