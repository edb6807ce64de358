import { inputError } from '../domain/errors.ts';
import type { Quote } from '../domain/market-data.ts';
import type { Seconds } from './stamps.ts';

/** Beyond this a number is milliseconds: the year 5138 in seconds. */
const LATEST: Seconds = 1e11;
/** A page longer than this is cut; the chart asks for the rest. */
export const MOST_BARS = 50_000;
const MOST_SYMBOLS = 100;

export const KINDS = ['stock', 'etf', 'index', 'option', 'mutual_fund'] as const satisfies Quote['kind'][];

/** Unix seconds; throws E_INPUT naming the parameter. */
export function readSeconds(query: URLSearchParams, name: string): Seconds {
  const text = query.get(name) ?? undefined;
  const value = text !== undefined && /^-?\d{1,17}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(Math.abs(value) <= LATEST)) throw inputError(name, text, 'unix seconds, such as 1767366000');
  return value;
}

/** `from` and `to`; throws E_INPUT where they are the wrong way round. */
export function readRange(query: URLSearchParams): [from: Seconds, to: Seconds] {
  const from = readSeconds(query, 'from');
  const to = readSeconds(query, 'to');
  if (from > to) throw inputError('from', from, `at most to, which is ${to}`);
  return [from, to];
}

/** How many bars are wanted, cut to what one answer holds; null when the range alone counts. */
export function readCountback(query: URLSearchParams): number | null {
  const text = query.get('countback');
  if (text === null || text === '') return null;
  const value = /^\d{1,12}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw inputError('countback', text, 'a whole number from 1, or nothing');
  return Math.min(value, MOST_BARS);
}

export function readLimit(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null || text === '') return 30;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 500) throw inputError('limit', text, 'a whole number from 1 to 500');
  return value;
}

/** null stands for any. */
export function readKind(query: URLSearchParams): Quote['kind'] | null {
  const text = query.get('type');
  if (text === null || text === '') return null;
  const kind = KINDS.find((each) => each === text);
  if (kind === undefined) throw inputError('type', text, `one of ${KINDS.join(', ')}, or nothing`);
  return kind;
}

export function readExchange(query: URLSearchParams): string {
  const text = query.get('exchange') ?? '';
  if (!/^[A-Za-z0-9 ._-]{0,40}$/.test(text))
    throw inputError('exchange', text, 'the name of an exchange, or nothing');
  return text;
}

export function readQuery(query: URLSearchParams): string {
  const text = (query.get('query') ?? '').trim();
  if (text.length > 64) throw inputError('query', text, 'at most 64 characters');
  return text;
}

/** The names of `symbols=A,B` as they were written; none is allowed. */
export function readNames(query: URLSearchParams): string[] {
  const text = query.get('symbols');
  if (text === null) throw inputError('symbols', undefined, 'symbols separated by commas');
  const names = text.split(',').filter((name) => name.trim() !== '');
  if (names.length > MOST_SYMBOLS)
    throw inputError('symbols', names.length, `at most ${MOST_SYMBOLS} symbols`);
  return names;
}
