import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  allSessions,
  latestSession,
  nextSession,
  openSession,
  type SessionState,
  sessionAt,
  sessionOn,
  sessionsBetween,
} from '../../../lib/market/calendar.ts';
import { DAY, HOUR, MINUTE, toEpoch } from '../../../lib/market/exchange-time.ts';
import {
  type ClockEvent,
  type ClockPlan,
  type CronDays,
  cronNeverComes,
  eventsBetween,
  GATES,
  nextEvents,
  passes,
  tellsNothing,
} from '../../../lib/market/schedule/clock-events.ts';
import { Cron } from '../../../lib/market/schedule/cron.ts';

const days = { openSession, sessionsBetween, nextSession, latestSession, sessionOn };
const [FROM, TO] = [toEpoch('2016-01-01'), toEpoch('2026-01-01')];
const newYork = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'America/New_York',
  dateStyle: 'short',
  timeStyle: 'short',
});
/** Sessions a year as the exchanges held them. */
const YEARS = {
  2016: 252,
  2017: 251,
  2018: 251,
  2019: 252,
  2020: 253,
  2021: 252,
  2022: 251,
  2023: 250,
  2024: 252,
  2025: 250,
};
const HALF_DAYS =
  '2016-11-25 2017-07-03 2017-11-24 2018-07-03 2018-11-23 2018-12-24 2019-07-03 2019-11-29 2019-12-24 2020-11-27 2020-12-24 2021-11-26 2022-11-25 2023-07-03 2023-11-24 2024-07-03 2024-11-29 2024-12-24 2025-07-03 2025-11-28 2025-12-24'.split(
    ' ',
  );
const PLAN: ClockPlan = { open: true, close: true, beforeClose: 10 };

