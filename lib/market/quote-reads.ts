import type { ElapsedMs, ElapsedTime } from '../domain/clock.ts';
import type { Quote } from '../domain/market-data.ts';

export interface QuoteReadsParts {
  elapsed: ElapsedTime;
  read(symbols: string[]): Promise<{ quotes: Quote[] }>;
  /** The answer to these symbols, which were asked for at `asked`. */
  onAnswer(symbols: string[], quotes: Quote[], asked: ElapsedMs): void;
}

/** Snapshots by REST: all that is asked for in one turn leaves as one request, and nothing is asked for twice at a time. */
export class QuoteReads {
  readonly #parts: QuoteReadsParts;
  readonly #reading = new Map<string, Promise<void>>();
  #next: { symbols: Set<string>; done: Promise<void> } | null = null;

  constructor(parts: QuoteReadsParts) {
    this.#parts = parts;
  }

  /** Joins a reading of this symbol that is under way, or else the one that leaves at the end of this turn. */
  read(symbol: string): Promise<void> {
    const running = this.#reading.get(symbol);
    if (running) return running;
    if (this.#next === null) {
      const symbols = new Set<string>();
      const done = Promise.resolve().then(() => this.#request([...symbols]));
      this.#next = { symbols, done };
    }
    this.#next.symbols.add(symbol);
    this.#reading.set(symbol, this.#next.done);
    return this.#next.done;
  }

  async #request(symbols: string[]): Promise<void> {
    this.#next = null;
    const asked = this.#parts.elapsed.now();
    try {
      const { quotes } = await this.#parts.read(symbols);
      this.#parts.onAnswer(symbols, quotes, asked);
    } finally {
      for (const symbol of symbols) this.#reading.delete(symbol);
    }
  }
}
