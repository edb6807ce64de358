import type { CalendarDay } from '../broker/port.ts';
import type { EpochMs } from '../domain/clock.ts';
import { FULL_DAY, HALF_DAY, type Session, type SessionState, sessionOf } from './calendar-days.ts';
import { dateOfDay, dayNumber, newYorkDate, weekday } from './exchange-time.ts';
import { FIRST_YEAR, LAST_YEAR, type SpecialDays, specialDays } from './holidays.ts';
import { SessionTable } from './session-table.ts';

export type { Session, SessionState } from './calendar-days.ts';
export { newYorkDate, newYorkTime, toEpoch } from './exchange-time.ts';

interface Table {
  sessions: SessionTable;
  special: Map<number, SpecialDays>;
}

let built: Table | undefined;

/** Every session of the table, oldest first (2015 to 2030). Do not modify it. */
export function allSessions(): readonly Session[] {
  return table().sessions.sessions;
}

/** The session of a New York date; null when the exchange is closed that day or the date is outside the table. */
export function sessionOn(date: string): Session | null {
  return table().sessions.on(date);
}

export function isTradingDay(date: string): boolean {
  return sessionOn(date) !== null;
}

/** The first session that opens after this instant; null beyond the table. */
export function nextSession(after: EpochMs): Session | null {
  return table().sessions.next(after);
}

/** The latest session that has opened at or before this instant, closed since or not; null before the table. */
export function latestSession(at: EpochMs): Session | null {
  return table().sessions.latest(at);
}

/** The session running at this instant; null outside regular hours. */
export function openSession(at: EpochMs): Session | null {
  return table().sessions.running(at);
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
  return table().sessions.state(at);
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
  return table().sessions.back(date, n)?.date ?? null;
}

/** Sessions with first <= date <= last, oldest first. */
export function sessionsBetween(first: string, last: string): Session[] {
  return table().sessions.between(first, last);
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
  const { premarket, open, postmarket } = session.half ? HALF_DAY : FULL_DAY;
  return {
    date,
    status: 'open',
    description: why ? `Market closes at 13:00 on ${why}` : 'Market is open',
    premarket: { ...premarket },
    open: { ...open },
    postmarket: { ...postmarket },
  };
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
      sessions.push(sessionOf(date, sessions.length, days.half.has(date) ? HALF_DAY : FULL_DAY));
    }
  }
  return { sessions: new SessionTable(sessions), special };
}
