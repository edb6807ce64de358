import { z } from 'zod';
import { inputError } from '../domain/errors.ts';
import type { Sizing } from './contract.ts';

/** What each figure of a sizing method may be, in words; also the editor's hint. */
export const SIZING_EXPECTED = {
  method: 'one of as_signal, fixed_shares, fixed_cash, percent_equity, risk_per_trade',
  shares: 'a whole number of shares from 1 to 1,000,000',
  cash: 'a number of dollars above 0 and at most 100,000,000',
  percent: 'a number of percent above 0 and at most 100',
  stopDistance: 'a number of dollars a share from 0.0001 to 1,000,000, or nothing when the signal brings it',
} as const;

const shares = z.number().int().min(1).max(1_000_000);
const cash = z.number().positive().max(100_000_000);
const percent = z.number().positive().max(100);
const stopDistance = z.number().min(0.0001).max(1_000_000);

/** How position-size decides the quantity of an entry; a field of another method is an error, not ignored. */
export const sizingSchema = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('as_signal') }),
  z.strictObject({ method: z.literal('fixed_shares'), shares }),
  z.strictObject({ method: z.literal('fixed_cash'), cash }),
  z.strictObject({ method: z.literal('percent_equity'), percent }),
  z.strictObject({
    method: z.literal('risk_per_trade'),
    percent,
    stopDistance: z.exactOptional(stopDistance),
  }),
]);

/** A sizing from configuration. Throws E_INPUT naming the field, its value and what was expected. */
export function parseSizing(input: unknown): Sizing {
  const parsed = sizingSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const values: Record<string, unknown> =
    typeof input === 'object' && input !== null ? { ...(input as Record<string, unknown>) } : {};
  if (issue?.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    throw inputError(key, values[key], `no such field: ${String(values.method)} does not use it`);
  }
  const field = issue?.path[0] ?? 'method';
  const expected = SIZING_EXPECTED[field as keyof typeof SIZING_EXPECTED] ?? SIZING_EXPECTED.method;
  throw inputError(String(field), values[String(field)], expected);
}
