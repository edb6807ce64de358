import type { CalendarDay } from '../broker/port.ts';
import type { EpochMs } from '../domain/clock.ts';
import { toEpoch } from './exchange-time.ts';

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

export interface Hours {
  start: string;
  end: string;
}

export interface DayHours {
  premarket: Hours;
  open: Hours;
  postmarket: Hours;
}

export const FULL_DAY: DayHours = {
  premarket: { start: '07:00', end: '09:24' },
  open: { start: '09:30', end: '16:00' },
  postmarket: { start: '16:00', end: '19:55' },
};
/** The exchanges' late sessions of a half day end at 17:00, and the broker stops five minutes earlier as always. */
export const HALF_DAY: DayHours = {
  premarket: FULL_DAY.premarket,
  open: { start: '09:30', end: '13:00' },
  postmarket: { start: '13:00', end: '16:55' },
};

const HALF_BEFORE = '14:00';

export function sessionOf(date: string, index: number, hours: DayHours): Session {
  const span = ({ start, end }: Hours) => ({ start: toEpoch(date, start), end: toEpoch(date, end) });
  const { start: open, end: close } = span(hours.open);
  const half = hours.open.end < HALF_BEFORE;
  return {
    date,
    index,
    open,
    close,
    premarket: span(hours.premarket),
    postmarket: span(hours.postmarket),
    half,
  };
}

/**
 * The hours of a day a broker lists as open; null for a day that is closed or whose hours make no sense. Extended
 * hours that are missing or do not lie around the regular ones are empty.
 */
export function hoursOf(day: CalendarDay): DayHours | null {
  if (day.status !== 'open' || !day.open || !isSpan(day.open)) return null;
  const { open } = day;
  const before = day.premarket && isSpan(day.premarket) && day.premarket.end <= open.start;
  const after = day.postmarket && isSpan(day.postmarket) && day.postmarket.start >= open.end;
  return {
    open,
    premarket: before ? (day.premarket as Hours) : { start: open.start, end: open.start },
    postmarket: after ? (day.postmarket as Hours) : { start: open.end, end: open.end },
  };
}

const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

function isSpan({ start, end }: Hours): boolean {
  return TIME.test(start) && TIME.test(end) && start < end;
}
