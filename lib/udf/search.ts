import type { Quote } from '../domain/market-data.ts';
import { exchangeCodes, exchangeName } from '../market/symbols/exchanges.ts';
import { tickerOf } from '../market/symbols/names.ts';
import type { ChartSource } from './feed-parts.ts';
import { readExchange, readKind, readLimit, readQuery } from './parameters.ts';
import { patiently } from './patience.ts';
import { describe } from './symbol-info.ts';

type Source = Pick<ChartSource, 'symbols' | 'clock' | 'feed' | 'quote' | 'watchedSymbols'>;
type Found = Pick<Quote, 'symbol' | 'description' | 'exchange' | 'kind'>;

/** What is watched is confirmed far more often. */
const RECENT_MS = 60_000;

/**
 * `GET /search`: what the chart's symbol dialog lists. It opens with nothing typed: then it shows what the desk holds and
 * watches, where a chart may see what the account did (`familiar`).
 */
export async function search(
  source: Source,
  query: URLSearchParams,
  { familiar }: { familiar: boolean },
): Promise<object[]> {
  const kind = readKind(query);
  const what = { query: readQuery(query), exchange: readExchange(query), limit: readLimit(query) };
  if (what.query === '') {
    const codes = what.exchange === '' ? null : exchangeCodes(what.exchange);
    const known = familiar ? await watched(source) : [];
    return known
      .filter((one) => (kind === null || one.kind === kind) && (codes?.includes(one.exchange) ?? true))
      .slice(0, what.limit)
      .map((one) => row(source, one));
  }
  const found = await patiently(source.clock.elapsed, () =>
    source.symbols.search(kind === null ? what : { ...what, kind }),
  );
  return found.map((one) => row(source, one));
}

/** Those with a quote: a dialog that opens has no use for an error. */
async function watched(source: Source): Promise<Found[]> {
  const quotes = await Promise.allSettled(
    source.watchedSymbols().map((symbol) => source.quote(symbol, RECENT_MS)),
  );
  return quotes.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

function row(source: Source, { symbol, description, exchange, kind }: Found): object {
  const ticker = tickerOf(symbol);
  return {
    symbol: ticker,
    full_name: ticker,
    ticker,
    description: describe(source, { description }),
    exchange: exchangeName(exchange),
    type: kind,
  };
}
