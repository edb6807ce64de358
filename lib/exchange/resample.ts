import type { Bar } from '../domain/market-data.ts';
import { latestSession, newYorkDate } from '../market/calendar.ts';
import { dateOfDay, dayNumber, MINUTE, weekday } from '../market/exchange-time.ts';

/** Bars that belong together become one, with the time of the first; bars oldest first. */
export function mergeBars(bars: readonly Bar[], key: (bar: Bar) => string | number): Bar[] {
  const merged: Bar[] = [];
  let current: string | number | undefined;
  for (const bar of bars) {
    const of = key(bar);
    const open = merged.at(-1);
    if (open === undefined || of !== current) {
      merged.push({ ...bar });
      current = of;
      continue;
    }
    open.high = Math.max(open.high, bar.high);
    open.low = Math.min(open.low, bar.low);
    open.close = bar.close;
    open.volume += bar.volume;
    open.closed = bar.closed;
  }
  return merged;
}

/**
 * Bars of several minutes from one-minute bars, on the grid that begins at each session's open. A bar whose first
 * minutes are missing keeps the grid's time; the last one is `closed` only when its last minute has closed.
 */
export function intradayBars(bars: readonly Bar[], minutes: number): Bar[] {
  const width = minutes * MINUTE;
  const start = (bar: Bar) => {
    const open = latestSession(bar.time)?.open ?? bar.time;
    return open + Math.floor((bar.time - open) / width) * width;
  };
  const last = bars.at(-1);
  const merged = mergeBars(bars, start).map((bar) => ({ ...bar, time: start(bar) }));
  const newest = merged.at(-1);
  if (newest !== undefined && last !== undefined && last.time + MINUTE < newest.time + width) {
    const close = latestSession(newest.time)?.close;
    if (last.time + MINUTE !== close) newest.closed = false;
  }
  return merged;
}

/** Weekly bars (Monday to Friday) from daily ones; `time` is the first session's open. */
export function weeklyBars(daily: readonly Bar[]): Bar[] {
  return mergeBars(daily, (bar) => {
    const day = dayNumber(newYorkDate(bar.time));
    return dateOfDay(day - ((weekday(day) + 6) % 7));
  });
}

/** Monthly bars from daily ones. */
export function monthlyBars(daily: readonly Bar[]): Bar[] {
  return mergeBars(daily, (bar) => newYorkDate(bar.time).slice(0, 7));
}
