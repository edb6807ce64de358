import type { EpochMs } from '../domain/clock.ts';
import type { Listenable } from '../domain/events.ts';
import type { Bar, Quote, Trade } from '../domain/market-data.ts';
import type { Duration, OrderType, Side } from '../domain/order.ts';

/**
 * What the trading system asks of a brokerage account. Two implementations: `broker/tradier` (Tradier live, its
 * sandbox, the simulator) and `exchange` (in process, for tests and backtests). Money is dollars as the broker
 * states them; quantities are shares. Reads throw TraderError (E_BROKER, E_BROKER_UNREACHABLE, E_BROKER_AUTH,
 * E_RATE_LIMIT). Order writes never throw: what happened is the returned outcome.
 */
export interface Broker {
  readonly environment: 'simulator' | 'tradier-sandbox' | 'tradier-live';
  readonly accountId: string;
  /** The feed's known delay in ms. */
  readonly quoteDelayMs: number;

  profile(): Promise<AccountProfile[]>;
  balances(): Promise<Balances>;
  positions(): Promise<BrokerPosition[]>;
  /** Every order the broker lists for the current day, all pages, with tags. */
  orders(): Promise<BrokerOrder[]>;
  /** null when the broker does not know the id. */
  order(id: number): Promise<BrokerOrder | null>;
  /** The order and, of a group, its legs after it; empty when the broker does not know the id. */
  orderTree(id: number): Promise<BrokerOrder[]>;
  /** `greeks` asks for those of options, too. */
  quotes(symbols: string[], extras?: { greeks?: boolean }): Promise<{ quotes: Quote[]; unmatched: string[] }>;
  /**
   * Daily, weekly or monthly bars, dates inclusive, `YYYY-MM-DD` in exchange time; `time` is 09:30 New York of the date.
   * Bars read from a broker say `closed: true`; the newest may still be forming, which market time tells.
   */
  history(
    symbol: string,
    interval: 'daily' | 'weekly' | 'monthly',
    start: string,
    end: string,
  ): Promise<Bar[]>;
  /**
   * Intraday bars with start <= open time < end, of the regular session or of all hours (the default). How far back they
   * reach: 20 sessions of 1 minute, 40 of 5 and 15; in all hours 10 and 18.
   */
  timesales(
    symbol: string,
    interval: '1min' | '5min' | '15min',
    start: EpochMs,
    end: EpochMs,
    hours?: 'regular' | 'all',
  ): Promise<Bar[]>;
  marketClock(): Promise<MarketClockReading>;
  calendar(year: number, month: number): Promise<CalendarDay[]>;
  /** Securities by a company's name or the beginning of a symbol. */
  searchSymbols(query: string): Promise<Security[]>;
  /** Securities whose symbol begins so, of these exchanges (Tradier's codes) and kinds where any are named. */
  lookupSymbols(query: string, only?: { exchanges?: string[]; kinds?: string[] }): Promise<Security[]>;
  /**
   * A company's business by Morningstar's name, `Consumer Cyclical`; null where the broker names none. Asked once, and
   * refused with E_RATE_LIMIT when little of the quota is left: for what can also be left out.
   */
  companySector(symbol: string): Promise<string | null>;

  /**
   * Transmits the order exactly once. Never retried, here or below. Placements of one account never overlap; one that
   * waited `queueMs` (elapsed; 2,000 by default) behind another is given up as `not_sent`, its checks being old by then.
   */
  place(order: OrderRequest, limits?: PlaceLimits): Promise<PlaceOutcome>;
  cancel(id: number): Promise<CancelOutcome>;
  /**
   * Transmits a change of a working order, or of a leg by the leg's own id, exactly once; never retried. The order keeps
   * its id. While a change of an order is under way, another one of the same order is `not_sent`.
   */
  change(id: number, change: OrderChange): Promise<ChangeOutcome>;
  /** Asks what an order would cost, places nothing. */
  preview(order: OrderRequest): Promise<OrderPreview>;

  /** Quotes and trades of the symbols asked for; asking again replaces the list. An empty list idles the stream. */
  watchQuotes(symbols: string[]): void;
  readonly quoteUpdates: Listenable<QuoteUpdate>;
  readonly trades: Listenable<Trade>;
  readonly orderEvents: Listenable<OrderEvent>;
  /** Both streams' states; `gap` is told after each reconnection: what came in between was not heard. */
  readonly streamStates: Listenable<StreamState>;
  /** Gives up the market stream's connection, which is open but suspect, and makes a new one. */
  renewMarketStream(reason: string): void;
  /** Starts the account stream and the market stream when symbols are watched. */
  connect(): void;
  close(): Promise<void>;
}

export interface AccountProfile {
  accountId: string;
  type: 'cash' | 'margin' | 'pdt';
  status: string;
}

export interface Balances {
  type: 'cash' | 'margin' | 'pdt';
  totalEquity: number;
  totalCash: number;
  /** What may be spent on stock now, after open orders. */
  stockBuyingPower: number;
  longMarketValue: number;
  shortMarketValue: number;
  openPnl: number;
  closePnl: number;
  pendingOrders: number;
}

export interface BrokerPosition {
  symbol: string;
  /** Negative when short; may be fractional. */
  quantity: number;
  /** Total, in dollars. */
  costBasis: number;
  acquiredAt: EpochMs;
}

