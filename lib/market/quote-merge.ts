import type { QuoteUpdate } from '../broker/port.ts';
import type { Quote, Trade } from '../domain/market-data.ts';

/** How a known quote and a newer message about it become one. Pure; null for a message older than what is known. */

export function withQuoteUpdate(quote: Quote, update: QuoteUpdate): Quote | null {
  if (update.bidTime < quote.bidTime && update.askTime < quote.askTime) return null;
  const { bid, ask, bidSize, askSize, bidTime, askTime } = update;
  return { ...quote, bid, ask, bidSize, askSize, bidTime, askTime };
}

/** Streams replay old prints after a reconnection: those are not news. */
export function withTrade(quote: Quote, trade: Trade): Quote | null {
  if (trade.time < quote.tradeTime) return null;
  const { price } = trade;
  const change = quote.previousClose === null ? null : price - quote.previousClose;
  return {
    ...quote,
    last: price,
    lastSize: trade.size,
    volume: trade.cumulativeVolume || quote.volume,
    high: quote.high === null ? null : Math.max(quote.high, price),
    low: quote.low === null ? null : Math.min(quote.low, price),
    change: change === null ? null : cents(change),
    changePercent:
      change === null || !quote.previousClose ? null : cents((change / quote.previousClose) * 100),
    tradeTime: trade.time,
  };
}

/** A snapshot that was asked for before the stream spoke: its day figures count, its bid, ask and last do not. */
export function withSnapshot(quote: Quote, snapshot: Quote): Quote {
  const { bid, ask, bidSize, askSize, bidTime, askTime } = quote;
  const merged = { ...snapshot, bid, ask, bidSize, askSize, bidTime, askTime };
  if (snapshot.tradeTime >= quote.tradeTime) return merged;
  const { last, lastSize, volume, change, changePercent, tradeTime } = quote;
  return { ...merged, last, lastSize, volume, change, changePercent, tradeTime };
}

/** Tradier gives changes with two decimals; a difference of two doubles has more. */
function cents(value: number): number {
  return Math.round(value * 100) / 100;
}
