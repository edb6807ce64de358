import assert from 'node:assert/strict';
import fc from 'fast-check';
import { INTERVALS, type Interval, minutesOf } from '../../lib/market/bars/intervals.ts';
import { DAY, toEpoch } from '../../lib/market/exchange-time.ts';
import { asRead, ChartServer, directly, sourceOf } from './chart-desk.ts';
import { FilledBars } from './filled-bars.ts';
import { UdfReader } from './reader.ts';

const NOW = toEpoch('2026-03-06', '15:59');
const resolutionOf = (interval: Interval) => (minutesOf(interval) === null ? `1${interval}` : interval);

describe('paging through UDF', () => {
  describe('20,000 bars of each resolution, over HTTP', function () {
    this.timeout(60_000);
    const bars = new FilledBars(20_000);
    let server: ChartServer;
    let reader: UdfReader;
    before(async () => {
      server = await new ChartServer(sourceOf(bars, { now: NOW })).start();
      reader = new UdfReader({ get: server.get, now: () => NOW });
    });
    after(() => server.stop());

    for (const interval of INTERVALS) {
      it(`${resolutionOf(interval)}: no bar again, no hole, no empty ok`, async () => {
        const config = await reader.open();
        assert.ok(config.supported_resolutions.includes(resolutionOf(interval)));
        const { ticker } = await reader.resolve('NASDAQ:AAPL');
        const read = await reader.page(ticker, resolutionOf(interval), { countback: 330 });
        const expected = bars.of(interval).map((bar) => asRead(interval, bar));
        assert.equal(read.length, 20_000);
        assert.deepEqual(read, expected);
      });
    }
  });

  it('is the store exactly, for any page size, resolution and date', async () => {
    const bars = new FilledBars(400);
    const reader = new UdfReader({ get: directly(sourceOf(bars, { now: NOW })), now: () => NOW });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...INTERVALS),
        fc.integer({ min: 1, max: 450 }),
        fc.integer({ min: 0, max: 450 }),
        fc.integer({ min: -70, max: 70 }),
        async (interval, countback, index, off) => {
          const all = bars.of(interval).map((bar) => asRead(interval, bar));
          const to = (all[index]?.time ?? NOW / 1000) + off;
          const read = await reader.page('AAPL', resolutionOf(interval), { countback, to });
          assert.deepEqual(
            read,
            all.filter(({ time }) => time < to),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  const simulated: [string, number][] = [
    ['as late as the wall', 0],
    ['behind the wall', 7.3 * DAY],
    ['far behind the wall', 60 * DAY],
    ['that has overtaken the wall', -7.3 * DAY],
    ['that has left the wall far behind', -60 * DAY],
  ];
  for (const [where, ahead] of simulated) {
    it(`is the store exactly of a simulated market ${where}`, async () => {
      const bars = new FilledBars(400);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...INTERVALS),
          fc.integer({ min: 1, max: 450 }),
          async (interval, countback) => {
            const source = sourceOf(bars, { now: NOW, wall: NOW + ahead, simulated: true });
            const reader = new UdfReader({
              get: directly(source),
              now: () => source.clock.wall.now(),
              takesNewer: ahead < 0,
            });
            await reader.open();
            const read = await reader.page('AAPL', resolutionOf(interval), { countback });
            assert.deepEqual(
              read,
              bars.of(interval).map((bar) => asRead(interval, bar)),
            );
          },
        ),
        { numRuns: 200 },
      );
    });
  }

  it("takes a `to` of about now, or later, for the market's now, whoever is ahead", async () => {
    const bars = new FilledBars(400);
    for (const interval of INTERVALS) {
      for (const ahead of [-90 * DAY, -DAY, 0, DAY, 90 * DAY]) {
        const wall = NOW + ahead;
        const get = directly(sourceOf(bars, { now: NOW, wall, simulated: true }));
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
          assert.deepEqual(
            page.bars,
            bars
              .of(interval)
              .slice(-3)
              .map((each) => asRead(interval, each)),
          );
        }
      }
    }
  });

  it('is the store exactly by ranges alone, over every gap, by way of nextTime', async () => {
    const bars = new FilledBars(300);
    const reader = new UdfReader({ get: directly(sourceOf(bars, { now: NOW })), now: () => NOW });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('1', '5', '15', '60', '240', 'D' as const),
        fc.integer({ min: 60, max: 400_000 }),
        async (interval, step) => {
          const all = bars.of(interval as Interval).map((bar) => asRead(interval as Interval, bar));
          const first = (all[0]?.time ?? 0) - 86_400;
          const end = (all.at(-1)?.time ?? 0) + 1;
          const read = await reader.range(
            'AAPL',
            interval,
            first,
            end,
            Math.max(step, (end - first) / 500) | 0,
          );
          assert.deepEqual(read, all);
        },
      ),
      { numRuns: 40 },
    );
  });
});
