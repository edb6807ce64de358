import assert from 'node:assert/strict';
import type { Bar } from '../../../lib/domain/market-data.ts';
import { INTERVALS, type Interval, minutesOf } from '../../../lib/market/bars/intervals.ts';
import { sessionOn, tradingDaysBack } from '../../../lib/market/calendar.ts';
import { MINUTE, toEpoch } from '../../../lib/market/exchange-time.ts';
import { Setup } from './service-setup.ts';
import { TapeSource } from './tape-source.ts';

const MONDAY = '2026-03-09';

describe('bar service', () => {
  let setup: Setup;
  afterEach(() => setup.dispose());

  it('reads history of every interval as the exchange itself has it', async () => {
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:07') + 20_000));
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
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '16:00') - 1));
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
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:00')));
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
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '16:40')));
    await setup.bars.history('KO', '1', { from: toEpoch(MONDAY), to: setup.now });
    await setup.source.clock.advance(18 * 60 * MINUTE);
    setup.source.reads.length = 0;
    const from = toEpoch(MONDAY);
    const bars = await setup.bars.history('KO', '60', { from, to: toEpoch('2026-03-10') });
    assert.deepEqual(bars, setup.truth('KO', '60', from, toEpoch('2026-03-10')));
    assert.deepEqual(setup.source.reads, []);
  });

  it("takes the broker's own bar of the day in the evening, and the minutes where there is none yet", async () => {
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '20:30')));
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
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:07') + 20_000));
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
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:00')));
    const span = { from: toEpoch('2026-03-03'), to: toEpoch(MONDAY) };
    await Promise.all(Array.from({ length: 8 }, () => setup.bars.history('KO', '5', span)));
    assert.equal(setup.source.reads.filter((line) => line.startsWith('timesales')).length, 1);
  });

  it('refuses what makes no sense, and a symbol the broker does not know', async () => {
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:00')));
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
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:00')));
    setup.source.failure = new Error('the line is cut');
    await assert.rejects(setup.bars.history('KO', 'D', { count: 5 }), /the line is cut/);
    setup.source.failure = null;
    assert.equal((await setup.bars.history('KO', 'D', { count: 5 })).length, 5);
  });

  it('reads everything anew when the broker states the past otherwise, as after a split', async () => {
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:00')));
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

  it('is as late as its feed: what a delayed one cannot know yet is not closed', async () => {
    setup = new Setup(new TapeSource(toEpoch(MONDAY, '11:00')));
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
});
