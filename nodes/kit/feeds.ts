import type { MarketSource } from '../../lib/market/market-source.ts';
import { type LentSource, SharedSource } from '../../lib/market/shared-source.ts';
import { Leases, type TokenAddress } from './leases.ts';

export type OpenFeed = MarketSource & { close(): Promise<void> };

/** Market data that was borrowed; `giveBack` resolves when nothing of it is open for this borrower's sake. */
export interface BorrowedFeed {
  source: LentSource;
  giveBack(): Promise<void>;
}

interface RunningFeed {
  shared: SharedSource;
  close(): Promise<void>;
}

const REGISTRY = Symbol.for('@trader-ops/node-red-trader/feeds');

/** The market data this process reads, once for each token, whichever accounts use it. */
export class FeedRegistry {
  readonly #feeds = new Leases<RunningFeed>();

  /** Throws what `open` throws. */
  async borrow(address: TokenAddress, open: () => OpenFeed): Promise<BorrowedFeed> {
    const lease = await this.#feeds.borrow(address, () => running(open()));
    const source = lease.value.shared.lend();
    return {
      source,
      giveBack: () => {
        source.release();
        return lease.giveBack();
      },
    };
  }

  /** How many feeds are open. */
  get size(): number {
    return this.#feeds.size;
  }

  /** How the market stream of a feed is that is open now, `open`, `connecting`, `down` or `idle`; null where none is. */
  stateOf(address: TokenAddress): string | null {
    const feed = this.#feeds.peek(address);
    if (feed === null) return null;
    const { stream } = feed.shared;
    return stream === null || stream.reason === 'closed' ? 'idle' : stream.state;
  }
}

function running(source: OpenFeed): RunningFeed {
  const shared = new SharedSource(source);
  return {
    shared,
    close() {
      shared.close();
      return source.close();
    },
  };
}

/** The one registry of this process. */
export function feedRegistry(): FeedRegistry {
  const shared = globalThis as { [REGISTRY]?: FeedRegistry };
  shared[REGISTRY] ??= new FeedRegistry();
  return shared[REGISTRY];
}
