import type { Duration } from '../../domain/order.ts';
import type { Action, Sizing, StopLoss, TakeProfit, Trail } from '../../domain/signal.ts';
import type { Fields } from '../fields.ts';

/** One vocabulary in which senders write alerts. A new one is a file beside this and a line in registry.ts. */
export interface Dialect {
  readonly name: string;
  /** True when these names, at the top of an alert and as the sender wrote them, are this dialect's alone. */
  recognises(names: ReadonlySet<string>): boolean;
  /** Which of those names tell it, for the answer to an alert that is two dialects at once. */
  readonly marks: readonly string[];
  /** What the alert wants. Throws E_INPUT naming the field it cannot make sense of. */
  understand(fields: Fields, defaults: DialectDefaults): Wish;
}

export interface DialectDefaults {
  /** The book for alerts that name no strategy. */
  book: string;
}

export type OrderType = 'market' | 'limit' | 'stop' | 'stop_limit' | 'trailing_stop';

/** What is wanted of the position: an action with a size, or the position itself. */
export interface Meaning {
  action: Action;
  quantity?: number;
  target?: number;
  /** The position before, where the sender tells it beside the one it wants. */
  previous?: number;
  sizing?: Sizing;
}

/** How the order is to be placed, and what protects the position. */
export interface Terms {
  type: OrderType;
  limitPrice?: number;
  stopPrice?: number;
  duration: Duration;
  stopDistance?: number;
  takeProfit?: TakeProfit;
  stopLoss?: StopLoss;
  trail?: Trail;
}

/** Under which name the sender wrote what may have to be refused. */
export type Written = Partial<Record<keyof Terms | 'sizing', string>>;

/** What an alert wants, whoever wrote it in whatever words: a Signal without its identity and times. */
export interface Wish extends Meaning, Terms {
  symbol: string;
  book: string;
  strategy?: string;
  price?: number;
  reason: string;
  written: Written;
  /** The sender's own limit of age, where its dialect has one; the stricter of it and the node's holds. */
  maxAgeMs?: number;
  /** Fields that were read and shown, but decide nothing. */
  information: Record<string, string | number>;
  /** Where a reading may surprise the sender, in sentences. */
  notes: string[];
}
