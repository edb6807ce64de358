import { z } from 'zod';
import { symbolSchema } from './symbol.ts';

export const actionSchema = z.enum(['buy', 'sell', 'short', 'cover', 'close', 'target']);
export type Action = z.infer<typeof actionSchema>;

const finite = z.number().refine(Number.isFinite, 'a finite number');
const positive = finite.refine((n) => n > 0, 'a number above 0');
const text = (max: number) => z.string().trim().min(1).max(max);

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
  /** Part of the account this belongs to. */
  book: text(64),
  strategy: text(64).optional(),
  /** The price the sender saw: information, never a limit. */
  price: positive.optional(),
  /** Distance from entry to stop in dollars a share, for sizing by risk. */
  stopDistance: positive.optional(),
  type: z.enum(['market', 'limit']).default('market'),
  limitPrice: positive.optional(),
  duration: z.enum(['day', 'gtc']).default('day'),
  reason: z.string().max(512).default(''),
  /** Epoch ms, wall time, as the sender stamped it; absent when it did not. */
  firedAt: z.number().int().optional(),
  /** Epoch ms, wall time, first receipt here. */
  receivedAt: z.number().int(),
});

export type Signal = z.infer<typeof signalSchema>;
