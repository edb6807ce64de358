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
  return {
    ...quote,
    last: price,
    lastSize: trade.size,
    volume: trade.cumulativeVolume || quote.volume,
    high: quote.high === null ? null : Math.max(quote.high, price),
    low: quote.low === null ? null : Math.min(quote.low, price),
    ...changeOf(price, quote.previousClose),
    tradeTime: trade.time,
  };
}

/** A snapshot that was asked for before the stream spoke: its day figures count, its bid, ask and last do not. */
export function withSnapshot(quote: Quote, snapshot: Quote): Quote {
  const { bid, ask, bidSize, askSize, bidTime, askTime } = quote;
  const merged = { ...snapshot, bid, ask, bidSize, askSize, bidTime, askTime };
  if (snapshot.tradeTime >= quote.tradeTime) return merged;
  const { last, lastSize, volume, tradeTime } = quote;
  // Against the snapshot's close: a split or a new day made it another one.
  return { ...merged, last, lastSize, volume, ...changeOf(last, snapshot.previousClose), tradeTime };
}

function changeOf(
  price: number | null,
  close: number | null,
): { change: number | null; changePercent: number | null } {
  if (price === null || close === null) return { change: null, changePercent: null };
  const change = price - close;
  return { change: cents(change), changePercent: close === 0 ? null : cents((change / close) * 100) };
}

/** Tradier gives changes with two decimals; a difference of two doubles has more. */
function cents(value: number): number {
  return Math.round(value * 100) / 100;
}