describe('a clock’s schedule', () => {
  it('has every session edge of ten years, once, at the exchange’s own time', () => {
    const events = eventsBetween(days, PLAN, FROM, TO);
    const of = (kind: ClockEvent['kind']) =>
      events.filter((event) => event.kind === kind).map(({ at }) => newYork.format(at));
    const [open, close, before] = [of('open'), of('close'), of('before_close')];
    for (const [year, count] of Object.entries(YEARS))
      assert.equal(open.filter((text) => text.startsWith(year)).length, count, year);
    assert.equal(new Set(open).size, open.length);
    for (const [place, text] of open.entries()) {
      const date = text.slice(0, 10);
      const half = HALF_DAYS.includes(date);
      assert.equal(text, `${date} 09:30`);
      assert.equal(close[place], `${date} ${half ? '13:00' : '16:00'}`);
      assert.equal(before[place], `${date} ${half ? '12:50' : '15:50'}`);
    }
    assert.deepEqual(
      events.map(({ at }) => at),
      events.map(({ at }) => at).sort((a, b) => a - b),
    );
  });

  it('is the same however far each look reaches', () => {
    const whole = eventsBetween(days, { ...PLAN, bars: 'D' }, FROM, TO).map(
      ({ kind, at }) => `${kind} ${at}`,
    );
    const steps = fc.array(
      fc.oneof(fc.integer({ min: 1, max: 20 * MINUTE }), fc.integer({ min: 1, max: 40 * DAY })),
      {
        minLength: 20,
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: FROM, max: TO - 400 * DAY }), (widths, start) => {
        const found: string[] = [];
        let at = start;
        for (const width of widths) {
          const events = eventsBetween(days, { ...PLAN, bars: 'D' }, at, at + width);
          for (const event of events) assert.ok(event.at > at && event.at <= at + width);
          found.push(...events.map((event) => `${event.kind} ${event.at}`));
          at += width;
        }
        const inside = (text: string) => {
          const due = Number(text.split(' ')[1]);
          return due > start && due <= at;
        };
        assert.deepEqual(found, at <= TO ? whole.filter(inside) : found);
      }),
      { numRuns: 60 },
    );
  });

  it('lands every edge of ten years from any instant before it', () => {
    const sessions = allSessions().filter(({ open }) => open > FROM && open < TO);
    for (const [place, session] of sessions.entries()) {
      const before = sessions[place - 1];
      const next = (plan: ClockPlan, after: number) => nextEvents(days, plan, after)[0]?.at;
      assert.equal(next({ open: true }, session.open - 1), session.open);
      assert.equal(next({ close: true }, session.open - 1), session.close);
      assert.equal(next({ close: true }, session.close - 1), session.close);
      assert.equal(next({ beforeClose: 1 }, session.close - MINUTE - 1), session.close - MINUTE);
      if (before === undefined) continue;
      for (const after of [before.close, before.open, session.open - HOUR])
        assert.equal(next({ open: true }, after), session.open);
      assert.equal(next({ close: true }, before.close), session.close);
      assert.equal(next({ beforeClose: 5 }, before.close - 5 * MINUTE), session.close - 5 * MINUTE);
    }
  });

  it('ends bars at their boundaries and at the close, half days too', () => {
    const ends = (bars: '60' | '240' | 'D' | 'W', from: string, to: string) =>
      eventsBetween(days, { bars }, toEpoch(from), toEpoch(to)).map(({ at }) => newYork.format(at).slice(5));
    assert.deepEqual(ends('60', '2026-11-27', '2026-11-28'), [
      '11-27 10:30',
      '11-27 11:30',
      '11-27 12:30',
      '11-27 13:00',
    ]);
    assert.deepEqual(ends('240', '2026-11-30', '2026-12-01'), ['11-30 13:30', '11-30 16:00']);
    assert.deepEqual(ends('D', '2026-11-25', '2026-11-28'), ['11-25 16:00', '11-27 13:00']);
    assert.deepEqual(ends('W', '2026-11-23', '2026-12-06'), ['11-27 13:00', '12-04 16:00']);
  });

  it('puts what falls on one instant in order', () => {
    const plan = { ...PLAN, bars: '5', cron: new Cron('0 16 * * *') } as const;
    const at = toEpoch('2026-11-30', '16:00');
    assert.deepEqual(
      eventsBetween(days, plan, at - 1, at).map(({ kind }) => kind),
      ['bar', 'close', 'cron'],
    );
  });

  it('keeps a cron line to trading days, to regular hours, or to nothing', () => {
    const at = (cronDays: 'trading' | 'session' | 'every', line = '0 15 * * *') =>
      eventsBetween(
        days,
        { cron: new Cron(line), cronDays },
        toEpoch('2026-11-25'),
        toEpoch('2026-12-01'),
      ).map((event) => newYork.format(event.at).slice(5));
    assert.deepEqual(at('every').length, 6);
    // The 27th closes at 13:00.
    assert.deepEqual(at('trading'), ['11-25 15:00', '11-27 15:00', '11-30 15:00']);
    assert.deepEqual(at('session'), ['11-25 15:00', '11-30 15:00']);
    assert.deepEqual(at('session', '30 9 * * *'), ['11-25 09:30', '11-27 09:30', '11-30 09:30']);
    assert.deepEqual(at('session', '0 13,16 * * *'), [
      '11-25 13:00',
      '11-25 16:00',
      '11-27 13:00',
      '11-30 13:00',
      '11-30 16:00',
    ]);
    assert.deepEqual(at('session', '0 3 * * *'), []);
  });

  it('knows a cron line that never comes where it counts', () => {
    const comes = (line: string, cronDays: CronDays, now = '2026-11-24') =>
      !cronNeverComes(days, { cron: new Cron(line), cronDays }, toEpoch(now));
    assert.equal(comes('30 10 * * 6', 'trading'), false);
    assert.equal(comes('30 10 * * 6', 'session'), false);
    assert.equal(comes('30 10 * * 6', 'every'), true);
    assert.equal(comes('0 3 * * 1-5', 'session'), false);
    assert.equal(comes('0 3 * * 1-5', 'trading'), true);
    assert.equal(comes('0 16 * * *', 'session'), true);
    assert.equal(comes('0 10 25 12 *', 'trading'), false);
    // The next leap day is a Tuesday, 462 days away.
    assert.equal(comes('0 10 29 2 *', 'session'), true);
    // The calendar ends with 2030: what comes after is not known.
    assert.equal(comes('30 10 * * 6', 'trading', '2030-06-01'), true);
    assert.equal(cronNeverComes(days, PLAN, FROM), false);
  });

  it('knows a plan that tells nothing', () => {
    assert.ok(tellsNothing({ open: false, close: false, beforeClose: null, bars: null, cron: null }));
    const cron = new Cron('0 3 * * *');
    const plans: ClockPlan[] = [{ open: true }, { close: true }, { beforeClose: 1 }, { bars: 'D' }, { cron }];
    for (const plan of plans) assert.equal(tellsNothing(plan), false);
  });

  it('has nothing beyond the calendar', () => {
    assert.deepEqual(nextEvents(days, { ...PLAN, bars: '5' }, toEpoch('2031-01-01')), []);
  });

  it('knows what a gate lets through', () => {
    const states: SessionState[] = ['premarket', 'open', 'postmarket', 'closed'];
    const through = Object.fromEntries(
      GATES.map((gate) => [gate, states.filter((state) => passes(gate, state))]),
    );
    assert.deepEqual(through, {
      regular: ['open'],
      extended: ['premarket', 'postmarket'],
      trading: ['premarket', 'open', 'postmarket'],
      premarket: ['premarket'],
      postmarket: ['postmarket'],
      closed: ['closed'],
      any: states,
    });
    for (const { open, close, postmarket } of sessionsBetween('2016-01-01', '2025-12-31')) {
      assert.deepEqual(
        [open - 1, open, close - 1, close, postmarket.end].map((at) => passes('regular', sessionAt(at))),
        [false, true, true, false, false],
      );
    }
  });
});
