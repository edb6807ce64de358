import type { ElapsedMs } from '../../domain/clock.ts';
import type { Ledger } from '../../portfolio/ledger.ts';
import { coverage } from '../coverage.ts';
import type { Exposure, WorkingShares } from '../exposure.ts';
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
  /** At most so many: what is not being sold. */
  wanted: number;
  /** So many more: what is neither being sold nor approved to be. */
  lacking: number;
  /** With any order that stands by. */
  standing: number;
  /** With a working stop. */
  stopped: number;
}

/** Sums of fractions may fall short of a whole share by rounding alone. */
const ROUNDING = 1e-6;

/**
 * A book wants all it holds protected, less what its exits are selling; and no more than the account really has, when
 * shares were sold elsewhere. An exit that is only approved takes no protection away: it may never be placed.
 */
export function sharesOf(parts: ShareParts, book: string, symbol: string, now: ElapsedMs): Shares {
  const { ledger, exposure } = parts;
  const held = ledger.bookQuantity(book, symbol);
  const long = held >= 0;
  const own = coverage(parts, symbol, now, book);
  const others = coverage(parts, symbol, now).shares - own.shares;
  const account = (ledger.quantity(symbol) + (parts.external(symbol) ?? 0)) * (long ? 1 : -1);
  const free = (working: WorkingShares) => {
    const leaving = long ? working.bookSell : working.bookBuy;
    const all = long ? working.accountSell : working.accountBuy;
    const whole = Math.floor(Math.min(Math.abs(held) - leaving, account - others - all) + ROUNDING);
    return Math.max(0, whole);
  };
  const wanted = free(exposure.sentShares(symbol, book));
  const lacking = Math.max(0, free(exposure.working(symbol, book, now)) - own.shares);
  return { held, long, wanted, lacking, standing: own.shares, stopped: own.stopped };
}
