import type { QuoteUpdate, StreamState } from '../../../lib/broker/port.ts';
import type { EpochMs } from '../../../lib/domain/clock.ts';
import { Emitter } from '../../../lib/domain/events.ts';
import type { Bar, Trade } from '../../../lib/domain/market-data.ts';
import { ExchangeBroker } from '../../../lib/exchange/broker.ts';
import { Exchange } from '../../../lib/exchange/exchange.ts';
import { newYorkTime } from '../../../lib/market/exchange-time.ts';
import type { MarketSource } from '../../../lib/market/market-source.ts';
import { VirtualClock } from '../../account/virtual-clock.ts';

const raise = (error: unknown): never => {
  throw error;
};

/** Market time can jump over closed hours, as the simulator's does. */
class SkippingClock extends VirtualClock {
  #skipped = 0;
  override readonly market = { now: () => this.wall.now() + this.#skipped };

  skipTo(market: EpochMs): void {
    this.#skipped += market - this.market.now();
  }
}

/**
 * A real simulated market behind a line of the test's making: prints of a stretch of time can be lost or come twice,
 * reads can fail, and every read is counted.
 */
export class TapeSource implements MarketSource {
  readonly environment = 'simulator';
  quoteDelayMs = 0;
  readonly quoteUpdates = new Emitter<QuoteUpdate>(raise);
  readonly trades = new Emitter<Trade>(raise);
  readonly streamStates = new Emitter<StreamState>(raise);
  readonly clock: SkippingClock;
  readonly exchange: Exchange;
  /** `timesales SPY 1min 2026-03-02`-like lines. */
  readonly reads: string[] = [];
  failure: Error | null = null;
  /** True while the stream is down: prints are lost. */
  down = false;
  readonly #broker: ExchangeBroker;
  #told: EpochMs;
  #symbols = new Set<string>();

  constructor(start: EpochMs, seed = 3) {
    this.clock = new SkippingClock(start);
    this.exchange = new Exchange({ seed, accountId: 'VA1', start, onError: raise });
    this.#broker = new ExchangeBroker({ exchange: this.exchange, market: this.clock.market, onError: raise });
    this.#told = start;
  }

  /** Takes a symbol into the stream. */
  watch(symbol: string): { release(): void } {
    this.#symbols.add(symbol);
    return { release: () => void this.#symbols.delete(symbol) };
  }

  get watched(): string[] {
    return [...this.#symbols];
  }

  /** Lets time pass in steps, telling the prints of each. */
  async run(ms: number, step = 1_000): Promise<void> {
    for (let left = ms; left > 0; left -= step) {
      await this.clock.advance(Math.min(step, left));
      this.tell();
    }
    await this.clock.advance(0);
  }

  /** Tells what was printed since the last time, or loses it. */
  tell(): void {
    const now = this.clock.market.now();
    this.exchange.advance(now);
    for (const symbol of this.#symbols) {
      const prints = this.exchange.tape(symbol, this.#told, now, 100_000);
      for (const print of this.heard(symbol, prints)) this.trades.emit(print);
    }
    this.#told = now;
  }

  /** What the line makes of new prints of a symbol. */
  protected heard(_symbol: string, prints: readonly Trade[]): readonly Trade[] {
    return this.down ? [] : prints;
  }

  /** Why a read fails now, or null. */
  protected failing(): Error | null {
    return this.failure;
  }

  watchQuotes(): void {}
  renewMarketStream(): void {}

  quotes(symbols: string[]) {
    return this.#read(`quotes ${symbols.join()}`, () => this.#broker.quotes(symbols));
  }

  history(
    symbol: string,
    interval: 'daily' | 'weekly' | 'monthly',
    start: string,
    end: string,
  ): Promise<Bar[]> {
    return this.#read(`history ${symbol} ${start} ${end}`, async () =>
      // As Tradier: a running session is not history yet, and nothing says what is closed.
      (await this.#broker.history(symbol, interval, start, end)).filter((bar) => bar.closed),
    );
  }

  timesales(
    symbol: string,
    interval: '1min' | '5min' | '15min',
    start: EpochMs,
    end: EpochMs,
  ): Promise<Bar[]> {
    return this.#read(
      `timesales ${symbol} ${interval} ${newYorkTime(start)} ${newYorkTime(end)} at ${newYorkTime(this.clock.market.now())}`,
      async () =>
        (await this.#broker.timesales(symbol, interval, start, end)).map((bar) => ({ ...bar, closed: true })),
    );
  }

  calendar(year: number, month: number) {
    return this.#read(`calendar ${year}-${month}`, () => this.#broker.calendar(year, month));
  }

  searchSymbols(query: string) {
    return this.#read(`search ${query}`, () => this.#broker.searchSymbols(query));
  }

  lookupSymbols(query: string) {
    return this.#read(`lookup ${query}`, () => this.#broker.lookupSymbols(query));
  }

  companySector(symbol: string) {
    return this.#read(`sector ${symbol}`, () => this.#broker.companySector(symbol));
  }

  async #read<T>(what: string, read: () => Promise<T>): Promise<T> {
    this.reads.push(what);
    const failure = this.failing();
    if (failure) throw failure;
    return read();
  }
}
