import { z } from 'zod';
import type { Bar, Greeks, Quote } from '../../domain/market-data.ts';
import { toEpoch } from '../../market/exchange-time.ts';
import { sectorName } from '../../market/symbols/sectors.ts';
import type { CalendarDay, Security } from '../port.ts';
import {
  day,
  decimal,
  decimalOrNull,
  decimalOrZero,
  listOf,
  many,
  reply,
  word,
  wordOrEmpty,
} from './codec.ts';

/** The documents about quotes, bars, clock and calendar. Shapes: docs.tradier.com. */

const QUOTE_KINDS = ['stock', 'etf', 'index', 'option', 'mutual_fund'] as const;

/** Of options, when they were asked for; null where there are none yet. */
const greeksRow = z
  .object({
    delta: decimalOrNull,
    gamma: decimalOrNull,
    theta: decimalOrNull,
    vega: decimalOrNull,
    rho: decimalOrNull,
    phi: decimalOrNull,
    bid_iv: decimalOrNull,
    mid_iv: decimalOrNull,
    ask_iv: decimalOrNull,
    smv_vol: decimalOrNull,
    updated_at: wordOrEmpty,
  })
  .transform(
    ({ bid_iv, mid_iv, ask_iv, smv_vol, updated_at, ...row }): Greeks => ({
      ...row,
      bidIv: bid_iv,
      midIv: mid_iv,
      askIv: ask_iv,
      smvVol: smv_vol,
      updatedAt: updated_at,
    }),
  );

const quoteRow = z
  .object({
    symbol: word,
    description: wordOrEmpty,
    exch: wordOrEmpty,
    type: z.enum(QUOTE_KINDS).catch('stock'),
    last: decimalOrNull,
    last_volume: decimalOrZero,
    volume: decimalOrZero,
    average_volume: decimalOrZero,
    open: decimalOrNull,
    high: decimalOrNull,
    low: decimalOrNull,
    close: decimalOrNull,
    prevclose: decimalOrNull,
    change: decimalOrNull,
    change_percentage: decimalOrNull,
    bid: decimalOrNull,
    ask: decimalOrNull,
    bidsize: decimalOrZero,
    asksize: decimalOrZero,
    week_52_high: decimalOrNull,
    week_52_low: decimalOrNull,
    trade_date: decimalOrZero,
    bid_date: decimalOrZero,
    ask_date: decimalOrZero,
    // Greeks that cannot be read are none: the price beside them still counts.
    greeks: greeksRow.nullish().catch(null),
  })
  .transform(
    (row): Quote => ({
      symbol: row.symbol,
      description: row.description,
      exchange: row.exch,
      kind: row.type,
      // A side without a price comes as null or as 0; an order against "0" would be a mistake.
      bid: row.bid || null,
      ask: row.ask || null,
      bidSize: row.bidsize,
      askSize: row.asksize,
      last: row.last,
      lastSize: row.last_volume,
      volume: row.volume,
      averageVolume: row.average_volume,
      open: row.open,
      high: row.high,
      low: row.low,
      close: row.close,
      previousClose: row.prevclose,
      change: row.change,
      changePercent: row.change_percentage,
      week52High: row.week_52_high,
      week52Low: row.week_52_low,
      tradeTime: row.trade_date,
      bidTime: row.bid_date,
      askTime: row.ask_date,
      ...(row.greeks ? { greeks: row.greeks } : {}),
    }),
  );

export const quotesReply = reply(
  'quotes',
  z
    .preprocess(
      (value) => (value === null || value === 'null' ? {} : value),
      z.object({
        quote: many(quoteRow),
        unmatched_symbols: listOf('symbol', z.string()).optional(),
      }),
    )
    .transform((row) => ({ quotes: row.quote, unmatched: row.unmatched_symbols ?? [] })),
);

