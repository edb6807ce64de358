import { z } from 'zod';
import { symbolSchema } from './symbol.ts';

export const actionSchema = z.enum(['buy', 'sell', 'short', 'cover', 'close', 'target']);
export type Action = z.infer<typeof actionSchema>;

const finite = z.number().refine(Number.isFinite, 'a finite number');
const positive = finite.refine((n) => n > 0, 'a number above 0');
const percent = positive.refine((n) => n <= 100, 'a percentage above 0 and up to 100');
const text = (max: number) => z.string().trim().min(1).max(max);

/** Where to take a profit: at a price, or away from the entry by a percentage or a multiple of the ATR. */
export const takeProfitSchema = z.object({
  price: positive.optional(),
  percent: percent.optional(),
  atr: positive.optional(),
});
export type TakeProfit = z.infer<typeof takeProfitSchema>;

/** Where to stop a loss: at a price, or away from the entry by a percentage or a multiple of the ATR. */
export const stopLossSchema = z.object({
  price: positive.optional(),
  percent: percent.optional(),
  atr: positive.optional(),
  /** The limit of a stop_limit; without one it is a plain stop. */
  limitPrice: positive.optional(),
  type: z.enum(['stop', 'stop_limit', 'trailing_stop']).optional(),
});
export type StopLoss = z.infer<typeof stopLossSchema>;

/** How far a trailing stop stays behind the best price: dollars a share, percent, or a multiple of the ATR. */
export const trailSchema = z.object({
  amount: positive.optional(),
  percent: percent.optional(),
  atr: positive.optional(),
});
export type Trail = z.infer<typeof trailSchema>;

/** A size in another measure than shares, to be worked out when the order is sized. */
export const sizingSchema = z.object({
  kind: z.enum(['shares', 'cash', 'percent_equity', 'risk_percent', 'percent_of_position']),
  value: positive,
});
export type Sizing = z.infer<typeof sizingSchema>;

/** What a strategy, an alert or a person wants. Plain JSON on the wire. */
export const signalSchema = z.object({
  /** The sender's own id; with `source` and the account it names the signal for ever. */
  id: text(512),
  /** Where it came from: the webhook node, the strategy, or the node that first saw it. */
  source: text(128),
  symbol: symbolSchema,
  action: actionSchema,
  /** Shares, for buy, sell, short and cover; sizing may override it. */
  quantity: positive.optional(),
  /** Signed position wanted, for `target`; 0 is flat. */
  target: finite.optional(),
  /** Signed position the sender had before, for `target`: tells which of two alerts of the same time came first. */
  previous: finite.optional(),
  /** The sender may open short positions: `short`, `sell` when flat, a target below zero. */
  mayShort: z.boolean().optional(),
  /** Part of the account this belongs to. */
  book: text(64),
  strategy: text(64).optional(),
  /** The price the sender saw: information, never a limit. */
  price: positive.optional(),
  /** Distance from entry to stop in dollars a share, for sizing by risk. */
  stopDistance: positive.optional(),
  type: z.enum(['market', 'limit', 'stop', 'stop_limit']).default('market'),
  limitPrice: positive.optional(),
  /** The trigger of a stop order. */
  stopPrice: positive.optional(),
  takeProfit: takeProfitSchema.optional(),
  stopLoss: stopLossSchema.optional(),
  trail: trailSchema.optional(),
  sizing: sizingSchema.optional(),
  /** `pre` and `post`: a limit order in the extended hours, placed while they last. */
  duration: z.enum(['day', 'gtc', 'pre', 'post']).default('day'),
  reason: z.string().max(512).default(''),
  /** Epoch ms, wall time, as the sender stamped it; absent when it did not. */
  firedAt: z.number().int().optional(),
  /** Epoch ms, wall time, first receipt here. */
  receivedAt: z.number().int(),
});

export type Signal = z.infer<typeof signalSchema>;
