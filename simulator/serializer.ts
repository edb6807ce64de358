import type { BrokerPosition } from '../lib/broker/port.ts';
import { type EpochMs, isoTime } from '../lib/domain/clock.ts';
import type { Bar, Quote, Trade } from '../lib/domain/market-data.ts';
import type { ExchangeBalances, Listing, OptionQuote } from '../lib/exchange/contract.ts';
import { optionTerms } from '../lib/market/symbols/names.ts';
import { newYorkText } from './new-york.ts';

/**
 * The quirks of Tradier's JSON (reference §4); those of orders are in `order-documents.ts`. The real service translates XML, so one element is a
 * bare object and several are an array; nothing at all is the string "null" in answers about an account and a
 * JSON null in answers about the market.
 */

/** One element stands alone, several are an array. */
export function collapse<T>(rows: readonly T[]): T | readonly T[] {
  return rows.length === 1 ? (rows[0] as T) : rows;
}

/** `{"orders":{"order":…}}`, or `{"orders":"null"}`: account family. */
export function accountList(name: string, element: string, rows: readonly unknown[]): object {
  return { [name]: rows.length === 0 ? 'null' : { [element]: collapse(rows) } };
}

/** `{"history":{"day":…}}`, or `{"history":null}`: market family. */
export function marketList(name: string, element: string, rows: readonly unknown[]): object {
  return { [name]: rows.length === 0 ? null : { [element]: collapse(rows) } };
}

export interface ProfileFigures {
  account: string;
  type: string;
  createdAt: EpochMs;
}

export function profileJson(profile: ProfileFigures): object {
  return {
    profile: {
      account: collapse([
        {
          account_number: profile.account,
          classification: 'individual',
          date_created: isoTime(profile.createdAt),
          day_trader: false,
          option_level: 0,
          status: 'active',
          type: profile.type,
          last_update_date: isoTime(profile.createdAt),
        },
      ]),
      id: `id-sim-${profile.account.toLowerCase()}`,
      name: 'Simulated Account',
    },
  };
}

/** Regulation T asks half of a stock position, long or short. */
const INITIAL_REQUIREMENT = 0.5;

export function balancesJson(account: string, balances: ExchangeBalances): object {
  const held = balances.longMarketValue + balances.shortMarketValue;
  const buyingPower = {
    fed_call: 0,
    maintenance_call: 0,
    option_buying_power: cents(balances.stockBuyingPower / 2),
    stock_buying_power: balances.stockBuyingPower,
    stock_short_value: balances.shortMarketValue,
  };
  return {
    balances: {
      option_short_value: 0,
      total_equity: balances.totalEquity,
      account_number: account,
      account_type: balances.type,
      close_pl: balances.closePnl,
      current_requirement: cents(
        (balances.longMarketValue + Math.abs(balances.shortMarketValue)) * INITIAL_REQUIREMENT,
      ),
      equity: 0,
      long_market_value: balances.longMarketValue,
      market_value: cents(held),
      open_pl: balances.openPnl,
      option_long_value: 0,
      option_requirement: 0,
      pending_orders_count: balances.pendingOrders,
      short_market_value: balances.shortMarketValue,
      stock_long_value: balances.longMarketValue,
      total_cash: balances.totalCash,
      uncleared_funds: 0,
      pending_cash: 0,
      // One of three sub-objects, named after the type.
      ...(balances.type === 'cash'
        ? {
            cash: {
              cash_available: balances.stockBuyingPower,
              sweep: 0,
              unsettled_funds: balances.unsettledFunds,
            },
          }
        : { [balances.type]: balances.type === 'margin' ? { ...buyingPower, sweep: 0 } : buyingPower }),
    },
  };
}

function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}

export function positionJson(position: BrokerPosition & { id: number }): object {
  return {
    cost_basis: position.costBasis,
    date_acquired: isoTime(position.acquiredAt),
    id: position.id,
    quantity: position.quantity,
    symbol: position.symbol,
  };
}

/** Stamped to the nanosecond, unlike every other date. `at` may have a fraction of a millisecond. */
export function heartbeatJson(at: number): object {
  const ms = Math.floor(at);
  const nanos = String(Math.floor((at - ms) * 1e6)).padStart(6, '0');
  return { event: 'heartbeat', status: 'active', timestamp: isoTime(ms).replace('Z', `${nanos}Z`) };
}

export function quoteJson(quote: Quote): object {
  return {
    symbol: quote.symbol,
    description: quote.description,
    exch: quote.exchange,
    type: quote.kind,
    last: quote.last,
    change: quote.change,
    volume: quote.volume,
    open: quote.open,
    high: quote.high,
    low: quote.low,
    close: quote.close,
    bid: quote.bid,
    ask: quote.ask,
    change_percentage: quote.changePercent,
    average_volume: quote.averageVolume,
    last_volume: quote.lastSize,
    trade_date: quote.tradeTime,
    prevclose: quote.previousClose,
    week_52_high: quote.week52High,
    week_52_low: quote.week52Low,
    bidsize: quote.bidSize,
    bidexch: quote.exchange,
    bid_date: wholeSeconds(quote.bidTime),
    asksize: quote.askSize,
    askexch: quote.exchange,
    ask_date: wholeSeconds(quote.askTime),
    root_symbols: quote.symbol,
  };
}

