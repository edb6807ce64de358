import { z } from 'zod';
import { TraderError } from '../../domain/errors.ts';
import { exchangeCodes } from '../../market/symbols/exchanges.ts';
import { PRINTED, readSymbol } from '../../market/symbols/names.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { quoteAnswer, symbolAnswer, symbolText } from '../schemas.ts';
import { quoteView } from '../view.ts';

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
        .array(symbolText, 'symbols separated by commas, such as AAPL,BRK.B')
        .min(1)
        .max(MOST_SYMBOLS, `at most ${MOST_SYMBOLS} symbols`)
        .describe('Separated by commas.'),
    }),
    example: { query: 'symbols=AAPL,BRK.B' },
    answers: {
      200: {
        description: 'The quotes in the order asked for, each symbol once.',
        schema: z.object({
          quotes: z.array(quoteAnswer),
          unknown: z.array(z.string()).describe('What the broker does not know, as it was asked for.'),
        }),
      },
    },
    async handle({ account }, { query }) {
      // By Tradier's spelling, so that two spellings of one symbol are one.
      const written = new Map(query.symbols.map((text) => [readSymbol(text, 'symbols'), text]));
      const open = account();
      const quotes: object[] = [];
      const unknown: string[] = [];
      const found = await Promise.allSettled([...written.keys()].map((each) => open.quote(each, RECENT_MS)));
      for (const [n, text] of [...written.values()].entries()) {
        const one = found[n];
        if (one?.status === 'fulfilled') quotes.push(quoteView(one.value));
        else if (one?.reason instanceof TraderError && one.reason.code === 'E_NO_QUOTE') unknown.push(text);
        else throw one?.reason;
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
      q: z
        .string()
        .trim()
        .min(1, 'the beginning of a symbol or a part of a name')
        .max(64)
        .regex(PRINTED, 'letters, digits, signs and blanks'),
      exchange: z
        .string()
        .trim()
        .min(1)
        .max(32)
        .regex(PRINTED, 'letters, digits, signs and blanks')
        .refine((text) => exchangeCodes(text).length > 0, 'an exchange, such as NASDAQ or its code Q')
        .optional()
        .describe("Tradier's code or the exchange's name."),
      type: kinds.optional(),
      limit: z.number().int().min(1).max(500).default(20),
    }),
    example: { query: 'q=app&limit=5' },
    answers: {
      200: {
        description: 'Exact symbols first.',
        schema: z.object({ symbols: z.array(symbolAnswer), simulated: z.boolean() }),
      },
    },
    async handle({ account }, { query: { q, exchange, type, limit } }) {
      const open = account();
      const symbols = await open.symbols.search({
        query: q,
        limit,
        ...(exchange === undefined ? {} : { exchange }),
        ...(type === undefined ? {} : { kind: type }),
      });
      return { status: 200, body: { symbols, simulated: open.feed.simulated } };
    },
  }),
];
