import type { Bar } from '../../lib/domain/market-data.ts';
import type { BarUpdate } from '../../lib/market/bars/contract.ts';
import type { TradingAccount } from '../../lib/trading-account.ts';
import { QuoteSource } from './quote-source.ts';

/** An account of which only the bars are there, told by hand. */
export class BarAccount {
  readonly #listeners = new Set<(update: BarUpdate) => void>();
  history: () => Promise<Bar[]>;

  constructor(bars: Bar[]) {
    this.history = async () => bars;
  }

  get account(): TradingAccount {
    const bars = {
      history: () => this.history(),
      follow: (
        _symbol: string,
        _interval: string,
        _options: object,
        listener: (update: BarUpdate) => void,
      ) => {
        this.#listeners.add(listener);
        return { release: () => this.#listeners.delete(listener) };
      },
    };
    return { ...new QuoteSource().account, bars } as unknown as TradingAccount;
  }

  tell(update: BarUpdate): void {
    for (const listener of this.#listeners) listener(update);
  }
}

export function bar(minute: number): Bar {
  const time = 1_772_467_200_000 + minute * 60_000;
  return { symbol: 'SPY', time, open: 1, high: 1, low: 1, close: 1, volume: 1, closed: true };
}
