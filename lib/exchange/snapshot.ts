import { z } from 'zod';
import { inputError } from '../domain/errors.ts';
import type { Money } from '../domain/money.ts';
import { BROKER_STATUSES, durationSchema, orderTypeSchema, sideSchema } from '../domain/order.ts';
import type { ExchangeFill, ExchangeSnapshot, ExchangeSplit } from './contract.ts';
import type { OrderRecord } from './order-record.ts';
import type { AccountState } from './paper-account.ts';

/** The whole state of an exchange. Of the market it holds the splits alone: the rest follows from the seed. */
export interface ExchangeState extends ExchangeSnapshot {
  nextOrderId: number;
  account: AccountState;
  records: OrderRecord[];
  fills: ExchangeFill[];
  splits: ExchangeSplit[];
}

const whole = z.number().int();
const moneySchema = whole.transform((units) => units as Money);

// In the order the desk writes the keys: an exchange that went through a file is equal to the byte.
const orderSchema = z.object({
  id: whole,
  parentId: whole.nullable(),
  class: z.enum(['equity', 'oto', 'oco', 'otoco']),
  symbol: z.string(),
  side: sideSchema,
  quantity: whole,
  type: orderTypeSchema,
  price: z.number().exactOptional(),
  stop: z.number().exactOptional(),
  duration: durationSchema,
  tag: z.string().exactOptional(),
  status: z.enum(BROKER_STATUSES),
  execQuantity: whole,
  remainingQuantity: whole,
  avgFillPrice: z.number(),
  lastFillPrice: z.number(),
  lastFillQuantity: whole,
  createdAt: whole,
  updatedAt: whole,
  reason: z.string().nullable(),
  session: z.string(),
});

const stateSchema = z.object({
  version: z.literal(1),
  seed: z.number(),
  accountId: z.string(),
  now: z.number(),
  nextOrderId: whole,
  account: z.object({
    cash: moneySchema,
    realized: moneySchema,
    nextPositionId: whole,
    positions: z.array(
      z.object({
        id: whole,
        symbol: z.string(),
        acquiredAt: whole,
        lots: z.array(z.object({ quantity: z.number(), price: z.number() })),
      }),
    ),
    // What accounts did not have at first is read as it was then.
    type: z.enum(['margin', 'cash']).default('margin'),
    unsettled: z.array(z.object({ at: whole, amount: moneySchema })).default([]),
  }),
  records: z.array(
    z.object({
      order: orderSchema,
      resting: z.boolean(),
      reserve: z.number(),
      filledValue: moneySchema,
      pair: whole.nullable().default(null),
      triggered: z.boolean().default(false),
      since: whole.default(0),
    }),
  ),
  fills: z.array(
    z.object({
      orderId: whole,
      symbol: z.string(),
      side: sideSchema,
      quantity: whole,
      price: z.number(),
      at: whole,
    }),
  ),
  splits: z
    .array(z.object({ symbol: z.string(), newShares: whole, oldShares: whole, at: whole }))
    .default([]),
});

/**
 * Reads a snapshot that may come from a file. Throws TraderError E_INPUT when it is damaged or belongs to
 * another seed or account: to go on with it would be another market under old orders.
 */
export function readSnapshot(snapshot: unknown, seed: number, accountId: string): ExchangeState {
  const parsed = stateSchema.safeParse(snapshot);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw inputError(`snapshot.${issue?.path.join('.') ?? ''}`, undefined, issue?.message ?? 'a snapshot');
  }
  const state = parsed.data;
  if (state.seed !== seed)
    throw inputError('snapshot.seed', state.seed, `the seed of this exchange, ${seed}`);
  if (state.accountId !== accountId) {
    throw inputError('snapshot.accountId', state.accountId, `this account, ${accountId}`);
  }
  return state;
}
