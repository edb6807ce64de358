import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Bar } from '../../../lib/domain/market-data.ts';
import { Bars } from '../../../lib/market/bars/bar-service.ts';
import { barAt } from '../../../lib/market/bars/boundaries.ts';
import type { BarUpdate } from '../../../lib/market/bars/contract.ts';
import { INTERVALS, type Interval, minutesOf } from '../../../lib/market/bars/intervals.ts';
import { joinDays, joinMinutes } from '../../../lib/market/bars/resample.ts';
import { BrokerCalendar } from '../../../lib/market/broker-calendar.ts';
import { openSession, sessionOn, tradingDaysBack } from '../../../lib/market/calendar.ts';
import { MINUTE, toEpoch } from '../../../lib/market/exchange-time.ts';
import { DiskBarStore } from '../../../lib/market/store/bar-store.ts';
import { MarketDatabase } from '../../../lib/market/store/database.ts';
import { TapeSource } from './tape-source.ts';

const MONDAY = '2026-03-09';

/** One service over one simulated market; `restart` is a new process with the same file. */
class Setup {
  readonly folder = mkdtempSync(join(tmpdir(), 'bar-service-'));
  readonly log: string[] = [];
  readonly source: TapeSource;
  bars!: Bars;
  store!: DiskBarStore;
  #db!: MarketDatabase;

  constructor(start: number, seed?: number) {
    this.source = new TapeSource(start, seed);
    this.open();
  }