/** An option's quote: what a share's has, its terms, and its greeks when they were asked for. */
function optionJson({ quote, greeks, terms }: OptionQuote, withGreeks: boolean): object {
  const { root_symbols: _, ...shared } = quoteJson(quote) as Record<string, unknown>;
  const root = optionTerms(quote.symbol)?.underlying ?? terms.underlying;
  const document = {
    ...shared,
    underlying: terms.underlying,
    strike: terms.strike,
    open_interest: 0,
    contract_size: 100,
    expiration_date: terms.expiration,
    expiration_type: 'standard',
    option_type: terms.right,
    root_symbol: root,
  };
  if (!withGreeks) return document;
  const { bidIv, midIv, askIv, smvVol, updatedAt, ...sensitivities } = greeks;
  return {
    ...document,
    greeks: {
      ...sensitivities,
      bid_iv: bidIv,
      mid_iv: midIv,
      ask_iv: askIv,
      smv_vol: smvVol,
      updated_at: updatedAt,
    },
  };
}

/** Known symbols and unknown ones side by side; either part is absent when empty. */
export function quotesJson(
  quotes: readonly (Quote | OptionQuote)[],
  unmatched: readonly string[],
  greeks = false,
): object {
  const rows = quotes.map((one) => ('terms' in one ? optionJson(one, greeks) : quoteJson(one)));
  return {
    quotes: {
      ...(rows.length === 0 ? {} : { quote: collapse(rows) }),
      ...(unmatched.length === 0 ? {} : { unmatched_symbols: { symbol: collapse(unmatched) } }),
    },
  };
}

/** Dates of bid and ask have the resolution of a second. */
function wholeSeconds(at: EpochMs): EpochMs {
  return Math.floor(at / 1000) * 1000;
}

export function dayJson(date: string, bar: Bar): object {
  return { date, open: bar.open, high: bar.high, low: bar.low, close: bar.close, volume: bar.volume };
}

/** `price` is the middle of the bar's range; `time` has no zone, `timestamp` is in seconds. */
export function timesaleJson(bar: Bar, vwap: number): object {
  return {
    time: newYorkText(bar.time),
    timestamp: Math.floor(bar.time / 1000),
    price: Math.round(((bar.high + bar.low) / 2) * 10_000) / 10_000,
    open: bar.open,
    high: bar.high,
    low: bar.low,
    close: bar.close,
    volume: bar.volume,
    vwap: Math.round(vwap * 100_000) / 100_000,
  };
}

export function securityJson(listing: Listing): object {
  return {
    symbol: listing.symbol,
    exchange: listing.exchange,
    type: listing.kind,
    description: listing.name,
  };
}

/** Stream messages: numbers are numbers in a quote and strings everywhere else; dates are ms as strings. */
export function streamQuote(quote: Quote): object {
  return {
    type: 'quote',
    symbol: quote.symbol,
    bid: quote.bid,
    bidsz: quote.bidSize,
    bidexch: quote.exchange,
    biddate: String(wholeSeconds(quote.bidTime)),
    ask: quote.ask,
    asksz: quote.askSize,
    askexch: quote.exchange,
    askdate: String(wholeSeconds(quote.askTime)),
  };
}

export function streamTrade(type: 'trade' | 'tradex', trade: Trade): object {
  return {
    type,
    symbol: trade.symbol,
    exch: trade.exchange,
    price: String(trade.price),
    size: String(trade.size),
    cvol: String(trade.cumulativeVolume),
    date: String(trade.time),
    last: String(trade.price),
  };
}

export function streamSummary(quote: Quote): object {
  return {
    type: 'summary',
    symbol: quote.symbol,
    ...(quote.open === null ? {} : { open: String(quote.open) }),
    ...(quote.high === null ? {} : { high: String(quote.high) }),
    ...(quote.low === null ? {} : { low: String(quote.low) }),
    ...(quote.previousClose === null ? {} : { prevClose: String(quote.previousClose) }),
  };
}

export function streamTimesale(trade: Trade, quote: Quote, sequence: number): object {
  return {
    type: 'timesale',
    symbol: trade.symbol,
    exch: trade.exchange,
    bid: String(quote.bid),
    ask: String(quote.ask),
    last: String(trade.price),
    size: String(trade.size),
    date: String(trade.time),
    seq: sequence,
    flag: '',
    cancel: false,
    correction: false,
    session: 'normal',
  };
}
