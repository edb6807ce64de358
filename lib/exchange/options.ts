import type { EpochMs } from '../domain/clock.ts';
import type { Greeks, Quote } from '../domain/market-data.ts';
import { sessionOn } from '../market/calendar.ts';
import {
  DAY,
  dateOfDay,
  dayNumber,
  HOUR,
  newYorkDate,
  newYorkTime,
  weekday,
} from '../market/exchange-time.ts';
import type { OptionTerms } from '../market/symbols/contract.ts';
import { optionTerms } from '../market/symbols/names.ts';
import type { OptionQuote } from './contract.ts';
import { volatility } from './factors.ts';
import type { Instrument } from './listings.ts';
import { type OptionInputs, optionGreeks, optionPrice } from './option-pricing.ts';

/**
 * Options on what is listed: quotes and greeks, no trading. Their prices follow the underlying's by Black and Scholes at
 * the volatility its prices are made with.
 */
const SESSIONS_A_YEAR = 252;
const YEAR_MS = 365 * DAY;
const FARTHEST_DAYS = 800;
const STRIKE_STEP = 0.5;
const FRIDAY = 5;
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** The listed option of this OCC symbol at an instant; null for every other text, and from its expiry on. */
export function optionAt(
  symbol: string,
  underlying: (symbol: string) => { instrument: Instrument; quote: Quote } | null,
  now: EpochMs,
): OptionQuote | null {
  const terms = optionTerms(symbol);
  // An OCC symbol has no room for a slash: BRK/B is BRKB.
  const found = terms && (underlying(terms.underlying) ?? underlying(withSlash(terms.underlying)));
  if (terms === null || found === null) return null;
  const { quote, instrument } = found;
  const expiry = expiryOf(terms.expiration, now);
  const spot = quote.last;
  if (expiry === null || spot === null || !isListedStrike(terms.strike, spot)) return null;
  const inputs: OptionInputs = {
    right: terms.right,
    spot,
    strike: terms.strike,
    years: (expiry - now) / YEAR_MS,
    volatility: volatility(instrument) * Math.sqrt(SESSIONS_A_YEAR),
  };
  const of = { ...terms, underlying: quote.symbol };
  return { quote: quoteOf(symbol, of, quote, inputs), greeks: greeksOf(inputs, now), terms: of };
}

function quoteOf(symbol: string, terms: OptionTerms, underlying: Quote, inputs: OptionInputs): Quote {
  const fair = optionPrice(inputs);
  const half = Math.max(0.01, fair * 0.01);
  const bid = cents(fair - half);
  const last = Math.max(0.01, cents(fair));
  const before =
    underlying.previousClose === null
      ? null
      : Math.max(
          0.01,
          cents(optionPrice({ ...inputs, spot: underlying.previousClose, years: inputs.years + 1 / 365 })),
        );
  const change = before === null ? null : cents(last - before);
  return {
    symbol,
    description: describe(terms),
    exchange: 'Z',
    kind: 'option',
    bid: bid > 0 ? bid : null,
    ask: cents(fair + half) || 0.01,
    bidSize: bid > 0 ? 20 : 0,
    askSize: 20,
    last,
    lastSize: 1,
    volume: 0,
    averageVolume: 0,
    open: null,
    high: null,
    low: null,
    close: null,
    previousClose: before,
    change,
    changePercent: change === null || before === null ? null : cents((change / before) * 100),
    week52High: 0,
    week52Low: 0,
    tradeTime: underlying.tradeTime,
    bidTime: underlying.bidTime,
    askTime: underlying.askTime,
  };
}

/** Computed anew every hour, as brokers do. */
function greeksOf(inputs: OptionInputs, now: EpochMs): Greeks {
  const { volatility: mid } = inputs;
  const at = Math.floor(now / HOUR) * HOUR;
  const greeks = optionGreeks(inputs);
  return {
    delta: digits(greeks.delta ?? 0),
    gamma: digits(greeks.gamma ?? 0),
    theta: digits(greeks.theta ?? 0),
    vega: digits(greeks.vega ?? 0),
    rho: digits(greeks.rho ?? 0),
    phi: digits(greeks.phi ?? 0),
    bidIv: digits(mid * 0.99),
    midIv: digits(mid),
    askIv: digits(mid * 1.01),
    smvVol: digits(mid),
    updatedAt: `${newYorkDate(at)} ${newYorkTime(at)}`,
  };
}

/** The close of an expiration that is listed: a Friday, or the trading day before it when that is a holiday. */
function expiryOf(date: string, now: EpochMs): EpochMs | null {
  const session = sessionOn(date);
  const day = dayNumber(date);
  const untilFriday = FRIDAY - weekday(day);
  const isLast = untilFriday === 0 || (untilFriday === 1 && sessionOn(dateOfDay(day + 1)) === null);
  if (session === null || !isLast || session.close <= now) return null;
  return day - dayNumber(newYorkDate(now)) > FARTHEST_DAYS ? null : session.close;
}

function isListedStrike(strike: number, spot: number): boolean {
  return strike % STRIKE_STEP === 0 && strike >= spot / 4 && strike <= spot * 4;
}

function describe({ underlying, expiration, right, strike }: OptionTerms): string {
  const [year, month, day] = expiration.split('-');
  const name = `${underlying} ${MONTHS[Number(month) - 1]} ${Number(day)} ${year}`;
  return `${name} $${strike.toFixed(2)} ${right === 'call' ? 'Call' : 'Put'}`;
}

function withSlash(root: string): string {
  return `${root.slice(0, -1)}/${root.slice(-1)}`;
}

function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}

function digits(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
