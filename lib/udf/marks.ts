import type { EpochMs } from '../domain/clock.ts';
import { barIn } from '../market/bars/boundaries.ts';
import { type Interval, readInterval } from '../market/bars/intervals.ts';
import { DAY } from '../market/exchange-time.ts';
import { readSymbol } from '../market/symbols/names.ts';
import type { MarketCalendar } from '../market/trading-calendar.ts';
import type { Annotation } from '../orders/annotations.ts';
import type { ChartTime } from './chart-time.ts';
import type { ChartSource } from './feed-parts.ts';
import { type Look, lookOf } from './mark-words.ts';
import { readRange } from './parameters.ts';
import { instantOf, lengthOf, type Seconds, stampOf } from './stamps.ts';

/** The chart draws no more on one bar. */
const MOST_ON_A_BAR = 10;
/** What happened after the close belongs to the session's last bar: over a holiday that is days later. */
const CLOSED_AT_MOST = 10 * DAY;

interface Placed {
  time: Seconds;
  what: Annotation;
  look: Look;
}

type Source = Pick<ChartSource, 'annotations' | 'calendar'>;

/** `GET /marks`: fills, signals and refusals, each on the bar it happened in. Throws E_INPUT. */
export function marks(source: Source, time: ChartTime, query: URLSearchParams): object[] {
  return byBar(placed(source, time, query)).flatMap(([time, all]) => {
    const shown = all.slice(-MOST_ON_A_BAR);
    const left = all.length - shown.length;
    return shown.map(({ what, look }, index) => ({
      id: what.id,
      time,
      color: { border: look.color, background: look.color },
      text: left > 0 && index === 0 ? `${look.text} (and ${left} before it)` : look.text,
      label: look.label,
      labelFontColor: '#ffffff',
      minSize: 18,
    }));
  });
}

/** `GET /timescale_marks`: one for a bar, with everything that happened in it. Throws E_INPUT. */
export function timescaleMarks(source: Source, time: ChartTime, query: URLSearchParams): object[] {
  return byBar(placed(source, time, query)).map(([time, all]) => {
    const { look } = all.reduce((most, one) => (one.look.weight >= most.look.weight ? one : most));
    const tooltip = all.slice(-MOST_ON_A_BAR).map((one) => one.look.text);
    if (all.length > tooltip.length) tooltip.unshift(`${all.length - tooltip.length} more before these`);
    return {
      id: `bar-${time}`,
      time,
      color: look.color,
      label: look.label,
      labelFontColor: '#ffffff',
      tooltip,
    };
  });
}

function placed(source: Source, chart: ChartTime, query: URLSearchParams): Placed[] {
  const symbol = readSymbol(query.get('symbol') ?? undefined);
  const interval = readInterval(query.get('resolution') ?? undefined, 'resolution');
  const { from, to } = chart.range(symbol, interval, ...readRange(query));
  const range = {
    from: instantOf(interval, from),
    to: instantOf(interval, to) + lengthOf(interval) + CLOSED_AT_MOST,
  };
  return source.annotations(symbol, range).flatMap((what) => {
    const time = barTime(source.calendar, interval, what.at);
    if (time === null || time < from || time > to) return [];
    return [{ time, what, look: lookOf(what, symbol) }];
  });
}

/** The stamp of the bar an instant belongs to, or of the last one before it; null outside the calendar. */
function barTime(calendar: MarketCalendar, interval: Interval, at: EpochMs): Seconds | null {
  const session = calendar.latestSession(at);
  if (session === null) return null;
  return stampOf(interval, barIn(calendar, interval, session, Math.min(at, session.close - 1)).from);
}

function byBar(all: readonly Placed[]): [Seconds, Placed[]][] {
  const bars = new Map<Seconds, Placed[]>();
  for (const one of all) bars.set(one.time, [...(bars.get(one.time) ?? []), one]);
  return [...bars];
}
