import { ATR } from 'technicalindicators';
import type { MarketTime } from '../domain/clock.ts';
import type { Bar } from '../domain/market-data.ts';
import type { BarService } from '../market/bars/contract.ts';
import { newYorkDate, toEpoch } from '../market/calendar.ts';

/** Wilder's own choice. */
const PERIOD = 14;
/** His smoothing remembers: after so many days its start no longer shows. */
const DAYS = 120;
const MOST_SYMBOLS = 500;

export interface DailyAtrParts {
  bars: Pick<BarService, 'history'>;
  market: MarketTime;
  log: (level: 'warn', message: string) => void;
}

/** The average true range of 14 days by Wilder, dollars a share; null with fewer than 15 whole days. */
export function wilderAtr(bars: readonly Bar[]): number | null {
  if (bars.length <= PERIOD) return null;
  const values = ATR.calculate({
    period: PERIOD,
    high: bars.map((bar) => bar.high),
    low: bars.map((bar) => bar.low),
    close: bars.map((bar) => bar.close),
  });
  const last = values.at(-1);
  return last !== undefined && Number.isFinite(last) && last > 0 ? last : null;
}

/** The ATR of the days before today, read once a symbol and day. */
export class DailyAtr {
  readonly #parts: DailyAtrParts;
  #date = '';
  #read = new Map<string, Promise<number | null>>();

  constructor(parts: DailyAtrParts) {
    this.#parts = parts;
  }

  /** null when it is not known: there are too few days, or they could not be read. */
  of(symbol: string): Promise<number | null> {
    const date = newYorkDate(this.#parts.market.now());
    if (date !== this.#date || this.#read.size >= MOST_SYMBOLS) this.#read = new Map();
    this.#date = date;
    const read = this.#read;
    let found = read.get(symbol);
    if (found) return found;
    found = this.#ask(symbol, date).catch((error: unknown) => {
      // What failed is asked for again the next time.
      read.delete(symbol);
      this.#parts.log('warn', `the daily bars of ${symbol} could not be read: ${String(error)}`);
      return null;
    });
    read.set(symbol, found);
    return found;
  }

  async #ask(symbol: string, date: string): Promise<number | null> {
    // Today's bar is still forming, or not there yet.
    const bars = await this.#parts.bars.history(symbol, 'D', { count: DAYS, to: toEpoch(date) });
    return wilderAtr(bars);
  }
}
