import type { EpochMs } from '../domain/clock.ts';
import type { Bar, Quote, Trade } from '../domain/market-data.ts';
import {
  allSessions,
  latestSession,
  newYorkDate,
  type Session,
  sessionOn,
  sessionsBetween,
} from '../market/calendar.ts';
import { MINUTE } from '../market/exchange-time.ts';
import type { DailyFigures } from './daily-table.ts';
import type { Instrument } from './listings.ts';
import type { Market } from './market.ts';
import { type Print, venue } from './top-of-book.ts';
import type { TradingDay } from './trading-day.ts';

/** Sessions of daily bars (two years), and of one-minute bars and prints, that can be read back. */
export const DAILY_REACH = 504;
export const MINUTE_REACH = 40;
const YEAR_OF_SESSIONS = 252;
const MAX_PRINTS = 10_000;

/** What a trader can see of the market at `now`: nothing after it, and no further back than the reach. */
export function quoteAt(market: Market, instrument: Instrument, now: EpochMs): Quote | null {
  const top = market.top(instrument, now);
  const latest = latestSession(now);
  if (top === null || latest === null) return null;
  // From midnight to the open the day has begun but has no figures yet; after it they stay until midnight.
  const today = sessionOn(newYorkDate(now));
  const waiting = today !== null && today.index > latest.index;
  const day = waiting ? null : daySoFar(market, instrument, latest, now);
  const before = allSessions()[waiting ? latest.index : latest.index - 1];
  const previousClose = before === undefined ? null : market.daily(instrument).at(before).close;
  const year = market.daily(instrument).range(latest.index, YEAR_OF_SESSIONS);
  const seen = waiting ? market.daily(instrument).at(latest) : day;
  const high = Math.max(year?.high ?? 0, seen?.high ?? 0);
  const low = Math.min(year?.low ?? Number.POSITIVE_INFINITY, seen?.low ?? Number.POSITIVE_INFINITY);
  return {
    symbol: instrument.symbol,
    description: instrument.name,
    exchange: instrument.exchange,
    kind: instrument.kind,
    bid: top.bid / 100,
    ask: top.ask / 100,
    bidSize: top.bidSize,
    askSize: top.askSize,
    last: top.last / 100,
    lastSize: top.lastSize,
    volume: day?.volume ?? 0,
    averageVolume: instrument.averageVolume,
    open: dollars(day?.open),
    high: dollars(day?.high),
    low: dollars(day?.low),
    close: day !== null && now >= latest.close ? day.close / 100 : null,
    previousClose: dollars(previousClose),
    change: previousClose === null ? null : (top.last - previousClose) / 100,
    changePercent:
      previousClose === null ? null : Math.round(((top.last - previousClose) / previousClose) * 10_000) / 100,
    week52High: high === 0 ? null : high / 100,
    week52Low: high === 0 ? null : low / 100,
    tradeTime: top.lastTime,
    bidTime: top.quoteTime,
    askTime: top.quoteTime,
  };
}

/** Prints with from < time <= to (and not after now), oldest first, at most `limit` newest (10,000 unless told). */
export function tapeOf(
  market: Market,
  instrument: Instrument,
  range: { from: EpochMs; to: EpochMs; limit?: number | undefined },
  now: EpochMs,
): Trade[] {
  const trades: Trade[] = [];
  const limit = range.limit ?? MAX_PRINTS;
  const from = Math.max(range.from, (reachable(now, MINUTE_REACH)?.open ?? now) - 1);
  if (limit <= 0) return trades;
  market.eachPrintBack(instrument, from, Math.min(range.to, now), (print) => {
    trades.push(trade(instrument, print));
    return trades.length < limit;
  });
  return trades.reverse();
}

/** Daily bars, dates inclusive; `time` is the session's open. Today's is there from the open on, unclosed. */
export function dailyBarsOf(
  market: Market,
  instrument: Instrument,
  start: string,
  end: string,
  now: EpochMs,
): Bar[] {
  const oldest = reachable(now, DAILY_REACH);
  const bars: Bar[] = [];
  for (const session of sessionsBetween(start, end)) {
    if (oldest === null || session.open > now) break;
    if (session.index < oldest.index) continue;
    bars.push(
      bar(instrument, session.open, daySoFar(market, instrument, session, now), now >= session.close),
    );
  }
  return bars;
}

