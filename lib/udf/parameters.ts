import { z } from 'zod';
import { inputError } from '../domain/errors.ts';
import type { Quote } from '../domain/market-data.ts';
import { INTERVALS } from '../market/bars/intervals.ts';
import { PRINTED, SPELLINGS } from '../market/symbols/names.ts';
import { MINUTES } from './config.ts';
import type { Seconds } from './stamps.ts';

/** A page longer than this is cut; the chart asks for the rest. */
export const MOST_BARS = 50_000;
const USUAL_LIMIT = 30;

export const KINDS = ['stock', 'etf', 'index', 'option', 'mutual_fund'] as const satisfies Quote['kind'][];

/** Eleven digits at most: more are milliseconds. */
const seconds = z
  .string()
  .regex(/^-?\d{1,11}(\.\d{1,9})?$/)
  .describe('unix seconds, such as 1767366000');

/** Beside a countback. */
const maybeSeconds = z
  .string()
  .regex(/^(-?\d{1,11}(\.\d{1,9})?)?$/)
  .describe('unix seconds, or nothing beside a countback');

/** What a chart's questions are made of, each a text; its description says what is expected. */
const PARAMETERS = {
  symbol: z.string().regex(SPELLINGS).describe('a symbol such as AAPL, BRK.B or AAPL240119C00185000'),
  resolution: z
    .string()
    .regex(new RegExp(`^\\s*(${MINUTES.join('|')}|1?[DWMdwm])\\s*$`))
    .describe(`one of ${INTERVALS.join(', ')}`),
  from: seconds,
  to: seconds,
  countback: z
    .string()
    .regex(/^(0*[1-9]\d{0,11})?$/)
    .describe('a whole number from 1, or nothing'),
  limit: z
    .string()
    .regex(/^(0*([1-9]\d?|[1-4]\d\d|500))?$/)
    .describe('a whole number from 1 to 500'),
  type: z.enum(['', ...KINDS]).describe(`one of ${KINDS.join(', ')}, or nothing`),
  exchange: z
    .string()
    .regex(/^[A-Za-z0-9 ._-]{0,40}$/)
    .describe('the name of an exchange, or nothing'),
  query: z.string().max(64).regex(PRINTED).describe('at most 64 letters, digits, signs and blanks'),
  symbols: z
    .string()
    .regex(/^([^,]*,){0,99}[^,]*$/)
    .describe('at most 100 symbols separated by commas'),
} as const;

const { symbol, resolution, from, to, countback, limit, type, exchange, query, symbols } = PARAMETERS;
const range = { symbol, resolution, from, to };

/** What each endpoint is asked with; other parameters, which charts send too, count for nothing. */
export const QUESTIONS = {
  '/config': { summary: 'What the feed can do.', query: z.object({}) },
  '/symbols': { summary: 'One symbol, in any spelling.', query: z.object({ symbol }) },
  '/search': {
    summary: 'Symbols by their beginning or a part of the name; without a query those the desk is busy with.',
    query: z.object({ query, type, exchange, limit }).partial(),
  },
  '/history': {
    summary: 'Bars: with countback so many before `to`, without it those of the range.',
    query: z.object({
      symbol,
      resolution,
      from: maybeSeconds.optional(),
      to,
      countback: countback.optional(),
    }),
  },
  '/marks': { summary: 'Fills, signals and refusals on their bars.', query: z.object(range) },
  '/timescale_marks': { summary: 'The same, one for a bar.', query: z.object(range) },
  '/quotes': { summary: 'Quotes in the order asked for.', query: z.object({ symbols }) },
  '/time': { summary: 'Unix seconds, as text.', query: z.object({}) },
} as const;

/** Unix seconds; throws E_INPUT naming the parameter. */
export function readSeconds(asked: URLSearchParams, name: 'from' | 'to'): Seconds {
  return Number(readText(asked, name) ?? wrong(name, undefined));
}

/** `from` and `to`; throws E_INPUT where they are the wrong way round. */
export function readRange(asked: URLSearchParams): [from: Seconds, to: Seconds] {
  const begin = readSeconds(asked, 'from');
  const end = readSeconds(asked, 'to');
  if (begin > end) throw inputError('from', begin, `at most to, which is ${end}`);
  return [begin, end];
}

/** How many bars are wanted, cut to what one answer holds; null when the range alone counts. */
export function readCountback(asked: URLSearchParams): number | null {
  const text = readText(asked, 'countback') ?? '';
  return text === '' ? null : Math.min(Number(text), MOST_BARS);
}

export function readLimit(asked: URLSearchParams): number {
  return Number(readText(asked, 'limit') || USUAL_LIMIT);
}

/** null stands for any. */
export function readKind(asked: URLSearchParams): Quote['kind'] | null {
  const text = readText(asked, 'type');
  return KINDS.find((kind) => kind === text) ?? null;
}

export function readExchange(asked: URLSearchParams): string {
  return readText(asked, 'exchange') ?? '';
}

export function readQuery(asked: URLSearchParams): string {
  return (readText(asked, 'query') ?? '').trim();
}

/** The names of `symbols=A,B` as they were written; none is allowed. */
export function readNames(asked: URLSearchParams): string[] {
  const text = readText(asked, 'symbols') ?? wrong('symbols', undefined);
  return text.split(',').filter((name) => name.trim() !== '');
}

/** null where it does not stand there. */
function readText(asked: URLSearchParams, name: keyof typeof PARAMETERS): string | null {
  const text = asked.get(name);
  return text === null || PARAMETERS[name].safeParse(text).success ? text : wrong(name, text);
}

function wrong(name: keyof typeof PARAMETERS, value: unknown): never {
  throw inputError(name, value, PARAMETERS[name].description ?? '');
}
