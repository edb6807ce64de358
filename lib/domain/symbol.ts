import { z } from 'zod';

/** A stock or ETF symbol as Tradier writes it: upper case, class shares with a slash (`BRK/B`). */
export const symbolSchema = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z0-9]{1,12}(?:[./-][A-Z0-9]{1,4})?$/, 'a stock or ETF symbol such as AAPL or BRK/B')
  .transform((symbol) => symbol.replace(/[.-]/, '/'));

export type Symbol = string;

/** False for what a broker lists beside shares: options by their own symbols, of which one is worth a hundred quotes. */
export function isShareSymbol(symbol: string): boolean {
  return symbolSchema.safeParse(symbol).success;
}
