import { inputError } from '../../domain/errors.ts';
import type { OptionTerms } from './contract.ts';

/**
 * The many ways to write one symbol. Inside, everything is written as Tradier does: `BRK/B`, options by the OCC's
 * symbol without blanks. TradingView writes `BRK.B` and puts the exchange before it.
 */

/** What a person may search for: nothing that cannot be seen. */
export const PRINTED = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u;

/** How a symbol may be written in an address, for documents; what of it is a symbol, `readSymbol` says. */
export const SPELLINGS =
  /^ *(?:[A-Za-z0-9_]{1,20}:)?(?:\$?[A-Za-z0-9]{1,12}(?:[./-][A-Za-z0-9]{1,4})?|[A-Za-z0-9]{1,6} *\d{6}[CPcp]\d{8}) *$/;

const EXCHANGE = /^[A-Z0-9_]{1,20}:/;
const STOCK = /^\$?[A-Z0-9]{1,12}(?:[./-][A-Z0-9]{1,4})?$/;
const OPTION = /^([A-Z0-9]{1,6}) *(\d{2})(\d{2})(\d{2})([CP])(\d{8})$/;

/** Tradier's way to write what a person, a chart or an alert wrote. Throws E_INPUT for what cannot be a symbol. */
export function readSymbol(text: unknown, field = 'symbol'): string {
  const written = typeof text === 'string' ? text.trim() : text;
  const plain = typeof written === 'string' ? written.toUpperCase().replace(EXCHANGE, '') : '';
  const option = OPTION.exec(plain);
  if (option !== null && optionTerms(plain) !== null) return plain.replace(/ /g, '');
  if (!STOCK.test(plain))
    throw inputError(field, written, 'a symbol such as AAPL, BRK.B or AAPL240119C00185000');
  return plain.replace(/[.-]/, '/');
}

/** Distinct symbols in their order; see readSymbol. */
export function readSymbols(texts: readonly unknown[], field = 'symbols'): string[] {
  return [...new Set(texts.map((text) => readSymbol(text, field)))];
}

/** TradingView's way to write Tradier's symbol. */
export function tickerOf(symbol: string): string {
  return symbol.replace('/', '.');
}

/** What an OCC symbol says; null for every other symbol. */
export function optionTerms(symbol: string): OptionTerms | null {
  const [, underlying = '', year, month, day, right, strike] = OPTION.exec(symbol) ?? [];
  const expiration = `20${year}-${month}-${day}`;
  const at = Date.parse(`${expiration}T00:00:00Z`);
  // The 31st of February is read as a day of March.
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== expiration || !(Number(strike) > 0))
    return null;
  return { underlying, expiration, right: right === 'C' ? 'call' : 'put', strike: Number(strike) / 1000 };
}
