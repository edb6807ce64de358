import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { INTERVALS, type Interval, minutesOf } from '../../lib/market/bars/intervals.ts';
import { DAY, toEpoch } from '../../lib/market/exchange-time.ts';
import { asRead, ChartServer, directly } from './chart-desk.ts';
import { FilledMarket } from './filled-market.ts';
import { type ReadBar, UdfReader } from './reader.ts';

/** The evening of a Friday: nothing forms any more. */
const NOW = toEpoch('2026-11-20', '20:30');
const MUCH = 20_000;
/** Twenty thousand of them would reach back beyond 2015, where the exchange's calendar begins. */
const LONG: readonly Interval[] = ['120', '240', 'D', 'W', 'M'];

const resolutionOf = (interval: Interval) => (minutesOf(interval) === null ? `1${interval}` : interval);

describe('paging through UDF', function () {
  this.timeout(60_000);

  describe('a store filled with 20,000 bars of each resolution, over HTTP', () => {
    let filled: FilledMarket;
    let server: ChartServer;
    let reader: UdfReader;
    const all = new Map<Interval, ReadBar[]>();
    before(async () => {
      // So many sessions of 1 minute also make 20,000 bars of 3, of 5 minutes those of 10; of 15 all there are.
      filled = new FilledMarket(NOW, { 1: 155, 5: 520, 15: Number.POSITIVE_INFINITY });
      for (const interval of INTERVALS)
        all.set(
          interval,
          filled.of(interval).map((bar) => asRead(interval, bar)),
        );
      server = await new ChartServer(filled.source()).start();
      reader = new UdfReader({ get: server.get, now: () => NOW });
    });
    after(async () => {
      await server.stop();
      filled.close();
    });

    for (const interval of INTERVALS) {
      const much = LONG.includes(interval) ? 'every bar since 2015' : '20,000 bars and more';
      it(`${resolutionOf(interval)}: ${much}, no bar again, no hole, no empty ok`, async () => {
        const config = await reader.open();
        assert.ok(config.supported_resolutions.includes(resolutionOf(interval)));
        const { ticker } = await reader.resolve('NASDAQ:AAPL');
        const expected = all.get(interval) ?? [];
        const read = await reader.page(ticker, resolutionOf(interval), { countback: 330 });
        assertSame(read, expected);
        if (LONG.includes(interval)) assert.match(dateOf(read[0]), /^2015-01-0[12]$/);
        else assert.ok(read.length >= MUCH, `${read.length} bars`);
        assert.equal(filled.barReads, 0, 'the store alone answers');
      });
    }

    it('is the store exactly, for any page size, resolution and date', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...INTERVALS),
          fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3_000 })),
          // Anywhere; and where the store begins and ends.
          fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.002, 0.999, 1)),
          fc.integer({ min: -70, max: 70 }),
          async (interval, countback, place, off) => {
            const bars = all.get(interval) ?? [];
            const index = Math.floor(place * bars.length);
            const to = (bars[index]?.time ?? NOW / 1000) + off;
            const older = bars.filter(({ time }) => time < to);
            const pages = Math.min(12, 1 + Math.floor(4_000 / countback));
            const left = Math.max(0, older.length - pages * countback);
            const until = older[left]?.time ?? 0;
            const read = await reader.page('AAPL', resolutionOf(interval), { countback, to, until });
            assertSame(read, older.slice(left));
          },
        ),
        { numRuns: 150 },
      );
      assert.equal(filled.barReads, 0, 'the store alone answers');
    });

    it('is the store exactly by ranges alone, over every gap, by way of nextTime', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...INTERVALS),
          fc.integer({ min: 60, max: 400_000 }),
          fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(0)),
          async (interval, step, place) => {
            const bars = all.get(interval) ?? [];
            const begin = Math.max(0, Math.floor(place * bars.length) - 300);
            const some = bars.slice(begin, begin + 300);
            const first = (some[0]?.time ?? 0) - (begin === 0 ? 86_400 : 0);
            const end = (some.at(-1)?.time ?? 0) + 1;
            const width = Math.max(step, (end - first) / 300) | 0;
            assertSame(await reader.range('AAPL', resolutionOf(interval), first, end, width), some);
          },
        ),
        { numRuns: 40 },
      );
      assert.equal(filled.barReads, 0, 'the store alone answers');
    });
  });

  describe('of a simulated market', () => {
    let filled: FilledMarket;
    before(() => {
      filled = new FilledMarket(NOW);
    });
    after(() => filled.close());

    const walls: [string, number][] = [
      ['as late as the wall', 0],
      ['behind the wall', 7.3 * DAY],
      ['far behind the wall', 60 * DAY],
      ['that has overtaken the wall', -7.3 * DAY],
      ['that has left the wall far behind', -60 * DAY],
    ];
    for (const [where, ahead] of walls) {
      it(`is the store exactly, of one ${where}`, async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.constantFrom(...INTERVALS),
            fc.integer({ min: 1, max: 450 }),
            async (interval, countback) => {
              const source = filled.source({ ahead, simulated: true });
              const reader = new UdfReader({
                get: directly(source),
                now: () => source.clock.wall.now(),
                takesNewer: ahead < 0,
              });
              await reader.open();
              const all = filled.of(interval).map((bar) => asRead(interval, bar));
              const left = Math.max(0, all.length - 12 * countback);
              const until = all[left]?.time ?? 0;
              const read = await reader.page('AAPL', resolutionOf(interval), { countback, until });
              assertSame(read, all.slice(left));
            },
          ),
          { numRuns: 100 },
        );
      });
    }

    it("takes a `to` of about now, or later, for the market's now, whoever is ahead", async () => {
      for (const interval of INTERVALS) {
        for (const ahead of [-90 * DAY, -DAY, 0, DAY, 90 * DAY]) {
          const wall = NOW + ahead;
          const get = directly(filled.source({ ahead, simulated: true }));
          const minutes = minutesOf(interval);
          const bar = minutes === null ? DAY : minutes * 60_000;
          for (const to of [wall - bar + 1_000, wall, wall + 60_000, wall + 4 * DAY]) {
            if (ahead > 0 && to < NOW) continue;
            const reader = new UdfReader({ get, now: () => wall, takesNewer: true });
            const page = await reader.history('AAPL', resolutionOf(interval), {
              from: Math.floor(wall / 1000) - 1_000,
              to: Math.floor(to / 1000),
              countback: 3,
            });
            const newest = filled.of(interval).slice(-3);
            assert.deepEqual(
              page.bars,
              newest.map((each) => asRead(interval, each)),
            );
          }
        }
      }
    });
  });
});

/** Shows where they part, not all that is after it. */
function assertSame(read: readonly ReadBar[], expected: readonly ReadBar[]): void {
  const same = expected.findIndex((bar, i) => !isDeepStrictEqual(bar, read[i]));
  const at = same < 0 ? expected.length : same;
  assert.deepEqual(read.slice(at, at + 2), expected.slice(at, at + 2), `bar ${at} of ${expected.length}`);
}

function dateOf(bar: ReadBar | undefined): string {
  return new Date((bar?.time ?? 0) * 1000).toISOString().slice(0, 10);
}
