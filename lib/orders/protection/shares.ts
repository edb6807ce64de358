import type { ElapsedMs } from '../../domain/clock.ts';
import type { Ledger } from '../../portfolio/ledger.ts';
import { coverage } from '../coverage.ts';
import type { Exposure } from '../exposure.ts';
import type { Journal } from '../journal/journal.ts';

export interface ShareParts {
  journal: Journal;
  ledger: Ledger;
  exposure: Exposure;
  /** Shares of the symbol outside our books; null: not known. */
  external: (symbol: string) => number | null;
}

/** Whole shares of one position that should stand by to be closed, and that do. */
export interface Shares {
  /** Signed: what the book holds. */
  held: number;
  long: boolean;
  wanted: number;
  /** With any order that stands by. */
  standing: number;
  /** With a working stop. */
  stopped: number;
}

/**
 * A book wants all it holds protected, less what its exits are selling; and no more than the account really has, when
 * shares were sold elsewhere.
 */
export function sharesOf(parts: ShareParts, book: string, symbol: string, now: ElapsedMs): Shares {
  const { ledger, exposure } = parts;
  const held = ledger.bookQuantity(book, symbol);
  const long = held >= 0;
  const own = coverage(parts, symbol, now, book);
  const all = coverage(parts, symbol, now);
  const working = exposure.working(symbol, book, now);
  const leaving = long ? working.bookSell : working.bookBuy;
  const account = (ledger.quantity(symbol) + (parts.external(symbol) ?? 0)) * (long ? 1 : -1);
  const others = all.shares - own.shares + (long ? working.accountSell : working.accountBuy) - leaving;
  const wanted = Math.floor(Math.min(Math.abs(held) - leaving, account - others - leaving));
  return { held, long, wanted: Math.max(0, wanted), standing: own.shares, stopped: own.stopped };
}
