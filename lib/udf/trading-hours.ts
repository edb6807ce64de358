import type { EpochMs } from '../domain/clock.ts';
import { dateOfDay, dayNumber, newYorkDate, newYorkTime, weekday } from '../market/exchange-time.ts';
import type { MarketCalendar } from '../market/trading-calendar.ts';

const OPEN = '0930';
const CLOSE = '1600';
/** No bar of minutes is older; days, weeks and months need no hours. */
const YEARS_BACK = 10;

export interface TradingHours {
  session: string;
  /** `YYYYMMDD,…` without a comma at the end, which the chart's parser takes no joke about. */
  session_holidays: string;
  /** `0930-1300:YYYYMMDD,…;…` for days that are shorter. */
  corrections: string;
}

/** The exchange's hours in the chart's own writing, from some years back to the end of the next one. */
export function tradingHours(calendar: MarketCalendar, now: EpochMs): TradingHours {
  const year = Number(newYorkDate(now).slice(0, 4));
  const first = `${year - YEARS_BACK}-01-01`;
  const last = `${year + 1}-12-31`;
  const sessions = new Map(calendar.sessionsBetween(first, last).map((session) => [session.date, session]));
  const holidays: string[] = [];
  const shorter = new Map<string, string[]>();
  for (let day = dayNumber(first); day <= dayNumber(last); day++) {
    const date = dateOfDay(day);
    const session = sessions.get(date);
    const weekend = weekday(day) === 0 || weekday(day) === 6;
    if (session === undefined) {
      if (!weekend && calendar.source(date) !== 'unknown') holidays.push(plain(date));
      continue;
    }
    const hours = `${time(session.open)}-${time(session.close)}`;
    if (!weekend && hours === `${OPEN}-${CLOSE}`) continue;
    shorter.set(hours, [...(shorter.get(hours) ?? []), plain(date)]);
  }
  return {
    session: `${OPEN}-${CLOSE}`,
    session_holidays: holidays.join(','),
    corrections: [...shorter].map(([hours, dates]) => `${hours}:${dates.join(',')}`).join(';'),
  };
}

function plain(date: string): string {
  return date.replaceAll('-', '');
}

function time(at: EpochMs): string {
  return newYorkTime(at).slice(0, 5).replace(':', '');
}
