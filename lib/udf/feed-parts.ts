import type { Clock } from '../domain/clock.ts';
import type { ConfirmedQuote } from '../domain/market-data.ts';
import type { BarService, TimeRange } from '../market/bars/contract.ts';
import type { FeedInfo } from '../market/market-source.ts';
import type { SymbolDirectory } from '../market/symbols/contract.ts';
import type { MarketCalendar } from '../market/trading-calendar.ts';
import type { Annotation } from '../orders/annotations.ts';

/** What a chart's data come from: a trading account is one. */
export interface ChartSource {
  readonly simulated: boolean;
  readonly clock: Clock;
  readonly bars: BarService;
  readonly symbols: SymbolDirectory;
  readonly calendar: MarketCalendar;
  readonly feed: FeedInfo;
  /** What is held, ordered or watched now, as Tradier writes it, sorted. */
  watchedSymbols(): string[];
  /** Throws E_NO_QUOTE. */
  quote(symbol: string, maxAgeMs: number): Promise<ConfirmedQuote>;
  /** What the account did in a symbol, oldest first, the newest where there are very many. */
  annotations(symbol: string, range: TimeRange): Annotation[];
}
