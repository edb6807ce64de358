import type { ConfirmedQuote } from '../domain/market-data.ts';
import type { PortfolioSnapshot } from '../domain/portfolio.ts';
import { tickerOf } from '../market/symbols/names.ts';

/** How things are written to programs. Whatever names a symbol there has both spellings, Tradier's and TradingView's. */

const PLACES = 1e6;

/** A quote with both spellings of its symbol and a whole age. */
export function quoteView(quote: ConfirmedQuote): ConfirmedQuote & { ticker: string } {
  const { symbol, ageMs, ...rest } = quote;
  return { symbol, ticker: tickerOf(symbol), ...rest, ageMs: Math.round(ageMs) };
}

/** The portfolio as programs read it. */
export function portfolioView(snapshot: PortfolioSnapshot): PortfolioSnapshot {
  return { ...rounded(snapshot), positions: snapshot.positions.map(named) };
}

/** The same with its symbol in both spellings and its numbers rounded. */
export function named<T extends { symbol: string }>(one: T): T & { ticker: string } {
  const { symbol, ...rest } = one;
  return rounded({ symbol, ticker: tickerOf(symbol), ...rest }) as T & { ticker: string };
}

/** An alert, what it told, or an execution, and whether its market is a simulated one. */
export function labelled<T extends { symbol: string }>(one: T, simulated: boolean) {
  return { ...named(one), simulated };
}

/** Every number in it to six decimals: what is beyond is the sum of binary fractions, no figure. */
export function rounded<T>(value: T): T {
  if (typeof value === 'number') return roundNumber(value) as T;
  if (Array.isArray(value)) return value.map(rounded) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, rounded(one)])) as T;
}

function roundNumber(value: number): number {
  return Number.isInteger(value) ? value : Math.round(value * PLACES) / PLACES;
}
