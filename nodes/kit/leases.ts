import { canonicalDigest } from '../../lib/domain/ids.ts';
import type { Environment } from '../../lib/domain/portfolio.ts';

/** With which token something is read, and where. */
export interface TokenAddress {
  environment: Environment;
  /** '' for Tradier's own. */
  restUrl: string;
  token: string;
}

export interface Lease<T> {
  value: T;
  /** Resolves when nothing of it is open for this borrower's sake. */
  giveBack(): Promise<void>;
}

interface Running<T> {
  value: T;
  borrowers: number;
}

/**
 * What this process has open once for each token, whoever uses it: Tradier opens one session of a kind for a token and
 * refuses or ends another. It opens with its first borrower and closes with its last.
 */
export class Leases<T extends { close(): Promise<void> }> {
  readonly #running = new Map<string, Running<T>>();
  /** The next one of a token waits until the socket of the one before is gone. */
  readonly #closing = new Map<string, Promise<void>>();

  /** How many are open. */
  get size(): number {
    return this.#running.size;
  }

  /** Throws what `open` throws. */
  async borrow(address: TokenAddress, open: () => T): Promise<Lease<T>> {
    const key = canonicalDigest(address);
    for (let closing = this.#closing.get(key); closing; closing = this.#closing.get(key)) await closing;
    const running = this.#running.get(key) ?? this.#open(key, open);
    running.borrowers += 1;
    let given: Promise<void> | null = null;
    return {
      value: running.value,
      giveBack: () => {
        given ??= this.#takeBack(key, running);
        return given;
      },
    };
  }

  /** What is open for a token now; null where nothing is. */
  peek(address: TokenAddress): T | null {
    return this.#running.get(canonicalDigest(address))?.value ?? null;
  }

  #open(key: string, open: () => T): Running<T> {
    const running = { value: open(), borrowers: 0 };
    this.#running.set(key, running);
    return running;
  }

  async #takeBack(key: string, running: Running<T>): Promise<void> {
    running.borrowers -= 1;
    if (running.borrowers > 0) return;
    this.#running.delete(key);
    const closing = running.value
      .close()
      // What cannot be closed properly is gone all the same.
      .catch(() => undefined)
      .then(() => void this.#closing.delete(key));
    this.#closing.set(key, closing);
    await closing;
  }
}
