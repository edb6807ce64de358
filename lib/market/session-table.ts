import type { EpochMs } from '../domain/clock.ts';
import type { Session, SessionState } from './calendar-days.ts';
import { newYorkDate } from './exchange-time.ts';

/** Trading days in order, found by date or instant. Sessions keep their place in `index`. */
export class SessionTable {
  readonly sessions: readonly Session[];
  readonly #byDate: Map<string, Session>;

  /** @param sessions oldest first; their `index` must be their place. */
  constructor(sessions: readonly Session[]) {
    this.sessions = sessions;
    this.#byDate = new Map(sessions.map((session) => [session.date, session]));
  }

  on(date: string): Session | null {
    return this.#byDate.get(date) ?? null;
  }

  /** The latest session that has opened at or before this instant. */
  latest(at: EpochMs): Session | null {
    return this.sessions[this.#first((session) => session.open > at) - 1] ?? null;
  }

  /** The session running at this instant. */
  running(at: EpochMs): Session | null {
    const session = this.latest(at);
    return session !== null && at < session.close ? session : null;
  }

  /** The first session that opens after this instant. */
  next(after: EpochMs): Session | null {
    return this.sessions[this.#first((session) => session.open > after)] ?? null;
  }

  /** n sessions before this date; for a date without a session, counted from the next one. */
  back(date: string, n: number): Session | null {
    const index = this.on(date)?.index ?? this.#first((session) => session.date >= date);
    return this.sessions[index - n] ?? null;
  }

  /** Sessions with first <= date <= last, oldest first. */
  between(first: string, last: string): Session[] {
    return this.sessions.slice(
      this.#first((session) => session.date >= first),
      this.#first((session) => session.date > last),
    );
  }

  /** Which part of a trading day it is; `closed` on a day that is not in the table. */
  state(at: EpochMs): SessionState {
    const session = this.on(newYorkDate(at));
    if (session === null) return 'closed';
    const { premarket, postmarket } = session;
    if (at >= session.open && at < session.close) return 'open';
    if (at >= premarket.start && at < premarket.end) return 'premarket';
    if (at >= postmarket.start && at < postmarket.end) return 'postmarket';
    return 'closed';
  }

  /** The place of the first session of which this is true; it must be false before and true after. */
  #first(isTrue: (session: Session) => boolean): number {
    let low = 0;
    let high = this.sessions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isTrue(this.sessions[middle] as Session)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
