import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MarketClockReading } from '../../lib/broker/port.ts';
import { BrokerMarketTime } from '../../lib/market/market-clock.ts';
import { ManualTime } from '../broker/manual-time.ts';

const OPEN = Date.UTC(2026, 2, 2, 14, 30);
const CLOSE = Date.UTC(2026, 2, 2, 21);
const NEXT_OPEN = Date.UTC(2026, 2, 3, 14, 30);

describe('BrokerMarketTime', () => {
  let elapsed: ManualTime;
  let time: BrokerMarketTime;
  let reads: number;

  beforeEach(() => {
    elapsed = new ManualTime();
    reads = 0;
  });

  afterEach(() => time.close());

  function over(
    read: () => MarketClockReading | Promise<MarketClockReading>,
    closeAfter?: (at: number) => number,
  ) {
    time = new BrokerMarketTime({
      read: async () => {
        reads += 1;
        return read();
      },
      elapsed,
      ...(closeAfter ? { closeAfter } : {}),
    });
    return time.start();
  }

  const real = (now: number): MarketClockReading => ({ now, speed: 1, skipsClosed: false });

  it('is unknown before the first reading', async () => {
    await over(() => real(OPEN));
    const early = new BrokerMarketTime({ read: async () => real(OPEN), elapsed });
    assert.throws(() => early.now(), { code: 'E_BROKER_UNREACHABLE' });
    assert.equal(time.now(), OPEN);
  });

  it('fails to start when the clock cannot be read or understood', async () => {
    await assert.rejects(
      over(() => Promise.reject(new Error('down'))),
      /down/,
    );
    await assert.rejects(
      over(() => real(Number.NaN)),
      { code: 'E_BROKER' },
    );
  });

  it('runs on at the speed of the clock and is read again regularly', async () => {
    await over(() => ({ now: OPEN + elapsed.now() * 60, speed: 60, skipsClosed: true }));
    await elapsed.pass(1_000);
    assert.equal(time.now(), OPEN + 60_000);
    assert.equal(reads, 1);
    await elapsed.pass(10_000);
    assert.equal(reads, 3);
  });

  it('takes the reading for the middle of question and answer', async () => {
    const starting = over(async () => {
      await elapsed.sleep(100);
      return real(OPEN);
    });
    await elapsed.pass(100);
    await starting;
    assert.equal(time.now(), OPEN + 50);
  });

  it('never runs backwards for a reading that is merely behind', async () => {
    let behind = 0;
    await over(() => real(OPEN + elapsed.now() - behind));
    await elapsed.pass(4_900);
    const before = time.now();
    behind = 1_500;
    await elapsed.pass(200);
    assert.ok(time.now() >= before);
    await elapsed.pass(3_000);
    assert.equal(time.now(), OPEN + elapsed.now() - behind, 'and goes on once the clock caught up');
  });

  it('follows the clock of the broker backwards when that clock itself went back', async () => {
    let now = OPEN;
    await over(() => real(now));
    now = OPEN - 60_000;
    await elapsed.pass(5_000);
    assert.equal(time.now(), OPEN - 60_000);
  });

  it('stands at the close until a reading says where a skipping clock went on', async () => {
    let skipped = false;
    const start = CLOSE - 60_000;
    await over(
      () => {
        const now = skipped
          ? NEXT_OPEN + (elapsed.now() - 2_500) * 60
          : Math.min(CLOSE, start + elapsed.now() * 60);
        return { now, speed: 60, skipsClosed: true };
      },
      (at) => (at < CLOSE ? CLOSE : CLOSE + 86_400_000),
    );
    await elapsed.pass(990);
    assert.ok(time.now() < CLOSE);
    assert.equal(reads, 1);
    await elapsed.pass(10);
    assert.equal(reads, 2, 'read at once');
    assert.equal(time.now(), CLOSE);
    await elapsed.pass(1_500);
    assert.equal(time.now(), CLOSE, 'and never between two sessions');
    skipped = true;
    await elapsed.pass(300);
    assert.ok(time.now() >= NEXT_OPEN);
  });

  it('goes on through a failing reading, a simulated clock only for a while', async () => {
    let failing = false;
    const read = (speed: number, skipsClosed: boolean) => () => {
      if (failing) throw new Error('down');
      return { now: OPEN + elapsed.now() * speed, speed, skipsClosed };
    };
    await over(read(1, false));
    failing = true;
    await elapsed.pass(60_000);
    assert.equal(time.now(), OPEN + 60_000);
    time.close();

    failing = false;
    const began = elapsed.now();
    await over(read(10, true));
    failing = true;
    await elapsed.pass(60_000);
    assert.equal(time.now(), OPEN + (began + 15_000) * 10);
    failing = false;
    await elapsed.pass(2_000);
    assert.equal(time.now(), OPEN + elapsed.now() * 10);
  });

  it('is read no more once it is closed', async () => {
    await over(() => real(OPEN));
    time.close();
    await elapsed.pass(60_000);
    assert.equal(reads, 1);
    assert.equal(elapsed.timers, 0);
  });

  it('never runs backwards while the clock of the broker does not, however late its answers are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ pass: fc.nat(7_000), delay: fc.nat(900) }), { minLength: 1, maxLength: 20 }),
        fc.constantFrom(1, 7, 60),
        async (steps, speed) => {
          elapsed = new ManualTime();
          let delay = 0;
          await over(() => ({
            now: OPEN + Math.max(0, elapsed.now() - delay) * speed,
            speed,
            skipsClosed: false,
          }));
          let told = time.now();
          let asked = 0;
          for (const step of steps) {
            delay = Math.min(step.delay, elapsed.now() - asked, 2_000 / speed);
            asked = elapsed.now();
            await elapsed.pass(step.pass);
            assert.ok(time.now() >= told);
            told = time.now();
          }
          time.close();
        },
      ),
      { numRuns: 50 },
    );
  });
});
