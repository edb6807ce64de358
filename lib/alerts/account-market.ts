import type { Clock } from '../domain/clock.ts';
import { Emitter } from '../domain/events.ts';
import { barAt } from '../market/bars/boundaries.ts';
import type { MarketData } from '../market/market-data.ts';
import type { MarketSource } from '../market/market-source.ts';
import type { AlertMarket } from './watch.ts';

/** An account's market data as alerts look at it. */
export function alertMarket(
  source: Pick<MarketSource, 'streamStates'>,
  market: Pick<MarketData, 'quotes' | 'bars' | 'calendar' | 'feed'>,
  clock: Clock,
  log: AlertMarket['log'],
): AlertMarket {
  const streamChanges = new Emitter<void>((error) => log('error', String(error)));
  let open = false;
  const leave = source.streamStates.on(({ stream, state, gap }) => {
    if (stream !== 'market') return;
    // A gap the stream tells only when it is open again was a time without it.
    if (gap && open) {
      open = false;
      streamChanges.emit();
    }
    if (open === (state === 'open')) return;
    open = state === 'open';
    streamChanges.emit();
  });
  return {
    clock,
    bars: market.bars,
    watchQuotes: (symbols, listener) => market.quotes.watch(symbols, listener),
    streaming: () => open || market.feed.mode === 'polling',
    streamChanges,
    barEnd: (interval, time) => barAt(market.calendar, interval, time)?.to ?? time,
    log,
    close: leave,
  };
}
