import { TraderError } from '../../lib/domain/errors.ts';
import type { StatusLight } from './status.ts';
import { fewOf } from './symbols.ts';

/** Symbols nothing comes of: the broker does not know them, or they cannot be read for now. */
export type Missing = ReadonlyMap<string, 'unknown' | 'unread'>;

/** Of symbols that were asked for, those that failed, by what was thrown. */
export function missingOf(failures: Iterable<readonly [symbol: string, error: unknown]>): Missing {
  return new Map([...failures].map(([symbol, error]) => [symbol, isUnknown(error) ? 'unknown' : 'unread']));
}

export function isUnknown(error: unknown): boolean {
  return error instanceof TraderError && error.code === 'E_NO_QUOTE';
}

/** Stands below a node that follows symbols: which, and what of them is missing for as long as it is. */
export function showFollowed(status: StatusLight, symbols: readonly string[], missing: Missing): void {
  if (symbols.length === 0) status.steady('idle', 'own.needsSymbol');
  else if (missing.size === 0) status.steady('ok', 'streaming', fewOf(symbols));
  else status.steady(...missingInShort(symbols, missing));
}

/** The answer to a message lacks these. */
export function showMissing(status: StatusLight, symbols: readonly string[], missing: Missing): void {
  status.show(...missingInShort(symbols, missing));
}

/** `AAPL; unknown: NOPE` in yellow; in red when there is nothing else. */
function missingInShort(symbols: readonly string[], missing: Missing) {
  const there = symbols.filter((symbol) => !missing.has(symbol));
  const unknown = symbols.filter((symbol) => missing.get(symbol) === 'unknown');
  const named = unknown.length > 0 ? unknown : symbols.filter((symbol) => missing.has(symbol));
  return [
    there.length > 0 ? 'stale' : 'failed',
    unknown.length > 0 ? 'own.unknown' : 'own.unread',
    fewOf(named),
    there.length > 0 ? `${fewOf(there)};` : '',
  ] as const;
}

/** For a Catch node: E_NO_QUOTE naming the setting and what of it the broker does not know. */
export function unknownSymbols(symbols: readonly string[]): TraderError {
  const value = symbols.join(', ');
  const message = `symbols: the broker does not know "${value}"`;
  return new TraderError('E_NO_QUOTE', message, { field: 'symbols', value });
}
