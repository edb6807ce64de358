import type { Chance } from '../../domain/chance.ts';
import type { ElapsedTime } from '../../domain/clock.ts';
import { Emitter } from '../../domain/events.ts';
import type { StreamState } from '../port.ts';
import { AccountFeed } from './account-feed.ts';
import { MarketFeed } from './market-feed.ts';
import type { TradierReads } from './rest.ts';
import type { TradierTimeouts } from './timeouts.ts';

export interface StreamsParts {
  reads: TradierReads;
  /** False: quotes are polled instead. */
  marketStream: boolean;
  timeouts: TradierTimeouts;
  elapsed: ElapsedTime;
  chance: Chance;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

/** What a feed needs besides: where it tells its state and what a listener threw. */
export interface FeedParts extends StreamsParts {
  onState(state: StreamState): void;
  onError(error: unknown): void;
}

/** The account stream and the market stream of one account, as the port's events. */
export class TradierStreams {
  readonly states: Emitter<StreamState>;
  readonly market: MarketFeed;
  readonly account: AccountFeed;

  constructor(parts: StreamsParts) {
    const onError = (error: unknown) => parts.log('error', `A stream listener failed: ${String(error)}`);
    this.states = new Emitter(onError);
    const feed: FeedParts = { ...parts, onError, onState: (state) => this.states.emit(state) };
    this.market = new MarketFeed(feed);
    this.account = new AccountFeed(feed);
  }

  connect(): void {
    this.account.connect();
    this.market.connect();
  }

  async close(): Promise<void> {
    await Promise.all([this.account.close(), this.market.close()]);
    this.states.clear();
  }
}
