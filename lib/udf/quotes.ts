import { TraderError } from '../domain/errors.ts';
import type { ConfirmedQuote } from '../domain/market-data.ts';
import { exchangeName } from '../market/symbols/exchanges.ts';
import { readSymbol, tickerOf } from '../market/symbols/names.ts';
import type { ChartSource } from './feed-parts.ts';
import { readNames } from './parameters.ts';
import { describe } from './symbol-info.ts';

/** Younger than what a watchlist asks for again. */
const RECENT_MS = 5_000;

/** `GET /quotes`: one row a name, in the order and the spelling they were asked in. */
export async function quotes(source: Pick<ChartSource, 'quote' | 'feed'>, query: URLSearchParams) {
  const names = readNames(query);
  return { s: 'ok', d: await Promise.all(names.map((name) => row(source, name))) };
}

async function row(source: Pick<ChartSource, 'quote' | 'feed'>, name: string): Promise<object> {
  try {
    const quote = await source.quote(readSymbol(name, 'symbols'), RECENT_MS);
    return { s: 'ok', n: name, v: valuesOf(source, name, quote) };
  } catch (error) {
    if (!(error instanceof TraderError)) throw error;
    return { s: 'error', n: name, errmsg: error.message, v: {} };
  }
}

/** What is not known is left out: null is no number to the chart. */
function valuesOf(source: Pick<ChartSource, 'feed'>, name: string, quote: ConfirmedQuote): object {
  const { bid, ask } = quote;
  const values = {
    ch: quote.change,
    chp: quote.changePercent,
    short_name: tickerOf(quote.symbol),
    exchange: exchangeName(quote.exchange),
    description: describe(source, quote),
    original_name: name,
    lp: quote.last,
    ask,
    bid,
    spread: bid === null || ask === null ? null : Math.round((ask - bid) * 10_000) / 10_000,
    open_price: quote.open,
    high_price: quote.high,
    low_price: quote.low,
    prev_close_price: quote.previousClose,
    volume: quote.volume,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
