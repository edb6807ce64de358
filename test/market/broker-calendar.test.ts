import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CalendarDay } from '../../lib/broker/port.ts';
import { BrokerCalendar } from '../../lib/market/broker-calendar.ts';
import { allSessions, calendarMonth, toEpoch } from '../../lib/market/calendar.ts';
import { MarketDatabase } from '../../lib/market/store/database.ts';
import { VirtualClock } from '../account/virtual-clock.ts';

const OPEN: CalendarDay = {
  date: '2026-03-10',
  status: 'open',
  description: 'Market is open',
  premarket: { start: '07:00', end: '09:24' },
  open: { start: '09:30', end: '16:00' },
  postmarket: { start: '16:00', end: '19:55' },
};

describe('broker calendar', () => {
  let folder: string;
  let db: MarketDatabase;
  let clock: VirtualClock;
  let asked: string[];
  let failure: Error | null;
  let log: string[];
  let special: CalendarDay[];
  let calendar: BrokerCalendar;

  const open = () => {
    db = new MarketDatabase(join(folder, 'market.db'), (_level, message) => log.push(message));
    const source = {
      calendar: async (year: number, month: number) => {
        asked.push(`${year}-${month}`);
        if (failure) throw failure;
        const days = calendarMonth(year, month);
        return days.map((day) => special.find(({ date }) => date === day.date) ?? day);
      },
    };
    calendar = new BrokerCalendar({ source, db, clock, log: (_level, message) => log.push(message) });
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'calendar-'));
    clock = new VirtualClock(toEpoch('2026-01-15', '10:00'));
    asked = [];
    log = [];
    failure = null;
    special = [];
    open();
  });

  afterEach(() => {
    calendar.close();
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is the built-in table where the broker says nothing else', async () => {
    await calendar.start();
    assert.deepEqual(asked, ['2025-12', '2026-1', '2026-2']);
    assert.deepEqual(calendar.sessionsBetween('2015-01-01', '2030-12-31'), allSessions());
    assert.deepEqual(
      [calendar.source('2026-01-20'), calendar.source('2027-05-05'), calendar.source('2031-05-05')],
      ['broker', 'table', 'unknown'],
    );
    assert.equal(calendar.sessionOn('2031-05-05'), null, 'an unknown day is closed');
    assert.equal(calendar.state(toEpoch('2031-05-05', '11:00')), 'closed');
  });

  it('believes the broker about days off, half days and hours of its own, and keeps them', async () => {
    special = [
      { date: '2026-01-20', status: 'closed', description: 'Market is closed for a Day of Mourning' },
      {
        ...OPEN,
        date: '2026-01-21',
        open: { start: '09:30', end: '13:00' },
        postmarket: { start: '13:00', end: '16:55' },
      },
      { ...OPEN, date: '2026-01-24', description: 'a Saturday' },
    ];
    await calendar.start();
    for (const again of [false, true]) {
      if (again) {
        calendar.close();
        db.close();
        failure = new Error('down');
        open();
      }
      assert.equal(calendar.sessionOn('2026-01-20'), null);
      assert.equal(calendar.nextSession(toEpoch('2026-01-19', '12:00'))?.date, '2026-01-21');
      assert.equal(calendar.sessionOn('2026-01-21')?.close, toEpoch('2026-01-21', '13:00'));
      assert.equal(calendar.sessionOn('2026-01-21')?.half, true);
      assert.equal(calendar.state(toEpoch('2026-01-21', '14:00')), 'postmarket');
      assert.equal(calendar.openSession(toEpoch('2026-01-24', '10:00'))?.date, '2026-01-24');
      assert.equal(calendar.sessionBack('2026-01-22', 1)?.date, '2026-01-21');
      const sessions = calendar.sessionsBetween('2015-01-01', '2030-12-31');
      assert.ok(sessions.every((session, n) => session.index === n));
    }
  });

  it("keeps the table's hours for a day whose own make no sense", async () => {
    const nonsense = [
      undefined,
      { start: '16:00', end: '09:30' },
      { start: '9:30', end: '16:00' },
      { start: '09:30', end: '25:00' },
    ];
    for (const hours of nonsense) {
      const { open: _, ...day } = { ...OPEN, date: '2026-01-20' };
      calendar.learn([hours === undefined ? day : { ...day, open: hours }]);
      assert.equal(calendar.sessionOn('2026-01-20')?.close, toEpoch('2026-01-20', '16:00'));
      calendar.learn([
        hours === undefined ? { ...day, date: '2026-01-24' } : { ...day, date: '2026-01-24', open: hours },
      ]);
      assert.equal(calendar.sessionOn('2026-01-24'), null);
    }
  });

  it('holds what it could not keep, and keeps it when it can', async () => {
    const date = '2026-01-20';
    special = [{ ...OPEN, date, open: { start: '09:30', end: '13:00' } }];
    db.get('PRAGMA query_only = ON');
    await calendar.start();
    assert.equal(calendar.sessionOn(date)?.half, true);
    assert.deepEqual(
      log.map((line) => line.slice(0, 31)),
      ['The calendar could not be kept:'],
    );
    db.get('PRAGMA query_only = OFF');
    await calendar.refresh();
    calendar.close();
    db.run("INSERT OR REPLACE INTO day VALUES ('2026-03-11', 'not JSON')");
    db.close();
    open();
    assert.match(log.at(-1) ?? '', /^The calendar that was kept could not be read: /);
    assert.equal(calendar.sessionOn(date)?.half, false, 'the table, until the broker is asked');
    db.run("DELETE FROM day WHERE date = '2026-03-11'");
    db.close();
    open();
    assert.equal(calendar.sessionOn(date)?.half, true);
  });

  it('asks again regularly, soon after a failure, says that once, and stops when closed', async () => {
    failure = new Error('down');
    await calendar.start();
    await clock.advance(10 * 60_000);
    assert.ok(asked.length >= 30 && asked.length <= 36, `${asked.length}`);
    assert.equal(log.length, 1);
    failure = null;
    await clock.advance(60_000);
    asked = [];
    await clock.advance(12 * 3_600_000);
    assert.equal(asked.length, 6);
    calendar.close();
    assert.equal(clock.timers, 0);
  });
});
