import type { EpochMs } from '../domain/clock.ts';

/**
 * New York time, the exchange's own. Instants are epoch ms; dates are `YYYY-MM-DD`; times are `HH:MM`.
 * The offsets come from the runtime's time-zone data, read once a year of data and kept.
 */

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

interface Stretch {
  from: EpochMs;
  /** What to add to UTC to get New York time, ms. */
  offset: number;
}

const stretches = new Map<number, Stretch[]>();

const zone = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** What to add to UTC at this instant to get New York time, ms (−5 h in winter, −4 h in summer). */
export function newYorkOffset(at: EpochMs): number {
  const list = stretchesOf(new Date(at).getUTCFullYear());
  for (let i = list.length - 1; i > 0; i--) {
    const stretch = list[i] as Stretch;
    if (at >= stretch.from) return stretch.offset;
  }
  return (list[0] as Stretch).offset;
}

/** The date in New York, `YYYY-MM-DD`. */
export function newYorkDate(at: EpochMs): string {
  return new Date(at + newYorkOffset(at)).toISOString().slice(0, 10);
}

/** The time of day in New York, `HH:MM:SS`; the first five characters are `HH:MM`. */
export function newYorkTime(at: EpochMs): string {
  return new Date(at + newYorkOffset(at)).toISOString().slice(11, 19);
}

/**
 * The instant of a New York date and time (`HH:MM` or `HH:MM:SS`). A time the clocks skip in spring is read as
 * the time after the jump; one that comes twice in autumn as the first. Throws RangeError on any other text.
 */
export function toEpoch(date: string, time = '00:00'): EpochMs {
  const local = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}Z`);
  // JavaScript reads February 30th as a day of March, so the date must come back as it was.
  const exists = DATE.test(date) && TIME.test(time) && !Number.isNaN(local);
  if (!exists || !new Date(local).toISOString().startsWith(`${date}T${time}`)) {
    throw new RangeError(`toEpoch: "${date}" "${time}" is not YYYY-MM-DD and HH:MM`);
  }
  const summer = local + 4 * HOUR;
  if (summer + newYorkOffset(summer) === local) return summer;
  const winter = local + 5 * HOUR;
  return winter;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{2}:\d{2}(?::\d{2})?$/;

/** Days since 1970-01-01 of a `YYYY-MM-DD` date: for arithmetic on dates without a time zone. */
export function dayNumber(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / DAY);
}

/** The `YYYY-MM-DD` date of a day number. */
export function dateOfDay(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/** 0 is Sunday. */
export function weekday(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

function stretchesOf(year: number): Stretch[] {
  let list = stretches.get(year);
  if (list === undefined) {
    list = findStretches(year);
    stretches.set(year, list);
  }
  return list;
}

/** The offset at the year's start and after each change in it, found to the minute by halving. */
function findStretches(year: number): Stretch[] {
  const end = Date.UTC(year + 1, 0, 1);
  const list: Stretch[] = [{ from: Date.UTC(year, 0, 1), offset: readOffset(Date.UTC(year, 0, 1)) }];
  for (let at = Date.UTC(year, 0, 1); at < end; at += 14 * DAY) {
    let low = at;
    let high = Math.min(at + 14 * DAY, end);
    const before = readOffset(low);
    if (readOffset(high) === before) continue;
    while (high - low > MINUTE) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE) * MINUTE;
      if (readOffset(middle) === before) low = middle;
      else high = middle;
    }
    list.push({ from: high, offset: readOffset(high) });
  }
  return list;
}

function readOffset(at: EpochMs): number {
  const part: Record<string, number> = {};
  for (const { type, value } of zone.formatToParts(at)) part[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}
