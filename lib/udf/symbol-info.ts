import { dayNumber, newYorkDate, toEpoch } from '../market/exchange-time.ts';
import type { SymbolInfo } from '../market/symbols/contract.ts';
import { readSymbol } from '../market/symbols/names.ts';
import { MINUTES, RESOLUTIONS } from './config.ts';
import type { ChartSource } from './feed-parts.ts';
import { knownSymbol } from './known-symbol.ts';
import { readExchange, readKind, readLimit, readQuery } from './parameters.ts';
import { patiently } from './patience.ts';
import { tradingHours } from './trading-hours.ts';

type Source = Pick<ChartSource, 'symbols' | 'calendar' | 'clock' | 'feed'>;

/** Below a dollar stocks trade in hundredths of a cent. */
const STOCK_TICKS = '0.0001 1 0.01';

/** `GET /symbols`. Throws E_INPUT, and E_NO_QUOTE for what the broker does not know. */
export async function symbolInfo(source: Source, query: URLSearchParams): Promise<object> {
  const symbol = readSymbol(query.get('symbol') ?? undefined);
  return librarySymbol(source, await knownSymbol(source, symbol));
}

function librarySymbol(source: Source, info: SymbolInfo): object {
  const now = source.clock.market.now();
  const delay = source.feed.delayMs / 1000;
  const inDollars = info.tick === 0.01 && (info.kind === 'stock' || info.kind === 'etf');
  return {
    name: info.ticker,
    ticker: info.ticker,
    description: describe(source, info),
    type: info.kind,
    exchange: info.exchangeName,
    listed_exchange: info.exchangeName,
    timezone: 'America/New_York',
    ...tradingHours(source.calendar, now),
    ...priceFormat(info.tick),
    ...(inDollars ? { variable_tick_size: STOCK_TICKS } : {}),
    format: 'price',
    has_intraday: true,
    intraday_multipliers: MINUTES,
    has_daily: true,
    has_weekly_and_monthly: true,
    supported_resolutions: RESOLUTIONS,
    has_empty_bars: false,
    visible_plots_set: 'ohlcv',
    volume_precision: 0,
    data_status: delay > 0 ? 'delayed_streaming' : 'streaming',
    ...(delay > 0 ? { delay } : {}),
    ...(info.sector === null ? {} : { sector: info.sector }),
    ...expiry(info, newYorkDate(now)),
  };
}

/** The tick as a whole number of steps of a power of ten. */
function priceFormat(tick: number): { minmov: number; pricescale: number } {
  let pricescale = 100;
  while (pricescale < 1e8 && Math.abs(tick * pricescale - Math.round(tick * pricescale)) > 1e-9)
    pricescale *= 10;
  return { minmov: Math.max(1, Math.round(tick * pricescale)), pricescale };
}

function expiry({ option }: SymbolInfo, today: string): object {
  if (option === undefined) return {};
  const expired = dayNumber(option.expiration) < dayNumber(today);
  return expired ? { expired, expiration_date: toEpoch(option.expiration, '16:00') / 1000 } : {};
}

/** `GET /search`: what the chart's symbol dialog lists. Nothing was typed: nothing is found. */
export async function search(source: Source, query: URLSearchParams): Promise<object[]> {
  const kind = readKind(query);
  const what = { query: readQuery(query), exchange: readExchange(query), limit: readLimit(query) };
  const found = await patiently(source.clock.elapsed, () =>
    source.symbols.search(kind === null ? what : { ...what, kind }),
  );
  return found.map((info) => ({
    symbol: info.ticker,
    full_name: info.ticker,
    ticker: info.ticker,
    description: describe(source, info),
    exchange: info.exchangeName,
    type: info.kind,
  }));
}

/** Invented prices are called so wherever a person reads of them. */
export function describe({ feed }: Pick<ChartSource, 'feed'>, info: { description: string }): string {
  return feed.simulated ? `${info.description} (SIMULATED)`.trim() : info.description;
}
