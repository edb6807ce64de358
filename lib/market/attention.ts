import { messageOf, TraderError } from '../domain/errors.ts';
import type { ConfirmedQuote } from '../domain/market-data.ts';
import type { QuoteBook } from './quote-book.ts';

const WATCHED_SYMBOLS = 40;
const UNKNOWN_SYMBOLS = 200;

/**
 * Symbols in use stay on the stream, so that the next decision finds a fresh quote. The least recently used one
 * goes when there are more than 40, unless it is held.
 */
export class Attention {
  readonly #quotes: QuoteBook;
  readonly #isHeld: (symbol: string) => boolean;
  readonly #log: (level: 'warn', message: string) => void;
  readonly #onQuote: (quote: ConfirmedQuote) => void;
  readonly #watched = new Map<string, { release(): void }>();
  readonly #unknown = new Set<string>();

  constructor(
    quotes: QuoteBook,
    isHeld: (symbol: string) => boolean,
    log: (level: 'warn', message: string) => void,
    onQuote: (quote: ConfirmedQuote) => void,
  ) {
    this.#quotes = quotes;
    this.#isHeld = isHeld;
    this.#log = log;
    this.#onQuote = onQuote;
  }

  watch(symbol: string): void {
    const watch = this.#watched.get(symbol) ?? this.#quotes.watch([symbol], this.#onQuote);
    // The newest stands last.
    this.#watched.delete(symbol);
    this.#watched.set(symbol, watch);
    if (this.#watched.size <= WATCHED_SYMBOLS) return;
    const oldest = [...this.#watched.keys()].find((one) => !this.#isHeld(one));
    if (oldest === undefined) return;
    this.#watched.get(oldest)?.release();
    this.#watched.delete(oldest);
  }

  /** True when the broker said last time that it knows no such symbol. */
  isUnknown(symbol: string): boolean {
    return this.#unknown.has(symbol);
  }

  /** A quote confirmed within `maxAgeMs`, or null: what is missing is for the rules to say. */
  async fresh(symbol: string, maxAgeMs: number): Promise<ConfirmedQuote | null> {
    this.watch(symbol);
    try {
      const quote = await this.#quotes.confirmed(symbol, maxAgeMs);
      this.#unknown.delete(symbol);
      return quote;
    } catch (error) {
      if (error instanceof TraderError && error.code === 'E_NO_QUOTE') this.#forget(symbol);
      this.#log('warn', `no fresh quote for ${symbol}: ${messageOf(error)}`);
      return null;
    }
  }

  #forget(symbol: string): void {
    this.#unknown.add(symbol);
    this.#watched.get(symbol)?.release();
    this.#watched.delete(symbol);
    const oldest = this.#unknown.values().next().value;
    if (this.#unknown.size > UNKNOWN_SYMBOLS && oldest !== undefined) this.#unknown.delete(oldest);
  }

  close(): void {
    for (const watch of this.#watched.values()) watch.release();
    this.#watched.clear();
  }
}
