import type { EpochMs } from '../lib/domain/clock.ts';
import { calendarDate, calendarMonth, sessionAt } from '../lib/market/calendar.ts';
import { newYorkDate, newYorkTime } from '../lib/market/exchange-time.ts';
import { InvalidParameter } from './errors.ts';
import type { Params } from './http.ts';

/** Tradier's clock and calendar answers. */

export function marketClockJson(now: EpochMs): object {
  const date = newYorkDate(now);
  const day = calendarDate(date);
  const state = sessionAt(now);
  return {
    clock: {
      date,
      description: day.open ? `Market is open from ${day.open.start} to ${day.open.end}` : day.description,
      state,
      timestamp: Math.floor(now / 1000),
      ...nextChange(newYorkTime(now).slice(0, 5), day),
    },
  };
}

function nextChange(
  time: string,
  day: ReturnType<typeof calendarDate>,
): { next_change: string; next_state: string } {
  const changes = [
    { next_change: day.premarket?.start, next_state: 'premarket' },
    { next_change: day.premarket?.end, next_state: 'closed' },
    { next_change: day.open?.start, next_state: 'open' },
    { next_change: day.open?.end, next_state: 'postmarket' },
    { next_change: day.postmarket?.end, next_state: 'closed' },
  ];
  for (const { next_change, next_state } of changes) {
    if (next_change !== undefined && time < next_change) return { next_change, next_state };
  }
  // Closed for the rest of the day, or all of it: another morning begins at 07:00.
  return { next_change: '07:00', next_state: 'premarket' };
}

export function calendarJson(now: EpochMs, params: Params): object {
  const [thisYear = '', thisMonth = ''] = newYorkDate(now).split('-');
  const year = Number(params.get('year') ?? thisYear);
  const month = Number(params.get('month') ?? thisMonth);
  if (!Number.isInteger(year) || year < 1900 || year > 2200)
    throw new InvalidParameter('year', 'is not valid.');
  if (!Number.isInteger(month) || month < 1 || month > 12)
    throw new InvalidParameter('month', 'is not valid.');
  // Closed days have no session keys; the order of the keys is Tradier's.
  const rows = calendarMonth(year, month).map((day) => ({
    date: day.date,
    status: day.status,
    description: day.description,
    ...(day.premarket && { premarket: day.premarket }),
    ...(day.open && { open: day.open }),
    ...(day.postmarket && { postmarket: day.postmarket }),
  }));
  return { calendar: { month, year, days: { day: rows } } };
}