/** One-minute bars with start <= open time < end; the forming one up to now. */
export function minuteBarsOf(
  market: Market,
  instrument: Instrument,
  start: EpochMs,
  end: EpochMs,
  now: EpochMs,
): Bar[] {
  const oldest = reachable(now, MINUTE_REACH);
  const latest = latestSession(Math.min(now, end));
  const bars: Bar[] = [];
  if (oldest === null || latest === null) return bars;
  const first = Math.max(oldest.index, latestSession(start)?.index ?? 0);
  for (let index = first; index <= latest.index; index++) {
    const session = allSessions()[index] as Session;
    const day = market.day(instrument, session);
    const from = Math.max(0, Math.ceil((start - session.open) / MINUTE));
    for (let minute = from; minute < day.minutes; minute++) {
      const time = session.open + minute * MINUTE;
      if (time >= end || time > now) break;
      const closed = now >= time + MINUTE;
      const figures = closed ? wholeMinute(day, minute) : formingMinute(market, day, minute, now);
      if (figures !== null) bars.push(bar(instrument, time, figures, closed));
    }
  }
  return bars;
}

function trade(instrument: Instrument, print: Print): Trade {
  return {
    symbol: instrument.symbol,
    time: print.time,
    price: print.price / 100,
    size: print.size,
    exchange: venue(print.bits),
    cumulativeVolume: print.cumulativeVolume,
  };
}

/** A session's figures up to now; now is at or after its open. */
function daySoFar(market: Market, instrument: Instrument, session: Session, now: EpochMs): DailyFigures {
  if (now >= session.close) return market.daily(instrument).at(session);
  const day = market.day(instrument, session);
  const minute = Math.floor((now - session.open) / MINUTE);
  const forming = formingMinute(market, day, minute, now);
  const close = forming?.close ?? (day.close[minute - 1] as number);
  return {
    open: day.open[0] as number,
    high: Math.max(day.highBefore[minute] as number, forming?.high ?? 0),
    low: Math.min(day.lowBefore[minute] as number, forming?.low ?? Number.POSITIVE_INFINITY),
    close,
    volume: (day.volumeBefore[minute] as number) + (forming?.volume ?? 0),
  };
}

function wholeMinute(day: TradingDay, minute: number): DailyFigures {
  return {
    open: day.open[minute] as number,
    high: day.high[minute] as number,
    low: day.low[minute] as number,
    close: day.close[minute] as number,
    volume: day.volume[minute] as number,
  };
}

/** What has been printed of a minute by now; null when nothing has. */
function formingMinute(market: Market, day: TradingDay, minute: number, now: EpochMs): DailyFigures | null {
  const tape = market.tape(day, minute);
  const start = day.session.open + minute * MINUTE;
  let figures: DailyFigures | null = null;
  for (let i = 0; i < tape.count && start + (tape.offset[i] as number) <= now; i++) {
    const price = tape.price[i] as number;
    const size = tape.size[i] as number;
    if (figures === null) {
      figures = { open: price, high: price, low: price, close: price, volume: size };
      continue;
    }
    figures.high = Math.max(figures.high, price);
    figures.low = Math.min(figures.low, price);
    figures.close = price;
    figures.volume += size;
  }
  return figures;
}

/** The oldest session that can be read at now. */
function reachable(now: EpochMs, sessions: number): Session | null {
  const latest = latestSession(now);
  return latest === null ? null : (allSessions()[Math.max(0, latest.index - sessions + 1)] ?? null);
}

function bar(instrument: Instrument, time: EpochMs, figures: DailyFigures, closed: boolean): Bar {
  return {
    symbol: instrument.symbol,
    time,
    open: figures.open / 100,
    high: figures.high / 100,
    low: figures.low / 100,
    close: figures.close / 100,
    volume: figures.volume,
    closed,
  };
}

function dollars(cents: number | null | undefined): number | null {
  return cents === null || cents === undefined ? null : cents / 100;
}
