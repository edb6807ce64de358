import assert from 'node:assert/strict';
import {
  latestSession,
  nextSession,
  openSession,
  sessionAt,
  sessionOn,
  sessionsBetween,
  toEpoch,
} from '../../../lib/market/calendar.ts';
import { MINUTE } from '../../../lib/market/exchange-time.ts';
import { afterRunning } from '../../../lib/market/running-time.ts';
import {
  type ClockEvent,
  type ClockEventKind,
  type ClockPlan,
  eventsBetween,
} from '../../../lib/market/schedule/clock-events.ts';
import { ClockFollower, type ToldEvent } from '../../../lib/market/schedule/clock-follower.ts';
import { gateInWords, nextInShort, tickInWords, tickOf } from '../../../lib/market/schedule/clock-tick.ts';
import { Cron } from '../../../lib/market/schedule/cron.ts';
import type { MarketCalendar } from '../../../lib/market/trading-calendar.ts';

const calendar: MarketCalendar = {
  openSession,
  sessionsBetween,
  nextSession,
  latestSession,
  sessionOn,
  state: sessionAt,
  sessionBack: () => null,
  source: () => 'table',
};

class Rig {
  now: number;
  elapsed = 0;
  readonly told: ToldEvent[] = [];
  readonly missed: ClockEvent[] = [];
  readonly follower: ClockFollower;

  constructor(plan: ClockPlan, now: number, latestMs = Number.POSITIVE_INFINITY, from?: number) {
    this.now = now;
    this.follower = new ClockFollower({
      calendar,
      plan,
      now: () => this.now,
      elapsed: () => this.elapsed,
      ...(from === undefined ? {} : { from }),
      latestMs,
      tell: (told) => this.told.push(told),
      missed: (events) => this.missed.push(...events),
    });
  }

  lookAt(now: number): void {
    this.now = now;
    this.elapsed += 100;
    this.follower.look();
  }

  get words(): string[] {
    return this.told.map((told) => `${told.event.kind} ${nextInShort(told.event, told.event.at).slice(-5)}`);
  }
}

const EDGES: ClockPlan = { open: true, close: true, beforeClose: 10 };

