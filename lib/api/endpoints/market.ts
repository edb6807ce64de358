import { z } from 'zod';
import { TraderError } from '../../domain/errors.ts';
import type { ConfirmedQuote } from '../../domain/market-data.ts';
import { readSymbols } from '../../market/symbols/names.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { quoteAnswer, symbolAnswer } from '../schemas.ts';

/** A quote confirmed within this is answered as it is. */
const RECENT_MS = 1_000;
const MOST_SYMBOLS = 100;

const kinds = z.enum(['stock', 'etf', 'index', 'option', 'mutual_fund']);

export const marketEndpoints: Endpoint[] = [
  endpoint({
    id: 'quotes',
    method: 'GET',
    path: '/api/v1/quotes',
    tag: 'Market',
    summary: 'The newest quotes, each confirmed within a second or read now.',
    query: z.strictObject({
      symbols: z
        .array(z.string().min(1).max(32))
        .min(1, 'at least one symbol')
        .max(MOST_SYMBOLS, `at most ${MOST_SYMBOLS} symbols`)
        .describe('Separated by commas.'),
    }),
    answers: {
      200: {
        description: 'The quotes in the order asked for, and the symbols the broker does not know.',
        schema: z.object({ quotes: z.array(quoteAnswer), unknown: z.array(z.string()) }),
      },
    },
    async handle({ account }, { query }) {
      const symbols = readSymbols(query.symbols);
      const open = account();
      const quotes: ConfirmedQuote[] = [];
      const unknown: string[] = [];
      const asked = symbols.map((symbol) => open.quote(symbol, RECENT_MS));
      const found = await Promise.allSettled(asked);
      for (const [n, one] of found.entries()) {
        if (one.status === 'fulfilled') quotes.push(one.value);
        else if (one.reason instanceof TraderError && one.reason.code === 'E_NO_QUOTE')
          unknown.push(symbols[n] ?? '');
        else throw one.reason;
      }
      return { status: 200, body: { quotes, unknown } };
    },
  }),
  endpoint({
    id: 'searchSymbols',
    method: 'GET',
    path: '/api/v1/symbols/search',
    tag: 'Market',
    summary: 'Symbols by their beginning or by a part of the name.',
    query: z.strictObject({
      q: z.string().trim().min(1, 'the beginning of a symbol or a part of a name').max(64),
      exchange: z
        .string()
        .trim()
        .min(1)
        .max(32)
        .optional()
        .describe("Tradier's code or the exchange's name."),
      type: kinds.optional(),
      limit: z.number().int().min(1).max(500).default(20),
    }),
    answers: {
      200: { description: 'Exact symbols first.', schema: z.object({ symbols: z.array(symbolAnswer) }) },
    },
    async handle({ account }, { query: { q, exchange, type, limit } }) {
      const symbols = await account().symbols.search({
        query: q,
        limit,
        ...(exchange === undefined ? {} : { exchange }),
        ...(type === undefined ? {} : { kind: type }),
      });
      return { status: 200, body: { symbols } };
    },
  }),
];
