import { allSessions, type Session } from '../market/calendar.ts';
import type { TradingDay } from './trading-day.ts';

/** Open, high, low, close in cents and volume in shares. */
export interface DailyFigures {
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** Cents. */
export interface PriceRange {
  high: number;
  low: number;
}

/** A symbol's whole days, each computed when first asked for and kept (a few bytes a day). */
export class DailyTable {
  readonly #makeDay: (session: Session) => TradingDay;
  readonly #prices = new Int32Array(allSessions().length * 4);
  readonly #volumes = new Float64Array(allSessions().length);
  #ranged: { index: number; count: number; range: PriceRange | null } | undefined;

  constructor(makeDay: (session: Session) => TradingDay) {
    this.#makeDay = makeDay;
  }

  at(session: Session): DailyFigures {
    const { index } = session;
    this.#fill(session);
    return {
      open: this.#prices[index * 4] as number,
      high: this.#prices[index * 4 + 1] as number,
      low: this.#prices[index * 4 + 2] as number,
      close: this.#prices[index * 4 + 3] as number,
      volume: this.#volumes[index] as number,
    };
  }

  /** The highest and lowest price of the `count` sessions before `index`; null when there is none. */
  range(index: number, count: number): PriceRange | null {
    // Every quote of a day asks for the same one.
    if (this.#ranged?.index === index && this.#ranged.count === count) return this.#ranged.range;
    let high = 0;
    let low = Number.POSITIVE_INFINITY;
    for (let i = Math.max(0, index - count); i < index; i++) {
      this.#fill(allSessions()[i] as Session);
      high = Math.max(high, this.#prices[i * 4 + 1] as number);
      low = Math.min(low, this.#prices[i * 4 + 2] as number);
    }
    const range = high === 0 ? null : { high, low };
    this.#ranged = { index, count, range };
    return range;
  }

  #fill(session: Session): void {
    const { index } = session;
    // Every day trades at least a hundred shares a minute, so an empty volume means not computed.
    if (this.#volumes[index] !== 0) return;
    const day = this.#makeDay(session);
    const last = day.minutes;
    this.#prices[index * 4] = day.open[0] as number;
    this.#prices[index * 4 + 1] = day.highBefore[last] as number;
    this.#prices[index * 4 + 2] = day.lowBefore[last] as number;
    this.#prices[index * 4 + 3] = day.close[last - 1] as number;
    this.#volumes[index] = day.volumeBefore[last] as number;
  }
}
