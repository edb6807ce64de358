import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sessionOn } from '../../../lib/market/calendar.ts';
import { HOUR, MINUTE, newYorkDate, newYorkTime, toEpoch } from '../../../lib/market/exchange-time.ts';
import { Cron } from '../../../lib/market/schedule/cron.ts';
import { readCronFields } from '../../../lib/market/schedule/cron-fields.ts';

const shown = (at: number | null) => (at === null ? '' : `${newYorkDate(at)} ${newYorkTime(at)}`);
const instants = (line: string, from: string, to: string) => {
  const cron = new Cron(line);
  const found: number[] = [];
  for (let at = cron.next(toEpoch(from) - 1); at !== null && at < toEpoch(to); at = cron.next(at))
    found.push(at);
  return found;
};

describe('cron lines', () => {
  it('read numbers, names, ranges, lists and steps', () => {
    const fields = readCronFields(' 0,30  9-15/2 1 JAN,jun mon-FRI ');
    assert.deepEqual(fields.minutes, [0, 30]);
    assert.deepEqual(fields.hours, [9, 11, 13, 15]);
    assert.deepEqual([...fields.months], [1, 6]);
    assert.deepEqual([...fields.weekdays], [1, 2, 3, 4, 5]);
    assert.equal(fields.eitherDay, true);
    assert.deepEqual(readCronFields('*/20 5/6 * * *').minutes, [0, 20, 40]);
    assert.deepEqual(readCronFields('0 5/6 * * *').hours, [5, 11, 17, 23]);
    for (const sunday of ['0', '7', 'SUN', '7-7'])
      assert.deepEqual([...readCronFields(`0 0 * * ${sunday}`).weekdays], [0], sunday);
    assert.deepEqual([...readCronFields('0 0 * * fri-sun').weekdays], [5, 6, 0]);
  });

  it('say which part of them is wrong', () => {
    for (const [line, part] of [
      ['', 'five fields'],
      ['* * * *', 'five fields'],
      ['0 0 * * * *', 'five fields'],
      ['60 * * * *', 'minute'],
      ['* 24 * * *', 'hour'],
      ['* * 0 * *', 'day of the month'],
      ['* * * 13 *', 'month'],
      ['* * * * 8', 'day of the week'],
      ['* * * * MAY', 'day of the week'],
      ['5-1 * * * *', 'minute'],
      ['*/0 * * * *', 'minute'],
      ['1,,2 * * * *', 'minute'],
      ['-1 * * * *', 'minute'],
      ['1.5 * * * *', 'minute'],
      ['@daily', 'five fields'],
      ['0 0 31 2,4 *', 'a day that one of the months has'],
    ] as const) {
      assert.throws(
        () => new Cron(line, 'cron'),
        (error: { code: string; field: string; message: string }) =>
          error.code === 'E_INPUT' && error.field === 'cron' && error.message.includes(part),
        line,
      );
    }
  });

  it('name the next instant in New York time', () => {
    const next = (line: string, date: string, time: string) =>
      shown(new Cron(line).next(toEpoch(date, time)));
    assert.equal(next('30 15 * * 1-5', '2026-11-20', '15:29'), '2026-11-20 15:30:00');
    assert.equal(next('30 15 * * 1-5', '2026-11-20', '15:30'), '2026-11-23 15:30:00');
    assert.equal(next('0 0 29 2 *', '2026-01-01', '00:00'), '2028-02-29 00:00:00');
    assert.equal(next('0 9 13 * FRI', '2026-11-11', '00:00'), '2026-11-13 09:00:00');
    assert.equal(next('0 9 13 * FRI', '2026-11-13', '10:00'), '2026-11-20 09:00:00');
    assert.equal(
      new Cron('0 12 * * *').next(toEpoch('2026-11-20'), () => false),
      null,
    );
  });

  it('come once on the days the clocks change, and every so often all the same', () => {
    const [spring, autumn] = [
      ['2026-03-08', '2026-03-09'],
      ['2026-11-01', '2026-11-02'],
    ] as const satisfies [string, string][];
    assert.deepEqual(instants('30 2 * * *', ...spring).map(shown), ['2026-03-08 03:30:00']);
    assert.deepEqual(instants('30 1 * * *', ...autumn).map(shown), ['2026-11-01 01:30:00']);
    assert.deepEqual(instants('0 3 * * *', ...spring).map(shown), ['2026-03-08 03:00:00']);
    for (const [days, count] of [
      [spring, 46],
      [autumn, 50],
    ] as const) {
      const halves = instants('*/30 * * * *', days[0] ?? '', days[1] ?? '');
      assert.equal(halves.length, count);
      for (const [place, at] of halves.entries())
        if (place > 0) assert.equal(at - (halves[place - 1] ?? 0), 30 * MINUTE);
    }
  });

  it('keep to the days they are asked about', () => {
    const cron = new Cron('30 15 * * 1-5');
    const trading = (date: string) => sessionOn(date) !== null;
    // Thanksgiving is left out.
    assert.equal(shown(cron.next(toEpoch('2026-11-25', '16:00'), trading)), '2026-11-27 15:30:00');
  });

  it('say what a minute-by-minute look at New York’s clock says', () => {
    const number = (least: number, most: number) => fc.integer({ min: least, max: most });
    const part = (least: number, most: number) =>
      fc.oneof(
        fc.constant('*'),
        number(least, most).map(String),
        number(2, 20).map((step) => `*/${step}`),
        fc
          .tuple(number(least, most), number(least, most))
          .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
        fc.array(number(least, most), { minLength: 2, maxLength: 4 }).map((list) => list.join(',')),
      );
    const line = fc.tuple(part(0, 59), part(0, 23), part(1, 28), part(1, 12), part(0, 7));
    const days = ['2026-03-07', '2026-10-31', '2026-11-26', '2024-02-28', '2025-12-31'];
    fc.assert(
      fc.property(line, fc.constantFrom(...days), (fields, day) => {
        const text = fields.join(' ');
        const from = toEpoch(day);
        const to = from + 49 * HOUR;
        const found: number[] = [];
        const cron = new Cron(text);
        for (let at = cron.next(from - 1); at !== null && at < to; at = cron.next(at)) found.push(at);
        assert.deepEqual(found, looked(text, from, to), text);
      }),
      { numRuns: 150 },
    );
  });
});

