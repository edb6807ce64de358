import type { EpochMs } from '../../domain/clock.ts';
import { nextBarEnd } from '../bars/boundaries.ts';
import type { TimeRange } from '../bars/contract.ts';
import type { Interval } from '../bars/intervals.ts';
import type { Session, SessionState } from '../calendar.ts';
import { DAY, MINUTE } from '../exchange-time.ts';
import type { MarketCalendar } from '../trading-calendar.ts';
import type { Cron } from './cron.ts';

/** On which days, and when in them, a cron line counts. */
export const CRON_DAYS = ['trading', 'session', 'every'] as const;
export type CronDays = (typeof CRON_DAYS)[number];

/** What a clock tells of; what is left out or false it does not tell. */
export interface ClockPlan {
  open?: boolean;
  close?: boolean;
  /** Minutes before the close, of a half day's close too. */
  beforeClose?: number | null;
  /** The end of each bar of this length. */
  bars?: Interval | null;
  cron?: Cron | null;
  /** `trading`: on trading days; `session`: in regular hours, the close included; `every`: always. */
  cronDays?: CronDays;
}

/** What comes first of several at one instant: a bar ends before the session does, and a session before a cron line. */
export const CLOCK_EVENTS = ['before_close', 'bar', 'close', 'open', 'cron'] as const;
export type ClockEventKind = (typeof CLOCK_EVENTS)[number];

export interface ClockEvent {
  kind: ClockEventKind;
  /** When it is due, market time. */
  at: EpochMs;
  /** The session it belongs to; of a cron line null outside regular hours. */
  session: Session | null;
  /** Of `bar`: what ended. */
  bar?: TimeRange & { interval: Interval };
}

type Days = Pick<
  MarketCalendar,
  'openSession' | 'sessionsBetween' | 'nextSession' | 'latestSession' | 'sessionOn'
>;

/** The next event of each kind after an instant, soonest first; none where the calendar ends. */
export function nextEvents(days: Days, plan: ClockPlan, after: EpochMs): ClockEvent[] {
  const found = [
    plan.beforeClose ? beforeClose(days, plan.beforeClose * MINUTE, after) : null,
    plan.bars ? barEnd(days, plan.bars, after) : null,
    plan.close ? sessionEnd(days, after) : null,
    plan.open ? sessionStart(days, after) : null,
    plan.cron ? cronTime(days, plan.cron, plan.cronDays ?? 'trading', after) : null,
  ];
  return found.filter((event) => event !== null).sort((a, b) => a.at - b.at);
}

/** Whether a clock tells of nothing at all, and only lets messages pass. */
export function tellsNothing({ open, close, beforeClose, bars, cron }: ClockPlan): boolean {
  return !open && !close && !beforeClose && !bars && !cron;
}

/** A year and its holidays: a calendar that ends sooner does not say what never comes. */
const KNOWN_AHEAD_MS = 400 * DAY;

/** Whether a cron line has no moment that counts, though the calendar is known far ahead. */
export function cronNeverComes(days: Days, { cron, cronDays = 'trading' }: ClockPlan, now: EpochMs): boolean {
  if (!cron || days.nextSession(now + KNOWN_AHEAD_MS) === null) return false;
  return cronTime(days, cron, cronDays, now) === null;
}

/** Everything that is due in after < at <= until, in order. */
export function eventsBetween(days: Days, plan: ClockPlan, after: EpochMs, until: EpochMs): ClockEvent[] {
  const events: ClockEvent[] = [];
  let from = after;
  for (;;) {
    const next = nextEvents(days, plan, from);
    const at = next[0]?.at;
    if (at === undefined || at > until) return events;
    events.push(...next.filter((event) => event.at === at));
    from = at;
  }
}

/** Whether messages pass a gate: in regular hours, in extended hours alone, in both, outside both, or always. */
export const GATES = ['regular', 'extended', 'trading', 'premarket', 'postmarket', 'closed', 'any'] as const;
export type Gate = (typeof GATES)[number];

export function passes(gate: Gate, state: SessionState): boolean {
  switch (gate) {
    case 'any':
      return true;
    case 'regular':
      return state === 'open';
    case 'extended':
      return state === 'premarket' || state === 'postmarket';
    case 'trading':
      return state !== 'closed';
    default:
      return state === gate;
  }
}

function sessionStart(days: Days, after: EpochMs): ClockEvent | null {
  const session = days.nextSession(after);
  return session && { kind: 'open', at: session.open, session };
}

function sessionEnd(days: Days, after: EpochMs): ClockEvent | null {
  const session = days.openSession(after) ?? days.nextSession(after);
  return session && { kind: 'close', at: session.close, session };
}

/** Within the session: a time that lies before the open, as on a very short day, is the open. */
function beforeClose(days: Days, ms: number, after: EpochMs): ClockEvent | null {
  const due = (session: Session) => Math.max(session.open, session.close - ms);
  const running = days.openSession(after);
  const session = running !== null && due(running) > after ? running : days.nextSession(after);
  return session && { kind: 'before_close', at: due(session), session };
}

function barEnd(days: Days, interval: Interval, after: EpochMs): ClockEvent | null {
  const bar = nextBarEnd(days, interval, after);
  return (
    bar && { kind: 'bar', at: bar.to, session: days.latestSession(bar.to - 1), bar: { interval, ...bar } }
  );
}

function cronTime(days: Days, cron: Cron, when: CronDays, after: EpochMs): ClockEvent | null {
  const isDay = when === 'every' ? () => true : (date: string) => days.sessionOn(date) !== null;
  let at = cron.next(after, isDay);
  while (at !== null) {
    const session = days.openSession(at) ?? days.openSession(at - 1);
    if (when !== 'session' || session !== null) return { kind: 'cron', at, session };
    const next: Session | null = days.nextSession(at);
    // Its open itself counts too.
    at = next && cron.next(next.open - 1, isDay);
  }
  return null;
}