const ohlc = {
  open: decimalOrNull,
  high: decimalOrNull,
  low: decimalOrNull,
  close: decimalOrNull,
  volume: decimalOrZero,
};

/** A bar that does not name its symbol. */
type BareBar = Omit<Bar, 'symbol' | 'closed'>;

/** Daily, weekly, monthly bars without their symbol; `time` is 09:30 New York of the bar's date. */
export const historyReply = reply(
  'history',
  listOf(
    'day',
    z.object({ date: day, ...ohlc }).transform((row) => bar(toEpoch(row.date, '09:30'), row)),
  ),
).transform((bars) => bars.filter((found) => found !== null));

/** Intraday bars without their symbol. */
export const timesalesReply = reply(
  'series',
  listOf(
    'data',
    z.object({ timestamp: decimal, ...ohlc }).transform((row) => bar(row.timestamp * 1000, row)),
  ),
).transform((bars) => bars.filter((found) => found !== null));

/** null for a row with a "NaN" among its prices, which Tradier sends for minutes without a trade. */
function bar(
  time: number,
  row: Record<'open' | 'high' | 'low' | 'close', number | null> & { volume: number },
): BareBar | null {
  const { open, high, low, close, volume } = row;
  if (open === null || high === null || low === null || close === null) return null;
  return { time, open, high, low, close, volume };
}

/** Epoch ms of Tradier's clock, which has a resolution of one second. */
export const clockReply = reply('clock', z.object({ timestamp: decimal })).transform(
  (row) => row.timestamp * 1000,
);

/** `/_sim/clock` of the simulator. */
export const simulatorClockReply = z.object({
  now_ms: z.number(),
  speed: z.number().nonnegative(),
  skips_closed: z.boolean(),
});

/** The rows of /markets/search and /markets/lookup; what has no symbol is left out. */
export const securitiesReply = reply(
  'securities',
  listOf(
    'security',
    z
      .object({
        symbol: wordOrEmpty,
        exchange: wordOrEmpty,
        type: z.enum(QUOTE_KINDS).catch('stock'),
        description: wordOrEmpty,
      })
      .transform(
        ({ symbol, exchange, type, description }): Security => ({
          symbol,
          description,
          exchange,
          kind: type,
        }),
      ),
  ),
).transform((rows) => rows.filter((row) => row.symbol !== ''));

const classification = z.object({ morningstar_sector_code: decimalOrNull }).nullish().catch(null);
const companyTables = z
  .object({ asset_classification: classification, historical_asset_classification: classification })
  .nullish()
  .catch(null);

/**
 * The sector in /beta/markets/fundamentals/company, a beta whose document is known from copies of the documentation and
 * from one client that measured it, not from a run of ours: every part of it may be missing. null where it names none.
 */
export const sectorReply = many(
  z.object({ results: many(z.object({ tables: companyTables })).catch([]) }).catch({ results: [] }),
).transform((companies) => {
  for (const { tables } of companies.flatMap(({ results }) => results)) {
    const { asset_classification: now, historical_asset_classification: before } = tables ?? {};
    const code = now?.morningstar_sector_code ?? before?.morningstar_sector_code;
    const sector = code === null || code === undefined ? null : sectorName(code);
    if (sector !== null) return sector;
  }
  return null;
});

const hours = z.object({ start: word, end: word });

export const calendarReply = reply(
  'calendar',
  z.object({
    days: listOf(
      'day',
      z
        .object({
          date: day,
          status: z.enum(['open', 'closed']),
          description: wordOrEmpty,
          premarket: hours.optional(),
          open: hours.optional(),
          postmarket: hours.optional(),
        })
        .transform(({ premarket, open, postmarket, ...row }): CalendarDay => {
          const found: CalendarDay = { ...row };
          if (premarket) found.premarket = premarket;
          if (open) found.open = open;
          if (postmarket) found.postmarket = postmarket;
          return found;
        }),
    ),
  }),
).transform((calendar) => calendar.days);
