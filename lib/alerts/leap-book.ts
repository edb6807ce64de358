import type { EpochMs } from '../domain/clock.ts';
import type { SplitRatio } from '../domain/shares.ts';
import { isShareSymbol } from '../domain/symbol.ts';
import { splitBehind } from './leap.ts';
import type { AlertMarket, DayRange, Leap } from './watch.ts';

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;
/** A price that leaps to and fro, as a thin market's does, asks no more often; market time. */
const ANSWER_HOLDS_MS = 60_000;

export interface LeapBookParts {
  market: Pick<AlertMarket, 'dayOf' | 'log' | 'clock'>;
}

interface Asked {
  answer: Promise<DayRange | null>;
  at: EpochMs;
}

/** Asks the broker what is behind a leap of a price, again until it answers; alerts of one symbol share a question. */
export class LeapBook {
  readonly #parts: LeapBookParts;
  readonly #asked = new Map<string, Asked>();
  readonly #over = new AbortController();

  constructor(parts: LeapBookParts) {
    this.#parts = parts;
  }

  /** The split, or null when there was none or nobody wants to know any more, as after the close. */
  async explain(symbol: string, leap: Leap, wanted: () => boolean): Promise<SplitRatio | null> {
    // Options are split by new symbols, and leap all day.
    if (!isShareSymbol(symbol)) return null;
    const day = await this.#day(symbol, leap.from.at, () => wanted() && !this.#over.signal.aborted);
    return day === null ? null : splitBehind(leap, day);
  }

  close(): void {
    this.#over.abort();
  }

  async #day(symbol: string, at: EpochMs, wanted: () => boolean): Promise<DayRange | null> {
    const { clock, log } = this.#parts.market;
    for (let wait = FIRST_RETRY_MS; wanted(); wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        return await this.#ask(symbol, at);
      } catch (error) {
        if (wait === FIRST_RETRY_MS && wanted())
          log('warn', `alerts on ${symbol} wait: whether it was split is not known: ${String(error)}`);
        await clock.elapsed.sleep(wait, this.#over.signal).catch(() => undefined);
      }
    }
    return null;
  }

  #ask(symbol: string, at: EpochMs): Promise<DayRange | null> {
    const now = this.#parts.market.clock.market.now();
    for (const [key, asked] of this.#asked) if (now - asked.at >= ANSWER_HOLDS_MS) this.#asked.delete(key);
    const key = `${symbol} ${at}`;
    const known = this.#asked.get(key);
    if (known !== undefined) return known.answer;
    const asked = { answer: this.#parts.market.dayOf(symbol, at), at: now };
    this.#asked.set(key, asked);
    asked.answer.catch(() => {
      if (this.#asked.get(key) === asked) this.#asked.delete(key);
    });
    return asked.answer;
  }
}