describe('a clock that is followed', () => {
  for (const speed of [1, 60, 1_000, 10_000]) {
    it(`tells every event once at ${speed} times real time, over skipped hours`, () => {
      const plan: ClockPlan = { ...EDGES, bars: '5' };
      const start = toEpoch('2026-11-24', '15:58');
      const rig = new Rig(plan, start);
      const hours = speed === 1 ? 0.1 : 40;
      const looks = Math.min(20_000, Math.ceil((hours * 3_600_000) / (speed * 100)));
      for (let look = 1; look <= looks; look++) rig.lookAt(afterRunning(start, look * 100 * speed));
      const expected = eventsBetween(calendar, plan, start, rig.now);
      assert.ok(expected.length > 0);
      assert.deepEqual(
        rig.told.map(({ event }) => event),
        expected,
      );
      for (const { event, now } of rig.told) assert.ok(now >= event.at);
    });
  }

  it('lets the last of the cron times in skipped hours stand for all', () => {
    const start = toEpoch('2026-11-24', '15:59');
    const rig = new Rig({ ...EDGES, cron: new Cron('*/30 * * * *'), cronDays: 'every' }, start);
    rig.lookAt(toEpoch('2026-11-25', '09:31'));
    assert.deepEqual(rig.words, ['close 16:00', 'cron 16:00', 'cron 09:00', 'open 09:30', 'cron 09:30']);
    assert.deepEqual(
      rig.told.map(({ standsFor }) => standsFor),
      [1, 1, 34, 1, 1],
    );
    assert.match(tickInWords(tickOf(calendar, rig.told[2]!)), /outside regular hours, the last of 34 times/);
  });

  it('tells nothing too late where time is real, and says what was missed', () => {
    const rig = new Rig(EDGES, toEpoch('2026-11-24', '15:00'), MINUTE);
    rig.lookAt(toEpoch('2026-11-25', '09:30') + 20_000);
    assert.deepEqual(rig.words, ['open 09:30']);
    assert.deepEqual(
      rig.missed.map(({ kind }) => kind),
      ['before_close', 'close'],
    );
    rig.lookAt(toEpoch('2026-11-25', '15:50'));
    assert.equal(rig.told.length, 2);
  });

  it('goes on where the one before it ended, and begins anew when the clock was set back', () => {
    const start = toEpoch('2026-11-24', '16:00');
    const rig = new Rig(EDGES, start + 500, MINUTE, start - 500);
    rig.lookAt(start + 600);
    assert.deepEqual(rig.words, ['close 16:00']);
    rig.lookAt(toEpoch('2026-11-24', '09:00'));
    rig.lookAt(toEpoch('2026-11-24', '09:30'));
    assert.deepEqual(rig.words, ['close 16:00', 'open 09:30']);
    assert.equal(new Rig(EDGES, start, MINUTE, start + 5 * MINUTE).follower.passed, start);
  });

  it('learns of a day the calendar took back', () => {
    let closed = false;
    const changing: MarketCalendar = {
      ...calendar,
      nextSession: (at) => nextSession(closed ? toEpoch('2026-11-25', '20:00') : at),
    };
    let now = toEpoch('2026-11-24', '20:00');
    let elapsed = 0;
    const told: ToldEvent[] = [];
    const follower = new ClockFollower({
      calendar: changing,
      plan: { open: true },
      now: () => now,
      elapsed: () => elapsed,
      latestMs: MINUTE,
      tell: (event) => told.push(event),
      missed: () => assert.fail('nothing is missed'),
    });
    assert.equal(nextInShort(follower.next()!, now), 'open Wed 09:30');
    closed = true;
    elapsed = 11_000;
    now = toEpoch('2026-11-25', '10:00');
    follower.look();
    assert.deepEqual(told, []);
    assert.equal(nextInShort(follower.next()!, now), 'open Fri 09:30');
  });

  it('says what comes next in a few words: the time, and the day when it is another', () => {
    const now = toEpoch('2026-11-27', '12:00');
    const rows: [ClockEventKind, string, string, string][] = [
      ['before_close', '2026-11-27', '12:50', 'pre-close 12:50'],
      ['open', '2026-11-30', '09:30', 'open Mon 09:30'],
      ['bar', '2026-12-03', '16:00', 'bar Thu 16:00'],
      ['cron', '2026-12-04', '15:30', 'cron 12-04 15:30'],
    ];
    for (const [kind, date, time, expected] of rows) {
      assert.equal(nextInShort({ kind, at: toEpoch(date, time), session: null }, now), expected);
    }
  });

  it('says every event in one sentence', () => {
    const rig = new Rig(
      { ...EDGES, bars: '60', cron: new Cron('0 10 * * *') },
      toEpoch('2026-11-27', '09:00'),
    );
    rig.lookAt(toEpoch('2026-11-27', '10:30'));
    rig.lookAt(toEpoch('2026-11-27', '13:00'));
    const said = rig.told.map((told) => tickInWords(tickOf(calendar, told)));
    assert.deepEqual(said, [
      'The session of Friday 2026-11-27 opened at 09:30 and closes at 13:00, a half day',
      'It is 10:00 in New York on Friday 2026-11-27, a half day',
      'A bar of 60 minutes that began at 09:30 ended at 10:30 on Friday 2026-11-27',
      'A bar of 60 minutes that began at 10:30 ended at 11:30 on Friday 2026-11-27',
      'A bar of 60 minutes that began at 11:30 ended at 12:30 on Friday 2026-11-27',
      'The session of Friday 2026-11-27 closes at 13:00, in 10 minutes, a half day',
      'A bar of 60 minutes that began at 12:30 ended at 13:00 on Friday 2026-11-27',
      'The session of Friday 2026-11-27 closed at 13:00, a half day',
    ]);
    const tick = tickOf(calendar, rig.told.at(-1)!);
    assert.deepEqual(
      [tick.event, tick.date, tick.time, tick.state, tick.session?.half, tick.late],
      ['close', '2026-11-27', '13:00', 'postmarket', true, 0],
    );
  });

  it('says why a message passes or not', () => {
    const at = (date: string, time: string) => gateInWords(calendar, toEpoch(date, time));
    assert.equal(
      at('2026-11-27', '10:00'),
      '10:00 in New York on Friday 2026-11-27: the regular session runs until 13:00, a half day',
    );
    assert.equal(
      at('2026-11-26', '10:00'),
      '10:00 in New York on Thursday 2026-11-26: closed, the next session opens Friday 2026-11-27 at 09:30',
    );
    assert.match(at('2026-11-27', '08:00'), /: pre-market hours, the next/);
  });
});
