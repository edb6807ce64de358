import { join } from 'node:path';
import type { StreamState } from '../broker/port.ts';
import type { Clock } from '../domain/clock.ts';
import { messageOf } from '../domain/errors.ts';
import type { Unsubscribe } from '../domain/events.ts';
import { Bars } from './bars/bar-service.ts';
import { BrokerCalendar } from './broker-calendar.ts';
import type { FeedInfo, MarketSource } from './market-source.ts';
import { OptionGreeks } from './option-greeks.ts';
import { QuoteBook } from './quote-book.ts';
import { DiskBarStore } from './store/bar-store.ts';
import { MarketDatabase } from './store/database.ts';
import { BrokerSymbols } from './symbols/directory.ts';

export interface MarketDataParts {
  source: MarketSource;
  /** True when another account's data is used. */
  borrowed: boolean;
  clock: Clock;
  /** Where `market.db` is kept. */
  folder: string;
  log(level: 'info' | 'warn' | 'error', message: string): void;
  /** Hears how the market stream is. */
  onStream(state: StreamState): void;
}

/** Everything an account knows of the market: quotes, bars, symbols and the exchange's days, from one source. */
export class MarketData {
  readonly quotes: QuoteBook;
  readonly bars: Bars;
  readonly symbols: BrokerSymbols;
  readonly calendar: BrokerCalendar;
  readonly greeks: OptionGreeks;
  readonly feed: FeedInfo;
  readonly #db: MarketDatabase;
  readonly #store: DiskBarStore;
  readonly #clock: Clock;
  readonly #leave: Unsubscribe;
  readonly #log: MarketDataParts['log'];

  constructor({ source, borrowed, clock, folder, log, onStream }: MarketDataParts) {
    this.#clock = clock;
    this.#log = log;
    this.#db = new MarketDatabase(join(folder, 'market.db'), log);
    this.#store = new DiskBarStore(this.#db);
    this.#leave = source.streamStates.on((state) => {
      if (state.stream === 'market') onStream(state);
    });
    this.calendar = new BrokerCalendar({ source, db: this.#db, clock, log });
    const openSession = (at: number) => this.calendar.openSession(at);
    this.quotes = new QuoteBook({ broker: source, clock, log, openSession });
    const watch = (symbol: string) => this.quotes.watch([symbol], () => undefined);
    this.bars = new Bars({ source, store: this.#store, calendar: this.calendar, clock, watch, log });
    this.symbols = new BrokerSymbols(source, clock.elapsed);
    this.greeks = new OptionGreeks(source, clock.elapsed);
    this.feed = {
      mode: source.environment === 'tradier-sandbox' ? 'polling' : 'streaming',
      delayMs: source.quoteDelayMs,
      simulated: source.environment === 'simulator',
      borrowed,
    };
  }

  /** Reads the calendar. What is kept of a time that has not come yet is of another run of a simulator. Never throws. */
  start(): void {
    this.#forget({ after: this.#clock.market.now() }, 'Bars of another run');
    void this.calendar.start();
  }

  /** The past of a symbol is told otherwise from now on, as after a split: nothing held of it is true. Never throws. */
  restated(symbol: string): void {
    this.#forget({ symbol }, `Old bars of ${symbol}`);
  }

  /** An account does without its cache, but not the other way round. */
  #forget(what: Parameters<DiskBarStore['forget']>[0], called: string): void {
    try {
      this.#store.forget(what);
    } catch (error) {
      this.#log('error', `${called}: ${messageOf(error)}`);
    }
  }

  close(): void {
    this.#leave();
    this.bars.close();
    this.calendar.close();
    this.quotes.close();
    this.#store.close();
    this.#db.close();
  }
}
