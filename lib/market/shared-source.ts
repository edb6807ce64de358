import type { StreamState } from '../broker/port.ts';
import type { Unsubscribe } from '../domain/events.ts';
import type { MarketSource } from './market-source.ts';

/** A borrower's own view of a shared source; `release` takes its symbols off the stream. */
export type LentSource = MarketSource & { release(): void };

/**
 * One market-data source used by several accounts: Tradier allows one market session per token, so the symbols of all
 * borrowers are watched together. Each borrower hears every update; whoever keeps a quote book leaves out the rest.
 */
export class SharedSource {
  readonly #source: MarketSource;
  readonly #wanted = new Map<object, readonly string[]>();
  readonly #leave: Unsubscribe;
  #market: StreamState | null = null;

  constructor(source: MarketSource) {
    this.#source = source;
    this.#leave = source.streamStates.on((state) => {
      if (state.stream === 'market') this.#market = state;
    });
  }

  /** How the market stream is; null while it never was wanted. */
  get stream(): StreamState | null {
    return this.#market;
  }

  lend(): LentSource {
    const source = this.#source;
    const borrower = {};
    let released = false;
    return {
      environment: source.environment,
      quoteDelayMs: source.quoteDelayMs,
      quoteUpdates: source.quoteUpdates,
      trades: source.trades,
      streamStates: {
        on: (listener) => {
          // A stream that is long open tells a late borrower nothing by itself; no gap is its own.
          if (this.#market !== null) listener({ ...this.#market, gap: false });
          return source.streamStates.on((state) => {
            if (state.stream === 'market') listener(state);
          });
        },
      },
      quotes: (...asked) => source.quotes(...asked),
      history: (...asked) => source.history(...asked),
      timesales: (...asked) => source.timesales(...asked),
      calendar: (year, month) => source.calendar(year, month),
      searchSymbols: (query) => source.searchSymbols(query),
      lookupSymbols: (query, only) => source.lookupSymbols(query, only),
      companySector: (symbol) => source.companySector(symbol),
      renewMarketStream: (reason) => source.renewMarketStream(reason),
      watchQuotes: (symbols) => {
        if (released) return;
        this.#wanted.set(borrower, symbols);
        this.#watch();
      },
      release: () => {
        if (released) return;
        released = true;
        if (this.#wanted.delete(borrower)) this.#watch();
      },
    };
  }

  close(): void {
    this.#leave();
    if (this.#wanted.size > 0) this.#source.watchQuotes([]);
    this.#wanted.clear();
  }

  #watch(): void {
    this.#source.watchQuotes([...new Set([...this.#wanted.values()].flat())]);
  }
}
