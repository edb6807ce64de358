import { type Chance, systemChance } from '../../domain/chance.ts';
import type { ElapsedTime, EpochMs, WallTime } from '../../domain/clock.ts';
import { inputError } from '../../domain/errors.ts';
import type { Listenable } from '../../domain/events.ts';
import type { Bar, Quote, Trade } from '../../domain/market-data.ts';
import type { Environment } from '../../domain/portfolio.ts';
import type {
  AccountProfile,
  Balances,
  Broker,
  BrokerOrder,
  BrokerPosition,
  CalendarDay,
  CancelOutcome,
  ChangeOutcome,
  MarketClockReading,
  OrderChange,
  OrderEvent,
  OrderPreview,
  OrderRequest,
  PlaceLimits,
  PlaceOutcome,
  QuoteUpdate,
  StreamState,
} from '../port.ts';
import { endpointsFor } from './endpoints.ts';
import { OrderWriter } from './orders.ts';
import { RateLimits } from './rate-limits.ts';
import { Reader } from './reader.ts';
import { TradierReads } from './rest.ts';
import { TradierStreams } from './streams.ts';
import { type TradierTimeouts, timeoutsFor } from './timeouts.ts';

export interface TradierOptions {
  environment: Environment;
  /** REST base with the version; required for the simulator (`http://127.0.0.1:8181/v1`). */
  baseUrl?: string;
  token: string;
  accountId: string;
  clock: { elapsed: ElapsedTime; wall: WallTime };
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
  timeouts?: Partial<TradierTimeouts>;
  chance?: Chance;
}

/**
 * A Tradier account: live, paper, or the simulator, which are the same client against another address.
 * `tradier-live` is read-only: its order writes answer E_LIVE_LOCKED and no byte of them leaves this process.
 */
export class TradierBroker implements Broker {
  readonly environment: Environment;
  readonly accountId: string;
  readonly quoteDelayMs: number;
  readonly quoteUpdates: Listenable<QuoteUpdate>;
  readonly trades: Listenable<Trade>;
  readonly orderEvents: Listenable<OrderEvent>;
  readonly streamStates: Listenable<StreamState>;
  readonly #reader: Reader;
  readonly #reads: TradierReads;
  readonly #writes: OrderWriter;
  readonly #streams: TradierStreams;
  #closing: Promise<void> | null = null;

  constructor(options: TradierOptions) {
    const { environment, accountId, clock, log } = options;
    const token = options.token.trim();
    // What HTTP would refuse as a header must not surface later, in an error that quotes it.
    if (!/^[\x21-\x7e]+$/.test(token)) throw inputError('token', undefined, 'an access token');
    if (!/^[A-Za-z0-9]{1,32}$/.test(accountId))
      throw inputError('accountId', accountId, 'letters and digits');
    const endpoints = endpointsFor(environment, options.baseUrl);
    const timeouts = timeoutsFor(environment, options.timeouts);
    const rates = new RateLimits(clock);
    const chance = options.chance ?? systemChance;
    const { elapsed } = clock;
    const authorization = `Bearer ${token}`;
    const withoutSecrets = (text: string) => text.replaceAll(token, '•••');

    this.environment = environment;
    this.accountId = accountId;
    this.quoteDelayMs = endpoints.quoteDelayMs;
    this.#reader = new Reader({ endpoints, authorization, elapsed, chance, rates, timeouts, withoutSecrets });
    this.#reads = new TradierReads(this.#reader, endpoints, accountId);
    const locked = environment === 'tradier-live';
    this.#writes = new OrderWriter({
      endpoints,
      accountId,
      authorization,
      locked,
      elapsed,
      rates,
      timeouts,
      withoutSecrets,
    });
    this.#streams = new TradierStreams({
      reads: this.#reads,
      marketStream: endpoints.marketStream,
      timeouts,
      elapsed,
      chance,
      log: (level, message) => log(level, withoutSecrets(message)),
    });
    this.quoteUpdates = this.#streams.quoteUpdates;
    this.trades = this.#streams.trades;
    this.orderEvents = this.#streams.orderEvents;
    this.streamStates = this.#streams.states;
  }

  profile(): Promise<AccountProfile[]> {
    return this.#reads.profile();
  }

  balances(): Promise<Balances> {
    return this.#reads.balances();
  }

  positions(): Promise<BrokerPosition[]> {
    return this.#reads.positions();
  }

  orders(): Promise<BrokerOrder[]> {
    return this.#reads.orders();
  }

  order(id: number): Promise<BrokerOrder | null> {
    return this.#reads.order(id);
  }

  orderTree(id: number): Promise<BrokerOrder[]> {
    return this.#reads.orderTree(id);
  }

  quotes(symbols: string[]): Promise<{ quotes: Quote[]; unmatched: string[] }> {
    return this.#reads.quotes(symbols);
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
  ): Promise<Bar[]> {
    return this.#reads.timesales(symbol, interval, start, end);
  }

  marketClock(): Promise<MarketClockReading> {
    return this.#reads.marketClock();
  }

  calendar(year: number, month: number): Promise<CalendarDay[]> {
    return this.#reads.calendar(year, month);
  }

  place(order: OrderRequest, limits?: PlaceLimits): Promise<PlaceOutcome> {
    return this.#writes.place(order, limits);
  }

  cancel(id: number): Promise<CancelOutcome> {
    return this.#writes.cancel(id);
  }

  change(id: number, change: OrderChange): Promise<ChangeOutcome> {
    return this.#writes.change(id, change);
  }

  preview(order: OrderRequest): Promise<OrderPreview> {
    return this.#writes.preview(order);
  }

  watchQuotes(symbols: string[]): void {
    if (this.#closing === null) this.#streams.watch(symbols);
  }

  connect(): void {
    if (this.#closing === null) this.#streams.connect();
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    // The reader goes first within the streams' wait: a session request under way would hold their loop.
    const streams = this.#streams.close();
    await Promise.all([this.#reader.close(), this.#writes.close()]);
    await streams;
  }
}
