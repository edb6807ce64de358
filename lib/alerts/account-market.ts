import type { Clock, EpochMs } from '../domain/clock.ts';
import { Emitter } from '../domain/events.ts';
import type { ConfirmedQuote } from '../domain/market-data.ts';
import { barAt } from '../market/bars/boundaries.ts';
import { newYorkDate } from '../market/exchange-time.ts';
import type { MarketData } from '../market/market-data.ts';
import type { MarketSource } from '../market/market-source.ts';
import type { MarketCalendar } from '../market/trading-calendar.ts';
import type { Seen } from './alert.ts';
import { leaps } from './leap.ts';
import type { AlertMarket, DayRange } from './watch.ts';

/** An account's market data as alerts look at it. */
export function alertMarket(
  source: Pick<MarketSource, 'streamStates' | 'quotes' | 'history'>,
  market: Pick<MarketData, 'quotes' | 'bars' | 'calendar' | 'feed' | 'restated'>,
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
    delayMs: market.feed.delayMs,
    regular: (quote) => regularPrice(market.calendar, quote),
    dayOf: (symbol, at) => dayOf(source, market, symbol, { at, now: clock.market.now() }),
    restated: (symbol) => market.restated(symbol),
    log,
    close: leave,
  };
}

function regularPrice(calendar: MarketCalendar, { last, close, tradeTime }: ConfirmedQuote): Seen | null {
  if (last !== null && last > 0 && calendar.openSession(tradeTime)) return { price: last, at: tradeTime };
  // Before the open and after the close a quote still tells what the session closed at.
  const session = calendar.latestSession(tradeTime);
  return close !== null && close > 0 && session ? { price: close, at: session.close - 1 } : null;
}

/** Today's range is told by the quote, an earlier one by the daily bars; null while that session runs. */
async function dayOf(
  source: Pick<MarketSource, 'quotes' | 'history'>,
  { calendar, feed }: Pick<MarketData, 'calendar' | 'feed'>,
  symbol: string,
  { at, now }: { at: EpochMs; now: EpochMs },
): Promise<DayRange | null> {
  const day = calendar.latestSession(at);
  const today = calendar.sessionOn(newYorkDate(now)) ?? calendar.latestSession(now);
  if (day === null || today === null) return null;
  // Shares are split between sessions: a print outside of a running one's range is one that does not count. A simulator
  // splits when it is told to.
  if (!feed.simulated && calendar.openSession(now)?.date === day.date) return null;
  const { quotes } = await source.quotes([symbol]);
  const quote = quotes.find((one) => one.symbol === symbol);
  if (day.date === today.date) {
    const { low = null, high = null, last = null } = quote ?? {};
    return low === null || high === null || last === null ? null : { low, high, close: last };
  }
  const [bar] = (await source.history(symbol, 'daily', day.date, day.date)).slice(-1);
  if (bar === undefined) return null;
  // In the morning of a split the previous close may be told in new shares before the daily bars are.
  const close = quote?.previousClose ?? null;
  const isDayBefore = calendar.sessionBack(today.date, 1)?.date === day.date;
  const part = isDayBefore && close !== null && close > 0 && leaps(bar.close, close) ? close / bar.close : 1;
  return { low: bar.low * part, high: bar.high * part, close: bar.close * part };
}
