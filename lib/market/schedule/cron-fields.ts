import { inputError } from '../../domain/errors.ts';

/** What the five fields of a cron line allow. */
export interface CronFields {
  minutes: readonly number[];
  hours: readonly number[];
  days: ReadonlySet<number>;
  months: ReadonlySet<number>;
  /** 0 is Sunday. */
  weekdays: ReadonlySet<number>;
  /** True where minute or hour begins with `*`: meant as every so often, not as a time of day. */
  often: boolean;
  /** True where both day and weekday are limited: then either is enough, as cron always had it. */
  eitherDay: boolean;
}

interface Field {
  name: string;
  least: number;
  most: number;
  /** Names count up from `least`. */
  names?: readonly string[];
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const WEEKDAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');
const FIELDS: readonly Field[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of the month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of the week', least: 0, most: 7, names: WEEKDAYS },
];
/** The longest each month can be. */
const LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads minute, hour, day of the month, month and day of the week: `*`, numbers, names (`MON`, `JAN`), ranges, steps and
 * lists of them, as in `30 9-15/2 * * MON-FRI`. Sunday is 0 or 7. Throws E_INPUT that names the part that is wrong.
 */
export function readCronFields(line: string, field = 'cron'): CronFields {
  const words = line.trim().toUpperCase().split(/\s+/);
  if (words.length !== FIELDS.length)
    throw inputError(field, line, 'five fields: minute, hour, day, month, weekday, such as 30 15 * * 1-5');
  const sets = words.map((word, place) => readField(word, FIELDS[place] as Field, line, field));
  const [minutes, hours, days, months, weekdays] = sets as [Values, Values, Values, Values, Values];
  const starred = (place: number) => (words[place] ?? '').startsWith('*');
  const fields = {
    minutes: sorted(minutes),
    hours: sorted(hours),
    days,
    months,
    weekdays: new Set([...weekdays].map((day) => day % 7)),
    often: starred(0) || starred(1),
    eitherDay: !starred(2) && !starred(4),
  };
  if (starred(4) && ![...months].some((month) => [...days].some((day) => day <= (LENGTHS[month - 1] ?? 0))))
    throw inputError(field, line, 'a day that one of the months has');
  return fields;
}

type Values = Set<number>;

function readField(word: string, field: Field, line: string, called: string): Values {
  const values: Values = new Set();
  for (const part of word.split(',')) {
    const [, whole, first, last, step] = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const from = whole ? field.least : numberOf(first, field);
    // `5/15` begins at 5 and goes on to the end.
    const open = whole !== undefined || (last === undefined && step !== undefined);
    const end = open ? field.most : numberOf(last ?? first, field);
    // A range may end with Sunday by its name.
    const to = end === 0 && last === 'SUN' ? field.most : end;
    const by = step === undefined ? 1 : Number(step);
    if (from === null || to === null || from > to || by < 1) {
      const range = `${field.least} to ${field.most}`;
      throw inputError(called, line, `a ${field.name} from ${range} where it says ${part || 'nothing'}`);
    }
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return values;
}

function numberOf(text: string | undefined, { least, most, names = [] }: Field): number | null {
  if (text === undefined) return null;
  const named = names.indexOf(text);
  if (named >= 0) return least + named;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : null;
}

function sorted(values: Values): number[] {
  return [...values].sort((a, b) => a - b);
}
