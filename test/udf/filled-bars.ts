import type { EpochMs } from '../../lib/domain/clock.ts';
import type { Bar } from '../../lib/domain/market-data.ts';
import type { BarFollow, BarService, BarSpan } from '../../lib/market/bars/contract.ts';
import { INTERVALS, type Interval, minutesOf } from '../../lib/market/bars/intervals.ts';
import { DAY, dateOfDay, MINUTE, toEpoch, weekday } from '../../lib/market/exchange-time.ts';

/** The newest day of every series: a Friday. */
const LAST_DAY = Math.floor(Date.parse('2026-03-06T00:00:00Z') / DAY);

/** So many bars of every length, held in arrays: what a reader gets must be these, exactly. */
export class FilledBars implements BarService {
  readonly all = new Map<Interval, readonly Bar[]>();
  asked = 0;

  constructor(count: number) {
    for (const interval of INTERVALS) this.all.set(interval, barsAt(openTimes(interval, count)));
  }

  of(interval: Interval): readonly Bar[] {
    return this.all.get(interval) ?? [];
  }

  async history(_symbol: string, interval: Interval, span: BarSpan): Promise<Bar[]> {
    this.asked += 1;
    const bars = this.of(interval);
    const end = span.to === undefined ? bars.length : firstAt(bars, span.to);
    const start = 'count' in span ? Math.max(0, end - span.count) : Math.min(end, firstAt(bars, span.from));
    return bars.slice(start, end);
  }

  follow(): BarFollow {
    throw new Error('nothing is live here');
  }
}

function firstAt(bars: readonly Bar[], at: EpochMs): number {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bars[middle] as Bar).time < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The opens of the last `count` bars, oldest first; holidays are traded through, weekends are not. */
function openTimes(interval: Interval, count: number): EpochMs[] {
  const minutes = minutesOf(interval);
  const times: EpochMs[] = [];
  for (let day = LAST_DAY; times.length < count; day--) {
    if (weekday(day) === 0 || weekday(day) === 6) continue;
    if (minutes === null) {
      // 09:30 in New York, winter and summer alike on the same date.
      if (isFirst(interval, day)) times.push(day * DAY + 14.5 * 60 * MINUTE);
      continue;
    }
    const open = toEpoch(dateOfDay(day), '09:30');
    for (let at = Math.ceil(390 / minutes) - 1; at >= 0; at--) times.push(open + at * minutes * MINUTE);
  }
  return times.slice(0, count).reverse();
}

function isFirst(interval: Interval, day: number): boolean {
  if (interval === 'D') return true;
  if (interval === 'W') return weekday(day) === 1;
  const before = day - (weekday(day) === 1 ? 3 : 1);
  return dateOfDay(day).slice(0, 7) !== dateOfDay(before).slice(0, 7);
}

function barsAt(times: readonly EpochMs[]): Bar[] {
  return times.map((time, i) => {
    const open = 10_000 + ((i * 7_919) % 4_001);
    const close = 10_000 + ((i * 104_729) % 4_003);
    return {
      symbol: 'AAPL',
      time,
      open: open / 100,
      high: (Math.max(open, close) + (i % 13)) / 100,
      low: (Math.min(open, close) - (i % 11)) / 100,
      close: close / 100,
      volume: 100 + ((i * 31) % 90_000),
      closed: true,
    };
  });
}