export interface BrokerOrder {
  id: number;
  /**
   * The parent of a leg, else null; null also where a leg was read alone by its own id and the broker named no parent.
   * Rows of a group come parent first, then its legs in their order: of an OTO and OTOCO the first leg triggers the rest.
   */
  parentId: number | null;
  /** A leg has its parent's. */
  tag: string | undefined;
  /** `oto`, `oco`, `otoco` on a group's parent, the leg's own class (`equity`) on a leg. */
  class: string;
  /** The option's own symbol for an option. Empty on the parent of a multi-leg order: its legs carry the terms. */
  symbol: string;
  /** An option's `buy_to_open` is `buy`, `sell_to_open` `sell_short`, `buy_to_close` `buy_to_cover`. */
  side: Side;
  /** Words outside our own (`debit`, `credit`, …) belong to orders placed elsewhere; '' where there is none. */
  type: OrderType | (string & {});
  duration: Duration | (string & {});
  /** 0 on the parent of a multi-leg order. */
  quantity: number;
  price: number | null;
  stop: number | null;
  /** As the broker wrote it; may be a word we do not know. */
  status: string;
  execQuantity: number;
  remainingQuantity: number;
  /** null or 0 until the broker has it, which may be after `filled`. */
  avgFillPrice: number | null;
  reason: string | null;
  createdAt: EpochMs;
  updatedAt: EpochMs;
}

/** What is traded, how much and at what price. */
export interface OrderTerms {
  symbol: string;
  side: Side;
  quantity: number;
  type: OrderType;
  price?: number;
  stop?: number;
}

/** One order of shares. */
export interface SingleOrderRequest extends OrderTerms {
  class?: 'equity';
  duration: Duration;
  tag: string;
}

/** One order of a group; without a duration of its own it has the group's. */
export interface OrderLegRequest extends OrderTerms {
  duration?: Duration;
}

export type GroupClass = 'oto' | 'oco' | 'otoco';

/**
 * Orders that depend on each other, placed by one message. `oto`: the first leg's fill places the second. `oco`: one
 * leg's fill cancels the other. `otoco`: the first leg's fill places an OCO of the other two.
 */
export interface GroupOrderRequest {
  class: GroupClass;
  legs: OrderLegRequest[];
  duration: Duration;
  tag: string;
}

export type OrderRequest = SingleOrderRequest | GroupOrderRequest;

/** What of a working order may be changed; what is left out stays. The quantity never changes. */
export interface OrderChange {
  type?: OrderType;
  duration?: Duration;
  price?: number;
  stop?: number;
}

export interface PlaceLimits {
  /** How long it may wait behind another placement before it is given up as not sent. */
  queueMs?: number;
  /** Asked directly before the first byte: false withdraws the order as not sent. */
  proceed?: () => boolean;
}

/** What is known after one transmission of an order. */
export type PlaceOutcome =
  /** The broker answered with an id: accepted for routing, not by the venue. */
  | { kind: 'acknowledged'; orderId: number }
  /** Proven not accepted, in the broker's words. */
  | { kind: 'rejected'; reason: string; codes: string[] }
  /** Proven never to have reached the broker. */
  | { kind: 'not_sent'; reason: string }
  /** May or may not have been accepted. `expectRejected` when the answer was 200 with `errors`. */
  | { kind: 'unknown'; reason: string; expectRejected: boolean };

export type CancelOutcome =
  | { kind: 'acknowledged' }
  | { kind: 'already_final'; status: string }
  | { kind: 'failed'; reason: string };

/** What is known after one transmission of a change; the order itself, read by its id, is the verdict. */
export type ChangeOutcome =
  | { kind: 'acknowledged' }
  /** The order can no longer be changed: nothing was. */
  | { kind: 'already_final'; status: string }
  /** Proven not accepted: the order works on as it was. */
  | { kind: 'rejected'; reason: string; codes: string[] }
  /** Proven never to have reached the broker. */
  | { kind: 'not_sent'; reason: string }
  /** May or may not have been accepted. `expectRejected` when the answer was 200 with `errors`. */
  | { kind: 'unknown'; reason: string; expectRejected: boolean };

export interface OrderPreview {
  ok: boolean;
  cost: number;
  commission: number;
  marginChange: number;
  reasons: string[];
}

export interface QuoteUpdate {
  symbol: string;
  bid: number | null;
  ask: number | null;
  bidSize: number;
  askSize: number;
  bidTime: EpochMs;
  askTime: EpochMs;
}

/** An order event of the account stream: cumulative, best effort; the REST order is the truth. */
export interface OrderEvent {
  id: number;
  status: string;
  execQuantity: number;
  remainingQuantity: number;
  avgFillPrice: number | null;
  updatedAt: EpochMs;
}

export interface StreamState {
  stream: 'market' | 'account';
  state: 'connecting' | 'open' | 'down';
  /** True on the first `open` after a `down`: something may have been missed. */
  gap: boolean;
  reason: string;
}

/** One reading of the broker's clock; market time runs on from it at `speed`. */
export interface MarketClockReading {
  now: EpochMs;
  speed: number;
  /** True when the clock jumps over closed hours (the simulator). */
  skipsClosed: boolean;
}

/** One row of a symbol search. */
export interface Security {
  symbol: string;
  description: string;
  /** Tradier's exchange code; '' where it says none. */
  exchange: string;
  kind: Quote['kind'];
}

export interface CalendarDay {
  /** `YYYY-MM-DD`. */
  date: string;
  status: 'open' | 'closed';
  description: string;
  /** `HH:MM` exchange time; absent on closed days. */
  open?: { start: string; end: string };
  premarket?: { start: string; end: string };
  postmarket?: { start: string; end: string };
}
