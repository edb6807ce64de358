import type { Money } from '../domain/money.ts';
import type { OrderIntent } from '../domain/order.ts';
import type { HaltState } from '../domain/portfolio.ts';
import type { Figures } from '../domain/trace.ts';

/**
 * Everything the rules may look at, gathered before the check. null means "could not be known": a rule that needs
 * it refuses an entry and lets an exit that reduces a known position pass.
 */
export interface RiskContext {
  intent: OrderIntent;
  haltState: HaltState;
  /** Why, in the words of whoever set it. */
  haltReason: string;
  /** `unknown` when the calendar does not say. */
  session: 'premarket' | 'open' | 'postmarket' | 'closed' | 'unknown';
  /** The newest quote; ageMs since the feed confirmed it, delayMs the feed's known delay. */
  quote: {
    bid: number | null;
    ask: number | null;
    last: number | null;
    ageMs: number;
    delayMs: number;
  } | null;
  /** Broker equity; null when older than 60 s or never read. */
  equity: Money | null;
  /** The broker's figure for stock. */
  buyingPower: Money | null;
  /** Reserved for other orders and not yet visible in the broker's figure. */
  reserved: Money;
  /** Shares of the intent's symbol, signed: by its book, and in the whole account with `external`. null: unknown. */
  held: { book: number; account: number } | null;
  /** Shares of the symbol over all books, before they net: what some are long and what others are short. */
  stances: { long: number; short: number };
  /** What kind of account the broker says it is; null: never read. */
  accountType: 'cash' | 'margin' | 'pdt' | null;
  /**
   * Shares of the symbol in working orders and unspent reservations, without this intent: bought (covers among them)
   * and sold (short sales among them); accountLong and accountShort are those of them that open a position.
   */
  working: {
    bookBuy: number;
    bookSell: number;
    accountBuy: number;
    accountSell: number;
    accountLong: number;
    accountShort: number;
  };
  /**
   * For an intent that only stands by to close a position (`protect-n`): shares other such orders stand by for already,
   * of its book and of the account.
   */
  covered: { book: number; account: number };
  /** Symbols held, being bought or being sold short in the account, without this intent. */
  openSymbols: ReadonlySet<string>;
  /** Equity at the session's start; null when it was never stored. */
  baseline: Money | null;
  /** Elapsed ms since an intent of the same strategy, symbol and side was last approved; null: none. */
  sinceSimilarMs: number | null;
  live: boolean;
}

/** What one rule found. */
export interface Check {
  rule: string;
  passed: boolean;
  /** A sentence with the figures, for approvals as well as refusals. */
  message: string;
  field?: string;
  limit?: number | string;
  value?: number | string;
  figures?: Figures;
}
