import type { EpochMs } from '../domain/clock.ts';
import { type Session, tradingSession } from '../market/calendar.ts';
import { MINUTE } from '../market/exchange-time.ts';
import { GRID } from './liquidity.ts';

/** What happens at the instants of market time. */
export interface WalkSteps {
  /** False when there is nothing to walk for. */
  working(): boolean;
  /** The session opens; the opening match is part of it. */
  open(session: Session): void;
  /** True when no order can trade in this minute of the session. */
  quiet(session: Session, minute: number): boolean;
  /** The quiet instants up to and including `at` have passed. */
  passed(at: EpochMs): void;
  match(at: EpochMs): void;
  /** The session is over; the closing match has been made. */
  close(session: Session): void;
  /** The end of the window of extended hours in which an order works after `at`; null when none does. */
  extendedUntil(at: EpochMs): EpochMs | null;
  /** True when no order can trade in the window that runs at `at`: its quote does not move. */
  extendedQuiet(at: EpochMs): boolean;
  matchExtended(at: EpochMs): void;
  /** The window is over; its last match has been made. */
  closeExtended(at: EpochMs): void;
}

/**
 * Walks from one instant to another, from < instant <= to, stopping at each open, each instant of the grid at
 * which something may trade, and each close; extended hours are walked only while an order works in them. Two walks that meet are the same as one.
 */
export function walk(from: EpochMs, to: EpochMs, steps: WalkSteps): void {
  let at = from;
  while (at < to && steps.working()) {
    const windowEnd = steps.extendedUntil(at);
    if (windowEnd !== null) {
      const next = (Math.floor(at / GRID) + 1) * GRID;
      if (next > to) return;
      if (steps.extendedQuiet(next)) {
        at = Math.min(windowEnd, Math.floor(to / GRID) * GRID);
        steps.passed(at);
      } else {
        at = next;
        steps.matchExtended(at);
      }
      if (at === windowEnd) steps.closeExtended(at);
      continue;
    }
    const session = tradingSession(at);
    if (session === null || session.open > to) return;
    if (at < session.open) {
      steps.open(session);
      at = session.open;
      continue;
    }
    // A minute's instants are those after its start up to its end: the prints seen there are all its own.
    const first = (Math.floor(at / GRID) + 1) * GRID;
    const minute = Math.floor((first - 1 - session.open) / MINUTE);
    const last = Math.min(Math.floor(to / GRID) * GRID, session.open + (minute + 1) * MINUTE);
    if (first > last) return;
    if (steps.quiet(session, minute)) {
      steps.passed(last);
      at = last;
    } else {
      steps.match(first);
      at = first;
    }
    if (at === session.close) steps.close(session);
  }
}
