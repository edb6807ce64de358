import type { EpochMs } from '../../domain/clock.ts';
import type { Interval } from '../bars/intervals.ts';
import { intervalInWords } from '../bars/words.ts';
import type { SessionState } from '../calendar.ts';
import { dayNumber, newYorkDate, newYorkTime, weekday } from '../exchange-time.ts';
import type { MarketCalendar } from '../trading-calendar.ts';
import type { ClockEvent, ClockEventKind, ClockPlan, Gate } from './clock-events.ts';
import type { ToldEvent } from './clock-follower.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

/** What a clock says of one event. Instants are market time, epoch ms; dates and times are New York's. */
export interface ClockTick {
  event: ClockEventKind;
  /** When it was due. */
  at: EpochMs;
  /** `YYYY-MM-DD` */
  date: string;
  /** `HH:MM` */
  time: string;
  /** From that instant on. */
  state: SessionState;
  /** The trading day it belongs to; null on a cron time outside regular hours. */
  session: { date: string; open: EpochMs; close: EpochMs; half: boolean } | null;
  /** Of `bar`: what ended. */
  bar?: { interval: Interval; from: EpochMs; to: EpochMs };
  /** How late it was told, ms of market time. */
  late: number;
  /** Over 1 where cron times fell into hours the market's clock skipped: the last one stands for all of them. */
  standsFor: number;
}

export function tickOf(
  calendar: Pick<MarketCalendar, 'state'>,
  { event, now, standsFor }: ToldEvent,
): ClockTick {
  const { kind, at, session, bar } = event;
  return {
    event: kind,
    at,
    date: newYorkDate(at),
    time: clockTime(at),
    state: calendar.state(at),
    session: session && { date: session.date, open: session.open, close: session.close, half: session.half },
    ...(bar ? { bar } : {}),
    late: now - at,
    standsFor,
  };
}

/** One sentence: `The session of Friday 2026-11-27 closes at 13:00, a half day`. */
export function tickInWords({ event, at, session, bar, standsFor }: ClockTick): string {
  const half = session?.half ? ', a half day' : '';
  const day = dayInWords(session?.date ?? newYorkDate(at));
  const close = session === null ? '' : clockTime(session.close);
  switch (event) {
    case 'open':
      return `The session of ${day} opened at ${clockTime(at)} and closes at ${close}${half}`;
    case 'close':
      return `The session of ${day} closed at ${close}${half}`;
    case 'before_close':
      return `The session of ${day} closes at ${close}, in ${minutesBetween(at, session?.close ?? at)}${half}`;
    case 'bar': {
      const of = bar === undefined ? '' : ` of ${intervalInWords(bar.interval)}`;
      return `A bar${of} that began ${momentInWords(bar?.from ?? at, at)} ended at ${clockTime(at)} on ${day}`;
    }
    case 'cron': {
      const more = standsFor > 1 ? `, the last of ${standsFor} times in skipped hours` : '';
      return `It is ${clockTime(at)} in New York on ${day}${session === null ? ', outside regular hours' : half}${more}`;
    }
  }
}

/** `close 16:00`; of another day within the week `open Mon 09:30`, and of a later one `cron 12-31 15:30`. */
export function nextInShort({ kind, at }: ClockEvent, now: EpochMs): string {
  const date = newYorkDate(at);
  const away = dayNumber(date) - dayNumber(newYorkDate(now));
  const weekDay = DAYS[weekday(dayNumber(date))]?.slice(0, 3) ?? '';
  const day = away === 0 ? '' : `${away > 0 && away < 7 ? weekDay : date.slice(5)} `;
  return `${kind === 'before_close' ? 'pre-close' : kind} ${day}${clockTime(at)}`;
}

/** Why a cron line will not be told of; see cronNeverComes. */
export function cronNeverInWords({ cron, cronDays }: ClockPlan): string {
  const why =
    cronDays === 'session'
      ? 'counts in regular hours alone, and none of its times lies in them'
      : 'counts on trading days alone, and none of its days is one';
  return `Cron line: "${cron?.line ?? ''}" never comes: it ${why}`;
}

/** What was due while nobody looked and is not told any more. */
export function missedInWords(events: readonly ClockEvent[]): string {
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined) return '';
  const said = ({ kind, at }: ClockEvent) =>
    `${kind.replace('_', ' ')} of ${newYorkDate(at)} ${clockTime(at)}`;
  const what =
    events.length === 1 ? said(first) : `${events.length} events, from ${said(first)} to ${said(last)}`;
  return `Missed, and too late to tell now: ${what}`;
}

/** Why a message passed or was held back: what time it is, and when that changes. */
export function gateInWords(
  calendar: Pick<MarketCalendar, 'state' | 'openSession' | 'nextSession'>,
  now: EpochMs,
): string {
  const time = `${clockTime(now)} in New York on ${dayInWords(newYorkDate(now))}`;
  const session = calendar.openSession(now);
  if (session !== null)
    return `${time}: the regular session runs until ${clockTime(session.close)}${session.half ? ', a half day' : ''}`;
  const state = {
    premarket: 'pre-market hours',
    postmarket: 'post-market hours',
    open: '',
    closed: 'closed',
  }[calendar.state(now)];
  const next = calendar.nextSession(now);
  const opens =
    next === null ? '' : `, the next session opens ${dayInWords(next.date)} at ${clockTime(next.open)}`;
  return `${time}: ${state}${opens}`;
}

/** What a gate lets through, in words. */
export const GATE_WORDS: Readonly<Record<Gate, string>> = {
  regular: 'regular hours',
  extended: 'extended hours',
  trading: 'regular and extended hours',
  premarket: 'pre-market hours',
  postmarket: 'post-market hours',
  closed: 'hours without trading',
  any: 'any hour',
};

function momentInWords(at: EpochMs, sameDayAs: EpochMs): string {
  const date = newYorkDate(at);
  return date === newYorkDate(sameDayAs) ? `at ${clockTime(at)}` : `on ${date}`;
}

function minutesBetween(from: EpochMs, to: EpochMs): string {
  const minutes = Math.round((to - from) / 60_000);
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}

function dayInWords(date: string): string {
  return `${DAYS[weekday(dayNumber(date))]} ${date}`;
}

function clockTime(at: EpochMs): string {
  return newYorkTime(at).slice(0, 5);
}
