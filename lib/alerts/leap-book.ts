import type { EpochMs } from '../domain/clock.ts';
import type { SplitRatio } from '../domain/shares.ts';
import { isShareSymbol } from '../domain/symbol.ts';
import { isOfDay, splitBehind } from './leap.ts';
import type { AlertMarket, DayRange, Leap } from './watch.ts';

/** Splits come over night: a symbol that was just seen to leap without one is not asked about again; market time. */
const CALM_MS = 60_000;

/** Asks the broker what is behind a leap of a price; alerts of one symbol share a question. */
export class LeapBook {
  readonly #market: Pick<AlertMarket, 'clock' | 'dayOf'>;
  readonly #asked = new Map<string, Promise<DayRange | null>>();
  readonly #calmUntil = new Map<string, EpochMs>();

  constructor(market: Pick<AlertMarket, 'clock' | 'dayOf'>) {
    this.#market = market;
  }

  /** The split, or null when there was none. Throws while the broker does not say. */
  async explain(symbol: string, leap: Leap): Promise<SplitRatio | null> {
    const now = this.#market.clock.market.now();
    // Options are split by new symbols, and leap all day.
    if (!isShareSymbol(symbol) || now < (this.#calmUntil.get(symbol) ?? now)) return null;
    const day = await this.#ask(symbol, leap.from.at);
    if (day === null) return null;
    if (isOfDay(leap.from.price, day)) this.#calmUntil.set(symbol, now + CALM_MS);
    return splitBehind(leap, day);
  }

  #ask(symbol: string, at: EpochMs): Promise<DayRange | null> {
    const key = `${symbol} ${at}`;
    let asked = this.#asked.get(key);
    if (asked === undefined) {
      asked = this.#market.dayOf(symbol, at).finally(() => this.#asked.delete(key));
      this.#asked.set(key, asked);
    }
    return asked;
  }
}
