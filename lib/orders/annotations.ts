import type { EpochMs } from '../domain/clock.ts';
import type { Side } from '../domain/order.ts';
import type { Action } from '../domain/signal.ts';
import type { Refusal } from '../domain/trace.ts';

/** Something the account did or was asked to do, for a chart to show where it happened. Market time. */
export type Annotation = FillAnnotation | SignalAnnotation;

export interface FillAnnotation {
  kind: 'fill';
  /** The same for the same fill, for ever. */
  id: string;
  at: EpochMs;
  side: Side;
  /** Shares. */
  quantity: number;
  /** Dollars. */
  price: number;
  book: string;
}

export interface SignalAnnotation {
  kind: 'signal';
  id: string;
  at: EpochMs;
  /** The side of the order it became, or what its sender wanted where it became none. */
  action: Side | Action;
  /** Shares; null where the sender left the size to us. */
  quantity: number | null;
  book: string;
  /** Why nothing, or not all, came of it; empty for a signal that was taken. */
  refusals: Refusal[];
}
