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
  PlaceOutcome,
  QuoteUpdate,
  Security,
  StreamState,
} from '../broker/port.ts';
import type { EpochMs, MarketTime } from '../domain/clock.ts';
import { TraderError } from '../domain/errors.ts';
import { Emitter, type Unsubscribe } from '../domain/events.ts';
import type { Bar, Quote, Trade } from '../domain/market-data.ts';
import { isTerminal } from '../domain/order.ts';
import { calendarMonth, newYorkDate } from '../market/calendar.ts';
import { brokerOrder, newOrder, orderEvent, rejected } from './broker-orders.ts';
import type { Listing, SimulatedExchange } from './contract.ts';
import { intradayBars, monthlyBars, weeklyBars } from './resample.ts';

export interface ExchangeBrokerOptions {
  exchange: SimulatedExchange;
  /** The exchange is moved to this time before each call. */
  market: MarketTime;
  /** How market time runs, as `marketClock` tells it; by default 1, and closed hours are not skipped. */
  speed?: number;
  skipsClosed?: boolean;
  /** Hears what a listener throws. */
  onError: (error: unknown) => void;
}

const INTERVAL_MINUTES = { '1min': 1, '5min': 5, '15min': 15 } as const;
/** Prints told per symbol and pulse; older ones of a long silence are left out, as on a real stream. */
const TRADES_PER_PULSE = 200;

/**
 * The broker port straight on a simulated exchange, for tests and backtests: no sockets, no timers, no faults.
 * Order events come as the exchange makes them; quotes and trades of watched symbols when `pulse` is called.
 */
export class ExchangeBroker implements Broker {
  readonly environment = 'simulator';
  readonly quoteDelayMs = 0;
  readonly accountId: string;
  readonly quoteUpdates: Emitter<QuoteUpdate>;
  readonly trades: Emitter<Trade>;
  readonly orderEvents: Emitter<OrderEvent>;
  readonly streamStates: Emitter<StreamState>;
  readonly #exchange: SimulatedExchange;
  readonly #market: MarketTime;
  readonly #clock: { speed: number; skipsClosed: boolean };
  readonly #leave: Unsubscribe;
  #watched: string[] = [];
  /** Up to where each watched symbol's prints have been told. */
  readonly #toldUntil = new Map<string, EpochMs>();
  #connected = false;
  #marketOpen = false;
  #closed = false;

