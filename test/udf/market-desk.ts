import { Bars } from '../../lib/market/bars/bar-service.ts';
import { BrokerCalendar } from '../../lib/market/broker-calendar.ts';
import { QuoteBook } from '../../lib/market/quote-book.ts';
import { DiskBarStore } from '../../lib/market/store/bar-store.ts';
import { MarketDatabase } from '../../lib/market/store/database.ts';
import { BrokerSymbols } from '../../lib/market/symbols/directory.ts';
import type { Annotation } from '../../lib/orders/annotations.ts';
import type { ChartSource } from '../../lib/udf/feed-parts.ts';
import type { TapeSource } from '../market/bars/tape-source.ts';

export interface SourceOptions {
  /** How far the wall is ahead of the market, ms. */
  ahead?: number;
  simulated?: boolean;
  delayMs?: number;
  annotations?: Annotation[];
}

const log = () => undefined;

/** What an account knows of the market, all of it real: bars and their store, quotes, symbols, the calendar. */
export class MarketDesk {
  /** The line to a simulated market; what it was asked for is counted. */
  readonly market: TapeSource;
  readonly store: DiskBarStore;
  readonly bars: Bars;
  readonly quotes: QuoteBook;
  readonly #calendar: BrokerCalendar;
  readonly #db: MarketDatabase;

  constructor(market: TapeSource, file = ':memory:') {
    const { clock } = market;
    this.market = market;
    this.#db = new MarketDatabase(file, log);
    this.store = new DiskBarStore(this.#db);
    this.#calendar = new BrokerCalendar({ source: market, db: null, clock, log });
    this.quotes = new QuoteBook({ broker: market, clock, log });
    const watch = (symbol: string) => market.watch(symbol);
    this.bars = new Bars({ source: market, store: this.store, calendar: this.#calendar, clock, watch, log });
  }

  /** As a chart's feed sees it. */
  source(options: SourceOptions = {}): ChartSource {
    const { market, elapsed, wall } = this.market.clock;
    const { ahead = 0, simulated = false, delayMs = 0, annotations = [] } = options;
    return {
      simulated,
      clock: { market, elapsed, wall: { now: () => wall.now() + ahead } },
      bars: this.bars,
      symbols: new BrokerSymbols(this.market, elapsed),
      calendar: this.#calendar,
      feed: { mode: 'streaming', delayMs, simulated, borrowed: false },
      quote: (symbol, maxAgeMs) => this.quotes.confirmed(symbol, maxAgeMs),
      watchedSymbols: () => this.quotes.watched(),
      annotations: (_symbol, { from, to }) => annotations.filter(({ at }) => at >= from && at < to),
    };
  }

  close(): void {
    this.bars.close();
    this.quotes.close();
    this.#calendar.close();
    this.#db.close();
  }
}
