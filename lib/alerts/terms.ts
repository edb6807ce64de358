import { inputError } from '../domain/errors.ts';
import { canonicalDigest } from '../domain/ids.ts';
import { read } from '../domain/read.ts';
import { readInterval } from '../market/bars/intervals.ts';
import {
  type AlertTerms,
  alertTermsSchema,
  CONDITIONS,
  type Condition,
  writtenTermsSchema,
} from './alert.ts';
import { readExpiry } from './expiry.ts';

/** Fields that have a meaning for some conditions alone. */
const FIELDS = [
  'value',
  'direction',
  'windowMinutes',
  'interval',
  'length',
  'deviations',
  'fast',
  'slow',
  'smooth',
] as const;
type Field = (typeof FIELDS)[number];

const PRICE = ['value'] as const;
const VOLUME = ['value', 'interval'] as const;
const RSI = ['value', 'interval', 'length'] as const;

/** What each condition looks at; the others of these fields mean nothing to it. */
export const USES: Readonly<Record<Condition, readonly Field[]>> = {
  price_above: PRICE,
  price_below: PRICE,
  price_cross_above: PRICE,
  price_cross_below: PRICE,
  percent_move: ['value', 'direction', 'windowMinutes'],
  volume_above: VOLUME,
  volume_below: VOLUME,
  rsi_overbought: RSI,
  rsi_oversold: RSI,
  macd_signal: ['direction', 'interval', 'fast', 'slow', 'smooth'],
  bollinger_break: ['direction', 'interval', 'length', 'deviations'],
};

/** What each of them is when it is left out. */
const LEFT_OUT: Readonly<Partial<AlertTerms>> = alertTermsSchema.parse({
  symbol: 'A',
  condition: 'price_above',
});

const VALUES: Partial<Record<Condition, number>> = { rsi_overbought: 70, rsi_oversold: 30 };
const LENGTHS: Partial<Record<Condition, number>> = {
  rsi_overbought: 14,
  rsi_oversold: 14,
  bollinger_break: 20,
};

interface Range {
  least: number;
  most: number;
  words: string;
}

const DOLLARS: Range = { least: 0.0001, most: 1e7, words: 'dollars from 0.0001 to 10,000,000' };
const SHARES: Range = { least: 1, most: 1e13, words: 'shares from 1 to 10,000,000,000,000' };
const LEVEL: Range = { least: 0.01, most: 99.99, words: 'an RSI level from 0.01 to 99.99' };
const PERCENT: Range = { least: 0.01, most: 100, words: 'percent from 0.01 to 100' };
const MOST_SHARES = 1e9;

/** What the value of a condition may be; null where it has none. */
function rangeOf(condition: Condition): Range | null {
  if (condition.startsWith('price_')) return DOLLARS;
  if (condition.startsWith('volume_')) return SHARES;
  if (condition.startsWith('rsi_')) return LEVEL;
  return condition === 'percent_move' ? PERCENT : null;
}

/** Reads what a person wrote; throws E_INPUT naming the field. Every value that its condition needs is there afterwards. */
export function readTerms(written: unknown): AlertTerms {
  const { expiresAt, interval, ...others } = read(writtenTermsSchema, written);
  const terms: AlertTerms = {
    ...others,
    interval: readInterval(interval),
    expiresAt: expiresAt === null ? null : readExpiry(expiresAt),
  };
  const { condition } = terms;
  for (const field of FIELDS) {
    if (!USES[condition].includes(field) && terms[field] !== LEFT_OUT[field])
      throw inputError(field, terms[field], `nothing: ${condition} does not use it`);
  }
  terms.value ??= VALUES[condition];
  terms.length ??= LENGTHS[condition];
  mustFit(terms);
  if (condition === 'macd_signal' && terms.fast >= terms.slow) {
    throw inputError('fast', terms.fast, `fewer bars than slow (${terms.slow})`);
  }
  const { signal } = terms;
  if (signal?.action === 'target' && signal.target === undefined) {
    throw inputError('signal.target', undefined, 'the position wanted, for the action target');
  }
  return terms;
}

/** True for figures that an alert may have; those that a split makes of others need not be. */
export function fits(terms: Pick<AlertTerms, 'condition' | 'value' | 'signal'>): boolean {
  try {
    mustFit(terms);
    return true;
  } catch {
    return false;
  }
}

/** Throws E_INPUT. */
function mustFit({ condition, value, signal }: Pick<AlertTerms, 'condition' | 'value' | 'signal'>): void {
  const range = rangeOf(condition);
  if (range !== null && !(value !== undefined && value >= range.least && value <= range.most))
    throw inputError('value', value, `${range.words}, for ${condition}`);
  for (const field of ['quantity', 'target'] as const) {
    const shares = signal?.[field];
    if (shares !== undefined && Math.abs(shares) > MOST_SHARES)
      throw inputError(`signal.${field}`, shares, 'at most 1,000,000,000 shares');
  }
}

const TERMS = Object.keys(alertTermsSchema.shape) as (keyof AlertTerms)[];

/** What a person wrote of an alert, without what became of it and what its condition does not use. */
export function termsOf(alert: AlertTerms): AlertTerms {
  return usedBy(alert.condition, alert);
}

/**
 * What a person would have to write to change an alert so. Throws E_INPUT where the new condition's value is in another
 * unit than the old one's and no value comes with it: 99 dollars are no RSI of 99.
 */
export function changedTerms(alert: AlertTerms, changes: Record<string, unknown>): Record<string, unknown> {
  const condition = CONDITIONS.find((one) => one === changes.condition) ?? alert.condition;
  const range = rangeOf(condition);
  if (range !== null && range !== rangeOf(alert.condition) && changes.value === undefined)
    throw inputError('value', undefined, `${range.words}, together with the change to ${condition}`);
  return { ...usedBy(condition, alert), ...changes };
}

function usedBy(condition: Condition, alert: AlertTerms): AlertTerms {
  const unused = FIELDS.filter((field) => !USES[condition].includes(field));
  return Object.fromEntries(
    TERMS.map((name) => [name, (unused as string[]).includes(name) ? LEFT_OUT[name] : alert[name]]),
  ) as unknown as AlertTerms;
}

/** True when an alert looks at something else from here on; what it says, carries and how long it stands may change. */
export function looksElsewhere(before: AlertTerms, after: AlertTerms): boolean {
  const seen = ({ message: _, tags: __, signal: ___, expiresAt: ____, ...rest }: AlertTerms) =>
    canonicalDigest(rest);
  return seen(before) !== seen(after);
}

/** Throws E_INPUT. */
export function readStatus(wish: unknown): 'active' | 'paused' | undefined {
  if (wish === undefined || wish === 'active' || wish === 'paused') return wish;
  throw inputError('status', wish, 'active or paused');
}
