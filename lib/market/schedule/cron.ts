import type { EpochMs } from '../../domain/clock.ts';
import {
  DAY,
  dateOfDay,
  dayNumber,
  HOUR,
  newYorkDate,
  newYorkTime,
  toEpoch,
  weekday,
} from '../exchange-time.ts';
import { type CronFields, readCronFields } from './cron-fields.ts';

/** The 29th of February may be eight years away. */
const MOST_DAYS = 8 * 366 + 1;

/**
 * A cron line in New York time. In spring a time of day the clocks skip comes right after the jump (02:30 as 03:30); in
 * autumn one that comes twice is the first. What comes every so often (`*` in minute or hour) keeps its pace through both.
 */
export class Cron {
  /** As it was written. */
  readonly line: string;
  readonly #fields: CronFields;
  #known: { date: string; instants: EpochMs[] } = { date: '', instants: [] };

  /** Throws E_INPUT for what is not a cron line of five fields; see readCronFields. */
  constructor(line: string, field = 'cron') {
    this.line = line;
    this.#fields = readCronFields(line, field);
  }

  /** The first instant after this one; null when there is none within eight years. `isDay` leaves out dates. */
  next(after: EpochMs, isDay: (date: string) => boolean = () => true): EpochMs | null {
    const first = dayNumber(newYorkDate(after));
    for (let day = first; day < first + MOST_DAYS; day++) {
      const date = dateOfDay(day);
      if (!this.#isOn(date, day) || !isDay(date)) continue;
      const found = this.#instantsOf(date).find((at) => at > after);
      if (found !== undefined) return found;
    }
    return null;
  }

  #isOn(date: string, day: number): boolean {
    const { months, days, weekdays, eitherDay } = this.#fields;
    if (!months.has(Number(date.slice(5, 7)))) return false;
    const [byDay, byWeekday] = [days.has(Number(date.slice(8))), weekdays.has(weekday(day))];
    return eitherDay ? byDay || byWeekday : byDay && byWeekday;
  }

  #instantsOf(date: string): EpochMs[] {
    if (this.#known.date !== date) this.#known = { date, instants: instantsOf(this.#fields, date) };
    return this.#known.instants;
  }
}

function instantsOf({ hours, minutes, often }: CronFields, date: string): EpochMs[] {
  const midnight = toEpoch(date);
  const even = toEpoch(dateOfDay(dayNumber(date) + 1)) - midnight === DAY;
  const instants = new Set<EpochMs>();
  for (const hour of hours) {
    for (const minute of minutes) {
      if (even) {
        instants.add(midnight + hour * HOUR + minute * 60_000);
        continue;
      }
      const time = `${twoDigits(hour)}:${twoDigits(minute)}`;
      const at = toEpoch(date, time);
      const isShown = (instant: EpochMs) => newYorkTime(instant).startsWith(time);
      if (!often || isShown(at)) instants.add(at);
      if (often && isShown(at + HOUR)) instants.add(at + HOUR);
    }
  }
  return [...instants].sort((a, b) => a - b);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
