import type { EpochMs } from '../../domain/clock.ts';
import { Emitter } from '../../domain/events.ts';
import type { Bar, Trade } from '../../domain/market-data.ts';
import type { Environment } from '../../domain/portfolio.ts';
import type { MarketSource } from '../../market/market-source.ts';
import type { Broker, CalendarDay, QuoteUpdate, Security, StreamState } from '../port.ts';
import { type ConnectionOptions, tradierConnection } from './connection.ts';
import { MarketFeed } from './market-feed.ts';
import type { Reader } from './reader.ts';
import { TradierReads } from './rest.ts';

/** Market data alone, with a token that may belong to another account: no account is read and no order written. */
export class TradierMarketClient implements MarketSource {
  readonly environment: Environment;
  readonly quoteDelayMs: number;
  readonly quoteUpdates: Emitter<QuoteUpdate>;
  readonly trades: Emitter<Trade>;
  readonly streamStates: Emitter<StreamState>;
  readonly #reader: Reader;
  readonly #reads: TradierReads;
  readonly #feed: MarketFeed;
  #closing: Promise<void> | null = null;

  constructor(options: ConnectionOptions) {
    const connection = tradierConnection(options);
    const { endpoints, reader, log } = connection;
    const onError = (error: unknown) => log('error', `A stream listener failed: ${String(error)}`);
    this.environment = options.environment;
    this.quoteDelayMs = endpoints.quoteDelayMs;
    this.#reader = reader;
    this.#reads = new TradierReads(reader, endpoints, '');
    this.streamStates = new Emitter(onError);
    const onState = (state: StreamState) => this.streamStates.emit(state);
    this.#feed = new MarketFeed({ ...connection, reads: this.#reads, onError, onState });
    this.quoteUpdates = this.#feed.quoteUpdates;
    this.trades = this.#feed.trades;
    this.#feed.connect();
  }

  quotes(...asked: Parameters<Broker['quotes']>): ReturnType<Broker['quotes']> {
    return this.#reads.quotes(...asked);
  }

  history(
    symbol: string,
    interval: 'daily' | 'weekly' | 'monthly',
    start: string,
    end: string,
  ): Promise<Bar[]> {
    return this.#reads.history(symbol, interval, start, end);
  }

  timesales(
    symbol: string,
    interval: '1min' | '5min' | '15min',
    start: EpochMs,
    end: EpochMs,
    hours?: 'regular' | 'all',
  ): Promise<Bar[]> {
    return this.#reads.timesales(symbol, interval, start, end, hours);
  }

  calendar(year: number, month: number): Promise<CalendarDay[]> {
    return this.#reads.calendar(year, month);
  }

  searchSymbols(query: string): Promise<Security[]> {
    return this.#reads.searchSymbols(query);
  }

  lookupSymbols(query: string, only?: { exchanges?: string[]; kinds?: string[] }): Promise<Security[]> {
    return this.#reads.lookupSymbols(query, only);
  }

  companySector(symbol: string): Promise<string | null> {
    return this.#reads.companySector(symbol);
  }

  watchQuotes(symbols: string[]): void {
    if (this.#closing === null) this.#feed.watch(symbols);
  }

  renewMarketStream(reason: string): void {
    this.#feed.renew(reason);
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    const feed = this.#feed.close();
    await this.#reader.close();
    await feed;
    this.streamStates.clear();
  }
}
