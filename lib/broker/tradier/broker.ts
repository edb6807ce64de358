import type { EpochMs } from '../../domain/clock.ts';
import { inputError } from '../../domain/errors.ts';
import type { Listenable } from '../../domain/events.ts';
import type { Bar, Trade } from '../../domain/market-data.ts';
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
  Security,
  StreamState,
} from '../port.ts';
import { type ConnectionOptions, tradierConnection } from './connection.ts';
import type { OrderStream } from './order-stream.ts';
import { OrderWriter } from './orders.ts';
import type { Reader } from './reader.ts';
import { TradierReads } from './rest.ts';
import { TradierStreams } from './streams.ts';

export interface TradierOptions extends ConnectionOptions {
  accountId: string;
  /** The account stream of the token, where other accounts use it too; the broker's own by default. */
  orderStream?: OrderStream;
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
    const { environment, accountId, clock } = options;
    if (!/^[A-Za-z0-9]{1,32}$/.test(accountId))
      throw inputError('accountId', accountId, 'letters and digits');
    const connection = tradierConnection(options);
    const { endpoints, authorization, timeouts, rates, withoutSecrets } = connection;
    const { elapsed } = clock;

    this.environment = environment;
    this.accountId = accountId;
    this.quoteDelayMs = endpoints.quoteDelayMs;
    this.#reader = connection.reader;
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
      ...connection,
      reads: this.#reads,
      orderStream: options.orderStream,
    });
    this.streamStates = this.#streams.states;
    this.quoteUpdates = this.#streams.market.quoteUpdates;
    this.trades = this.#streams.market.trades;
    this.orderEvents = this.#streams.account.orderEvents;
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

  marketClock(): Promise<MarketClockReading> {
    return this.#reads.marketClock();
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
    if (this.#closing === null) this.#streams.market.watch(symbols);
  }

  renewMarketStream(reason: string): void {
    this.#streams.market.renew(reason);
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
