import assert from 'node:assert/strict';
import { barAt, barsOf, nextBarEnd } from '../../../lib/market/bars/boundaries.ts';
import { INTERVALS, minutesOf, readInterval, tierOf } from '../../../lib/market/bars/intervals.ts';
import { BrokerCalendar } from '../../../lib/market/broker-calendar.ts';
import { newYorkTime, sessionsBetween, toEpoch } from '../../../lib/market/calendar.ts';
import { MINUTE } from '../../../lib/market/exchange-time.ts';
import { ManualTime } from '../../broker/manual-time.ts';

const calendar = new BrokerCalendar({
  source: { calendar: async () => [] },
  db: null,
  clock: { elapsed: new ManualTime(), market: { now: () => 0 } },
  log: () => undefined,
});
const tenYears = sessionsBetween('2017-01-01', '2026-12-31');
const time = (at: number) => newYorkTime(at).slice(0, 5);

describe('bar boundaries', () => {
  it('cut every session of ten years into bars that begin at its open, touch, and end at its close', () => {
    assert.ok(tenYears.length > 2_500);
    for (const interval of INTERVALS) {
      const minutes = minutesOf(interval);
      if (minutes === null) continue;
      for (const session of tenYears) {
        const bars = barsOf(session, minutes);
        assert.equal(bars[0]?.from, session.open);
        assert.equal(bars.at(-1)?.to, session.close);
        for (let i = 0; i < bars.length; i++) {
          const bar = bars[i] as { from: number; to: number };
          if (i > 0) assert.equal(bar.from, bars[i - 1]?.to);
          // Both edges of each bar, from inside and from outside.
          assert.deepEqual(barAt(calendar, interval, bar.from), bar);
          assert.deepEqual(barAt(calendar, interval, bar.to - 1), bar);
        }
        assert.equal(barAt(calendar, interval, session.open - 1), null);
        assert.equal(barAt(calendar, interval, session.close), null);
        assert.deepEqual(nextBarEnd(calendar, interval, session.open - 1), bars[0]);
      }
    }
  }).timeout(30_000);

  it('begin at 09:30 in New York on the days around both clock changes and on half days', () => {
    const hours = (date: string) =>
      barsOf(calendar.sessionOn(date) as never, 60).map(({ from, to }) => `${time(from)}-${time(to)}`);
    const full = [
      '09:30-10:30',
      '10:30-11:30',
      '11:30-12:30',
      '12:30-13:30',
      '13:30-14:30',
      '14:30-15:30',
      '15:30-16:00',
    ];
    for (const date of ['2026-03-06', '2026-03-09', '2026-10-30', '2026-11-02'])
      assert.deepEqual(hours(date), full);
    assert.deepEqual(hours('2026-11-27'), ['09:30-10:30', '10:30-11:30', '11:30-12:30', '12:30-13:00']);
    assert.equal(
      (toEpoch('2026-03-09', '09:30') - toEpoch('2026-03-06', '09:30')) / MINUTE,
      3 * 24 * 60 - 60,
      'the clocks went forward in between',
    );
  });

  it('make weeks of Monday to Friday and months of the calendar, with their first and last sessions', () => {
    const easter = barAt(calendar, 'W', toEpoch('2026-04-01', '12:00'));
    assert.deepEqual(easter, { from: toEpoch('2026-03-30', '09:30'), to: toEpoch('2026-04-02', '16:00') });
    const labour = barAt(calendar, 'W', toEpoch('2026-09-11', '12:00'));
    assert.equal(labour?.from, toEpoch('2026-09-08', '09:30'));
    const november = barAt(calendar, 'M', toEpoch('2025-11-12', '12:00'));
    assert.deepEqual(november, { from: toEpoch('2025-11-03', '09:30'), to: toEpoch('2025-11-28', '13:00') });
    for (const session of tenYears) {
      const week = barAt(calendar, 'W', session.open);
      const month = barAt(calendar, 'M', session.open);
      assert.ok(week && month && week.from <= session.open && week.to >= session.close);
      assert.ok(month.from <= session.open && month.to >= session.close);
    }
  });

  it('read intervals as TradingView writes them and refuse the rest', () => {
    assert.deepEqual(
      ['1', 5, '240', 'd', '1D', '1W', ' 1M '].map((text) => readInterval(text)),
      ['1', '5', '240', 'D', 'D', 'W', 'M'],
    );
    for (const text of ['2', '1440', '', '11D', 'X', null, '1S'])
      assert.throws(() => readInterval(text), { code: 'E_INPUT', field: 'interval' });
    assert.deepEqual(INTERVALS.map(tierOf), [
      '1',
      '1',
      '5',
      '5',
      '15',
      '15',
      '15',
      '15',
      '15',
      'D',
      'D',
      'D',
    ]);
  });
});
