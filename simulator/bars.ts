import type { Bar } from '../lib/domain/market-data.ts';
import { latestSession } from '../lib/market/calendar.ts';
import { dayNumber, MINUTE, newYorkDate, weekday } from '../lib/market/exchange-time.ts';

/** Longer bars made of shorter ones, as the market-data answers need them. */

/** Volume-weighted price of one bar, as near as its four prices tell. */
function typical(bar: Bar): number {
  return (bar.high + bar.low + bar.close) / 3;
}

/** A bar with its volume-weighted average price. */
export interface WeightedBar {
  bar: Bar;
  vwap: number;
}

/** Minute bars joined to bars of `minutes`, counted from the session's opening bell. */
export function joinMinutes(bars: readonly Bar[], minutes: number): WeightedBar[] {
  const groups = grouped(bars, (bar) => {
    const open = latestSession(bar.time)?.open ?? bar.time;
    return open + Math.floor((bar.time - open) / (minutes * MINUTE)) * minutes * MINUTE;
  });
  return groups.map(({ key, bars: parts }) => {
    const volume = parts.reduce((sum, part) => sum + part.volume, 0);
    const turnover = parts.reduce((sum, part) => sum + typical(part) * part.volume, 0);
    const bar = { ...joined(parts), time: key };
    return { bar, vwap: volume > 0 ? turnover / volume : typical(bar) };
  });
}

/** A bar of daily history with the date it goes by. */
export interface DatedBar {
  date: string;
  bar: Bar;
}

/** Daily bars joined by calendar week or month; each goes by the date of its first trading day. */
export function joinDays(bars: readonly Bar[], interval: 'daily' | 'weekly' | 'monthly'): DatedBar[] {
  const dated = bars.map((bar) => ({ date: newYorkDate(bar.time), bar }));
  if (interval === 'daily') return dated;
  const groups = grouped(bars, (bar) => {
    const date = newYorkDate(bar.time);
    const day = dayNumber(date);
    return interval === 'weekly' ? day - weekday(day) : Number(date.slice(0, 7).replace('-', ''));
  });
  return groups.map(({ bars: parts }) => ({ date: newYorkDate((parts[0] as Bar).time), bar: joined(parts) }));
}

function grouped(bars: readonly Bar[], keyOf: (bar: Bar) => number): { key: number; bars: Bar[] }[] {
  const groups: { key: number; bars: Bar[] }[] = [];
  for (const bar of bars) {
    const key = keyOf(bar);
    const last = groups.at(-1);
    if (last?.key === key) last.bars.push(bar);
    else groups.push({ key, bars: [bar] });
  }
  return groups;
}

function joined(bars: readonly Bar[]): Bar {
  const first = bars[0] as Bar;
  const last = bars.at(-1) as Bar;
  return {
    ...first,
    high: Math.max(...bars.map((bar) => bar.high)),
    low: Math.min(...bars.map((bar) => bar.low)),
    close: last.close,
    volume: bars.reduce((sum, bar) => sum + bar.volume, 0),
    closed: last.closed,
  };
}
