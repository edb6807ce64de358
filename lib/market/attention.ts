import type { ConfirmedQuote } from '../domain/market-data.ts';
import type { QuoteBook } from './quote-book.ts';

const WATCHED_SYMBOLS = 40;

/**
 * Symbols in use stay on the stream, so that the next decision finds a fresh quote. The least recently used one
 * goes when there are more than 40, unless it is held.
 */
export class Attention {
  readonly #quotes: QuoteBook;
  readonly #isHeld: (symbol: string) => boolean;
  readonly #log: (level: 'warn', message: string) => void;
  readonly #watched = new Map<string, { release(): void }>();

  constructor(
    quotes: QuoteBook,
    isHeld: (symbol: string) => boolean,
    log: (level: 'warn', message: string) => void,
  ) {
    this.#quotes = quotes;
    this.#isHeld = isHeld;
    this.#log = log;
  }

  watch(symbol: string): void {
    const watch = this.#watched.get(symbol) ?? this.#quotes.watch([symbol], () => undefined);
    // The newest stands last.
    this.#watched.delete(symbol);
    this.#watched.set(symbol, watch);
    if (this.#watched.size <= WATCHED_SYMBOLS) return;
    const oldest = [...this.#watched.keys()].find((one) => !this.#isHeld(one));
    if (oldest === undefined) return;
    this.#watched.get(oldest)?.release();
    this.#watched.delete(oldest);
  }

  /** A quote confirmed within `maxAgeMs`, or null: what is missing is for the rules to say. */
  async fresh(symbol: string, maxAgeMs: number): Promise<ConfirmedQuote | null> {
    this.watch(symbol);
    try {
      return await this.#quotes.confirmed(symbol, maxAgeMs);
    } catch (error) {
      this.#log(
        'warn',
        `no fresh quote for ${symbol}: ${error instanceof Error ? error.message : String(error)}`,
      );
      return null;
    }
  }

  close(): void {
    for (const watch of this.#watched.values()) watch.release();
    this.#watched.clear();
  }
}
