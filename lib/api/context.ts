import type { EpochMs } from '../domain/clock.ts';
import type { TradingAccount } from '../trading-account.ts';

/** What the endpoints ask. */
export interface ApiContext {
  /** Throws E_BROKER_UNREACHABLE or what keeps the account away. */
  account(): TradingAccount;
  /** null while it is not there. */
  running(): TradingAccount | null;
  /** Why the account is not there, in one sentence; '' while it is. */
  reason(): string;
  /** Wall time at which this API began. */
  since: EpochMs;
  /** Wall time. */
  now(): EpochMs;
  /** Names of what runs, and their versions. */
  versions: Record<string, string>;
  /** How the stream is doing. */
  stream(): StreamFigures;
}

export interface StreamFigures {
  clients: number;
  /** Symbols somebody follows, and for how long the quietest of them was not confirmed, elapsed ms. */
  symbols: number;
  oldestQuoteMs: number | null;
}
