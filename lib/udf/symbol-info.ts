import { dayNumber, newYorkDate, toEpoch } from '../market/exchange-time.ts';
import type { SymbolInfo } from '../market/symbols/contract.ts';
import { readSymbol } from '../market/symbols/names.ts';
import { MINUTES, RESOLUTIONS } from './config.ts';
import type { ChartSource } from './feed-parts.ts';
import { knownSymbol } from './known-symbol.ts';
import { tradingHours } from './trading-hours.ts';

type Source = Pick<ChartSource, 'symbols' | 'calendar' | 'clock' | 'feed'>;

/** `GET /symbols`. Throws E_INPUT, and E_NO_QUOTE for what the broker does not know. */
export async function symbolInfo(source: Source, query: URLSearchParams): Promise<object> {
  const symbol = readSymbol(query.get('symbol') ?? undefined);
  return librarySymbol(source, await knownSymbol(source, symbol));
}

function librarySymbol(source: Source, info: SymbolInfo): object {
  const now = source.clock.market.now();
  const delay = source.feed.delayMs / 1000;
  return {
    name: info.ticker,
    ticker: info.ticker,
    description: describe(source, info),
    type: info.kind,
    exchange: info.exchangeName,
    listed_exchange: info.exchangeName,
    timezone: 'America/New_York',
    ...tradingHours(source.calendar, now),
    ...priceFormat(info),
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

/** In cents, as all prices from a dollar up; where those below have another step, both in the chart's own writing. */
function priceFormat({ tick, tickBelowDollar }: SymbolInfo): object {
  const format = { minmov: Math.round(tick * 100), pricescale: 100 };
  return tick === tickBelowDollar
    ? format
    : { ...format, variable_tick_size: `${tickBelowDollar} 1 ${tick}` };
}

function expiry({ option }: SymbolInfo, today: string): object {
  if (option === undefined) return {};
  const expired = dayNumber(option.expiration) < dayNumber(today);
  return expired ? { expired, expiration_date: toEpoch(option.expiration, '16:00') / 1000 } : {};
}

/** Invented prices are called so wherever a person reads of them. */
export function describe({ feed }: Pick<ChartSource, 'feed'>, info: { description: string }): string {
  return feed.simulated ? `${info.description} (SIMULATED)`.trim() : info.description;
}
