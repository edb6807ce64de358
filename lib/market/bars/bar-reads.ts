import type { ElapsedTime, EpochMs } from '../../domain/clock.ts';
import { TraderError } from '../../domain/errors.ts';
import type { Bar, Quote } from '../../domain/market-data.ts';
import type { Session } from '../calendar-days.ts';
import { newYorkDate } from '../exchange-time.ts';
import type { MarketSource } from '../market-source.ts';
import { QuoteReads } from '../quote-reads.ts';
import type { MarketCalendar } from '../trading-calendar.ts';
import type { TimeRange } from './contract.ts';
import type { Tier } from './intervals.ts';
import type { PacedReads } from './paced-reads.ts';

const NAMES = { '1': '1min', '5': '5min', '15': '15min' } as const;
const KNOWN = 5_000;

/** The broker's own bars of the regular session, one read for all who ask for the same thing at the same time. */
export class BarReads {
  readonly #source: MarketSource;
  readonly #calendar: MarketCalendar;
  readonly #paced: PacedReads;
  readonly #running = new Map<string, Promise<Bar[]>>();
  readonly #known = new Set<string>();
  /** Who begin together cost one request. */
  readonly #quotes: QuoteReads;

  constructor(
    source: MarketSource,
    calendar: MarketCalendar,
    { paced, elapsed }: { paced: PacedReads; elapsed: ElapsedTime },
  ) {
    this.#source = source;
    this.#calendar = calendar;
    this.#paced = paced;
    this.#quotes = new QuoteReads({
      elapsed,
      read: (symbols) => paced.run(() => source.quotes(symbols)),
      onAnswer: (_symbols, quotes) => this.#exist(quotes),
    });
  }

  /** Bars of minutes with from <= time < to; throws E_NO_QUOTE for a symbol the broker does not know. */
  minutes(symbol: string, tier: Exclude<Tier, 'D'>, { from, to }: TimeRange): Promise<Bar[]> {
    return this.#once(`${symbol} ${tier} ${from} ${to}`, async () => {
      await this.#mustExist(symbol);
      const rows = await this.#paced.run(() =>
        this.#source.timesales(symbol, NAMES[tier], from, to, 'regular'),
      );
      return ordered(rows.filter(({ time }) => this.#calendar.openSession(time) !== null));
    });
  }

  /** Daily bars of these sessions, each with its session's open as its time. */
  days(symbol: string, first: Session, last: Session): Promise<Bar[]> {
    return this.#once(`${symbol} D ${first.date} ${last.date}`, async () => {
      await this.#mustExist(symbol);
      const rows = await this.#paced.run(() => this.#source.history(symbol, 'daily', first.date, last.date));
      return ordered(
        rows.flatMap((row) => {
          const session = this.#calendar.sessionOn(newYorkDate(row.time));
          return session === null ? [] : [{ ...row, time: session.open }];
        }),
      );
    });
  }

  #once(key: string, read: () => Promise<Bar[]>): Promise<Bar[]> {
    const running = this.#running.get(key);
    if (running) return running;
    const started = read().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  /** The broker answers for an unknown symbol as for one that never traded. */
  async #mustExist(symbol: string): Promise<void> {
    if (this.#known.has(symbol)) return;
    await this.#quotes.read(symbol);
    if (!this.#known.has(symbol)) {
      const detail = { field: 'symbol', value: symbol, expected: 'a symbol the broker knows' };
      throw new TraderError('E_NO_QUOTE', `The broker does not know ${symbol}.`, detail);
    }
  }

  #exist(quotes: readonly Quote[]): void {
    if (this.#known.size + quotes.length > KNOWN) this.#known.clear();
    for (const { symbol } of quotes) this.#known.add(symbol);
  }
}

/** Oldest first, each time once: of two rows the later one counts. */
function ordered(bars: readonly Bar[]): Bar[] {
  const byTime = new Map<EpochMs, Bar>();
  for (const bar of bars) byTime.set(bar.time, bar);
  return [...byTime.values()].sort((a, b) => a.time - b.time);
}
