import assert from 'node:assert/strict';
import { toEpoch } from '../../lib/market/calendar.ts';
import { afterRunningIn } from '../../simulator/hours.ts';
import { newYorkText } from '../../simulator/new-york.ts';
import { HandClock, started, stopAll } from './support.ts';

const HOUR = 3_600_000;

describe('simulator: extended hours', () => {
  afterEach(stopAll);

  const rows: [string, string, number, string][] = [
    ['a start in the night', '2026-03-02 03:00', 0, '2026-03-02T07:00:00'],
    ['a start on a Sunday', '2026-03-01 12:00', 1000, '2026-03-02T07:00:01'],
    ['the pause before the bell', '2026-03-02 09:23', 180_000, '2026-03-02T09:26:00'],
    ['from open to post market', '2026-03-02 15:59', 120_000, '2026-03-02T16:01:00'],
    ['over the night', '2026-03-02 19:54', 120_000, '2026-03-03T07:01:00'],
    ['over a weekend', '2026-03-06 19:54', 120_000, '2026-03-09T07:01:00'],
    ['the end of a half day', '2026-11-27 16:54', 60_000, '2026-11-30T07:00:00'],
    ['a whole day', '2026-03-02 07:00', 12 * HOUR + 55 * 60_000, '2026-03-03T07:00:00'],
  ];
  for (const [title, from, ms, to] of rows) {
    it(title, () => {
      const [date = '', time = ''] = from.split(' ');
      assert.equal(newYorkText(afterRunningIn('extended', toEpoch(date, time), ms)), to);
    });
  }

  it('stays where the calendar ends', () => {
    const last = toEpoch('2030-12-31', '19:50');
    assert.equal(newYorkText(afterRunningIn('extended', last, HOUR)), '2030-12-31T19:55:00');
  });

  it('tells each part of the day', async () => {
    const clock = new HandClock();
    const client = await started({
      elapsed: clock,
      wall: clock.wall,
      limits: false,
      extendedHours: true,
      start: toEpoch('2026-03-02', '07:00'),
    });
    const told = async () => {
      const answer = await client.get('/markets/clock');
      return ['state', 'next_change', 'next_state'].map((key) => answer.at(`clock.${key}`));
    };
    assert.deepEqual(await told(), ['premarket', '09:24', 'closed']);
    clock.pass(2.45 * HOUR);
    assert.deepEqual(await told(), ['closed', '09:30', 'open']);
    clock.pass(0.1 * HOUR);
    assert.deepEqual(await told(), ['open', '16:00', 'postmarket']);
    clock.pass(7 * HOUR);
    assert.deepEqual(await told(), ['postmarket', '19:55', 'closed']);
    clock.pass(4 * HOUR);
    assert.deepEqual(await told(), ['premarket', '09:24', 'closed']);
    assert.equal((await client.get('/markets/clock')).at('clock.date'), '2026-03-03');
    const day = await client.get('/markets/calendar?year=2026&month=3');
    assert.deepEqual(
      [day.at('calendar.days.day.1.premarket'), day.at('calendar.days.day.1.postmarket')],
      [
        { start: '07:00', end: '09:24' },
        { start: '16:00', end: '19:55' },
      ],
    );
  });
});
