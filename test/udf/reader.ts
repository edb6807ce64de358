/**
 * A reader of UDF that trusts nothing: it asks what TradingView's adapter and chart ask, in their order, and objects to
 * everything they would stumble over. It knows the protocol and nothing of any server.
 */

import { barsOf, DAY, object, periodOf, pollPeriodOf, type ReadBar } from './read-bars.ts';
import {
  checkConfig,
  checkFound,
  checkMarks,
  checkQuotes,
  checkSymbol,
  type FoundSymbol,
  type ReadConfig,
  type ReadQuote,
  type ReadSymbol,
} from './read-checks.ts';

export type { ReadBar } from './read-bars.ts';

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

export interface Page {
  bars: ReadBar[];
  noData: boolean;
  nextTime: number | null;
}

/** How often the chart takes an empty answer for data that may still come. */
const MOST_EMPTY = 50;

export class UdfReader {
  readonly #options: ReaderOptions;
  #offset = 0;
  #config: ReadConfig | null = null;
  requests = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Reads `/config` and, where it is offered, `/time`. */
  async open(): Promise<ReadConfig> {
    const config = (await this.#json('/config')) as ReadConfig;
    checkConfig(config);
    this.#config = config;
    if (config.supports_time && this.#options.askTime !== false) {
      const text = await this.#text('/time');
      const seconds = Number(text);
      if (!/^\d+$/.test(text.trim())) object('the time is not whole seconds');
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
    checkSymbol(symbol);
    return symbol;
  }

  /** The dialog's list; `query` is what was typed, as it was typed. */
  async search(query: string, filter: { type?: string; exchange?: string } = {}): Promise<FoundSymbol[]> {
    const { type = '', exchange = '' } = filter;
    const asked = [30, query.toUpperCase(), type, exchange].map(encodeURIComponent);
    const found = await this.#json(
      `/search?limit=${asked[0]}&query=${asked[1]}&type=${asked[2]}&exchange=${asked[3]}`,
    );
    return checkFound(found, { limit: 30, type, exchange }, this.#config);
  }

  /** A watchlist's rows, by the names asked for. */
  async quotes(names: readonly string[]): Promise<ReadQuote[]> {
    return checkQuotes(await this.#json(`/quotes?symbols=${encodeURIComponent(names.join(','))}`), names);
  }

  /** What `/symbols` says of a name that is none: the client then reports `unknown_symbol`. */
  async unknown(name: string): Promise<string> {
    const answer = (await this.#json(`/symbols?symbol=${encodeURIComponent(name)}`)) as ReadSymbol;
    if (answer.s !== 'error') object(`${name} is taken for a symbol`);
    if (typeof answer.errmsg !== 'string' || answer.errmsg === '') object('an error without words');
    return answer.errmsg;
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
    return checkMarks(kind, found, from, to);
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
