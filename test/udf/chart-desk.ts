import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bar } from '../../lib/domain/market-data.ts';
import { type Interval, minutesOf } from '../../lib/market/bars/intervals.ts';
import { DAY } from '../../lib/market/exchange-time.ts';
import { errorAnswer, type UdfAnswer } from '../../lib/udf/answer.ts';
import { AnswerCache } from '../../lib/udf/answer-cache.ts';
import { answerChart } from '../../lib/udf/door.ts';
import { standingAnswers, UdfFeed } from '../../lib/udf/feed.ts';
import type { ChartSource } from '../../lib/udf/feed-parts.ts';
import { type Origins, readOrigins } from '../../lib/udf/origins.ts';
import type { ReadBar } from './reader.ts';

/** Asks the feed without a server. */
export function directly(source: ChartSource): (pathAndQuery: string) => Promise<string> {
  const feed = new UdfFeed(source, { marks: true });
  return async (pathAndQuery) => {
    const [path = '', query] = pathAndQuery.split('?');
    const answer =
      STANDING.get(path) ?? (await feed.answer(path, new URLSearchParams(query)).catch(errorAnswer));
    return answer.body.toString();
  };
}

const STANDING = standingAnswers({ marks: true });

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
        STANDING.get(endpoint) ?? feed.answer(endpoint, query),
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
