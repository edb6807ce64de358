import type { EpochMs } from './clock.ts';
import type { Side } from './order.ts';

/** What one book holds of one symbol. Dollars and shares. */
export interface Position {
  symbol: string;
  /** A book's name, or `external` for what was not ordered through this account's desk. */
  book: string;
  quantity: number;
  averagePrice: number;
  costBasis: number;
  /** null while there is no quote. */
  last: number | null;
  marketValue: number | null;
  unrealizedPnl: number | null;
  /** Since the journal began, for this book and symbol. */
  realizedPnl: number;
  /** Part of equity, 0..1; null while there is no quote. */
  weight: number | null;
}

/** An order at the broker that did not come from this account's desk. Dollars and shares. */
export interface ExternalOrder {
  id: number;
  /** The broker's id of the group it is a leg of, else null. */
  parentId: number | null;
  symbol: string;
  side: Side;
  /** Shares still to be done. */
  remaining: number;
  /** As the broker writes it. */
  type: string;
  price: number | null;
  stop: number | null;
  duration: string;
  status: string;
}

/** A position that changed although nobody ordered it here, in words. */
export interface PositionNote {
  symbol: string;
  /** `external` for what was not explained further: shares bought or sold elsewhere, moved in or out. */
  kind: 'split' | 'dividend' | 'external';
  words: string;
  /** Market time at which it was noticed. */
  at: EpochMs;
}

export interface PortfolioSnapshot {
  account: string;
  environment: 'simulator' | 'tradier-sandbox' | 'tradier-live';
  simulated: boolean;
  /** Market time. */
  at: EpochMs;
  cash: number;
  buyingPower: number;
  /** Dollars reserved for orders that are not yet visible in the broker's buying power. */
  reserved: number;
  equity: number;
  /** Sum of |market value|; and the same as part of equity. */
  exposure: { long: number; short: number; gross: number; net: number; grossPercent: number };
  /** Against the equity at the session's start. */
  dayPnl: { value: number; percent: number; baseline: number; session: string } | null;
  unrealizedPnl: number;
  realizedPnl: number;
  positions: Position[];
  /** Orders of this account's desk that the broker works. */
  workingOrders: number;
  /** Positions without a stop at the broker for all of their shares. */
  protection: Protection;
  /** Orders that were given elsewhere and still work, by hand for instance. */
  externalOrders: ExternalOrder[];
  /** The latest changes of positions that no order of this account made, the newest first. */
  notes: PositionNote[];
  /** `active`, `reducing` or `halted`. */
  haltState: HaltState;
}

export interface Protection {
  /** Those that have none now, and why. */
  missing: { book: string; symbol: string; cause: string }[];
  /** Seconds of market time without one since the journal began, by book, symbol and cause. */
  seconds: { book: string; symbol: string; cause: string; seconds: number }[];
}

export type HaltState = 'active' | 'reducing' | 'halted';

export type Environment = 'simulator' | 'tradier-sandbox' | 'tradier-live';

/** The one name of an account, used for its journal, its registry entry and its messages. */
export function accountKey(environment: Environment, accountId: string): string {
  return `${environment}:${accountId}`;
}
