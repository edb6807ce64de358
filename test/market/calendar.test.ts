import assert from 'node:assert/strict';
import {
  allSessions,
  calendarMonth,
  isTradingDay,
  latestOpenBefore,
  latestSession,
  newYorkDate,
  newYorkTime,
  nextSession,
  openSession,
  sessionAt,
  sessionOn,
  sessionsBetween,
  toEpoch,
  tradingDaysBack,
} from '../../lib/market/calendar.ts';

/** As the exchanges published them. */
const CLOSED: Record<string, string[]> = {
  2015: '01-01 01-19 02-16 04-03 05-25 07-03 09-07 11-26 12-25'.split(' '),
  2016: '01-01 01-18 02-15 03-25 05-30 07-04 09-05 11-24 12-26'.split(' '),
  2017: '01-02 01-16 02-20 04-14 05-29 07-04 09-04 11-23 12-25'.split(' '),
  2018: '01-01 01-15 02-19 03-30 05-28 07-04 09-03 11-22 12-05 12-25'.split(' '),
  2021: '01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24'.split(' '),
  2022: '01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26'.split(' '),
  2023: '01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25'.split(' '),
  2024: '01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25'.split(' '),
  2025: '01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25'.split(' '),
  2026: '01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25'.split(' '),
  2027: '01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24'.split(' '),
  2028: '01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25'.split(' '),
};
const HALF: Record<string, string[]> = {
  2015: ['11-27', '12-24'],
  2016: ['11-25'],
  2018: ['07-03', '11-23', '12-24'],
  2020: ['11-27', '12-24'],
  2021: ['11-26'],
  2023: ['07-03', '11-24'],
  2024: ['07-03', '11-29', '12-24'],
  2025: ['07-03', '11-28', '12-24'],
  2026: ['11-27', '12-24'],
  2027: ['11-26'],
  2028: ['07-03', '11-24'],
};
const TRADING_DAYS = {
  2015: 252,
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
  2026: 251,
};

describe('exchange calendar', () => {
  for (const [year, expected] of Object.entries(CLOSED)) {
    it(`knows the weekdays of ${year} without trading`, () => {
      const closed: string[] = [];
      for (let month = 1; month <= 12; month++) {
        for (const day of calendarMonth(Number(year), month)) {
          const weekday = new Date(`${day.date}T12:00:00Z`).getUTCDay();
          if (day.status === 'closed' && weekday !== 0 && weekday !== 6) closed.push(day.date.slice(5));
        }
      }
      assert.deepEqual(closed, expected);
    });
  }

  for (const [year, expected] of Object.entries(HALF)) {
    it(`knows the half days of ${year}`, () => {
      const half = sessionsBetween(`${year}-01-01`, `${year}-12-31`).filter((session) => session.half);
      assert.deepEqual(
        half.map((session) => session.date.slice(5)),
        expected,
      );
      for (const session of half) assert.equal(newYorkTime(session.close), '13:00:00');
    });
  }

  it('has as many trading days a year as the exchange had', () => {
    for (const [year, count] of Object.entries(TRADING_DAYS)) {
      assert.equal(sessionsBetween(`${year}-01-01`, `${year}-12-31`).length, count, year);
    }
    assert.equal(allSessions()[0]?.date, '2015-01-02');
    assert.equal(allSessions().at(-1)?.date, '2030-12-31');
  });

  it('opens at 09:30 and closes at 16:00 or 13:00 New York time on every day, with never a weekend', () => {
    for (const session of allSessions()) {
      assert.equal(newYorkTime(session.open), '09:30:00');
      assert.equal(newYorkTime(session.close), session.half ? '13:00:00' : '16:00:00');
      assert.equal(newYorkDate(session.open), session.date);
      assert.equal(session, allSessions()[session.index]);
      const weekday = new Date(`${session.date}T12:00:00Z`).getUTCDay();
      assert.ok(weekday >= 1 && weekday <= 5, session.date);
    }
  });

  it('treats dates outside its table as closed', () => {
    assert.equal(sessionOn('2014-12-31'), null);
    assert.equal(isTradingDay('2031-01-02'), false);
    assert.equal(sessionAt(toEpoch('2031-01-02', '11:00')), 'closed');
    assert.equal(nextSession(toEpoch('2030-12-31', '16:00')), null);
    assert.equal(latestSession(toEpoch('2015-01-02', '09:29')), null);
    assert.ok(calendarMonth(2031, 1).every((day) => day.status === 'closed' && day.open === undefined));
  });

  it('names the part of the day at its exact edges', () => {
    const states = [
      ['06:59:59', 'closed'],
      ['07:00:00', 'premarket'],
      ['09:23:59', 'premarket'],
      ['09:24:00', 'closed'],
      ['09:30:00', 'open'],
      ['15:59:59', 'open'],
      ['16:00:00', 'postmarket'],
      ['19:54:59', 'postmarket'],
      ['19:55:00', 'closed'],
    ] as const;
    for (const [time, state] of states) assert.equal(sessionAt(toEpoch('2026-03-02', time)), state, time);
    assert.equal(sessionAt(toEpoch('2026-11-27', '12:59')), 'open');
    assert.equal(sessionAt(toEpoch('2026-11-27', '13:00')), 'postmarket');
    assert.equal(sessionAt(toEpoch('2026-03-01', '11:00')), 'closed');
    assert.equal(sessionAt(toEpoch('2026-04-03', '11:00')), 'closed');
  });

  it('finds the sessions around an instant', () => {
    const friday = toEpoch('2026-04-02', '16:00');
    assert.equal(nextSession(friday)?.date, '2026-04-06');
    assert.equal(nextSession(toEpoch('2026-04-06', '09:30'))?.date, '2026-04-07');
    assert.equal(openSession(friday), null);
    assert.equal(openSession(friday - 1)?.date, '2026-04-02');
    assert.equal(latestOpenBefore(toEpoch('2026-04-05', '12:00')), toEpoch('2026-04-02', '09:30'));
    assert.equal(latestOpenBefore(toEpoch('2026-04-06', '09:30')), toEpoch('2026-04-06', '09:30'));
    assert.equal(latestOpenBefore(toEpoch('2026-04-06', '09:30') - 1), toEpoch('2026-04-02', '09:30'));
  });

  it('counts trading days back over weekends and holidays', () => {
    assert.equal(tradingDaysBack('2026-04-06', 1), '2026-04-02');
    assert.equal(tradingDaysBack('2026-04-04', 1), '2026-04-02');
    assert.equal(tradingDaysBack('2026-04-06', 0), '2026-04-06');
    assert.equal(tradingDaysBack('2026-01-02', 3), '2025-12-29');
    assert.equal(tradingDaysBack('2015-01-05', 2), null);
  });

  it('lists a month as a broker does', () => {
    const month = calendarMonth(2026, 11);
    assert.equal(month.length, 30);
    assert.deepEqual(month[0], { date: '2026-11-01', status: 'closed', description: 'Market is closed' });
    assert.deepEqual(month[1], {
      date: '2026-11-02',
      status: 'open',
      description: 'Market is open',
      premarket: { start: '07:00', end: '09:24' },
      open: { start: '09:30', end: '16:00' },
      postmarket: { start: '16:00', end: '19:55' },
    });
    assert.deepEqual(month[25], {
      date: '2026-11-26',
      status: 'closed',
      description: 'Market is closed for Thanksgiving Day',
    });
    assert.deepEqual(month[26]?.open, { start: '09:30', end: '13:00' });
    assert.equal(calendarMonth(2024, 2).length, 29);
  });
});
