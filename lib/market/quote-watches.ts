import type { ElapsedMs, ElapsedTime, Timer } from '../domain/clock.ts';
import type { ConfirmedQuote } from '../domain/market-data.ts';

export type QuoteListener = (quote: ConfirmedQuote) => void;

interface Watch {
  listeners: Set<QuoteListener>;
  /** Set while nobody listens: until then the symbol lingers. */
  leaveAt: ElapsedMs | null;
}

export interface QuoteWatchesOptions {
  elapsed: ElapsedTime;
  /** How long a symbol nobody listens to any more stays watched. */
  lingerMs: number;
  /** Hears the whole list once for all changes of the same turn. */
  onChange: (symbols: string[]) => void;
}

/**
 * Who wants which symbols: one watch per symbol however many listen. A symbol lingers after its last listener left,
 * because a redeploy asks for it again at once.
 */
export class QuoteWatches {
  readonly #options: QuoteWatchesOptions;
  readonly #watches = new Map<string, Watch>();
  readonly #lingering = new Set<Timer>();
  #announcing = false;
  #closed = false;

  constructor(options: QuoteWatchesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#watches.size;
  }

  has(symbol: string): boolean {
    return this.#watches.has(symbol);
  }

  symbols(): string[] {
    return [...this.#watches.keys()];
  }

  listeners(symbol: string): QuoteListener[] {
    return [...(this.#watches.get(symbol)?.listeners ?? [])];
  }

  join(symbols: string[], listener: QuoteListener): void {
    for (const symbol of symbols) {
      const watch = this.#watches.get(symbol);
      if (watch) {
        watch.leaveAt = null;
        watch.listeners.add(listener);
      } else {
        this.#watches.set(symbol, { listeners: new Set([listener]), leaveAt: null });
        this.#announce();
      }
    }
  }

  leave(symbols: string[], listener: QuoteListener): void {
    if (this.#closed) return;
    const { elapsed, lingerMs } = this.#options;
    for (const symbol of symbols) {
      const watch = this.#watches.get(symbol);
      if (!watch?.listeners.delete(listener) || watch.listeners.size > 0) continue;
      watch.leaveAt = elapsed.now() + lingerMs;
    }
    const timer = elapsed.after(lingerMs, () => {
      this.#lingering.delete(timer);
      this.#drop();
    });
    this.#lingering.add(timer);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#lingering) timer.cancel();
    this.#lingering.clear();
    this.#watches.clear();
  }

  /** Lets go of the symbols nobody came back for. */
  #drop(): void {
    // A timer may be a little early by the clock it is compared with.
    const now = this.#options.elapsed.now() + 5;
    for (const [symbol, watch] of this.#watches) {
      if (watch.leaveAt === null || watch.leaveAt > now) continue;
      this.#watches.delete(symbol);
      this.#announce();
    }
  }

  #announce(): void {
    if (this.#announcing) return;
    this.#announcing = true;
    queueMicrotask(() => {
      this.#announcing = false;
      if (!this.#closed) this.#options.onChange(this.symbols());
    });
  }
}
