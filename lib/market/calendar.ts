import type { CalendarDay } from '../broker/port.ts';
import type { EpochMs } from '../domain/clock.ts';
import { dateOfDay, dayNumber, newYorkDate, toEpoch, weekday } from './exchange-time.ts';
import { FIRST_YEAR, LAST_YEAR, type SpecialDays, specialDays } from './holidays.ts';

export { newYorkDate, newYorkTime, toEpoch } from './exchange-time.ts';

/** One trading day of NYSE and Nasdaq. Instants are epoch ms; `close` itself is no longer in the session. */
export interface Session {
  /** `YYYY-MM-DD` in New York. */
  date: string;
  /** Position in the table: consecutive trading days have consecutive indices. */
  index: number;
  open: EpochMs;
  close: EpochMs;
  premarket: { start: EpochMs; end: EpochMs };
  postmarket: { start: EpochMs; end: EpochMs };
  /** True when it closes at 13:00. */
  half: boolean;
}

export type SessionState = 'premarket' | 'open' | 'postmarket' | 'closed';

const PREMARKET = { start: '07:00', end: '09:24' };
const FULL = { open: { start: '09:30', end: '16:00' }, postmarket: { start: '16:00', end: '19:55' } };
// The exchanges' late sessions of a half day end at 17:00, and the broker stops five minutes earlier as always.
const HALF = { open: { start: '09:30', end: '13:00' }, postmarket: { start: '13:00', end: '16:55' } };

interface Table {
  sessions: Session[];
  byDate: Map<string, Session>;
  special: Map<number, SpecialDays>;
}

let built: Table | undefined;

/** Every session of the table, oldest first (2015 to 2030). Do not modify it. */
export function allSessions(): readonly Session[] {
  return table().sessions;
}

/** The session of a New York date; null when the exchange is closed that day or the date is outside the table. */
export function sessionOn(date: string): Session | null {
  return table().byDate.get(date) ?? null;
}

export function isTradingDay(date: string): boolean {
  return table().byDate.has(date);
}

/** The first session that opens after this instant; null beyond the table. */
export function nextSession(after: EpochMs): Session | null {
  return table().sessions[openedBy(after)] ?? null;
}

/** The latest session that has opened at or before this instant, closed since or not; null before the table. */
export function latestSession(at: EpochMs): Session | null {
  return table().sessions[openedBy(at) - 1] ?? null;
}

/** The session running at this instant; null outside regular hours. */
export function openSession(at: EpochMs): Session | null {
  const session = latestSession(at);
  return session !== null && at < session.close ? session : null;
}

/** The session running now, or else the next to open: where an order given now would trade. */
export function tradingSession(at: EpochMs): Session | null {
  return openSession(at) ?? nextSession(at);
}

/** The latest 09:30 of a trading day at or before this instant; null before the table. */
export function latestOpenBefore(at: EpochMs): EpochMs | null {
  return latestSession(at)?.open ?? null;
}

/** Which part of the day it is. Dates outside the table are unknown and count as closed. */
export function sessionAt(at: EpochMs): SessionState {
  const session = sessionOn(newYorkDate(at));
  if (session === null) return 'closed';
  if (at >= session.open && at < session.close) return 'open';
  if (at >= session.premarket.start && at < session.premarket.end) return 'premarket';
  if (at >= session.postmarket.start && at < session.postmarket.end) return 'postmarket';
  return 'closed';
}

/** The end of the window of extended hours that runs at this instant; null outside them. */
export function extendedEnd(at: EpochMs): EpochMs | null {
  const session = sessionOn(newYorkDate(at));
  const state = sessionAt(at);
  if (session === null || (state !== 'premarket' && state !== 'postmarket')) return null;
  return session[state].end;
}

/**
 * The trading day n sessions before a date; for a date without a session, counted from the next session
 * (n = 1 is the last session before it). null outside the table.
 */
export function tradingDaysBack(date: string, n: number): string | null {
  const { sessions } = table();
  const index = sessionOn(date)?.index ?? sessionsBefore(date);
  return sessions[index - n]?.date ?? null;
}

/** Sessions with first <= date <= last, oldest first. */
export function sessionsBetween(first: string, last: string): Session[] {
  return table().sessions.slice(sessionsBefore(first), sessionsBefore(dateOfDay(dayNumber(last) + 1)));
}

/** Every day of a month as a broker lists it; a month outside the table comes back closed. */
export function calendarMonth(year: number, month: number): CalendarDay[] {
  const days: CalendarDay[] = [];
  const prefix = `${year}-${String(month).padStart(2, '0')}-`;
  for (let day = dayNumber(`${prefix}01`); dateOfDay(day).startsWith(prefix); day++)
    days.push(calendarDay(day));
  return days;
}

/** One date as a broker lists it. */
export function calendarDate(date: string): CalendarDay {
  return calendarDay(dayNumber(date));
}

function calendarDay(day: number): CalendarDay {
  const date = dateOfDay(day);
  const session = sessionOn(date);
  const special = table().special.get(Number(date.slice(0, 4)));
  if (session === null) {
    const holiday = special?.closed.get(date);
    return { date, status: 'closed', description: `Market is closed${holiday ? ` for ${holiday}` : ''}` };
  }
  const why = special?.half.get(date);
  const { open, postmarket } = session.half ? HALF : FULL;
  return {
    date,
    status: 'open',
    description: why ? `Market closes at 13:00 on ${why}` : 'Market is open',
    premarket: { ...PREMARKET },
    open: { ...open },
    postmarket: { ...postmarket },
  };
}

/** How many sessions have opened at or before an instant. */
function openedBy(at: EpochMs): number {
  const { sessions } = table();
  let low = 0;
  let high = sessions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sessions[middle] as Session).open <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sessionsBefore(date: string): number {
  const { sessions } = table();
  let low = 0;
  let high = sessions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sessions[middle] as Session).date < date) low = middle + 1;
    else high = middle;
  }
  return low;
}

function table(): Table {
  built ??= build();
  return built;
}

function build(): Table {
  const sessions: Session[] = [];
  const special = new Map<number, SpecialDays>();
  for (let year = FIRST_YEAR; year <= LAST_YEAR; year++) {
    const days = specialDays(year);
    special.set(year, days);
    for (let day = dayNumber(`${year}-01-01`); day <= dayNumber(`${year}-12-31`); day++) {
      const date = dateOfDay(day);
      if (weekday(day) === 0 || weekday(day) === 6 || days.closed.has(date)) continue;
      sessions.push(session(date, sessions.length, days.half.has(date)));
    }
  }
  return { sessions, special, byDate: new Map(sessions.map((item) => [item.date, item])) };
}

function session(date: string, index: number, half: boolean): Session {
  const hours = half ? HALF : FULL;
  const span = ({ start, end }: { start: string; end: string }) => ({
    start: toEpoch(date, start),
    end: toEpoch(date, end),
  });
  const { start: open, end: close } = span(hours.open);
  return { date, index, open, close, premarket: span(PREMARKET), postmarket: span(hours.postmarket), half };
}
