import type { EpochMs } from '../../domain/clock.ts';
import type { Session } from '../calendar-days.ts';
import { dateOfDay, dayNumber, MINUTE, weekday } from '../exchange-time.ts';
import type { MarketCalendar } from '../trading-calendar.ts';
import type { TimeRange } from './contract.ts';
import { type Interval, minutesOf } from './intervals.ts';

/**
 * Where bars begin and end, in exchange time. Minutes are counted from the session's open, so that no bar spans two
 * sessions and the last one of a day may be short; a week is Monday to Friday, a month the calendar's.
 */

type Days = Pick<MarketCalendar, 'openSession' | 'sessionsBetween' | 'nextSession' | 'latestSession'>;

/** The bar an instant of a regular session belongs to; null outside one. */
export function barAt(days: Days, interval: Interval, at: EpochMs): TimeRange | null {
  const session = days.openSession(at);
  return session === null ? null : barIn(days, interval, session, at);
}

/** The bar that ends first after this instant; null beyond the calendar. */
export function nextBarEnd(days: Days, interval: Interval, after: EpochMs): TimeRange | null {
  const session = days.openSession(after) ?? days.nextSession(after);
  return session === null ? null : barIn(days, interval, session, Math.max(after, session.open));
}

/** The bar of a session that an instant in it belongs to. */
export function barIn(days: Days, interval: Interval, session: Session, at: EpochMs): TimeRange {
  const minutes = minutesOf(interval);
  if (minutes === null) return periodOf(days, interval, session);
  const width = minutes * MINUTE;
  const from = session.open + Math.floor((at - session.open) / width) * width;
  return { from, to: Math.min(from + width, session.close) };
}

/** Every bar of one session of an interval of minutes, traded or not. */
export function barsOf(session: Session, minutes: number): TimeRange[] {
  const bars: TimeRange[] = [];
  for (let from = session.open; from < session.close; from += minutes * MINUTE)
    bars.push({ from, to: Math.min(from + minutes * MINUTE, session.close) });
  return bars;
}

/** First and last date of the day, week or month this date is in. */
export function datesOf(interval: Interval, date: string): { first: string; last: string } {
  const day = dayNumber(date);
  if (interval === 'W') {
    const monday = day - ((weekday(day) + 6) % 7);
    return { first: dateOfDay(monday), last: dateOfDay(monday + 6) };
  }
  // No date compares higher than the 31st, whether the month has one or not.
  if (interval === 'M') return { first: `${date.slice(0, 7)}-01`, last: `${date.slice(0, 7)}-31` };
  return { first: date, last: date };
}

function periodOf(days: Days, interval: Interval, session: Session): TimeRange {
  const { first, last } = datesOf(interval, session.date);
  const sessions = days.sessionsBetween(first, last);
  return { from: (sessions[0] ?? session).open, to: (sessions.at(-1) ?? session).close };
}
