/**
 * A reader of UDF that trusts nothing: it asks what TradingView's adapter and chart ask, in their order, and objects to
 * everything they would stumble over. It knows the protocol and nothing of any server.
 */

export interface ReaderOptions {
  /** The text of `{base}{pathAndQuery}`; the status is never looked at, as in the adapter. */
  get: (pathAndQuery: string) => Promise<string>;
  /** The reader's own clock, epoch ms. */
  now: () => number;
  /** Whether to learn from `/time` how far the server's clock is from its own; true by default. */
  askTime?: boolean;
  /** Takes bars newer than what it asked for, as a chart whose clock is behind a simulated market must. */
  takesNewer?: boolean;
}

export interface ReadBar {
  /** Unix seconds. */
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

export interface ReadConfig {
  supports_search: boolean;
  supports_group_request: boolean;
  supports_time: boolean;
  supports_marks: boolean;
  supports_timescale_marks: boolean;
  supported_resolutions: string[];
}

export interface ReadSymbol {
  name: string;
  ticker: string;
  session: string;
  timezone: string;
  minmov: number;
  pricescale: number;
  supported_resolutions?: string[];
  intraday_multipliers?: string[];
  [field: string]: unknown;
}

export interface Page {
  bars: ReadBar[];
  noData: boolean;
  nextTime: number | null;
}

/** What the chart would have choked on. */
export class Objection extends Error {}

function object(because: string): never {
  throw new Objection(because);
}

const DAY = 86_400;
/** How often the chart takes an empty answer for data that may still come. */
const MOST_EMPTY = 50;

export class UdfReader {
  readonly #options: ReaderOptions;
  #offset = 0;
  requests = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Reads `/config` and, where it is offered, `/time`. */
  async open(): Promise<ReadConfig> {
    const config = (await this.#json('/config')) as ReadConfig;
    if (!config.supports_search && !config.supports_group_request) object('neither search nor groups');
    if (config.supports_group_request) object('groups: search would go the group way');
    const list = config.supported_resolutions ?? [];
    if (new Set(list).size !== list.length) object('Duplicating resolution');
    for (const resolution of list) periodOf(resolution);
    if (config.supports_time && this.#options.askTime !== false) {
      const seconds = Number(await this.#text('/time'));
      if (!Number.isInteger(seconds)) object('the time is not whole seconds');
      if (seconds > 1e11) object('the time is in milliseconds');
      this.#offset = seconds * 1000 - this.#options.now();
    }
    return config;
  }

  /** Seconds, on the server's clock where it told. */
  now(): number {
    return Math.floor((this.#options.now() + this.#offset) / 1000);
  }

  async resolve(name: string): Promise<ReadSymbol> {
    const symbol = (await this.#json(`/symbols?symbol=${encodeURIComponent(name)}`)) as ReadSymbol;
    if (symbol.s === 'error') object(`unknown_symbol: ${String(symbol.errmsg)}`);
    if (!symbol.name || !symbol.ticker) object('a symbol without name or ticker');
    if (symbol.ticker.includes(':')) object(`a colon in the ticker ${symbol.ticker}`);
    if (!(symbol.minmov > 0) || !(symbol.pricescale > 0)) object('no price format');
    if (!symbol.session || !symbol.timezone) object('no session or time zone');
    checkDays(symbol.session_holidays, symbol.corrections);
    if (symbol.intraday_multipliers?.length === 0) object('Misconfiguration error');
    for (const each of symbol.intraday_multipliers ?? [])
      if (typeof each !== 'string') object('a multiplier that is no text');
    if (symbol.has_intraday !== true) object('no minutes: has_intraday is not set');
    return symbol;
  }

  /** One `/history`, with everything looked at that its answer must hold. */
  async history(
    symbol: string,
    resolution: string,
    range: { from: number; to: number; countback?: number },
  ): Promise<Page> {
    const { from, to, countback } = range;
    const count = countback === undefined ? '' : `&countback=${countback}`;
    const answer = (await this.#json(
      `/history?symbol=${encodeURIComponent(symbol)}&resolution=${encodeURIComponent(resolution)}&from=${from}&to=${to}${count}`,
    )) as Record<string, unknown>;
    if (answer.s === 'error') object(`the server says ${String(answer.errmsg)}`);
    if (answer.s === 'no_data') {
      const nextTime = answer.nextTime ?? null;
      if (nextTime !== null && !Number.isInteger(nextTime)) object('nextTime is no whole number');
      if (Number(nextTime) > 1e11) object('nextTime is in milliseconds');
      if (nextTime !== null && Number(nextTime) >= from) object('nextTime does not lead back');
      return { bars: [], noData: true, nextTime: nextTime as number | null };
    }
    if (answer.s !== 'ok') object(`s is ${JSON.stringify(answer.s)}`);
    const bars = barsOf(answer, resolution);
    if (bars.length === 0) object('an empty ok');
    if (this.#options.takesNewer !== true)
      for (const { time } of bars) if (time >= to) object(`a bar at ${time}, asked for before ${to}`);
    if (countback !== undefined && bars.length > countback)
      object(`${bars.length} bars for a countback of ${countback}`);
    if (countback === undefined)
      for (const { time } of bars) if (time < from) object(`a bar at ${time}, asked for from ${from}`);
    return { bars, noData: false, nextTime: null };
  }

  /**
   * Everything there is, in pages as the chart asks for them: to the left, `to` being the earlier of the last `from`
   * and the oldest bar held, until the server says that there is no more. `until`: the chart was scrolled no further.
   */
  async page(
    symbol: string,
    resolution: string,
    options: { countback: number; to?: number; until?: number },
  ): Promise<ReadBar[]> {
    const period = periodOf(resolution);
    let to = options.to ?? this.now() + (period < DAY ? 60 : 4 * DAY);
    let from = to - options.countback * period;
    let held: ReadBar[] = [];
    let empty = 0;
    for (;;) {
      const page = await this.history(symbol, resolution, { from, to, countback: options.countback });
      if (page.noData && page.nextTime === null) return held;
      if (page.noData) {
        empty += 1;
        if (empty > MOST_EMPTY) object('no bar in fifty answers');
        from = (page.nextTime ?? 0) - options.countback * period;
        continue;
      }
      empty = 0;
      const [oldest] = held;
      const newest = page.bars.at(-1);
      if (oldest && newest && newest.time >= oldest.time)
        object(`bars again: ${newest.time} came after ${oldest.time} was held`);
      held = [...page.bars, ...held];
      const first = page.bars[0] as ReadBar;
      if (options.until !== undefined && first.time <= options.until) return held;
      to = Math.min(from, first.time);
      from = to - options.countback * period;
    }
  }

  /** Without countback: every bar of a range, walking over empty stretches by nextTime. */
  async range(
    symbol: string,
    resolution: string,
    first: number,
    end: number,
    step: number,
  ): Promise<ReadBar[]> {
    let held: ReadBar[] = [];
    let to = end;
    while (to > first) {
      const from = Math.max(first, to - step);
      const page = await this.history(symbol, resolution, { from, to });
      held = [...page.bars, ...held];
      if (page.noData && page.nextTime === null) return held;
      to = page.noData && page.nextTime !== null ? Math.min(from, page.nextTime + 1) : from;
    }
    return held;
  }

  /**
   * One round of live polling, as the adapter does it every ten seconds: the newest two bars. Returns what it would hand
   * to the chart: nothing, the bar that forms, or the finished one before it and then the new one.
   */
  async poll(symbol: string, resolution: string, last: ReadBar | null): Promise<ReadBar[]> {
    const to = this.now();
    const from = to - 10 * pollPeriodOf(resolution);
    const { bars, noData } = await this.history(symbol, resolution, { from, to, countback: 2 });
    if (noData) return [];
    const newest = bars.at(-1) as ReadBar;
    if (last === null) return [newest];
    if (newest.time < last.time) object(`time violation: ${newest.time} after ${last.time}`);
    if (newest.time === last.time) return [newest];
    if (bars.length < 2) object('Not enough bars in history for proper pulse update. Need at least 2.');
    return bars;
  }

  async marks(
    kind: 'marks' | 'timescale_marks',
    symbol: string,
    resolution: string,
    from: number,
    to: number,
  ) {
    const found = await this.#json(
      `/${kind}?symbol=${encodeURIComponent(symbol)}&from=${from}&to=${to}&resolution=${resolution}`,
    );
    if (!Array.isArray(found)) object(`${kind} is no list of objects`);
    const list = found as Record<string, unknown>[];
    const perBar = new Map<number, number>();
    for (const mark of list) {
      const time = Number(mark.time);
      if (mark.id === undefined || !Number.isInteger(time) || time > 1e11) object(`${kind}: no id or time`);
      if (time < from || time > to) object(`${kind}: one outside of what was asked for`);
      if (typeof mark.label !== 'string' || mark.label.length !== 1) object(`${kind}: a label is one letter`);
      perBar.set(time, (perBar.get(time) ?? 0) + 1);
    }
    if (new Set(list.map(({ id }) => id)).size !== list.length) object(`${kind}: an id twice`);
    const most = kind === 'marks' ? 10 : 1;
    for (const [time, count] of perBar) if (count > most) object(`${kind}: ${count} on the bar ${time}`);
    return list;
  }

  async #json(pathAndQuery: string): Promise<unknown> {
    const text = await this.#text(pathAndQuery);
    try {
      return JSON.parse(text);
    } catch {
      return object(`no JSON at ${pathAndQuery}: ${text.slice(0, 80)}`);
    }
  }

  #text(pathAndQuery: string): Promise<string> {
    this.requests += 1;
    return this.#options.get(pathAndQuery);
  }
}

/** Seconds of one bar at least: so many bars never reach less far back. */
export function periodOf(resolution: string): number {
  const [, count = '', unit = ''] =
    /^(\d*)([DWM]?)$/.exec(resolution) ?? object(`a resolution ${resolution}`);
  const seconds = { '': 60, D: DAY, W: 7 * DAY, M: 28 * DAY }[unit] ?? 0;
  if (unit === '' && count === '') object('an empty resolution');
  return Number(count || 1) * seconds;
}

/** The adapter leaves the unit out for more than one day, week or month. */
function pollPeriodOf(resolution: string): number {
  return /^\d+[DWM]$/.test(resolution) && !resolution.startsWith('1')
    ? Number.parseInt(resolution, 10) * 60
    : periodOf(resolution);
}

function barsOf(answer: Record<string, unknown>, resolution: string): ReadBar[] {
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

/** The chart's own grammar: dates without blanks and without a separator at the end. */
function checkDays(holidays: unknown, corrections: unknown): void {
  if (holidays !== undefined && holidays !== '' && !/^\d{8}(,\d{8})*$/.test(String(holidays)))
    object('bad holiday date');
  const part = String.raw`(dayoff|\d{4}-\d{4}(,\d{4}-\d{4})*):\d{8}(,\d{8})*`;
  if (
    corrections !== undefined &&
    corrections !== '' &&
    !new RegExp(`^${part}(;${part})*$`).test(String(corrections))
  )
    object('bad correction section');
}
