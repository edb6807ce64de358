import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EpochMs } from '../../lib/domain/clock.ts';
import type { Bar, ConfirmedQuote } from '../../lib/domain/market-data.ts';
import type { BarService } from '../../lib/market/bars/contract.ts';
import { type Interval, minutesOf } from '../../lib/market/bars/intervals.ts';
import { BrokerCalendar } from '../../lib/market/broker-calendar.ts';
import { DAY } from '../../lib/market/exchange-time.ts';
import { BrokerSymbols } from '../../lib/market/symbols/directory.ts';
import type { Annotation } from '../../lib/orders/annotations.ts';
import type { UdfAnswer } from '../../lib/udf/answer.ts';
import { AnswerCache } from '../../lib/udf/answer-cache.ts';
import { answerChart } from '../../lib/udf/door.ts';
import { configAnswer, UdfFeed } from '../../lib/udf/feed.ts';
import type { ChartSource } from '../../lib/udf/feed-parts.ts';
import { type Origins, readOrigins } from '../../lib/udf/origins.ts';
import { VirtualClock } from '../account/virtual-clock.ts';
import type { ReadBar } from './reader.ts';

/** A chart's source in which only the bars are given; calendar and symbols are the real ones. */
export function sourceOf(
  bars: BarService,
  options: {
    now: EpochMs;
    wall?: EpochMs;
    simulated?: boolean;
    annotations?: Annotation[];
    delayMs?: number;
  },
): ChartSource & { clock: VirtualClock } {
  const clock = new VirtualClock(options.now, options.wall ?? options.now);
  const market = {
    calendar: async () => [],
    quotes: async () => ({ quotes: [], unmatched: [] }),
    lookupSymbols: async (begins: string) => SECURITIES.filter(({ symbol }) => symbol.startsWith(begins)),
    companySector: async (symbol: string) => (symbol === 'AAPL' ? 'Technology' : null),
    searchSymbols: async (text: string) =>
      SECURITIES.filter(({ description }) => description.toUpperCase().includes(text)),
  };
  const log = () => undefined;
  return {
    simulated: options.simulated ?? false,
    clock,
    bars,
    symbols: new BrokerSymbols(market, clock.elapsed),
    calendar: new BrokerCalendar({ source: market, db: null, clock, log }),
    feed: {
      mode: 'streaming',
      delayMs: options.delayMs ?? 0,
      simulated: options.simulated ?? false,
      borrowed: false,
    },
    quote: async (): Promise<ConfirmedQuote> => {
      throw new Error('no quotes here');
    },
    annotations: (_symbol, { from, to }) =>
      (options.annotations ?? []).filter(({ at }) => at >= from && at < to),
  };
}

const SECURITIES = [
  { symbol: 'AAPL', description: 'Apple Inc', exchange: 'Q', kind: 'stock' },
  { symbol: 'BRK/B', description: 'Berkshire Hathaway Class B', exchange: 'N', kind: 'stock' },
  { symbol: 'SPY', description: 'SPDR S&P 500', exchange: 'P', kind: 'etf' },
] as const;

/** Asks the feed without a server. */
export function directly(source: ChartSource): (pathAndQuery: string) => Promise<string> {
  const feed = new UdfFeed(source, { marks: true });
  return async (pathAndQuery) => {
    const [path = '', query] = pathAndQuery.split('?');
    const answer = path === '/config' ? CONFIG : await feed.answer(path, new URLSearchParams(query));
    return answer.body.toString();
  };
}

const CONFIG = configAnswer({ marks: true });

/** The feed on a server of its own. */
export class ChartServer {
  readonly #server: Server;
  readonly cache: AnswerCache;
  readonly reports: unknown[] = [];

  constructor(source: ChartSource, origins: Origins = readOrigins('')) {
    const feed = new UdfFeed(source, { marks: true });
    this.cache = new AnswerCache(source.clock.elapsed, 'test');
    const parts = {
      cache: this.cache,
      origins,
      report: (error: unknown) => void this.reports.push(error),
      answer: async (endpoint: string, query: URLSearchParams): Promise<UdfAnswer> =>
        endpoint === '/config' ? CONFIG : feed.answer(endpoint, query),
    };
    this.#server = createServer((req, res) => answerChart(parts, req, res, req.url ?? '/'));
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  readonly get = async (pathAndQuery: string): Promise<string> =>
    (await fetch(`${this.origin}${pathAndQuery}`)).text();

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A bar as UDF must tell it. */
export function asRead(interval: Interval, { time, open, high, low, close, volume }: Bar): ReadBar {
  const at = minutesOf(interval) === null ? Math.floor(time / DAY) * DAY : time;
  return { time: at / 1000, open, high, low, close, volume };
}
