import type { EpochMs } from '../../domain/clock.ts';
import type { Bar } from '../../domain/market-data.ts';
import type { Session } from '../calendar-days.ts';
import { MINUTE, newYorkDate } from '../exchange-time.ts';
import { datesOf } from './boundaries.ts';
import type { Interval } from './intervals.ts';

/** Bars joined while `startOf` gives the same opening time; oldest first. Closed when all they are made of is. */
export function join(bars: readonly Bar[], startOf: (bar: Bar) => EpochMs): Bar[] {
  const joined: Bar[] = [];
  let current: Bar | undefined;
  for (const bar of bars) {
    const time = startOf(bar);
    if (current === undefined || current.time !== time) {
      current = { ...bar, time };
      joined.push(current);
      continue;
    }
    if (bar.high > current.high) current.high = bar.high;
    if (bar.low < current.low) current.low = bar.low;
    current.close = bar.close;
    current.volume += bar.volume;
    current.closed = current.closed && bar.closed;
  }
  return joined;
}

/** Bars of minutes joined to longer ones, counted from each session's open. */
export function joinMinutes(
  bars: readonly Bar[],
  minutes: number,
  sessionAt: (at: EpochMs) => Session | null,
): Bar[] {
  const width = minutes * MINUTE;
  let session: Session | null = null;
  return join(bars, ({ time }) => {
    if (session === null || time < session.open || time >= session.close) session = sessionAt(time);
    // A bar outside the sessions stays as it is: the calendar changed since it was kept.
    return session === null ? time : session.open + Math.floor((time - session.open) / width) * width;
  });
}

/** Daily bars joined to weeks or months, each opening with its first bar. */
export function joinDays(bars: readonly Bar[], interval: Interval): Bar[] {
  let first = '';
  let time: EpochMs = 0;
  return join(bars, (bar) => {
    const period = datesOf(interval, newYorkDate(bar.time)).first;
    if (period !== first) {
      first = period;
      time = bar.time;
    }
    return time;
  });
}
