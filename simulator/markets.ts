import type { EpochMs } from '../lib/domain/clock.ts';
import type { Quote } from '../lib/domain/market-data.ts';
import type { Listing, OptionQuote } from '../lib/exchange/contract.ts';
import { tradingDaysBack } from '../lib/market/calendar.ts';
import { MINUTE, newYorkDate } from '../lib/market/exchange-time.ts';
import { joinDays, joinMinutes } from './bars.ts';
import { InvalidParameter } from './errors.ts';
import { json, type Params, type Reply } from './http.ts';
import { calendarJson, marketClockJson } from './market-hours.ts';
import { parseDate, parseMoment } from './new-york.ts';
import type { Route } from './router.ts';
import { dayJson, marketList, quotesJson, securityJson, timesaleJson } from './serializer.ts';
import type { Venue } from './venue.ts';

/** Market data over REST. */
export function marketRoutes(venue: Venue): Route[] {
  const on = (method: 'GET' | 'POST', path: string, answer: (params: Params) => Reply): Route => ({
    method,
    path: `/markets/${path}`,
    category: 'market',
    handle: ({ params }) => answer(params),
  });
  return [
    on('GET', 'quotes', (params) => quotes(venue, params)),
    on('POST', 'quotes', (params) => quotes(venue, params)),
    on('GET', 'history', (params) => history(venue, params)),
    on('GET', 'timesales', (params) => timesales(venue, params)),
    on('GET', 'clock', () => json(marketClockJson(venue.exchange.now))),
    on('GET', 'calendar', (params) => json(calendarJson(venue.exchange.now, params))),
    on('GET', 'search', (params) => search(venue, params)),
    on('GET', 'lookup', (params) => lookup(venue, params)),
  ];
}

function quotes(venue: Venue, params: Params): Reply {
  const symbols = [...new Set(params.list('symbols').map((symbol) => symbol.toUpperCase()))];
  if (symbols.length === 0) throw new InvalidParameter('symbols', 'is required.');
  const greeks = params.get('greeks')?.toLowerCase() === 'true';
  const found: (Quote | OptionQuote)[] = [];
  const unmatched: string[] = [];
  for (const symbol of symbols) {
    const quote = venue.exchange.quote(symbol) ?? venue.exchange.option(symbol);
    if (quote) found.push(quote);
    else unmatched.push(symbol);
  }
  return json(quotesJson(found, unmatched, greeks));
}

const HISTORY_INTERVALS = ['daily', 'weekly', 'monthly'] as const;

/** Closed sessions only: the running one is not history yet. */
function history(venue: Venue, params: Params): Reply {
  const interval = oneOf(params, 'interval', HISTORY_INTERVALS, 'daily');
  const today = newYorkDate(venue.exchange.now);
  const start = date(params, 'start', '2015-01-01');
  const end = date(params, 'end', today);
  const bars = venue.exchange.dailyBars(requiredSymbol(params), start, end).filter((bar) => bar.closed);
  return json(
    marketList(
      'history',
      'day',
      joinDays(bars, interval).map((row) => dayJson(row.date, row.bar)),
    ),
  );
}

/** How many sessions back each interval reaches: in regular hours only, and in all hours. */
const TIMESALES = {
  '1min': { minutes: 1, open: 20, all: 10 },
  '5min': { minutes: 5, open: 40, all: 18 },
  '15min': { minutes: 15, open: 40, all: 18 },
} as const;

/** Bars with start <= open time <= end; from this session's beginning when nobody says from where. */
function timesales(venue: Venue, params: Params): Reply {
  const name = params.get('interval') ?? 'tick';
  if (name === 'tick') {
    throw new InvalidParameter('interval', 'tick is not available in this simulator yet.');
  }
  const interval = TIMESALES[oneOf(params, 'interval', ['1min', '5min', '15min'] as const, '1min')];
  const filter = oneOf(params, 'session_filter', ['all', 'open'] as const, 'all');
  const now = venue.exchange.now;
  const today = newYorkDate(now);
  const earliest = tradingDaysBack(today, interval[filter]) ?? today;
  const start = moment(params, 'start', parseMoment(today) as EpochMs);
  if (start < (parseMoment(earliest) as EpochMs)) {
    throw new InvalidParameter('start', `must be on or after ${earliest} 00:00:00.`);
  }
  const span = interval.minutes * MINUTE;
  // Up to the end of the last bar that opens at or before `end`.
  const end = moment(params, 'end', now) + span;
  const rows = joinMinutes(venue.exchange.minuteBars(requiredSymbol(params), start, end), interval.minutes);
  return json(
    marketList(
      'series',
      'data',
      rows
        .filter(({ bar }) => bar.time >= start && bar.time <= end - span)
        .map(({ bar, vwap }) => timesaleJson(bar, vwap)),
    ),
  );
}

/** Finds companies by name or symbol. */
function search(venue: Venue, params: Params): Reply {
  const asked = required(params, 'q').toUpperCase();
  return securities(
    venue,
    (listing) => listing.symbol.startsWith(asked) || listing.name.toUpperCase().includes(asked),
  );
}

/** Finds symbols by how they begin, kept to exchanges and types. */
function lookup(venue: Venue, params: Params): Reply {
  const asked = (params.get('q') ?? '').toUpperCase();
  const exchanges = params.list('exchanges').map((code) => code.toUpperCase());
  const types = params.list('types').map((type) => type.toLowerCase());
  return securities(
    venue,
    (listing) =>
      listing.symbol.startsWith(asked) &&
      (exchanges.length === 0 || exchanges.includes(listing.exchange)) &&
      (types.length === 0 || types.includes(listing.kind)),
  );
}

function securities(venue: Venue, wanted: (listing: Listing) => boolean): Reply {
  const rows = venue.exchange.listings.filter(wanted).map(securityJson);
  return json(marketList('securities', 'security', rows));
}

function required(params: Params, name: string): string {
  const value = params.get(name);
  if (value === undefined) throw new InvalidParameter(name, 'is required.');
  return value;
}

function requiredSymbol(params: Params): string {
  return required(params, 'symbol').toUpperCase();
}

function oneOf<T extends string>(params: Params, name: string, accepted: readonly T[], absent: T): T {
  const text = params.get(name);
  if (text === undefined) return absent;
  const value = accepted.find((word) => word === text.toLowerCase());
  if (value === undefined) throw new InvalidParameter(name, 'is not valid.');
  return value;
}

function date(params: Params, name: string, absent: string): string {
  const text = params.get(name);
  if (text === undefined) return absent;
  const value = parseDate(text);
  if (value === null) throw new InvalidParameter(name, 'is not valid.');
  return value;
}

function moment(params: Params, name: string, absent: EpochMs): EpochMs {
  const text = params.get(name);
  if (text === undefined) return absent;
  const value = parseMoment(text);
  if (value === null) throw new InvalidParameter(name, 'is not valid.');
  return value;
}
