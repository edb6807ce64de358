import assert from 'node:assert/strict';
import type { Bar } from '../../../lib/domain/market-data.ts';
import type { BarUpdate } from '../../../lib/market/bars/contract.ts';
import { INTERVALS, type Interval } from '../../../lib/market/bars/intervals.ts';
import { MINUTE, toEpoch } from '../../../lib/market/exchange-time.ts';
import { Setup } from './service-setup.ts';
import { TapeSource } from './tape-source.ts';

const MONDAY = '2026-03-09';

describe('bars that are followed', () => {
  let setup: Setup;
  let updates: BarUpdate[];
  const listener = (update: BarUpdate) => updates.push(update);
  const closed = () => updates.filter(({ kind }) => kind === 'closed').map(({ bar }) => bar);

  beforeEach(() => {
    updates = [];
  });
  afterEach(() => setup.dispose());

  it('tells every bar once, as it closes, from the prints alone', async () => {
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:07')));
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
    setup = new Setup(new TapeSource(toEpoch('2026-03-06', '15:52')));
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
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:03')));
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

  it('corrects a bar the broker states otherwise after a late print', async () => {
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:00')));
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

  it('leaves out none of the bars that prints of one moment complete', async () => {
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:00')));
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

  it('compares each session with what the broker says of it after the close, again when that fails', async () => {
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '15:50')));
    await setup.source.run(3_000);
    setup.bars.follow('KO', '1', {}, listener);
    setup.bars.follow('KO', '5', {}, listener);
    await setup.source.run(5 * MINUTE);
    // The stream has no word for an execution that the exchange corrects.
    const read = setup.source.timesales.bind(setup.source);
    let refused = 0;
    setup.source.timesales = async (symbol, interval, start, end) => {
      if (start === toEpoch(MONDAY, '09:30') && end === toEpoch(MONDAY, '16:00') && ++refused === 1)
        throw new Error('no answer');
      return (await read(symbol, interval, start, end)).map((bar) =>
        bar.time === toEpoch(MONDAY, '15:52') ? { ...bar, volume: bar.volume + 50 } : bar,
      );
    };
    await setup.source.run(5 * MINUTE + 10_000);
    assert.equal(refused, 1);
    assert.match(setup.log.join(), /could not be compared/);
    assert.ok(updates.every(({ kind }) => kind === 'closed'));
    await setup.source.run(MINUTE);
    const corrected = updates.filter(({ kind }) => kind === 'corrected').map(({ bar }) => bar);
    const whole = ['1', '5'] as const;
    const expected = whole.flatMap((interval) =>
      setup.truth('KO', interval, toEpoch(MONDAY, '15:50'), setup.now),
    );
    for (const bar of corrected) {
      const before = expected.find(({ time, volume }) => time === bar.time && volume === bar.volume - 50);
      assert.ok(before, `${bar.time}`);
    }
    assert.equal(corrected.length, 2);
    const reads = setup.source.reads.length;
    await setup.source.run(5 * MINUTE);
    assert.equal(setup.source.reads.length, reads, 'once is enough');
    const again = await setup.bars.history('KO', '1', {
      from: toEpoch(MONDAY, '15:52'),
      to: toEpoch(MONDAY, '15:53'),
    });
    assert.equal(again[0]?.volume, corrected[0]?.volume);
  });

  it('reads minutes that late prints put in doubt together', async () => {
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:00')));
    await setup.source.run(3_000);
    setup.bars.follow('KO', '1', {}, listener);
    await setup.source.run(10 * MINUTE);
    const [last] = setup.source.exchange.tape('KO', 0, setup.now, 1);
    assert.ok(last);
    setup.source.reads.length = 0;
    for (let n = 1; n <= 50; n++)
      setup.source.trades.emit({
        ...last,
        time: toEpoch(MONDAY, '11:00') + (n % 10) * MINUTE,
        size: 10,
        cumulativeVolume: last.cumulativeVolume + 10 * n,
      });
    await setup.source.clock.advance(1_000);
    const reads = setup.source.reads.filter((line) => line.startsWith('timesales'));
    assert.ok(reads.length >= 1 && reads.length <= 2, reads.join());
  });

  it('leaves no timer, no watch and no listener behind', async () => {
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:00')));
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