  open(): void {
    const log = (_level: string, message: string) => this.log.push(message);
    this.#db = new MarketDatabase(join(this.folder, 'market.db'), log);
    this.store = new DiskBarStore(this.#db);
    const { clock } = this.source;
    const calendar = new BrokerCalendar({ source: this.source, db: null, clock, log });
    const { source, store } = this;
    this.bars = new Bars({ source, store, calendar, clock, watch: (symbol) => source.watch(symbol), log });
  }

  restart(): void {
    this.close();
    this.open();
  }

  close(): void {
    this.bars.close();
    this.store.close();
    this.#db.close();
  }

  dispose(): void {
    this.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get now(): number {
    return this.source.clock.market.now();
  }

  /** What the exchange itself would make of its minutes and days, up to now. */
  truth(symbol: string, interval: Interval, from: number, to: number): Bar[] {
    const { exchange } = this.source;
    exchange.advance(this.now);
    const minutes = minutesOf(interval);
    const calendar = {
      openSession,
      sessionsBetween: () => [],
      nextSession: () => null,
      latestSession: () => null,
    };
    const inSpan = ({ time }: Bar) => time >= from && time < to;
    if (minutes !== null) {
      const whole = exchange.minuteBars(symbol, from - 390 * MINUTE, to + 390 * MINUTE);
      return joinMinutes(whole, minutes, openSession)
        .filter(inSpan)
        .map((bar) => ({ ...bar, closed: (barAt(calendar, interval, bar.time)?.to ?? 0) <= this.now }));
    }
    const days = exchange.dailyBars(symbol, '2015-01-01', '2030-12-31');
    return (interval === 'D' ? days : joinDays(days, interval)).filter(inSpan);
  }
}

describe('bar service', () => {
  let setup: Setup;
  let updates: BarUpdate[];
  const listener = (update: BarUpdate) => updates.push(update);
  const closed = () => updates.filter(({ kind }) => kind === 'closed').map(({ bar }) => bar);

  beforeEach(() => {
    updates = [];
  });
  afterEach(() => setup.dispose());

  it('reads history of every interval as the exchange itself has it', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:07') + 20_000);
    await setup.source.run(3_000);
    const from = toEpoch('2026-02-25', '10:12');
    for (const interval of INTERVALS) {
      const span = { from: minutesOf(interval) === null ? toEpoch('2025-06-03') : from, to: setup.now + 1 };
      const bars = await setup.bars.history('KO', interval, span);
      const expected = setup.truth('KO', interval, span.from, span.to);
      assert.ok(expected.length > 5, interval);
      const upToLast = (list: Bar[]) => list.slice(0, -1);
      assert.deepEqual(upToLast(bars), upToLast(expected), interval);
      const { closed: isClosed, ...last } = bars.at(-1) as Bar;
      const { closed: _, ...expectedLast } = expected.at(-1) as Bar;
      assert.equal(isClosed, false, `${interval} forms`);
      if (minutesOf(interval) !== null || interval === 'D') assert.deepEqual(last, expectedLast, interval);
      const counted = await setup.bars.history('KO', interval, { count: expected.length });
      assert.deepEqual(counted, bars, `${interval} by count`);
    }
  });

  it('pages by count to the end of what can be had, without a hole or a repetition', async () => {
    setup = new Setup(toEpoch(MONDAY, '16:00') - 1);
    await setup.source.run(3_000);
    for (const interval of ['1', '3', '5', '30', '240', 'D', 'W', 'M'] as const) {
      const all: Bar[] = [];
      let to = setup.now + 1;
      for (;;) {
        const page = await setup.bars.history('F', interval, { count: 333, to });
        if (page.length === 0) break;
        all.unshift(...page);
        to = page[0]?.time ?? 0;
      }
      const from = all[0]?.time ?? 0;
      assert.deepEqual(
        all.map(({ time }) => time),
        setup.truth('F', interval, from, setup.now + 1).map(({ time }) => time),
        interval,
      );
      const sessions = interval === '1' || interval === '3' ? 20 : 40;
      if (minutesOf(interval) !== null)
        assert.equal(from, sessionOn(tradingDaysBack(MONDAY, sessions - 1) ?? '')?.open, interval);
    }
  }).timeout(20_000);

  it('asks nobody for what it holds, also after a restart', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:00'));
    const ask = async () => {
      await setup.bars.history('KO', 'D', { count: 200, to: toEpoch(MONDAY) });
      await setup.bars.history('KO', '5', { from: toEpoch('2026-02-20'), to: toEpoch(MONDAY) });
      await setup.bars.history('KO', '60', { from: toEpoch('2026-02-20'), to: toEpoch(MONDAY) });
    };
    await ask();
    assert.deepEqual(
      setup.source.reads.map((line) => line.split(' ').slice(0, 3).join(' ')),
      [
        'quotes KO',
        `history KO ${setup.source.reads[1]?.split(' ')[2]}`,
        'timesales KO 5min',
        'timesales KO 15min',
      ],
    );
    setup.source.reads.length = 0;
    await ask();
    setup.restart();
    await ask();
    assert.deepEqual(setup.source.reads, []);
    // A day later only the day in between is read.
    await setup.source.clock.advance(24 * 60 * MINUTE);
    await setup.bars.history('KO', 'D', { count: 201, to: toEpoch('2026-03-10') });
    assert.deepEqual(setup.source.reads, ['quotes KO', 'history KO 2026-03-06 2026-03-09']);
  });

  it('makes the longer bars of a day from its minutes when it has them', async () => {
    setup = new Setup(toEpoch(MONDAY, '16:40'));
    await setup.bars.history('KO', '1', { from: toEpoch(MONDAY), to: setup.now });
    await setup.source.clock.advance(18 * 60 * MINUTE);
    setup.source.reads.length = 0;
    const from = toEpoch(MONDAY);
    const bars = await setup.bars.history('KO', '60', { from, to: toEpoch('2026-03-10') });
    assert.deepEqual(bars, setup.truth('KO', '60', from, toEpoch('2026-03-10')));
    assert.deepEqual(setup.source.reads, []);
  });

  it("takes the broker's own bar of the day in the evening, and the minutes where there is none yet", async () => {
    setup = new Setup(toEpoch(MONDAY, '20:30'));
    const from = toEpoch('2026-03-02');
    for (const interval of ['D', 'W'] as const) {
      const bars = await setup.bars.history('KO', interval, { from, to: setup.now });
      assert.deepEqual(
        bars.map(({ closed }) => closed),
        interval === 'D' ? Array(6).fill(true) : [true, false],
      );
      assert.deepEqual(
        bars.map(({ close }) => close),
        setup.truth('KO', interval, from, setup.now).map(({ close }) => close),
      );
    }
    assert.equal(setup.source.reads.filter((line) => line.startsWith('timesales')).length, 0);
    const read = setup.source.history.bind(setup.source);
    setup.source.history = async (...asked) =>
      (await read(...asked)).filter(({ time }) => time < toEpoch(MONDAY));
    for (const again of [1, 2]) {
      const bars = await setup.bars.history('F', 'D', { from, to: setup.now });
      assert.deepEqual(bars, setup.truth('F', 'D', from, setup.now), `${again}`);
    }
    const asked = setup.source.reads.filter((line) => / F /.test(line));
    assert.deepEqual(
      asked.map((line) => line.split(' ')[0]),
      ['history', 'timesales'],
    );
  });

  it('asks at once whether the broker knows all the symbols that begin together', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:07') + 20_000);
    const asked = ['KO', 'AAPL', 'ZZZZ', 'F'].map((symbol) => setup.bars.history(symbol, 'D', { count: 2 }));
    const answers = await Promise.allSettled(asked);
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal((answers[2] as PromiseRejectedResult).reason.code, 'E_NO_QUOTE');
    const quotes = setup.source.reads.filter((line) => line.startsWith('quotes'));
    assert.deepEqual(quotes, ['quotes KO,AAPL,ZZZZ,F']);
  });

