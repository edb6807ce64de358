import { z } from 'zod';
import { inputError, TraderError } from '../../domain/errors.ts';
import { read } from '../../domain/read.ts';
import type { Interval } from '../../market/bars/intervals.ts';
import { readSymbol } from '../../market/symbols/names.ts';
import { intervalText } from '../schemas.ts';

export const CHANNELS = ['quotes', 'bars', 'orders', 'portfolio', 'account', 'positions', 'alerts'] as const;
export type Channel = (typeof CHANNELS)[number];
export type DeskChannel = Exclude<Channel, 'quotes' | 'bars'>;

/** What one client may have and do. */
export const BOUNDS = {
  /** Whose quotes a client follows. */
  symbols: 200,
  bars: 50,
  /** Messages within `windowMs`; twice as many end the connection. */
  messages: 60,
  windowMs: 10_000,
  /** Bytes of one message, and of one so long that it ends the connection. */
  payload: 16_384,
  mostPayload: 65_536,
  /** Of all clients together. */
  clients: 2_000,
  allSymbols: 500,
} as const;

const wish = z.strictObject({
  action: z.enum(['subscribe', 'unsubscribe']),
  channels: z.array(z.enum(CHANNELS)).min(1).max(CHANNELS.length).optional(),
  symbols: z.array(z.string().min(1).max(32)).min(1).optional(),
  interval: intervalText.optional(),
  count: z.number().int().min(1).max(500).optional(),
  id: z.union([z.string().max(64), z.number()]).optional(),
});

export interface Wish {
  action: 'subscribe' | 'unsubscribe';
  channels: Channel[];
  /** What was written, by the symbol it means. Empty on `unsubscribe`: all of them. */
  symbols: ReadonlyMap<string, string>;
  interval: Interval;
  /** Bars of the snapshot. */
  count: number;
  /** Given back with the answer. */
  id: string | number | undefined;
}

/** Throws E_INPUT: for what is no JSON in the words the old service used. */
export function readWish(text: string): Wish {
  const message = parsed(text);
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    throw inputError('message', message, 'a JSON object with an action');
  const {
    action,
    channels = ['quotes'],
    symbols = [],
    interval = '5',
    count = 100,
    id,
  } = read(wish, message);
  const found = new Map(symbols.map((text) => [readSymbol(text, 'symbols'), text]));
  const named = channels.filter((channel) => channel === 'quotes' || channel === 'bars');
  if (action === 'subscribe' && named.length > 0 && found.size === 0)
    throw inputError('symbols', undefined, `a list of symbols for ${named.join(' and ')}`);
  return { action, channels, symbols: found, interval, count, id };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const detail = { field: 'message', value: text.slice(0, 80), expected: 'a JSON object with an action' };
    throw new TraderError('E_INPUT', 'Invalid JSON message', detail);
  }
}

export function tooMany(): TraderError {
  const expected = `at most ${BOUNDS.messages} messages in ${BOUNDS.windowMs / 1_000} s`;
  const words = `Too many messages: ${expected}. This one was not read.`;
  return new TraderError('E_INPUT', words, { field: 'messages', expected });
}

export function tooLong(bytes: number): TraderError {
  const expected = `a message of at most ${BOUNDS.payload} bytes`;
  const words = `This message of ${bytes} bytes is too long, and was not read; expected ${expected}.`;
  return new TraderError('E_INPUT', words, { field: 'message', value: bytes, expected });
}

/** What a client is told of its mistake. */
export function errorText(error: unknown, id?: string | number): string {
  const again = id === undefined ? {} : { id };
  if (!(error instanceof TraderError))
    return JSON.stringify({ type: 'error', message: 'This failed.', ...again });
  const { message, field, expected } = error;
  const value = typeof error.value === 'string' ? error.value.slice(0, 80).toWellFormed() : error.value;
  const shown = typeof value === 'object' && value !== null ? undefined : value;
  return JSON.stringify({
    type: 'error',
    message: message.slice(0, 400),
    field,
    value: shown,
    expected,
    ...again,
  });
}
