import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bar } from '../../../lib/domain/market-data.ts';
import { Bars } from '../../../lib/market/bars/bar-service.ts';
import { barAt } from '../../../lib/market/bars/boundaries.ts';
import { type Interval, minutesOf } from '../../../lib/market/bars/intervals.ts';
import { joinDays, joinMinutes } from '../../../lib/market/bars/resample.ts';
import { BrokerCalendar } from '../../../lib/market/broker-calendar.ts';
import { openSession } from '../../../lib/market/calendar.ts';
import { MINUTE } from '../../../lib/market/exchange-time.ts';
import { DiskBarStore } from '../../../lib/market/store/bar-store.ts';
import { MarketDatabase } from '../../../lib/market/store/database.ts';
import type { TapeSource } from './tape-source.ts';

/** One service over one simulated market; `restart` is a new process with the same file. */
export class Setup<Source extends TapeSource = TapeSource> {
  readonly folder = mkdtempSync(join(tmpdir(), 'bar-service-'));
  readonly log: string[] = [];
  readonly source: Source;
  bars!: Bars;
  store!: DiskBarStore;
  #db!: MarketDatabase;

  constructor(source: Source) {
    this.source = source;
    this.open();
  }

  open(): void {
    const log = (_level: string, message: string) => this.log.push(message);
    this.#db = new MarketDatabase(join(this.folder, 'market.db'), log);
    this.store = new DiskBarStore(this.#db);
    const { clock } = this.source;
    const calendar = new BrokerCalendar({ source: this.source, db: null, clock, log });
    const { source, store } = this;
    this.bars = new Bars({ source, store, calendar, clock, watch: (symbol) => source.watch(symbol), log });
  }

  restart(): void {
    this.close();
    this.open();
  }

  close(): void {
    this.bars.close();
    this.store.close();
    this.#db.close();
  }

  dispose(): void {
    this.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get now(): number {
    return this.source.clock.market.now();
  }

  /** What the exchange itself would make of its minutes and days, up to now. */
  truth(symbol: string, interval: Interval, from: number, to: number): Bar[] {
    const { exchange } = this.source;
    exchange.advance(this.now);
    const minutes = minutesOf(interval);
    const calendar = {
      openSession,
      sessionsBetween: () => [],
      nextSession: () => null,
      latestSession: () => null,
    };
    const inSpan = ({ time }: Bar) => time >= from && time < to;
    if (minutes !== null) {
      const whole = exchange.minuteBars(symbol, from - 390 * MINUTE, to + 390 * MINUTE);
      return joinMinutes(whole, minutes, openSession)
        .filter(inSpan)
        .map((bar) => ({ ...bar, closed: (barAt(calendar, interval, bar.time)?.to ?? 0) <= this.now }));
    }
    const days = exchange.dailyBars(symbol, '2015-01-01', '2030-12-31');
    return (interval === 'D' ? days : joinDays(days, interval)).filter(inSpan);
  }
}
