/** Bars as TradingView's adapter reads them, and what the chart objects to. */

/** What the chart would have choked on. */
export class Objection extends Error {}

export function object(because: string): never {
  throw new Objection(because);
}

export const DAY = 86_400;

export interface ReadBar {
  /** Unix seconds. */
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/**
 * Seconds from one bar to the next at least, so that a range of so many holds no more: a chart never asks again for what
 * lies between such a range's beginning and the bars it was given. A week after a Monday without trading is a day shorter.
 */
export function periodOf(resolution: string): number {
  const [, count = '', unit = ''] =
    /^(\d*)([DWM]?)$/.exec(resolution) ?? object(`a resolution ${resolution}`);
  const seconds = { '': 60, D: DAY, W: 6 * DAY, M: 28 * DAY }[unit] ?? 0;
  if (unit === '' && count === '') object('an empty resolution');
  return Number(count || 1) * seconds;
}

/** The adapter leaves the unit out for more than one day, week or month. */
export function pollPeriodOf(resolution: string): number {
  if (/^\d+[DWM]$/.test(resolution) && !resolution.startsWith('1'))
    return Number.parseInt(resolution, 10) * 60;
  return resolution.endsWith('W') ? 7 * DAY : periodOf(resolution);
}

/** The columns of an `ok`, with everything a chart would stumble over looked at. */
export function barsOf(answer: Record<string, unknown>, resolution: string): ReadBar[] {
  const [t, o, h, l, c, v] = ['t', 'o', 'h', 'l', 'c', 'v'].map((name) => {
    const column = answer[name];
    if (!Array.isArray(column)) return object(`no column ${name}`);
    return column as unknown[];
  }) as [unknown[], unknown[], unknown[], unknown[], unknown[], unknown[]];
  for (const column of [o, h, l, c, v])
    if (column.length !== t.length) object('columns of different lengths');
  const numbers = (column: unknown[]) =>
    column.map((value) =>
      typeof value === 'number' && Number.isFinite(value) ? value : object('no number'),
    );
  const [time, open, high, low, close, volume] = [t, o, h, l, c, v].map(numbers) as [
    number[],
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  return time.map((at, i) => {
    const bar = {
      time: at,
      open: open[i] ?? 0,
      high: high[i] ?? 0,
      low: low[i] ?? 0,
      close: close[i] ?? 0,
      volume: volume[i] ?? 0,
    };
    if (!Number.isInteger(at) || at > 1e11) object(`a time ${at} that is no whole seconds`);
    if (i > 0 && at <= (time[i - 1] ?? 0)) object(`times do not ascend at ${at}`);
    if (/[DWM]$/.test(resolution) && at % DAY !== 0) object(`a day's bar at ${at}, not at midnight UTC`);
    if (bar.low > Math.min(bar.open, bar.close) || bar.high < Math.max(bar.open, bar.close))
      object(`a bar at ${at} outside of its own range`);
    return bar;
  });
}
