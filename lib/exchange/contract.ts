import type { Balances, BrokerPosition } from '../broker/port.ts';
import type { EpochMs } from '../domain/clock.ts';
import type { Listenable } from '../domain/events.ts';
import type { Bar, Quote, Trade } from '../domain/market-data.ts';
import type { BrokerStatus, Duration, OrderType, Side } from '../domain/order.ts';

/** The simulated exchange as its faces see it: the in-process broker and the Tradier-compatible simulator. */
export interface SimulatedExchange {
  readonly seed: number;
  readonly accountId: string;
  readonly listings: readonly Listing[];

  /**
   * Moves market time forward and matches everything due on the way, at instants of a fixed grid of market time,
   * so that how often it is called changes nothing. Earlier than now: no effect.
   */
  advance(to: EpochMs): void;
  readonly now: EpochMs;

  /** The quote at market now; null for a symbol that is not listed. */
  quote(symbol: string): Quote | null;
  /** Prints of one symbol with from < time <= to, oldest first, at most `limit` newest. */
  tape(symbol: string, from: EpochMs, to: EpochMs, limit?: number): Trade[];
  dailyBars(symbol: string, start: string, end: string): Bar[];
  /** One-minute bars with start <= open time < end, closed ones and the forming one up to now. */
  minuteBars(symbol: string, start: EpochMs, end: EpochMs): Bar[];

  /** Places at market now. Business refusals come back as codes; nothing is created then. */
  place(order: NewOrder): { ok: true; id: number } | { ok: false; errors: OrderError[] };
  preview(order: NewOrder): { ok: boolean; cost: number; marginChange: number; errors: OrderError[] };
  cancel(
    id: number,
  ): { ok: true } | { ok: false; reason: 'unknown' } | { ok: false; reason: 'final'; status: string };

  order(id: number): ExchangeOrder | null;
  /** All orders the exchange keeps, oldest first. */
  orders(): ExchangeOrder[];
  fills(): ExchangeFill[];
  positions(): (BrokerPosition & { id: number })[];
  balances(): Balances;

  /** Told after each change of an order's state or executed quantity, in order. */
  readonly orderChanges: Listenable<ExchangeOrder>;

  /** Everything needed to go on later exactly as if never stopped; plain JSON. */
  snapshot(): ExchangeSnapshot;
}

/** `new Exchange(options)`; with `resume` it continues a snapshot of the same seed. */
export interface ExchangeOptions {
  seed: number;
  accountId: string;
  /** Dollars; 100,000 by default. */
  cash?: number;
  /** Where market time begins; ignored with `resume`. */
  start: EpochMs;
  resume?: ExchangeSnapshot;
  onError: (error: unknown) => void;
}

export interface ExchangeSnapshot {
  version: 1;
  seed: number;
  accountId: string;
  now: EpochMs;
  [key: string]: unknown;
}

export interface Listing {
  symbol: string;
  name: string;
  /** Tradier's one-letter exchange code. */
  exchange: string;
  kind: 'stock' | 'etf';
  sector: string;
  averageVolume: number;
}

export interface NewOrder {
  symbol: string;
  side: Side;
  quantity: number;
  type: OrderType;
  price?: number;
  stop?: number;
  duration: Duration;
  tag?: string;
}

/** Tradier's code and sentence. */
export interface OrderError {
  code: string;
  message: string;
}

export interface ExchangeOrder extends NewOrder {
  id: number;
  parentId: number | null;
  class: 'equity';
  status: BrokerStatus;
  execQuantity: number;
  remainingQuantity: number;
  avgFillPrice: number;
  lastFillPrice: number;
  lastFillQuantity: number;
  createdAt: EpochMs;
  updatedAt: EpochMs;
  reason: string | null;
  /** New York date of the session the order belongs to. */
  session: string;
}

export interface ExchangeFill {
  orderId: number;
  symbol: string;
  side: Side;
  quantity: number;
  price: number;
  at: EpochMs;
}
