import type { EpochMs } from '../../domain/clock.ts';
import { inputError } from '../../domain/errors.ts';
import { newYorkDate } from '../exchange-time.ts';
import { readMoment } from '../moments.ts';
import type { MarketCalendar } from '../trading-calendar.ts';
import { datesOf } from './boundaries.ts';
import type { BarSpan } from './contract.ts';
import { type Interval, minutesOf } from './intervals.ts';

/** Which bars somebody asks for, as they wrote it; '' is the same as nothing. */
export interface AskedSpan {
  count?: unknown;
  from?: unknown;
  to?: unknown;
}

export const MOST_BARS = 50_000;
export const MINUTES_OF_SESSION = 390;

/** The wish wins over the standing setting, as a whole: a count of its own makes nothing of the setting's `from`. */
export function mergeSpans(wish: AskedSpan, setting: AskedSpan): AskedSpan {
  const to = isGiven(wish.to) ? wish.to : setting.to;
  if (isGiven(wish.count) || isGiven(wish.from)) return { ...wish, to };
  return { ...setting, to };
}

/** Throws E_INPUT naming count, from or to. */
export function readSpan(
  { count, from, to }: AskedSpan,
  now: EpochMs,
  interval: Interval,
  calendar: Pick<MarketCalendar, 'sessionsBetween'>,
): BarSpan {
  const end = isGiven(to) ? readMoment(to, 'to', 'end') : null;
  if (isGiven(from) && isGiven(count)) throw inputError('count', count, 'either a count or a range');
  if (!isGiven(from)) {
    const number = typeof count === 'string' && count.trim() !== '' ? Number(count) : count;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > MOST_BARS)
      throw inputError('count', count, `a whole number from 1 to ${MOST_BARS}, or a range`);
    return end === null ? { count: number } : { count: number, to: end };
  }
  const start = readMoment(from, 'from');
  const until = Math.min(end ?? now + 1, now + 1);
  if (end !== null && start >= end) throw inputError('to', to, 'an instant after from');
  if (start < until && barsWithin(start, until, interval, calendar) > MOST_BARS)
    throw inputError('from', from, `a range of at most ${MOST_BARS} bars`);
  return { from: start, to: Math.max(start, until) };
}

/** How many bars the range may hold at most. */
function barsWithin(
  from: EpochMs,
  to: EpochMs,
  interval: Interval,
  calendar: Pick<MarketCalendar, 'sessionsBetween'>,
): number {
  const { first } = datesOf(interval, newYorkDate(from));
  const sessions = calendar.sessionsBetween(first, newYorkDate(to)).length;
  return sessions * Math.ceil(MINUTES_OF_SESSION / (minutesOf(interval) ?? MINUTES_OF_SESSION));
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
