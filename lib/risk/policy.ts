import { z } from 'zod';
import { inputError } from '../domain/errors.ts';
import {
  expectation,
  POLICY_FIELD_NAMES,
  POLICY_FIELDS,
  type PolicyField,
  type PolicyFieldName,
} from './policy-fields.ts';

export { POLICY_FIELD_NAMES, POLICY_FIELDS, type PolicyField, type PolicyFieldName };

type NumberField = Exclude<PolicyFieldName, 'allowDelayedQuotes' | 'allowShortSales'>;

/** The limits of the risk gate. Every limit must be set: there is no unlimited by omission. */
export const policySchema = z.strictObject({
  maxOrderQuantity: limit('maxOrderQuantity'),
  maxOrderValue: limit('maxOrderValue'),
  maxPositionPercent: limit('maxPositionPercent'),
  maxConcentrationPercent: limit('maxConcentrationPercent'),
  maxOpenPositions: limit('maxOpenPositions'),
  maxDailyLossPercent: limit('maxDailyLossPercent'),
  minEquity: limit('minEquity'),
  priceBandPercent: limit('priceBandPercent'),
  quoteMaxAgeSeconds: limit('quoteMaxAgeSeconds'),
  maxSpreadPercent: limit('maxSpreadPercent'),
  allowShortSales: z.boolean(),
  marketCollarPercent: limit('marketCollarPercent'),
  duplicateWindowSeconds: limit('duplicateWindowSeconds'),
  permitSeconds: limit('permitSeconds'),
  allowDelayedQuotes: z.boolean(),
});

export type Policy = z.infer<typeof policySchema>;

const STANDARD: Policy = {
  maxOrderQuantity: 1_000,
  maxOrderValue: 25_000,
  maxPositionPercent: 20,
  maxConcentrationPercent: 25,
  maxOpenPositions: 10,
  maxDailyLossPercent: 2,
  minEquity: 1_000,
  priceBandPercent: 3,
  quoteMaxAgeSeconds: 5,
  maxSpreadPercent: 1,
  allowShortSales: true,
  marketCollarPercent: 5,
  duplicateWindowSeconds: 60,
  permitSeconds: 5,
  allowDelayedQuotes: false,
};

export type PresetName = 'careful' | 'standard' | 'rebalancer' | 'delayed-paper';

/** Where a person starts from. Standard holds the defaults. */
export const PRESETS: Readonly<Record<PresetName, Readonly<Policy>>> = {
  // The order limits stay wide enough that the position limit, not a silent cut by sizing, is what speaks first.
  careful: {
    ...STANDARD,
    maxOrderQuantity: 500,
    maxOrderValue: 20_000,
    maxPositionPercent: 10,
    maxConcentrationPercent: 20,
    maxOpenPositions: 5,
    maxDailyLossPercent: 1,
    minEquity: 2_000,
    priceBandPercent: 2,
    maxSpreadPercent: 0.5,
    allowShortSales: false,
    duplicateWindowSeconds: 120,
  },
  standard: STANDARD,
  // Many symbols, each wanted at a weight, ordered again whenever the weights have drifted.
  rebalancer: {
    ...STANDARD,
    maxOrderQuantity: 5_000,
    maxOrderValue: 100_000,
    maxPositionPercent: 45,
    maxConcentrationPercent: 50,
    maxOpenPositions: 40,
    allowShortSales: false,
    duplicateWindowSeconds: 5,
  },
  'delayed-paper': { ...STANDARD, quoteMaxAgeSeconds: 15, allowDelayedQuotes: true },
};

/** A policy from configuration. Throws E_INPUT naming the field, its value and what was expected. */
export function parsePolicy(input: unknown): Policy {
  const parsed = policySchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    throw inputError(
      key,
      valueAt(input, key),
      `no such limit: the limits are ${POLICY_FIELD_NAMES.join(', ')}`,
    );
  }
  const name = issue?.path[0];
  if (typeof name !== 'string' || !(name in POLICY_FIELDS)) {
    throw inputError('policy', input, 'an object with every limit of a policy');
  }
  throw inputError(name, valueAt(input, name), expectation(name as PolicyFieldName));
}

/** The policy that allows only what both allow: each field takes the stricter of the two (`POLICY_FIELDS`). */
export function strictest(a: Policy, b: Policy): Policy {
  const result: Record<string, number | boolean> = {};
  for (const name of POLICY_FIELD_NAMES) result[name] = looser(name, a[name], b[name]) ? a[name] : b[name];
  return result as Policy;
}

/** The names of the limits that `after` sets looser than `before`; empty when it only tightens. */
export function loosens(before: Policy, after: Policy): PolicyFieldName[] {
  return POLICY_FIELD_NAMES.filter((name) => looser(name, before[name], after[name]));
}

function looser(name: PolicyFieldName, from: number | boolean, to: number | boolean): boolean {
  const { stricter } = POLICY_FIELDS[name];
  if (stricter === 'off') return to === true && from !== true;
  return stricter === 'lower' ? to > from : to < from;
}

function limit(name: NumberField) {
  const field: PolicyField & { min: number; max: number } = POLICY_FIELDS[name];
  const number = z.number().min(field.min).max(field.max);
  return field.whole ? number.int() : number;
}

function valueAt(input: unknown, key: string): unknown {
  return typeof input === 'object' && input !== null ? (input as Record<string, unknown>)[key] : undefined;
}
