import { dateOfDay, dayNumber, weekday } from './exchange-time.ts';

/**
 * When NYSE and Nasdaq do not trade, or trade until 13:00 only: by the exchanges' rules, plus the days of
 * mourning nobody could have derived. Correct for 2015 to 2030, as far as the exchanges have announced.
 */

export const FIRST_YEAR = 2015;
export const LAST_YEAR = 2030;

export interface SpecialDays {
  /** date -> name of the holiday. */
  closed: Map<string, string>;
  /** date -> why the session ends at 13:00. */
  half: Map<string, string>;
}

const MOURNING: Record<string, string> = {
  '2018-12-05': 'National Day of Mourning for George H. W. Bush',
  '2025-01-09': 'National Day of Mourning for Jimmy Carter',
};

const MONDAY = 1;
const THURSDAY = 4;
const SATURDAY = 6;

/** The holidays and half days of one year. */
export function specialDays(year: number): SpecialDays {
  const closed = new Map<string, string>();
  const half = new Map<string, string>();
  const close = (day: number, name: string) => closed.set(dateOfDay(day), name);

  const newYear = on(year, 1, 1);
  // A New Year's Day on Saturday is not kept on Friday: that Friday closes the year's books.
  if (weekday(newYear) !== SATURDAY) close(observed(newYear), "New Year's Day");
  close(nth(year, 1, MONDAY, 3), 'Martin Luther King, Jr. Day');
  close(nth(year, 2, MONDAY, 3), "Washington's Birthday");
  close(easter(year) - 2, 'Good Friday');
  close(nth(year, 6, MONDAY, 1) - 7, 'Memorial Day');
  if (year >= 2022) close(observed(on(year, 6, 19)), 'Juneteenth');
  close(observed(on(year, 7, 4)), 'Independence Day');
  close(nth(year, 9, MONDAY, 1), 'Labor Day');
  const thanksgiving = nth(year, 11, THURSDAY, 4);
  close(thanksgiving, 'Thanksgiving Day');
  close(observed(on(year, 12, 25)), 'Christmas Day');
  for (const [date, name] of Object.entries(MOURNING)) {
    if (Number(date.slice(0, 4)) === year) closed.set(date, name);
  }

  half.set(dateOfDay(thanksgiving + 1), 'the day after Thanksgiving');
  // On a Friday both are the holiday itself, observed.
  for (const [day, name] of [
    [on(year, 7, 3), 'the eve of Independence Day'],
    [on(year, 12, 24), 'Christmas Eve'],
  ] as const) {
    if (weekday(day) >= MONDAY && weekday(day) <= THURSDAY) half.set(dateOfDay(day), name);
  }
  return { closed, half };
}

function on(year: number, month: number, day: number): number {
  return dayNumber(`${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`);
}

/** Saturday is kept on Friday, Sunday on Monday. */
function observed(day: number): number {
  if (weekday(day) === SATURDAY) return day - 1;
  return weekday(day) === 0 ? day + 1 : day;
}

function nth(year: number, month: number, wanted: number, n: number): number {
  const first = on(year, month, 1);
  return first + ((wanted - weekday(first) + 7) % 7) + (n - 1) * 7;
}

/** Easter Sunday of the Gregorian calendar (the anonymous computus of 1876). */
function easter(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor(b / 4);
  const e = b % 4;
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - d - g + 15) % 30;
  const i = Math.floor(c / 4);
  const k = c % 4;
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return on(year, Math.floor(n / 31), (n % 31) + 1);
}