  constructor({ exchange, market, speed = 1, skipsClosed = false, onError }: ExchangeBrokerOptions) {
    this.#exchange = exchange;
    this.#market = market;
    this.#clock = { speed, skipsClosed };
    this.accountId = exchange.accountId;
    this.quoteUpdates = new Emitter(onError);
    this.trades = new Emitter(onError);
    this.orderEvents = new Emitter(onError);
    this.streamStates = new Emitter(onError);
    this.#leave = exchange.orderChanges.on((order) => {
      if (this.#connected) this.orderEvents.emit(orderEvent(order));
    });
  }

  async profile(): Promise<AccountProfile[]> {
    this.#read();
    return [{ accountId: this.accountId, type: this.#exchange.accountType, status: 'active' }];
  }

  async balances(): Promise<Balances> {
    const { unsettledFunds: _, ...balances } = this.#read().balances();
    return balances;
  }

  async positions(): Promise<BrokerPosition[]> {
    return this.#read()
      .positions()
      .map(({ symbol, quantity, costBasis, acquiredAt }) => ({ symbol, quantity, costBasis, acquiredAt }));
  }

  /** Orders that were given or changed on this New York date, and those that still work. */
  async orders(): Promise<BrokerOrder[]> {
    const exchange = this.#read();
    const today = newYorkDate(exchange.now);
    return exchange
      .orders()
      .filter((order) => !isTerminal(order.status) || newYorkDate(order.updatedAt) === today)
      .map(brokerOrder);
  }

  async order(id: number): Promise<BrokerOrder | null> {
    const order = this.#read().order(id);
    return order === null ? null : brokerOrder(order);
  }

  async orderTree(id: number): Promise<BrokerOrder[]> {
    const own = await this.order(id);
    if (own === null) return [];
    const legs = this.#read()
      .orders()
      .filter((order) => order.parentId === id);
    return [own, ...legs.map(brokerOrder)];
  }

  async quotes(
    symbols: string[],
    { greeks = false } = {},
  ): Promise<{ quotes: Quote[]; unmatched: string[] }> {
    const exchange = this.#read();
    const quotes: Quote[] = [];
    const unmatched: string[] = [];
    for (const symbol of new Set(symbols)) {
      const quote = exchange.quote(symbol);
      const option = quote === null ? exchange.option(symbol) : null;
      if (quote !== null) quotes.push(quote);
      else if (option === null) unmatched.push(symbol);
      else quotes.push(greeks ? { ...option.quote, greeks: option.greeks } : option.quote);
    }
    return { quotes, unmatched };
  }

  async history(
    symbol: string,
    interval: 'daily' | 'weekly' | 'monthly',
    start: string,
    end: string,
  ): Promise<Bar[]> {
    const daily = this.#read().dailyBars(symbol, start, end);
    if (interval === 'daily') return daily;
    return interval === 'weekly' ? weeklyBars(daily) : monthlyBars(daily);
  }

  async timesales(
    symbol: string,
    interval: '1min' | '5min' | '15min',
    start: EpochMs,
    end: EpochMs,
    _hours?: 'regular' | 'all',
  ): Promise<Bar[]> {
    // Nothing is printed outside the regular session.
    return intradayBars(this.#read().minuteBars(symbol, start, end), INTERVAL_MINUTES[interval]);
  }

  async marketClock(): Promise<MarketClockReading> {
    return { now: this.#read().now, ...this.#clock };
  }

  async calendar(year: number, month: number): Promise<CalendarDay[]> {
    this.#read();
    return calendarMonth(year, month);
  }

  async searchSymbols(query: string): Promise<Security[]> {
    const asked = query.toUpperCase();
    return this.#securities(
      ({ symbol, name }) => symbol.startsWith(asked) || name.toUpperCase().includes(asked),
    );
  }

  async lookupSymbols(
    query: string,
    { exchanges = [], kinds = [] }: { exchanges?: string[]; kinds?: string[] } = {},
  ): Promise<Security[]> {
    const asked = query.toUpperCase();
    return this.#securities(
      ({ symbol, exchange, kind }) =>
        symbol.startsWith(asked) &&
        (exchanges.length === 0 || exchanges.includes(exchange)) &&
        (kinds.length === 0 || kinds.includes(kind)),
    );
  }

  async companySector(symbol: string): Promise<string | null> {
    return this.#read().listings.find((listing) => listing.symbol === symbol)?.sector ?? null;
  }

  #securities(wanted: (listing: Listing) => boolean): Security[] {
    return this.#read()
      .listings.filter(wanted)
      .map(({ symbol, name, exchange, kind }) => ({ symbol, description: name, exchange, kind }));
  }

  async place(order: OrderRequest): Promise<PlaceOutcome> {
    if (this.#closed) return { kind: 'not_sent', reason: 'The connection to the exchange is closed.' };
    const placed = this.#atNow().place(newOrder(order));
    if (placed.ok) return { kind: 'acknowledged', orderId: placed.id };
    return rejected(placed.errors);
  }

  async cancel(id: number): Promise<CancelOutcome> {
    if (this.#closed) return { kind: 'failed', reason: 'The connection to the exchange is closed.' };
    const done = this.#atNow().cancel(id);
    if (done.ok) return { kind: 'acknowledged' };
    if (done.reason === 'final') return { kind: 'already_final', status: done.status };
    return { kind: 'failed', reason: `The exchange knows no order ${id}.` };
  }

  async change(id: number, change: OrderChange): Promise<ChangeOutcome> {
    if (this.#closed) return { kind: 'not_sent', reason: 'The connection to the exchange is closed.' };
    const done = this.#atNow().change(id, change);
    if (done.ok) return { kind: 'acknowledged' };
    if (done.reason === 'final') return { kind: 'already_final', status: done.status };
    if (done.reason === 'refused') return rejected(done.errors);
    return { kind: 'rejected', reason: `The exchange knows no order ${id}.`, codes: [] };
  }

  async preview(order: OrderRequest): Promise<OrderPreview> {
    const { ok, cost, marginChange, errors } = this.#read().preview(newOrder(order));
    return { ok, cost, commission: 0, marginChange, reasons: errors.map((error) => error.message) };
  }

  watchQuotes(symbols: string[]): void {
    this.#watched = [...new Set(symbols)];
    for (const symbol of this.#toldUntil.keys()) {
      if (!this.#watched.includes(symbol)) this.#toldUntil.delete(symbol);
    }
    const now = this.#atNow().now;
    for (const symbol of this.#watched) {
      if (!this.#toldUntil.has(symbol)) this.#toldUntil.set(symbol, now);
    }
    this.#openMarketStream();
  }

  /** Nothing to renew: there is no connection that could fall silent. */
  renewMarketStream(): void {}

  connect(): void {
    if (this.#connected || this.#closed) return;
    this.#connected = true;
    this.streamStates.emit({ stream: 'account', state: 'open', gap: false, reason: '' });
    this.#openMarketStream();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#leave();
    if (this.#connected)
      this.streamStates.emit({ stream: 'account', state: 'down', gap: false, reason: 'closed' });
    if (this.#marketOpen)
      this.streamStates.emit({ stream: 'market', state: 'down', gap: false, reason: 'closed' });
    this.#connected = false;
  }

  /** Moves the exchange to market now and tells the watched symbols' new prints and their quotes. */
  pulse(): void {
    const exchange = this.#atNow();
    if (!this.#connected) return;
    for (const symbol of this.#watched) {
      const { now } = exchange;
      for (const trade of exchange.tape(symbol, this.#toldUntil.get(symbol) ?? now, now, TRADES_PER_PULSE)) {
        this.trades.emit(trade);
      }
      this.#toldUntil.set(symbol, now);
      const quote = exchange.quote(symbol) ?? exchange.option(symbol)?.quote ?? null;
      if (quote === null) continue;
      const { bid, ask, bidSize, askSize, bidTime, askTime } = quote;
      this.quoteUpdates.emit({ symbol, bid, ask, bidSize, askSize, bidTime, askTime });
    }
  }

  #openMarketStream(): void {
    if (!this.#connected || this.#marketOpen || this.#watched.length === 0) return;
    this.#marketOpen = true;
    this.streamStates.emit({ stream: 'market', state: 'open', gap: false, reason: '' });
  }

  #atNow(): SimulatedExchange {
    if (!this.#closed) this.#exchange.advance(this.#market.now());
    return this.#exchange;
  }

  #read(): SimulatedExchange {
    if (this.#closed) {
      throw new TraderError('E_BROKER_UNREACHABLE', 'The connection to the exchange is closed.');
    }
    return this.#atNow();
  }
}
