import type { Balances, BrokerPosition } from '../broker/port.ts';
import type { EpochMs } from '../domain/clock.ts';
import type { Listenable } from '../domain/events.ts';
import type { Bar, Greeks, Quote, Trade } from '../domain/market-data.ts';
import type { BrokerStatus, Duration, OrderType, Side } from '../domain/order.ts';
import type { SplitRatio } from '../domain/shares.ts';
import type { OptionTerms } from '../market/symbols/contract.ts';

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
  /** An option on something listed, by its OCC symbol, with its greeks; null for one that is not. */
  option(symbol: string): OptionQuote | null;
  /** Prints of one symbol with from < time <= to, oldest first, at most `limit` newest. */
  tape(symbol: string, from: EpochMs, to: EpochMs, limit?: number): Trade[];
  dailyBars(symbol: string, start: string, end: string): Bar[];
  /** One-minute bars with start <= open time < end, closed ones and the forming one up to now. */
  minuteBars(symbol: string, start: EpochMs, end: EpochMs): Bar[];

  readonly accountType: 'margin' | 'cash';

  /**
   * Places at market now. Business refusals come back as codes; nothing is created then. Of a group `id` is the
   * parent's; its legs have the ids after it, in their order.
   */
  place(order: NewOrder | NewOrderGroup): { ok: true; id: number } | { ok: false; errors: OrderError[] };
  preview(order: NewOrder | NewOrderGroup): {
    ok: boolean;
    cost: number;
    marginChange: number;
    errors: OrderError[];
  };
  /** A parent's id cancels all its legs that are not done; a leg's id that leg alone (held ones follow the first). */
  cancel(
    id: number,
  ): { ok: true } | { ok: false; reason: 'unknown' } | { ok: false; reason: 'final'; status: string };
  /**
   * Changes a working or held order, or a leg by its own id; it keeps its id, its quantity and what it executed.
   * `refused` also for a group's parent, which has no terms of its own, and for a move into or out of pre and post.
   */
  change(id: number, change: OrderChange): ChangeResult;

  /**
   * Splits a symbol's shares at market now: positions (same cost, a whole one stays whole and its fraction is paid out
   * in cash), prices, past ones too, and what works of it. A split that multiplies shares adjusts orders that have
   * executed nothing; all others of the symbol are canceled.
   */
  split(symbol: string, ratio: SplitRatio): CorporateActionResult;
  /** Pays dollars a share for the position in the symbol; `reinvest` buys fractions of a share with it at the last price. */
  dividend(symbol: string, perShare: number, reinvest: boolean): CorporateActionResult;

  order(id: number): ExchangeOrder | null;
  /** All orders the exchange keeps, oldest first. */
  orders(): ExchangeOrder[];
  fills(): ExchangeFill[];
  positions(): (BrokerPosition & { id: number })[];
  balances(): ExchangeBalances;

  /** Told after each change of an order's state or executed quantity, in order. */
  readonly orderChanges: Listenable<ExchangeOrder>;

  /** Everything needed to go on later exactly as if never stopped; plain JSON. */
  snapshot(): ExchangeSnapshot;
}

/** An option on something listed: shown, not traded. */
export interface OptionQuote {
  quote: Quote;
  greeks: Greeks;
  terms: OptionTerms;
}

/** `new Exchange(options)`; with `resume` it continues a snapshot of the same seed. */
export interface ExchangeOptions {
  seed: number;
  accountId: string;
  /** Dollars; 100,000 by default. */
  cash?: number;
  /** Where market time begins; ignored with `resume`. */
  start: EpochMs;
  /** `margin` by default; a cash account sells nothing short and spends only settled cash. Ignored with `resume`. */
  accountType?: 'margin' | 'cash';
  /** Takes pre and post orders inside their windows; false by default. They trade at the frozen quote of the last close. */
  extendedHours?: boolean;
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
  /** Morningstar's name for a company's business; null of a fund. */
  sector: string | null;
  averageVolume: number;
}

/** One order of class equity, or one leg of a group. */
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

/**
 * Orders that depend on each other. `oto`: two legs, the second is held until the first is filled completely.
 * `oco`: two legs of one symbol, side and duration, what one executes the other loses. `otoco`: a first leg and
 * an oco pair held until it is filled.
 */
export interface NewOrderGroup {
  class: 'oto' | 'oco' | 'otoco';
  legs: NewOrder[];
  /** The parent and every leg carry it; a leg's own is not looked at. */
  tag?: string;
}

/** What of an order may be changed; what is left out stays. */
export interface OrderChange {
  type?: OrderType;
  duration?: Duration;
  price?: number;
  stop?: number;
}

export type ChangeResult =
  | { ok: true }
  | { ok: false; reason: 'unknown' }
  | { ok: false; reason: 'final'; status: string }
  | { ok: false; reason: 'refused'; errors: OrderError[] };

export type CorporateActionResult = { ok: true } | { ok: false; field: string; expected: string };

export interface ExchangeSplit extends SplitRatio {
  symbol: string;
  at: EpochMs;
}

export interface ExchangeBalances extends Balances {
  /** Proceeds of sales that may not be spent yet, in dollars; 0 in a margin account. */
  unsettledFunds: number;
}

/**
 * Tradier's code and sentence. Ours, where Tradier has no code: `InvalidDuration` (pre or post outside its window),
 * `OcoLegsOfDifferentSymbols`, `OcoLegsOfTheSameType`, `InvalidOrderClass` (wrong number of legs), `InvalidChange`.
 */
export interface OrderError {
  code: string;
  message: string;
}

/**
 * A row of the order list. The parent of a group (class `oto`, `oco`, `otoco`) has no terms of its own: its symbol
 * is '', its quantities and prices 0, its side, type and duration those of the first leg; do not show them. It is
 * done when all its legs are: `filled` when the pair, or the second leg, was filled; otherwise as the leg that ended it.
 *
 * Of a pair, each share that one leg executes leaves the other's `remainingQuantity`; a leg that runs out so is
 * `canceled`, also when it executed a part itself: `filled` always means the whole quantity.
 */
export interface ExchangeOrder extends NewOrder {
  id: number;
  /** The parent's id of a leg, else null. */
  parentId: number | null;
  class: 'equity' | 'oto' | 'oco' | 'otoco';
  /**
   * A leg that waits for the first one is `held`; once active it is judged by the account of that moment and may be
   * `rejected`, with the reason. A stop is `open` until it is triggered and after.
   */
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
