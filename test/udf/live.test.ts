import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Bar } from '../../lib/domain/market-data.ts';
import { INTERVALS, type Interval, minutesOf } from '../../lib/market/bars/intervals.ts';
import { joinDays, joinMinutes } from '../../lib/market/bars/resample.ts';
import { openSession, sessionOn } from '../../lib/market/calendar.ts';
import { DAY, MINUTE, toEpoch } from '../../lib/market/exchange-time.ts';
import { TapeSource } from '../market/bars/tape-source.ts';
import { asRead, ChartServer } from './chart-desk.ts';
import { MarketDesk } from './market-desk.ts';
import { type ReadBar, type ReaderOptions, UdfReader } from './reader.ts';

const THURSDAY = '2026-03-05';
const FRIDAY = '2026-03-06';
const RESOLUTIONS = INTERVALS.map((interval): [Interval, string] => [
  interval,
  minutesOf(interval) === null ? `1${interval}` : interval,
]);

/** The real bar service over a simulated market, behind the feed's own door: nothing is made for the test. */
class LiveChart extends MarketDesk {
  readonly server: ChartServer;
  readonly #folder: string;

  constructor(start: number) {
    const folder = mkdtempSync(join(tmpdir(), 'live-chart-'));
    super(new TapeSource(start), join(folder, 'market.db'));
    this.#folder = folder;
    this.server = new ChartServer(this.source({ simulated: true }));
  }

  /** A reader on the server, once it answers. */
  async reader(options: Partial<ReaderOptions> = {}): Promise<UdfReader> {
    await this.server.start();
    const { get } = this.server;
    const reader = new UdfReader({ get, now: () => this.market.clock.market.now(), ...options });
    await reader.open();
    return reader;
  }

  /** What the exchange itself says of the bars that opened so far, those that form left out. */
  closed(interval: Interval, since: number): Bar[] {
    const { exchange, clock } = this.market;
    const now = clock.market.now();
    exchange.advance(now);
    if (interval === 'D' || interval === 'W' || interval === 'M') {
      const days = exchange.dailyBars('AAPL', '2020-01-01', '2026-12-31').filter(({ closed }) => closed);
      return interval === 'D' ? days : joinDays(days, interval);
    }
    const minutes = exchange.minuteBars('AAPL', since, now);
    const ended = minutes.filter(({ time }) => time + MINUTE <= now);
    const width = Number(interval) * MINUTE;
    return joinMinutes(ended, Number(interval), openSession).filter(
      ({ time }) => Math.min(time + width, openSession(time)?.close ?? 0) <= now,
    );
  }

