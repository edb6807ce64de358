import { Emitter } from '../../domain/events.ts';
import type { StreamState } from '../port.ts';
import { AccountFeed } from './account-feed.ts';
import type { FeedParts, StreamsParts } from './feed-parts.ts';
import { MarketFeed } from './market-feed.ts';

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
