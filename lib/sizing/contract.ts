import type { Money } from '../domain/money.ts';
import type { OrderIntent, Side } from '../domain/order.ts';
import type { Signal } from '../domain/signal.ts';
import type { Figures, Refusal } from '../domain/trace.ts';

/** How position-size decides the quantity of an entry. Exits are sized by what the book holds. */
export type Sizing =
  | { method: 'as_signal' }
  | { method: 'fixed_shares'; shares: number }
  /** Dollars an order. */
  | { method: 'fixed_cash'; cash: number }
  /** Percent of account equity an order, 0..100. */
  | { method: 'percent_equity'; percent: number }
  /** Percent of equity lost when the stop is hit; stopDistance in dollars a share when the signal names none. */
  | { method: 'risk_per_trade'; percent: number; stopDistance?: number };

export interface SizingContext {
  signal: Signal;
  /** Shares the signal's book holds, signed; null: unknown. */
  held: number | null;
  /** Shares of the book in working orders. */
  working: { buy: number; sell: number };
  equity: Money | null;
  /** Reference prices; null: no quote. */
  quote: { bid: number | null; ask: number | null; last: number | null } | null;
  /** The effective policy's caps on one order; null: no cap. */
  caps: { maxOrderQuantity: number | null; maxOrderValue: Money | null };
}

export type Sized =
  | { kind: 'sized'; side: Side; quantity: number; reduceOnly: boolean; because: string; figures: Figures }
  | { kind: 'refused'; refusals: Refusal[]; figures: Figures };

/** A sized signal as the order it asks for, or why not. */
export type SizeDecision =
  | { kind: 'sized'; intent: OrderIntent; because: string; figures: Figures }
  | { kind: 'refused'; refusals: Refusal[]; figures: Figures }
  /** A target whose next step has to wait for other orders of its book; its node is asked again. */
  | { kind: 'waiting'; because: string; figures: Figures };
