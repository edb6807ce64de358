import assert from 'node:assert/strict';
import { Lateness } from '../../lib/alerts/lateness.ts';
import type { Clock } from '../../lib/domain/clock.ts';
import { VirtualClock } from '../account/virtual-clock.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

describe('the lateness of an alert', () => {
  /** A market that runs so many times as fast as we do, looked at every second. */
  function running(speed: number, delayMs = 0) {
    const own = new VirtualClock(0);
    const clock: Clock = { ...own, elapsed: own.elapsed, market: { now: () => own.market.now() * speed } };
    const lateness = new Lateness(clock, delayMs);
    const run = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += SECOND) {
        lateness.tick();
        await own.advance(SECOND);
      }
    };
    return { lateness, clock, run };
  }

  it('is more than five minutes of market time, a late feed aside', async () => {
    const { lateness, clock, run } = running(1, 15 * MINUTE);
    await run(30 * MINUTE);
    const edge = clock.market.now() - 20 * MINUTE;
    assert.deepEqual([lateness.isLate(edge), lateness.isLate(edge - 1)], [false, true]);
  });

  for (const speed of [60, 130, 390, 1_000])
    it(`at ${speed} times the pace is not what came true less than ten seconds ago by our clock`, async () => {
      const { lateness, clock, run } = running(speed);
      await run(30 * SECOND);
      const ago = (ms: number) => lateness.isLate(clock.market.now() - ms * speed);
      assert.deepEqual([ago(2_500), ago(9_000), ago(12_000)], [false, false, true]);
    });

  it('of what came true before the start is judged by the market alone', () => {
    const { lateness, clock } = running(1_000);
    assert.equal(lateness.isLate(clock.market.now() - 5 * MINUTE - 1), true);
    assert.equal(lateness.isLate(clock.market.now() - 5 * MINUTE), false);
  });
});
