import type { EpochMs } from '../../domain/clock.ts';
import type { Bar } from '../../domain/market-data.ts';
import { formatNumber } from '../../domain/money.ts';
import { newYorkDate, newYorkTime } from '../exchange-time.ts';
import type { MarketCalendar } from '../trading-calendar.ts';
import type { BarSpan, BarUpdate } from './contract.ts';
import { type Interval, minutesOf } from './intervals.ts';

/** `a day`, `1 minute`, `30 minutes`. */
export function intervalInWords(interval: Interval): string {
  const minutes = minutesOf(interval);
  if (minutes !== null) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  return { D: 'a day', W: 'a week', M: 'a month' }[interval as 'D' | 'W' | 'M'];
}

/** `300 bars of AAPL of 5 minutes, from 2026-11-18 09:30 to 2026-11-23 11:05, the last one still forming`. */
export function barsInWords(symbol: string, interval: Interval, bars: readonly Bar[]): string {
  const [first, last] = [bars[0], bars.at(-1)];
  const of = `of ${symbol} of ${intervalInWords(interval)}`;
  if (first === undefined || last === undefined) return `No bars ${of}`;
  const begin = moment(first, interval);
  const forming = last.closed ? '' : bars.length === 1 ? ', still forming' : ', the last one still forming';
  if (bars.length === 1) return `1 bar ${of}, ${begin}${forming}`;
  return `${formatNumber(bars.length, 0, 0)} bars ${of}, from ${begin} to ${moment(last, interval)}${forming}`;
}

/** Why there are none in a span, as far as the time alone tells. */
export function whyNoBars(
  span: BarSpan,
  now: EpochMs,
  calendar: Pick<MarketCalendar, 'sessionsBetween'>,
): string {
  const at = (instant: EpochMs) => `${newYorkDate(instant)} ${newYorkTime(instant).slice(0, 5)}`;
  if ('from' in span) {
    if (span.from > now) return `${at(span.from)} is in the future, it is ${at(now)} in New York`;
    const sessions = calendar.sessionsBetween(newYorkDate(span.from), newYorkDate(span.to));
    if (!sessions.some(({ open, close }) => open < span.to && close > span.from))
      return `the market was closed from ${at(span.from)} to ${at(span.to)}`;
  }
  return 'the broker has none from then';
}

/** `AAPL closed its bar of 5 minutes of 2026-11-23 11:05 at 189.21, from 188.90, high 189.40, low 188.85, 12,300 shares`. */
export function updateInWords({ kind, bar }: BarUpdate, interval: Interval): string {
  const price = (value: number) => formatNumber(value, 2, 4);
  const what = `bar of ${intervalInWords(interval)} of ${moment(bar, interval)}`;
  const { symbol, open, high, low, close, volume } = bar;
  const figures = `from ${price(open)}, high ${price(high)}, low ${price(low)}, ${formatNumber(volume, 0, 0)} shares`;
  if (kind === 'corrected') return `The ${what} of ${symbol} was corrected: ${price(close)}, ${figures}`;
  const does = kind === 'closed' ? 'closed its' : 'forms its';
  return `${symbol} ${does} ${what} at ${price(close)}, ${figures}`;
}

/** When it began; a day, week or month by its first date. */
function moment({ time }: Bar, interval: Interval): string {
  const date = newYorkDate(time);
  return minutesOf(interval) === null ? date : `${date} ${newYorkTime(time).slice(0, 5)}`;
}
