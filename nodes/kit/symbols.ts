import type { NodeMessage } from 'node-red';
import { inputError } from '../../lib/domain/errors.ts';
import { readSymbol } from '../../lib/market/symbols/names.ts';

const MOST_SYMBOLS = 500;

/**
 * Symbols from `AAPL, BRK.B`, from a list, or from an object with `symbol` or `symbols`, each once and as Tradier writes
 * it; empty when there are none. Throws E_INPUT for what cannot be a symbol.
 */
export function readSymbols(value: unknown, field: string): string[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return readSymbols(Reflect.get(value, 'symbols') ?? Reflect.get(value, 'symbol'), field);
  }
  const words = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [];
  const symbols = words
    .filter((word) => typeof word !== 'string' || word.trim() !== '')
    .map((word) => readSymbol(word, field));
  if (symbols.length > MOST_SYMBOLS)
    throw inputError(field, symbols.length, `at most ${MOST_SYMBOLS} symbols`);
  return [...new Set(symbols)];
}

/** The symbols a message names: in its topic, or else in its payload. */
export function symbolsOf(msg: NodeMessage): string[] {
  const fromTopic = readSymbols(msg.topic, 'topic');
  return fromTopic.length > 0 ? fromTopic : readSymbols(msg.payload, 'payload');
}

/** `AAPL MSFT +3`. */
export function fewOf(symbols: readonly string[]): string {
  return symbols.length <= 2 ? symbols.join(' ') : `${symbols.slice(0, 2).join(' ')} +${symbols.length - 2}`;
}
