import { createServer, type Server } from 'node:http';
import { Attempts } from '../../lib/api/access.ts';
import { StreamServer } from '../../lib/api/stream/server.ts';
import { type ElapsedTime, systemElapsed, systemWall, type WallTime } from '../../lib/domain/clock.ts';
import { Emitter } from '../../lib/domain/events.ts';
import type { ConfirmedQuote } from '../../lib/domain/market-data.ts';
import type { TradingAccount } from '../../lib/trading-account.ts';

export const MARKET_NOW = 1_772_467_200_000;

/** The part of an account the stream takes its quotes from, told by hand. */
export class QuoteSource {
  readonly #listeners = new Map<string, Set<(quote: ConfirmedQuote) => void>>();
  #price = 100;

  get account(): TradingAccount {
    const nothing = new Emitter<never>(() => undefined);
    return {
      watchQuotes: (symbols: string[], listener: (quote: ConfirmedQuote) => void) => {
        for (const symbol of symbols) {
          const listeners = this.#listeners.get(symbol) ?? new Set();
          this.#listeners.set(symbol, listeners.add(listener));
        }
        return {
          release: () => symbols.forEach((symbol) => void this.#listeners.get(symbol)?.delete(listener)),
        };
      },
      quote: async (symbol: string) => quoteOf(symbol, this.#price, ''),
      clock: { market: { now: () => MARKET_NOW } },
      portfolioChanges: nothing,
      statusChanges: nothing,
      alerts: { changes: nothing },
    } as unknown as TradingAccount;
  }

  /** A new quote of each symbol, in one turn. */
  tell(symbols: readonly string[], description = 'An invented company'): void {
    for (const symbol of symbols) {
      this.#price += 0.01;
      const quote = quoteOf(symbol, Math.round(this.#price * 100) / 100, description);
      for (const listener of this.#listeners.get(symbol) ?? []) listener(quote);
    }
  }
}

export interface RunningStream {
  stream: StreamServer;
  http: Server;
  port: number;
  /** What the stream takes for wall time. */
  wall: WallTime;
  close(): Promise<void>;
}

export async function runStream(
  elapsed: ElapsedTime = systemElapsed,
  wall: WallTime = systemWall,
): Promise<RunningStream> {
  const access = { tokens: [], origins: [] };
  const report = (error: unknown) => {
    throw error;
  };
  const stream = new StreamServer({ access, attempts: new Attempts(elapsed), elapsed, wall, report });
  const http = createServer();
  http.on('upgrade', (...asked) => stream.upgrade(...asked));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', 2_048, resolve));
  const address = http.address();
  return {
    stream,
    http,
    wall,
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    close: async () => {
      stream.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function quoteOf(symbol: string, last: number, description: string): ConfirmedQuote {
  return {
    ...{
      symbol,
      description,
      exchange: 'Q',
      kind: 'stock',
      bid: last - 0.01,
      ask: last + 0.01,
      bidSize: 100,
    },
    ...{
      askSize: 200,
      last,
      lastSize: 100,
      volume: 1_000_000,
      averageVolume: 5_000_000,
      open: 99,
      high: 110,
    },
    ...{ low: 95, close: null, previousClose: 98, change: 1.5, changePercent: 1.53, week52High: 150 },
    ...{
      week52Low: 60,
      tradeTime: 1_772_467_200_000,
      bidTime: 1_772_467_200_000,
      askTime: 1_772_467_200_000,
    },
    ...{ ageMs: 12, delayMs: 0, simulated: true, condition: 'normal' },
  };
}
