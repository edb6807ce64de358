import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nextSession, openSession } from '../../lib/market/calendar.ts';
import { newYorkDate, newYorkOffset, newYorkTime, toEpoch } from '../../lib/market/exchange-time.ts';
import { afterRunning, runningTime } from '../../lib/market/running-time.ts';

const HOUR = 3_600_000;
const reference = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'America/New_York',
  dateStyle: 'short',
  timeStyle: 'medium',
});
const instant = fc.integer({ min: Date.UTC(2014, 11, 1), max: Date.UTC(2031, 0, 31) });

describe('New York time', () => {
  it('agrees with the runtime at any instant', () => {
    fc.assert(
      fc.property(instant, (at) => {
        assert.equal(`${newYorkDate(at)} ${newYorkTime(at)}`, reference.format(at));
      }),
      { numRuns: 2000 },
    );
  });

  it('changes to the millisecond at both changes of the clocks', () => {
    const spring = Date.UTC(2026, 2, 8, 7);
    assert.equal(newYorkOffset(spring - 1), -5 * HOUR);
    assert.equal(newYorkOffset(spring), -4 * HOUR);
    assert.equal(newYorkTime(spring - 1), '01:59:59');
    assert.equal(newYorkTime(spring), '03:00:00');
    const autumn = Date.UTC(2026, 10, 1, 6);
    assert.equal(newYorkOffset(autumn - 1), -4 * HOUR);
    assert.equal(newYorkOffset(autumn), -5 * HOUR);
    assert.equal(newYorkTime(autumn), '01:00:00');
  });

  it('reads dates and times back', () => {
    assert.equal(toEpoch('2026-03-06', '09:30'), Date.UTC(2026, 2, 6, 14, 30));
    assert.equal(toEpoch('2026-03-09', '09:30'), Date.UTC(2026, 2, 9, 13, 30));
    assert.equal(toEpoch('2026-03-09'), Date.UTC(2026, 2, 9, 4));
    assert.equal(toEpoch('2026-03-08', '02:30'), Date.UTC(2026, 2, 8, 7, 30), 'skipped: after the jump');
    assert.equal(toEpoch('2026-11-01', '01:30'), Date.UTC(2026, 10, 1, 5, 30), 'twice: the first');
    assert.equal(toEpoch('2026-11-01', '02:30'), Date.UTC(2026, 10, 1, 7, 30));
    fc.assert(
      fc.property(instant, (at) => {
        const back = toEpoch(newYorkDate(at), newYorkTime(at));
        const whole = Math.floor(at / 1000) * 1000;
        assert.ok(back === whole || back === whole - HOUR, `${at}`);
      }),
    );
    for (const [date, time] of [
      ['2026-13-01', '09:30'],
      ['2026-3-1', '09:30'],
      ['2026-03-01', '9:30'],
      ['', ''],
      ['2026-02-30', '09:30'],
      ['2026-03-02', '24:00'],
    ]) {
      assert.throws(() => toEpoch(date as string, time), RangeError);
    }
  });
});

describe('running time that skips closed hours', () => {
  it('runs inside a session and jumps from its close to the next open', () => {
    const open = toEpoch('2026-04-02', '09:30');
    const session = 6.5 * HOUR;
    assert.equal(afterRunning(open, 0), open);
    assert.equal(afterRunning(open, session - 1), toEpoch('2026-04-02', '16:00') - 1);
    assert.equal(afterRunning(open, session), toEpoch('2026-04-06', '09:30'), 'over Good Friday');
    assert.equal(afterRunning(open, session + 90_000), toEpoch('2026-04-06', '09:31:30'));
  });

  it('takes closed hours as the next open, and half days as short', () => {
    assert.equal(afterRunning(toEpoch('2026-04-04', '12:00'), 1000), toEpoch('2026-04-06', '09:30:01'));
    assert.equal(afterRunning(toEpoch('2026-04-02', '16:00'), 0), toEpoch('2026-04-06', '09:30'));
    assert.equal(afterRunning(toEpoch('2026-11-27', '09:30'), 3.5 * HOUR), toEpoch('2026-11-30', '09:30'));
  });

  it('stays at the last close of the table', () => {
    assert.equal(afterRunning(toEpoch('2030-12-31', '15:00'), 100 * HOUR), toEpoch('2030-12-31', '16:00'));
  });

  it('adds up, never shows a closed hour, and can be measured', () => {
    const within = fc.integer({ min: Date.UTC(2015, 1, 1), max: Date.UTC(2028, 0, 1) });
    const span = fc.integer({ min: 0, max: 60 * HOUR });
    fc.assert(
      fc.property(within, span, span, (start, a, b) => {
        const there = afterRunning(start, a);
        assert.ok(openSession(there) !== null);
        assert.equal(afterRunning(there, b), afterRunning(start, a + b));
        assert.equal(runningTime(start, there), a);
      }),
    );
    assert.equal(runningTime(toEpoch('2026-04-03', '10:00'), toEpoch('2026-04-04', '10:00')), 0);
    assert.ok(nextSession(0) !== null);
  });
});