  /** What the exchange itself says of the minute that runs. */
  forming(): ReadBar | null {
    const { exchange, clock } = this.market;
    const now = clock.market.now();
    exchange.advance(now);
    const minute = Math.floor(now / MINUTE) * MINUTE;
    const bar = exchange.minuteBars('AAPL', minute, now + 1).at(-1);
    return bar === undefined ? null : asRead('1', bar);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    this.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What a chart holds: the bar it was last given of each time, and nothing older than the last. */
class Followed {
  readonly bars: ReadBar[] = [];

  take(given: readonly ReadBar[]): void {
    for (const bar of given) {
      const last = this.bars.at(-1);
      if (last?.time === bar.time) this.bars[this.bars.length - 1] = bar;
      else if (last === undefined || bar.time > last.time) this.bars.push(bar);
      else assert.fail(`time violation: ${bar.time} after ${last.time}`);
    }
  }

  last(): ReadBar | null {
    return this.bars.at(-1) ?? null;
  }
}

describe('a chart that follows the live market', function () {
  this.timeout(120_000);
  let chart: LiveChart;
  afterEach(() => chart.stop());

  it('has every bar of two days in each resolution, as the exchange made it, by polling alone', async () => {
    const start = toEpoch(THURSDAY, '09:30') + 1_000;
    chart = new LiveChart(start);
    const { clock } = chart.market;
    const reader = await chart.reader();
    const followed = new Map(RESOLUTIONS.map(([, resolution]) => [resolution, new Followed()]));
    chart.quotes.watch(['AAPL', 'BRK/B'], () => undefined);
    let rounds = 0;
    const round = async () => {
      rounds += 1;
      if (rounds % 60 === 1) await besides(reader);
      for (const [resolution, held] of followed)
        held.take(await reader.poll('AAPL', resolution, held.last()));
    };
    for (const day of [THURSDAY, FRIDAY]) {
      if (day === FRIDAY) clock.skipTo(toEpoch(FRIDAY, '09:30'));
      const close = sessionOn(day)?.close ?? 0;
      while (clock.market.now() < close) {
        await chart.market.run(10_000, 10_000);
        await round();
      }
    }
    for (const [interval, resolution] of RESOLUTIONS) {
      const from = Math.floor(start / MINUTE) * MINUTE;
      const made = chart.closed(interval, from).map((bar) => asRead(interval, bar));
      const seen = followed.get(resolution)?.bars ?? [];
      const first = seen[0]?.time ?? 0;
      const expected = made.filter(({ time }) => time >= first);
      assert.ok(expected.length > 0, `${resolution}: nothing to compare`);
      // After the last close the last bar may not be told as closed yet; it is there nevertheless.
      assert.deepEqual(seen.slice(0, expected.length), expected, resolution);
      assert.ok(seen.length - expected.length <= 1, `${resolution}: ${seen.length} for ${expected.length}`);
    }
    const counts = RESOLUTIONS.map(([, resolution]) => followed.get(resolution)?.bars.length);
    assert.deepEqual(counts, [780, 260, 156, 78, 52, 26, 14, 8, 4, 2, 1, 1]);
  });

  it('is not shown a newer bar before the one before it is whole, whenever in a minute it begins', async () => {
    for (const second of [20, 50, 57, 58, 59]) {
      chart = new LiveChart(toEpoch(FRIDAY, '11:17') + second * 1_000);
      // In a minute's first second `to` is its very beginning: a bar that opens there is tolerated.
      const reader = await chart.reader({ takesNewer: true });
      const held = new Followed();
      for (let n = 0; n < 400; n++) {
        held.take(await reader.poll('AAPL', '1', held.last()));
        await chart.market.run(300, 300);
      }
      const made = chart.closed('1', toEpoch(FRIDAY, '11:17')).map((bar) => asRead('1', bar));
      assert.deepEqual(held.bars.slice(0, made.length), made, `from second ${second} on`);
      if (second !== 59) await chart.stop();
    }
  });

  it('sees the bar that forms as it was a quarter of a second ago at most, however it asks', async () => {
    chart = new LiveChart(toEpoch(FRIDAY, '11:17') + 30_000);
    const reader = await chart.reader({ takesNewer: true });
    const polled = async () => (await reader.poll('AAPL', '1', null)).at(-1);
    // A page that always asks the same: the newest two, whenever that is.
    const range = { from: 0, to: 99_999_999_999, countback: 2 };
    const repeated = async () => (await reader.history('AAPL', '1', range)).bars.at(-1);
    // Of the minute in which it begins the stream has not told all, so that reads every three seconds fill in.
    for (let n = 0; n < 6; n++) {
      await polled();
      await chart.market.run(10_000, 50);
    }
    for (const ask of [polled, repeated]) {
      // As it was at each moment of the last quarter of a second.
      let recent: string[] = [];
      let changes = 0;
      for (let n = 0; n < 1_200; n++) {
        await chart.market.run(50, 50);
        const now = JSON.stringify(chart.forming());
        if (now !== recent.at(-1)) changes += 1;
        recent = [...recent.slice(-5), now];
        const seen = JSON.stringify(await ask());
        if (!recent.includes('null'))
          assert.ok(recent.includes(seen), `${n * 50} ms on: ${seen} is none of ${recent}`);
      }
      assert.ok(changes > 20, `${changes} changes`);
    }
  });

  it('can be paged back from there, in any pages, to the same bars', async () => {
    chart = new LiveChart(toEpoch(FRIDAY, '11:17'));
    const { clock } = chart.market;
    const reader = await chart.reader();
    const since = clock.market.now() - 15 * DAY;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...RESOLUTIONS),
        fc.integer({ min: 1, max: 700 }),
        async ([interval, resolution], countback) => {
          const long = interval === 'W' || interval === 'M';
          const floor = Math.floor((since - (long ? 400 * DAY : 0)) / 1000);
          const pages = Math.max(countback, interval === '1' ? 40 : 3);
          const read = await reader.page('AAPL', resolution, { countback: pages, until: floor });
          const made = chart.closed(interval, since).map((bar) => asRead(interval, bar));
          const from = Math.max(floor, read[0]?.time ?? 0, made[0]?.time ?? 0);
          // The last one read still forms; of a week or month the exchange told its closed days.
          const whole = long ? made.slice(0, -1) : made;
          const expected = whole.filter(({ time }) => time >= from);
          assert.ok(expected.length > 0);
          const same = read.filter(({ time }) => time >= from).slice(0, expected.length);
          assert.deepEqual(same, expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** What a chart and its watchlist ask besides bars; the reader objects to what they would stumble over. */
async function besides(reader: UdfReader): Promise<void> {
  const { ticker } = await reader.resolve('NASDAQ:AAPL');
  const now = reader.now();
  for (const kind of ['marks', 'timescale_marks'] as const)
    await reader.marks(kind, ticker, '5', now - 86_400, now);
  const rows = await reader.quotes(['NYSE:BRK.B', ticker]);
  assert.deepEqual(
    rows.map(({ s }) => s),
    ['ok', 'ok'],
  );
  const [bar] = await reader.poll(ticker, '1', null);
  assert.ok(Math.abs(Number(rows[1]?.v.lp) - (bar?.close ?? 0)) < 1, 'the price of the bar that forms');
  const found = await reader.search('');
  assert.deepEqual(
    found.map((one) => one.ticker),
    ['AAPL', 'BRK.B'],
  );
  await reader.search('apple', { type: 'stock', exchange: 'NASDAQ' });
}
