import { inputError } from '../domain/errors.ts';
import { canonicalDigest } from '../domain/ids.ts';
import { read } from '../domain/read.ts';
import { type AlertTerms, alertTermsSchema, type PriceAlert, writtenTermsSchema } from './alert.ts';
import { readExpiry } from './expiry.ts';

const VALUES: Partial<Record<AlertTerms['condition'], number>> = { rsi_overbought: 70, rsi_oversold: 30 };
const LENGTHS: Partial<Record<AlertTerms['condition'], number>> = {
  rsi_overbought: 14,
  rsi_oversold: 14,
  bollinger_break: 20,
};
/** These mean nothing without a figure. */
const NEEDS_VALUE = /^(price_|volume_|percent_move)/;

/** Reads what a person wrote; throws E_INPUT naming the field. Every value that its condition needs is there afterwards. */
export function readTerms(written: unknown): AlertTerms {
  const { expiresAt, ...others } = read(writtenTermsSchema, written);
  const terms: AlertTerms = { ...others, expiresAt: expiresAt === null ? null : readExpiry(expiresAt) };
  const { condition } = terms;
  terms.value ??= VALUES[condition];
  terms.length ??= LENGTHS[condition];
  if (terms.value === undefined && NEEDS_VALUE.test(condition)) {
    throw inputError('value', undefined, `a number above 0 for ${condition}`);
  }
  const value = terms.value ?? 0;
  if (condition.startsWith('rsi_') && value >= 100)
    throw inputError('value', value, 'an RSI level below 100');
  if (condition === 'percent_move' && value > 100) throw inputError('value', value, 'at most 100 percent');
  if (condition === 'macd_signal' && terms.fast >= terms.slow) {
    throw inputError('fast', terms.fast, `fewer bars than slow (${terms.slow})`);
  }
  const { signal } = terms;
  if (signal?.action === 'target' && signal.target === undefined) {
    throw inputError('signal.target', undefined, 'the position wanted, for the action target');
  }
  return terms;
}

/** The condition in words: `AAPL crosses above 200`. */
export function inWords(terms: AlertTerms): string {
  const { symbol, condition, value, interval, direction, windowMinutes } = terms;
  const bars = /^[DWM]$/.test(interval) ? interval : `${interval} min`;
  const way = { up: 'up', down: 'down', any: 'up or down' }[direction];
  switch (condition) {
    case 'price_above':
      return `${symbol} is above ${value}`;
    case 'price_below':
      return `${symbol} is below ${value}`;
    case 'price_cross_above':
      return `${symbol} crosses above ${value}`;
    case 'price_cross_below':
      return `${symbol} crosses below ${value}`;
    case 'percent_move':
      return `${symbol} moves ${way} by ${value} % within ${windowMinutes} min`;
    case 'volume_above':
      return `${symbol} trades more than ${value} shares in a bar (${bars})`;
    case 'volume_below':
      return `${symbol} trades fewer than ${value} shares in a bar (${bars})`;
    case 'rsi_overbought':
      return `RSI(${terms.length}) of ${symbol} is over ${value} (${bars})`;
    case 'rsi_oversold':
      return `RSI(${terms.length}) of ${symbol} is under ${value} (${bars})`;
    case 'macd_signal':
      return `MACD of ${symbol} crosses its signal line ${way} (${bars})`;
    case 'bollinger_break':
      return `${symbol} closes outside its Bollinger bands, ${way} (${bars})`;
  }
}

const TERMS = Object.keys(alertTermsSchema.shape) as (keyof AlertTerms)[];

/** What a person wrote of an alert, without what became of it. */
export function termsOf(alert: PriceAlert): AlertTerms {
  return Object.fromEntries(TERMS.map((name) => [name, alert[name]])) as unknown as AlertTerms;
}

/** True when an alert looks at something else from here on; what it says, carries and how long it stands may change. */
export function looksElsewhere(before: AlertTerms, after: AlertTerms): boolean {
  const seen = ({ message: _, signal: __, expiresAt: ___, ...rest }: AlertTerms) => canonicalDigest(rest);
  return seen(before) !== seen(after);
}

/** Throws E_INPUT. */
export function readStatus(wish: unknown): 'active' | 'paused' | undefined {
  if (wish === undefined || wish === 'active' || wish === 'paused') return wish;
  throw inputError('status', wish, 'active or paused');
}
