import { z } from 'zod';
import { inputError } from '../lib/domain/errors.ts';
import { durationSchema, orderTypeSchema, sideSchema } from '../lib/domain/order.ts';
import { read } from '../lib/domain/read.ts';
import { symbolSchema } from '../lib/domain/symbol.ts';
import type { NewOrder } from '../lib/exchange/contract.ts';
import { json, type Reply } from './http.ts';
import type { Venue } from './venue.ts';

/**
 * What a person or the market does to the account past every program: orders given on the broker's own page, splits,
 * dividends. Bodies are JSON; a wrong one throws an input error.
 */

const positive = z.number().positive();

const orderSchema = z.strictObject({
  symbol: symbolSchema,
  side: sideSchema,
  quantity: z.number().int().positive(),
  type: orderTypeSchema.default('market'),
  price: positive.optional(),
  stop: positive.optional(),
  duration: durationSchema.default('day'),
});

const splitSchema = z.strictObject({
  symbol: symbolSchema,
  new_shares: z.number().int().positive(),
  old_shares: z.number().int().positive(),
});

const dividendSchema = z.strictObject({
  symbol: symbolSchema,
  per_share: positive,
  reinvest: z.boolean().default(false),
});

/** An order without a tag, as the account's owner gives it elsewhere. */
export function handOrder(venue: Venue, body: unknown): Reply {
  const { price, stop, ...order } = read(orderSchema, body);
  const terms: NewOrder = {
    ...order,
    ...(price === undefined ? {} : { price }),
    ...(stop === undefined ? {} : { stop }),
  };
  const placed = venue.place(terms);
  return placed.ok ? json({ order: { id: placed.id } }) : json({ errors: placed.errors }, 422);
}

export function split(venue: Venue, body: unknown): Reply {
  const { symbol, new_shares, old_shares } = read(splitSchema, body);
  const done = venue.split(symbol, { newShares: new_shares, oldShares: old_shares });
  if (!done.ok) throw refusedField(body, done);
  return json({ split: { symbol, new_shares, old_shares } });
}

export function dividend(venue: Venue, body: unknown): Reply {
  const { symbol, per_share, reinvest } = read(dividendSchema, body);
  const done = venue.dividend(symbol, per_share, reinvest);
  if (!done.ok) throw refusedField(body, done);
  return json({ dividend: { symbol, per_share, reinvest } });
}

const FIELDS: Record<string, string> = {
  newShares: 'new_shares',
  oldShares: 'old_shares',
  perShare: 'per_share',
};

function refusedField(body: unknown, { field, expected }: { field: string; expected: string }): Error {
  const name = FIELDS[field] ?? field;
  return inputError(name, fieldOf(body, name), expected);
}

function fieldOf(body: unknown, field: string): unknown {
  return body !== null && typeof body === 'object' ? (body as Record<string, unknown>)[field] : body;
}
