import { z } from 'zod';
import type { EpochMs } from './clock.ts';
import { symbolSchema } from './symbol.ts';

/** Tradier's words. */
export const sideSchema = z.enum(['buy', 'sell', 'sell_short', 'buy_to_cover']);
export type Side = z.infer<typeof sideSchema>;
export const orderTypeSchema = z.enum(['market', 'limit', 'stop', 'stop_limit']);
export type OrderType = z.infer<typeof orderTypeSchema>;
export const durationSchema = z.enum(['day', 'gtc', 'pre', 'post']);
export type Duration = z.infer<typeof durationSchema>;

const positive = z.number().refine((n) => Number.isFinite(n) && n > 0, 'a finite number above 0');

/** The single-use, expiring approval of one exact intent. */
export const permitSchema = z.object({
  permitId: z.string(),
  /** Seconds the permit is good for, from its issue. */
  validSeconds: z.number(),
});
export type PermitToken = z.infer<typeof permitSchema>;

/**
 * What closes the position an order opens, at the broker: a take-profit limit, a protective stop, or both as an OCO.
 * Prices in dollars on a valid tick, on the right side of the entry.
 */
export const bracketSchema = z.object({
  /** Limit price at which the profit is taken. */
  takeProfit: positive.optional(),
  /** Trigger of the protective stop. */
  stopLoss: positive.optional(),
  /** Makes the protective stop a stop_limit with this limit. */
  stopLossLimit: positive.optional(),
  /** `stopLoss` follows the best price since the entry at this distance in dollars a share, only tighter. */
  trail: positive.optional(),
  /** Of the closing orders. */
  duration: z.enum(['day', 'gtc']),
});
export type Bracket = z.infer<typeof bracketSchema>;

/** One decision to place one order, sized. The permit is not part of what is approved. */
export const orderIntentSchema = z.object({
  intentId: z.string().min(1),
  /** The key of the signal it answers. */
  signalKey: z.string().min(1),
  /** `environment:account id`. */
  account: z.string().min(1),
  leg: z.string().min(1),
  book: z.string().min(1),
  strategy: z.string(),
  symbol: symbolSchema,
  side: sideSchema,
  quantity: z.number().int().positive(),
  type: orderTypeSchema,
  /** Limit price in dollars, on a valid tick. */
  price: positive.optional(),
  /** Stop price in dollars, on a valid tick. */
  stop: positive.optional(),
  duration: durationSchema,
  /** True when it can only reduce what its book holds. */
  reduceOnly: z.boolean(),
  /** What protects the position an entry opens; absent on exits. */
  bracket: bracketSchema.optional(),
  /** For a step towards a target: the signed position its book ends at. A newer target makes it obsolete. */
  target: z.number().refine(Number.isFinite, 'a finite number').optional(),
  reason: z.string(),
  permit: permitSchema.optional(),
});
export type OrderIntent = z.infer<typeof orderIntentSchema>;

/** The order statuses Tradier reports; a word outside this list is treated as still working. */
export const BROKER_STATUSES = [
  'open',
  'partially_filled',
  'filled',
  'expired',
  'canceled',
  'pending',
  'pending_cancel',
  'rejected',
  'calculated',
  'accepted_for_bidding',
  'error',
  'held',
] as const;
export type BrokerStatus = (typeof BROKER_STATUSES)[number];

const TERMINAL: ReadonlySet<string> = new Set(['filled', 'expired', 'canceled', 'rejected', 'error']);

/** True when the broker will not work the order any more. */
export function isTerminal(status: string): boolean {
  return TERMINAL.has(status);
}

/**
 * Where an order stands, as a flow sees it: the broker's status, or, before the broker has it,
 * `sending`, `not_sent`, `unknown` (sent, outcome not known), `absent` (looked up, proven never accepted).
 */
export const ORDER_STATUSES = [...BROKER_STATUSES, 'sending', 'not_sent', 'unknown', 'absent'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number] | (string & {});

/** What an order is to its intent: the order itself, or one of the two that close what it opened. */
export const ORDER_ROLES = ['entry', 'exit', 'stop_loss', 'take_profit'] as const;
export type OrderRole = (typeof ORDER_ROLES)[number];

/** The broker's order as a flow sees it. Dollars, shares, market time. */
export interface Order {
  /** The broker's id, null until it is known. */
  id: number | null;
  /** The broker's id of the OTO, OCO or OTOCO it is a leg of, else null. */
  parentId: number | null;
  role: OrderRole;
  intentId: string;
  signalKey: string;
  tag: string;
  account: string;
  book: string;
  strategy: string;
  symbol: string;
  side: Side;
  quantity: number;
  type: OrderType;
  price?: number;
  stop?: number;
  duration: Duration;
  status: OrderStatus;
  execQuantity: number;
  remainingQuantity: number;
  avgFillPrice: number | null;
  /** The broker's words for a rejection, or ours for an order that never reached it. */
  reason: string | null;
  createdAt: EpochMs;
  updatedAt: EpochMs;
  simulated: boolean;
}

/** One execution, derived from the growth of the cumulative quantity. */
export interface Fill {
  orderId: number;
  /** Cumulative quantity after this fill; with orderId it names the fill. */
  cumQuantity: number;
  quantity: number;
  price: number;
  symbol: string;
  side: Side;
  book: string;
  at: EpochMs;
}
