import type { TradingAccount } from '../../lib/account.ts';
import type { Environment, HaltState } from '../../lib/domain/portfolio.ts';
import type { Policy } from '../../lib/risk/policy.ts';

/** Everything that makes two configurations of an account the same or different. */
export interface AccountSettings {
  environment: Environment;
  /** '' when the broker is asked which account the token is for. */
  accountId: string;
  token: string;
  namespace: string;
  /** Whose market data it uses; null: its own. */
  feed: FeedSettings | null;
  policy: Policy;
  /** Node-RED's user directory: the journals are kept below it. */
  userDir: string;
}

/** Market data with another account's token. It is read with and nothing else: no order ever carries it. */
export interface FeedSettings {
  environment: Environment;
  token: string;
}

/** What a seat can say of its account. `account` is null until it runs. */
export interface AccountView {
  state: 'connecting' | 'ready' | 'degraded' | 'down' | 'conflict' | 'misconfigured';
  /** One sentence. */
  reason: string;
  /** Of the error that keeps it from running; null while nothing does. */
  code: string | null;
  account: TradingAccount | null;
  environment: Environment | null;
  haltState: HaltState;
}

/** How late the account's quotes are known to be, ms; 0 while it does not run. */
export function delayOf({ account }: AccountView): number {
  return account?.feed.delayMs ?? 0;
}

/** How an account is reached and opened; the registry decides only when, and for whom. */
export interface AccountParts {
  /** Where the environment's broker is. May start the simulator; `release` gives it back. */
  reach(settings: AccountSettings): Promise<Reached>;
  /** The account number the token is for. */
  discover(reached: Reached, settings: AccountSettings): Promise<string>;
  open(reached: Reached, settings: AccountSettings, accountId: string): Promise<Opened>;
}

export interface Opened {
  account: TradingAccount;
  /** Ends the account and what was made for it. */
  close(): Promise<void>;
}

export interface Reached {
  restUrl: string;
  token: string;
  release(): void | Promise<void>;
}
