import type { ElapsedMs, ElapsedTime } from '../domain/clock.ts';
import type { Greeks } from '../domain/market-data.ts';
import type { MarketSource } from './market-source.ts';
import { optionTerms, readSymbol } from './symbols/names.ts';

/** Brokers compute greeks about once an hour; what was read this recently is not read again. */
const FRESH_MS = 60_000;
const MOST = 2_000;

interface Known {
  greeks: Greeks | null;
  readAt: ElapsedMs;
}

/** Greeks of options, read when somebody wants them: all that are asked for together in one request. */
export class OptionGreeks {
  readonly #source: Pick<MarketSource, 'quotes'>;
  readonly #elapsed: ElapsedTime;
  readonly #known = new Map<string, Known>();

  constructor(source: Pick<MarketSource, 'quotes'>, elapsed: ElapsedTime) {
    this.#source = source;
    this.#elapsed = elapsed;
  }

  /** By Tradier's symbol; without those that are no options or have no greeks. Throws what the broker's read throws. */
  async of(symbols: readonly string[]): Promise<Map<string, Greeks>> {
    const options = [...new Set(symbols.map((symbol) => readSymbol(symbol)))].filter(
      (symbol) => optionTerms(symbol) !== null,
    );
    const asked = this.#elapsed.now();
    const old = options.filter((symbol) => !this.#isFresh(symbol, asked));
    if (old.length > 0) {
      const { quotes } = await this.#source.quotes(old, { greeks: true });
      const found = new Map(quotes.map((quote) => [quote.symbol, quote.greeks ?? null]));
      for (const symbol of old) this.#keep(symbol, { greeks: found.get(symbol) ?? null, readAt: asked });
    }
    const answer = new Map<string, Greeks>();
    for (const symbol of options) {
      const greeks = this.#known.get(symbol)?.greeks;
      if (greeks) answer.set(symbol, greeks);
    }
    return answer;
  }

  #isFresh(symbol: string, now: ElapsedMs): boolean {
    const known = this.#known.get(symbol);
    return known !== undefined && now - known.readAt < FRESH_MS;
  }

  #keep(symbol: string, known: Known): void {
    this.#known.delete(symbol);
    this.#known.set(symbol, known);
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
  }
}
