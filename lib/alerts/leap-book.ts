import type { ElapsedTime } from '../domain/clock.ts';
import type { SplitRatio } from '../domain/shares.ts';
import { isShareSymbol } from '../domain/symbol.ts';
import { splitBehind } from './leap.ts';
import type { AlertMarket, DayRange, Leap } from './watch.ts';

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;

export interface LeapBookParts {
  market: Pick<AlertMarket, 'dayOf' | 'log'>;
  elapsed: ElapsedTime;
}

/** Asks the broker what is behind a leap of a price, again until it answers; alerts of one symbol share a question. */
export class LeapBook {
  readonly #parts: LeapBookParts;
  readonly #asked = new Map<string, Promise<DayRange | null>>();
  readonly #over = new AbortController();

  constructor(parts: LeapBookParts) {
    this.#parts = parts;
  }

  /** The split, or null when there was none. Never resolves after the close. */
  async explain(symbol: string, leap: Leap): Promise<SplitRatio | null> {
    // Options are split by new symbols, and leap all day.
    if (!isShareSymbol(symbol)) return null;
    const day = await this.#day(symbol, leap.from.at);
    return day === null ? null : splitBehind(leap, day);
  }

  close(): void {
    this.#over.abort();
  }

  async #day(symbol: string, at: number): Promise<DayRange | null> {
    const { elapsed, market } = this.#parts;
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        return await this.#ask(symbol, at);
      } catch (error) {
        if (wait === FIRST_RETRY_MS)
          market.log('warn', `alerts on ${symbol} wait: whether it was split is not known: ${String(error)}`);
        await new Promise<void>((resolve) => {
          const timer = elapsed.after(wait, resolve);
          this.#over.signal.addEventListener('abort', () => timer.cancel(), { once: true });
        });
      }
    }
  }

  #ask(symbol: string, at: number): Promise<DayRange | null> {
    const key = `${symbol} ${at}`;
    let asked = this.#asked.get(key);
    if (asked === undefined) {
      asked = this.#parts.market.dayOf(symbol, at).finally(() => this.#asked.delete(key));
      this.#asked.set(key, asked);
    }
    return asked;
  }
}