/** Every minute of the span that fits, read off New York's clock; what the clocks skip or repeat only as often as told. */
function looked(line: string, from: number, to: number): number[] {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = line.split(' ');
  const often = minute.startsWith('*') || hour.startsWith('*');
  const seen = new Set<string>();
  const found: number[] = [];
  for (let at = from; at < to; at += MINUTE) {
    const local = shown(at);
    if (often) {
      if (fits(local)) found.push(at);
      continue;
    }
    if (!seen.has(local) && fits(local)) found.push(at);
    seen.add(local);
    // The hour that is not there on this day is done in the one after it.
    const [date, time] = [local.slice(0, 10), local.slice(11)];
    if (
      date === '2026-03-08' &&
      time.startsWith('03') &&
      !found.includes(at) &&
      fits(`${date} 02${time.slice(2)}`)
    )
      found.push(at);
  }
  return found;

  function fits(local: string): boolean {
    const date = local.slice(0, 10);
    const on = [
      has(day, Number(date.slice(8)), 1, 31),
      has(weekday, new Date(`${date}T12:00:00Z`).getUTCDay(), 0, 7),
    ];
    const either = !day.startsWith('*') && !weekday.startsWith('*');
    return (
      has(minute, Number(local.slice(14, 16)), 0, 59) &&
      has(hour, Number(local.slice(11, 13)), 0, 23) &&
      has(month, Number(date.slice(5, 7)), 1, 12) &&
      (either ? on.includes(true) : !on.includes(false))
    );
  }
}

function has(part: string, value: number, least: number, most: number): boolean {
  return part.split(',').some((one) => {
    if (one.startsWith('*/')) {
      const values = Array.from({ length: most - least + 1 }, (_, place) => least + place).filter(
        (each) => (each - least) % Number(one.slice(2)) === 0,
      );
      return values.includes(value) || (most === 7 && value === 0 && values.includes(7));
    }
    if (one === '*') return true;
    const [first = '', last = first] = one.split('-');
    const inRange = (each: number) => each >= Number(first) && each <= Number(last);
    return inRange(value) || (most === 7 && value === 0 && inRange(7));
  });
}
