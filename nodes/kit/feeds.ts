import { canonicalDigest } from '../../lib/domain/ids.ts';
import type { Environment } from '../../lib/domain/portfolio.ts';
import type { MarketSource } from '../../lib/market/market-source.ts';
import { type LentSource, SharedSource } from '../../lib/market/shared-source.ts';

/** Where market data is read, and with which token. */
export interface FeedAddress {
  environment: Environment;
  /** '' for Tradier's own. */
  restUrl: string;
  token: string;
}

export type OpenFeed = MarketSource & { close(): Promise<void> };

/** Market data that was borrowed; `giveBack` resolves when nothing of it is open for this borrower's sake. */
export interface BorrowedFeed {
  source: LentSource;
  giveBack(): Promise<void>;
}

interface Running {
  source: OpenFeed;
  shared: SharedSource;
  borrowers: number;
}

const REGISTRY = Symbol.for('@trader-ops/node-red-trader/feeds');

/**
 * The market data this process reads, once for each token, whichever accounts use it: Tradier opens one market session
 * for a token and ends the earlier one. A feed opens with its first borrower and closes with its last.
 */
export class FeedRegistry {
  readonly #running = new Map<string, Running>();
  /** The next one of a token waits until the socket of the one before is gone. */
  readonly #closing = new Map<string, Promise<void>>();

  /** Throws what `open` throws. */
  async borrow(address: FeedAddress, open: () => OpenFeed): Promise<BorrowedFeed> {
    const key = canonicalDigest(address);
    for (let closing = this.#closing.get(key); closing; closing = this.#closing.get(key)) await closing;
    const running = this.#running.get(key) ?? this.#open(key, open);
    running.borrowers += 1;
    const source = running.shared.lend();
    let given: Promise<void> | null = null;
    return {
      source,
      giveBack: () => {
        given ??= this.#takeBack(key, running, source);
        return given;
      },
    };
  }

  /** How many feeds are open. */
  get size(): number {
    return this.#running.size;
  }

  /** How the market stream of a feed is that is open now, `open`, `connecting`, `down` or `idle`; null where none is. */
  stateOf(address: FeedAddress): string | null {
    const running = this.#running.get(canonicalDigest(address));
    if (running === undefined) return null;
    const { stream } = running.shared;
    return stream === null || stream.reason === 'closed' ? 'idle' : stream.state;
  }

  #open(key: string, open: () => OpenFeed): Running {
    const source = open();
    const running = { source, shared: new SharedSource(source), borrowers: 0 };
    this.#running.set(key, running);
    return running;
  }

  async #takeBack(key: string, running: Running, lent: LentSource): Promise<void> {
    lent.release();
    running.borrowers -= 1;
    if (running.borrowers > 0) return;
    this.#running.delete(key);
    running.shared.close();
    const closing = running.source
      .close()
      // What cannot be closed properly is gone all the same.
      .catch(() => undefined)
      .then(() => void this.#closing.delete(key));
    this.#closing.set(key, closing);
    await closing;
  }
}

/** The one registry of this process. */
export function feedRegistry(): FeedRegistry {
  const shared = globalThis as { [REGISTRY]?: FeedRegistry };
  shared[REGISTRY] ??= new FeedRegistry();
  return shared[REGISTRY];
}
