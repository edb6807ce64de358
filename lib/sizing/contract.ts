import type { Money } from '../domain/money.ts';
import type { Bracket, Duration, OrderIntent, OrderType, Side } from '../domain/order.ts';
import type { Signal } from '../domain/signal.ts';
import type { Figures, Refusal } from '../domain/trace.ts';

/** How position-size decides the quantity of an entry, and what protects it. Exits are sized by what the book holds. */
export type Sizing = SizingMethod & { protection?: Protection };

export type SizingMethod =
  /** The signal's shares, or its own size in another measure. */
  | { method: 'as_signal' }
  | { method: 'fixed_shares'; shares: number }
  /** Dollars an order. */
  | { method: 'fixed_cash'; cash: number }
  /** Percent of account equity an order, 0..100. */
  | { method: 'percent_equity'; percent: number }
  /**
   * Percent of equity lost when the stop is hit; stopDistance in dollars a share when the signal names neither a distance
   * nor a stop loss; without one the distance of the node's own stop loss.
   */
  | { method: 'risk_per_trade'; percent: number; stopDistance?: number };

/** How far from the entry: percent of its price, dollars a share, or a multiple of the ATR. */
export type Away = { percent: number } | { dollars: number } | { atr: number };

/**
 * Where one part of a bracket comes from: `as_signal` the signal alone; `none` never, whatever the signal says; a
 * distance where the signal says nothing of it.
 */
export type ProtectionRule = 'as_signal' | 'none' | Away;

/** What position-size puts around an entry. */
export interface Protection {
  stopLoss: ProtectionRule;
  takeProfit: ProtectionRule;
  trail: ProtectionRule;
  /** Of the closing orders. */
  duration: Bracket['duration'];
  /**
   * How far beyond the quote, in percent, a market entry with a bracket may fill, and a stop_limit without a limit
   * beyond its stop. Never more than the policy's price band.
   */
  collarPercent: number;
}

export const AS_THE_SIGNAL: Protection = {
  stopLoss: 'as_signal',
  takeProfit: 'as_signal',
  trail: 'as_signal',
  duration: 'gtc',
  collarPercent: 0.5,
};

export interface SizingContext {
  signal: Signal;
  /** Shares the signal's book holds, signed; null: unknown. */
  held: number | null;
  /** Shares of the book in working orders: bought or covered, sold or sold short. */
  working: { buy: number; sell: number };
  /**
   * Shares of the symbol the account has for this book to sell or cover: all it holds, less what leaves it for others;
   * null: unknown. Fewer than the book's when some were sold elsewhere.
   */
  account: { sell: number; cover: number } | null;
  equity: Money | null;
  /** Reference prices; null: no quote. */
  quote: { bid: number | null; ask: number | null; last: number | null } | null;
  /** Dollars a share: 14 days by Wilder; null: unknown, or nobody asks for it. */
  atr: number | null;
  /** The effective policy's caps on one order; null: no cap. */
  caps: { maxOrderQuantity: number | null; maxOrderValue: Money | null };
  /** The effective policy's; null: none. */
  priceBandPercent: number | null;
}

/** How an order is placed: prices in dollars, on a valid tick, a stop ahead of the market. */
export interface Placing {
  type: OrderType;
  price?: number;
  stop?: number;
  duration: Duration;
}

export type Sized =
  | {
      kind: 'sized';
      side: Side;
      quantity: number;
      reduceOnly: boolean;
      placing: Placing;
      bracket?: Bracket;
      because: string;
      figures: Figures;
    }
  | { kind: 'refused'; refusals: Refusal[]; figures: Figures };

/** A sized signal as the order it asks for, or why not. */
export type SizeDecision =
  | { kind: 'sized'; intent: OrderIntent; because: string; figures: Figures }
  | { kind: 'refused'; refusals: Refusal[]; figures: Figures }
  /** A target whose next step has to wait for other orders of its book; its node is asked again. */
  | { kind: 'waiting'; because: string; figures: Figures };