  it('reads one thing once for all who ask for it together', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:00'));
    const span = { from: toEpoch('2026-03-03'), to: toEpoch(MONDAY) };
    await Promise.all(Array.from({ length: 8 }, () => setup.bars.history('KO', '5', span)));
    assert.equal(setup.source.reads.filter((line) => line.startsWith('timesales')).length, 1);
  });

  it('refuses what makes no sense, and a symbol the broker does not know', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:00'));
    const ask = (symbol: string, interval: string, span: object) =>
      setup.bars.history(symbol, interval as Interval, span as never);
    await assert.rejects(ask('', '1', { count: 1 }), { code: 'E_INPUT', field: 'symbol' });
    await assert.rejects(ask('KO', '7', { count: 1 }), { code: 'E_INPUT', field: 'interval' });
    for (const count of [0, -1, 1.5, Number.NaN, 1e9])
      await assert.rejects(ask('KO', '1', { count }), { code: 'E_INPUT', field: 'count' });
    await assert.rejects(ask('KO', '1', { from: Number.NaN, to: 5 }), { code: 'E_INPUT', field: 'from' });
    await assert.rejects(ask('ZZZZ', '1', { count: 5 }), { code: 'E_NO_QUOTE', field: 'symbol' });
    assert.deepEqual(await ask('KO', '1', { from: setup.now + 1, to: setup.now }), []);
    assert.deepEqual(
      (await ask('NYSE:BRK.B', 'D', { count: 2 })).map(({ symbol }) => symbol),
      ['BRK/B', 'BRK/B'],
    );
  });

  it('says what went wrong when a hole cannot be read, and reads it the next time', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:00'));
    setup.source.failure = new Error('the line is cut');
    await assert.rejects(setup.bars.history('KO', 'D', { count: 5 }), /the line is cut/);
    setup.source.failure = null;
    assert.equal((await setup.bars.history('KO', 'D', { count: 5 })).length, 5);
  });

  it('reads everything anew when the broker states the past otherwise, as after a split', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:00'));
    await setup.bars.history('KO', 'D', { count: 30, to: toEpoch(MONDAY) });
    await setup.source.clock.advance(24 * 60 * MINUTE);
    const read = setup.source.history.bind(setup.source);
    setup.source.history = async (...asked) =>
      (await read(...asked)).map((bar) => ({
        ...bar,
        open: bar.open / 2,
        high: bar.high / 2,
        low: bar.low / 2,
        close: bar.close / 2,
      }));
    const bars = await setup.bars.history('KO', 'D', { count: 31, to: toEpoch('2026-03-10') });
    const expected = setup.truth('KO', 'D', bars[0]?.time ?? 0, toEpoch('2026-03-10'));
    assert.equal(bars.length, 31);
    assert.deepEqual(
      bars.map(({ close }) => close),
      expected.map(({ close }) => close / 2),
    );
    assert.match(setup.log.join(), /adjusted/);
  });

  it('tells every bar once, as it closes, from the prints alone', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:07'));
    await setup.source.run(3_000);
    const follow = setup.bars.follow('NVDA', '1', {}, listener);
    await setup.source.run(6 * MINUTE, 250);
    const expected = setup.truth('NVDA', '1', toEpoch(MONDAY, '11:07'), toEpoch(MONDAY, '11:13'));
    assert.deepEqual(closed(), expected);
    const reads = setup.source.reads.filter((line) => line.startsWith('timesales'));
    assert.equal(
      reads.length,
      1,
      `the minute it began in, and none of the others: ${setup.source.reads.join()}`,
    );
    follow.release();
    await setup.source.run(2 * MINUTE);
    assert.equal(updates.length, 6);
  });

  it('goes on where an earlier history ended, over a night, for every interval at once', async () => {
    setup = new Setup(toEpoch('2026-03-06', '15:52'));
    await setup.source.run(3_000);
    const heard = new Map<Interval, Bar[]>();
    const begin = new Map<Interval, number>();
    for (const interval of INTERVALS) {
      const bars = await setup.bars.history('KO', interval, { count: 4 });
      const last = bars.findLast((bar) => bar.closed) as Bar;
      begin.set(interval, last.time);
      heard.set(interval, []);
      setup.bars.follow('KO', interval, { after: last.time }, ({ kind, bar }) => {
        assert.equal(kind, 'closed');
        heard.get(interval)?.push(bar);
      });
    }
    await setup.source.run(9 * MINUTE, 2_000);
    setup.source.clock.skipTo(toEpoch(MONDAY, '09:29'));
    await setup.source.run(23 * MINUTE + 6_000, 2_000);
    for (const interval of INTERVALS) {
      const from = (begin.get(interval) ?? 0) + 1;
      const expected = setup.truth('KO', interval, from, setup.now).filter((bar) => bar.closed);
      if (interval === 'W') expected.splice(1);
      if (interval === 'M') expected.splice(0);
      assert.deepEqual(heard.get(interval), expected, interval);
    }
    assert.deepEqual(heard.get('D')?.length, 1);
    assert.deepEqual(heard.get('W')?.length, 1);
  }).timeout(20_000);

  it('tells the bar that forms, never before an older one was told closed', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:03'));
    await setup.source.run(3_000);
    setup.bars.follow('KO', '5', { forming: true }, listener);
    await setup.source.run(13 * MINUTE);
    const kinds = updates.map(({ kind }) => kind);
    assert.ok(kinds.filter((kind) => kind === 'forming').length > 60);
    assert.deepEqual(closed(), setup.truth('KO', '5', toEpoch(MONDAY, '11:00'), toEpoch(MONDAY, '11:15')));
    let done = 0;
    for (const { kind, bar } of updates) {
      assert.ok(bar.time > done || kind === 'corrected', 'nothing of a bar that was told closed');
      assert.equal(bar.closed, kind === 'closed');
      if (kind === 'closed') done = bar.time;
    }
    const last = updates.at(-1)?.bar as Bar;
    const [expected] = setup.truth('KO', '5', toEpoch(MONDAY, '11:15'), setup.now);
    assert.deepEqual(last, expected);
  });

  it('tells bars that equal those of the full tape, whatever the stream lost and whenever reads failed', async () => {
    const piece = fc.record({
      minutes: fc.integer({ min: 1, max: 8 }),
      stream: fc.constantFrom('up', 'up', 'down'),
      reads: fc.constantFrom('fine', 'fine', 'failing'),
    });
    const intervals = fc.constantFrom<Interval>('1', '3', '5', '10', '15');
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 2, maxLength: 7 }),
        intervals,
        fc.nat(9 * 60),
        async (pieces, interval, offset) => {
          setup?.dispose();
          setup = new Setup(toEpoch(MONDAY, '09:25') + offset * 1_000, 5);
          updates = [];
          setup.bars.follow('F', interval, {}, listener);
          const from = closedFrom(setup.now, interval);
          for (const { minutes, stream, reads } of pieces) {
            setup.source.down = stream === 'down';
            setup.source.failure = reads === 'failing' ? new Error('no answer') : null;
            await setup.source.run(minutes * MINUTE, 5_000);
          }
          setup.source.down = false;
          setup.source.failure = null;
          await setup.source.run(2 * MINUTE, 5_000);
          const expected = setup.truth('F', interval, from, setup.now).filter((bar) => bar.closed);
          const told = closed();
          // The newest bar may still wait for its proof.
          assert.ok(expected.length - told.length <= 1, `${told.length} of ${expected.length}`);
          assert.deepEqual(told, expected.slice(0, told.length));
          assert.ok(updates.every(({ kind }) => kind === 'closed'));
        },
      ),
      { numRuns: 25 },
    );
  }).timeout(60_000);

  it('leaves out none of the bars that prints of one moment complete', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:00'));
    await setup.source.run(3_000);
    setup.bars.follow('AAPL', '1', {}, listener);
    setup.bars.follow('AAPL', '3', {}, () => undefined);
    await setup.source.run(2 * MINUTE);
    for (let n = 0; n < 4; n++) {
      setup.source.clock.skipTo(setup.now + 7 * MINUTE);
      setup.source.tell();
      await setup.source.run(1_000);
    }
    const expected = setup.truth('AAPL', '1', toEpoch(MONDAY, '11:00'), setup.now).slice(0, -1);
    assert.equal(expected.length, 30);
    assert.deepEqual(closed(), expected);
  });

  it('corrects a bar the broker states otherwise after a late print', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:00'));
    await setup.source.run(3_000);
    setup.bars.follow('KO', '1', {}, listener);
    await setup.source.run(3 * MINUTE + 10_000);
    assert.equal(closed().length, 3);
    const read = setup.source.timesales.bind(setup.source);
    setup.source.timesales = async (...asked) =>
      (await read(...asked)).map((bar) =>
        bar.time === toEpoch(MONDAY, '11:01') ? { ...bar, volume: bar.volume + 50 } : bar,
      );
    const last = setup.source.exchange.tape('KO', 0, setup.now, 1)[0];
    assert.ok(last);
    setup.source.trades.emit({
      ...last,
      time: toEpoch(MONDAY, '11:01') + 30_000,
      size: 50,
      cumulativeVolume: last.cumulativeVolume + 50,
    });
    await setup.source.clock.advance(1_000);
    const corrected = updates.filter(({ kind }) => kind === 'corrected');
    assert.deepEqual(
      corrected.map(({ bar }) => bar),
      [{ ...closed()[1], volume: (closed()[1]?.volume ?? 0) + 50 }],
    );
  });

  it('is as late as its feed: what a delayed one cannot know yet is not closed', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:00'));
    setup.source.quoteDelayMs = 15 * MINUTE;
    await setup.source.run(3_000);
    const bars = await setup.bars.history('KO', '5', { count: 3 });
    assert.deepEqual(
      bars.map((bar) => [bar.time, bar.closed]),
      [
        [toEpoch(MONDAY, '10:35'), true],
        [toEpoch(MONDAY, '10:40'), true],
        [toEpoch(MONDAY, '10:45'), false],
      ],
    );
  });

  it('leaves no timer, no watch and no listener behind', async () => {
    setup = new Setup(toEpoch(MONDAY, '11:00'));
    const before = setup.source.clock.timers;
    const follow = setup.bars.follow('KO', '1', { forming: true }, listener);
    setup.bars.follow('F', 'D', {}, listener);
    await setup.bars.history('SPY', '1', { count: 5 });
    await setup.source.run(MINUTE);
    assert.deepEqual(setup.source.watched.sort(), ['F', 'KO', 'SPY']);
    follow.release();
    follow.release();
    await setup.source.run(4 * MINUTE, 10_000);
    assert.deepEqual(setup.source.watched, ['F'], 'what nobody looks at any more is let go');
    setup.bars.close();
    assert.deepEqual(setup.source.watched, []);
    assert.equal(setup.source.clock.timers, before);
    assert.equal(setup.source.trades.size, 0);
  });
});

/** The open of the bar that forms at an instant, or of the next one. */
function closedFrom(at: number, interval: Interval): number {
  const session = openSession(at);
  if (session === null) return at;
  const width = (minutesOf(interval) ?? 1) * MINUTE;
  return session.open + Math.floor((at - session.open) / width) * width;
}
