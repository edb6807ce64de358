import type { ElapsedTime, EpochMs, Timer } from '../../domain/clock.ts';
import type { Quote, Trade } from '../../domain/market-data.ts';
import type { QuoteUpdate, StreamState } from '../port.ts';

export interface QuotePollParts {
  read(symbols: string[]): Promise<{ quotes: Quote[] }>;
  onQuote(quote: QuoteUpdate): void;
  onTrade(trade: Trade): void;
  onState(state: StreamState): void;
  everyMs: number;
  elapsed: ElapsedTime;
}

/** Stands in for the market stream where there is none (Tradier's sandbox): reads the watched quotes regularly. */
export class QuotePoll {
  readonly #parts: QuotePollParts;
  #symbols: string[] = [];
  #timer: Timer | null = null;
  #reading = false;
  #state: StreamState['state'] = 'down';
  #wasDown = false;
  readonly #tradeTimes = new Map<string, EpochMs>();

  constructor(parts: QuotePollParts) {
    this.#parts = parts;
  }

  watch(symbols: string[]): void {
    this.#symbols = symbols;
    if (symbols.length === 0) {
      this.stop();
    } else if (this.#timer === null) {
      this.#tell('connecting', 'reading quotes');
      this.#timer = this.#parts.elapsed.every(this.#parts.everyMs, () => void this.#poll());
      void this.#poll();
    }
  }

  stop(): void {
    if (this.#timer === null) return;
    this.#timer.cancel();
    this.#timer = null;
    this.#tradeTimes.clear();
    this.#tell('down', 'closed');
  }

  async #poll(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      const { quotes } = await this.#parts.read(this.#symbols);
      if (this.#timer === null) return;
      if (this.#state !== 'open') this.#tell('open', 'reading quotes');
      for (const quote of quotes) this.#pass(quote);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'quotes could not be read';
      if (this.#timer !== null && this.#state !== 'down') this.#tell('down', reason);
    } finally {
      this.#reading = false;
    }
  }

  #pass(quote: Quote): void {
    const { symbol, bid, ask, bidSize, askSize, bidTime, askTime, last, tradeTime } = quote;
    this.#parts.onQuote({ symbol, bid, ask, bidSize, askSize, bidTime, askTime });
    const seen = this.#tradeTimes.get(symbol);
    this.#tradeTimes.set(symbol, tradeTime);
    // The print that was already there when we began to look is not news.
    if (seen === undefined || tradeTime <= seen || last === null) return;
    const size = quote.lastSize;
    const { exchange, volume } = quote;
    this.#parts.onTrade({ symbol, time: tradeTime, price: last, size, exchange, cumulativeVolume: volume });
  }

  #tell(state: StreamState['state'], reason: string): void {
    const gap = state === 'open' && this.#wasDown;
    if (state === 'down') this.#wasDown = true;
    if (state === 'open') this.#wasDown = false;
    this.#state = state;
    this.#parts.onState({ stream: 'market', state, gap, reason });
  }
}
