import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Bar, Trade } from '../../../lib/domain/market-data.ts';
import { Exchange } from '../../../lib/exchange/exchange.ts';
import { BarBuilder } from '../../../lib/market/bars/bar-builder.ts';
import { sessionOn, toEpoch } from '../../../lib/market/calendar.ts';
import { MINUTE } from '../../../lib/market/exchange-time.ts';
import { Ranges } from '../../../lib/market/store/ranges.ts';

const DAY = '2026-03-02';
const OPEN = toEpoch(DAY, '09:30');
const exchange = new Exchange({
  seed: 7,
  accountId: 'VA1',
  start: toEpoch(DAY, '11:00'),
  onError: (error) => {
    throw error;
  },
});
const tape = exchange.tape('F', OPEN - 1, toEpoch(DAY, '10:00'));
const truth = exchange.minuteBars('F', OPEN, toEpoch(DAY, '10:00'));

/** Feeds prints and tells what was proven. */
function built(trades: readonly Trade[]): { builder: BarBuilder; proven: Ranges } {
  const builder = new BarBuilder('F', sessionOn);
  const proven = new Ranges();
  for (const trade of trades) {
    const result = builder.add(trade);
    if (result.proven) proven.add(result.proven);
  }
  return { builder, proven };
}

const within = (bars: readonly Bar[], ranges: Ranges) =>
  bars.filter(({ time }) => ranges.holds({ from: time, to: time + MINUTE }));

describe('BarBuilder', () => {
  it('makes the bars of the full tape, and proves all but the one that forms', () => {
    const { builder, proven } = built(tape);
    const last = truth.at(-1) as Bar;
    assert.deepEqual(proven.list, [{ from: OPEN, to: last.time }]);
    assert.deepEqual(builder.bars({ from: OPEN, to: last.time }), truth.slice(0, -1));
    assert.deepEqual(builder.bars({ from: last.time, to: last.time + MINUTE }), [{ ...last, closed: false }]);
    assert.equal(builder.isWholeSince(OPEN), true);
  });

  it('never proves a minute that it has otherwise than the full tape, whatever was lost, repeated or late', () => {
    const piece = fc.record({
      keep: fc.boolean(),
      length: fc.integer({ min: 1, max: 120 }),
      repeat: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 25 }), fc.nat(200), (pieces, start) => {
        const heard: Trade[] = [];
        let at = start;
        for (const { keep, length, repeat } of pieces) {
          const part = tape.slice(at, at + length);
          if (keep) heard.push(...heard.slice(-repeat), ...part);
          at += length;
        }
        const { builder, proven } = built(heard);
        for (const range of proven.list) {
          const expected = within(truth, new Ranges([range]));
          assert.deepEqual(builder.bars(range), expected);
        }
        // A minute that was heard whole, between prints that were, is proven.
        const lost = tape.filter(
          (trade) => !heard.includes(trade) && trade.time <= (heard.at(-1)?.time ?? 0),
        );
        if (lost.length === 0 && heard.length > 0) {
          const until = Math.floor(((heard.at(-1)?.time ?? OPEN) - OPEN) / MINUTE) * MINUTE + OPEN;
          assert.ok(proven.holds({ from: OPEN, to: until }));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('knows a gap by its volume alone, and goes on with the next whole minute', () => {
    const lost = tape.filter(({ time }) => time < OPEN + 5.5 * MINUTE || time > OPEN + 7.2 * MINUTE);
    const { builder, proven } = built(lost);
    assert.deepEqual(proven.list, [
      { from: OPEN, to: OPEN + 5 * MINUTE },
      { from: OPEN + 8 * MINUTE, to: (truth.at(-1) as Bar).time },
    ]);
    assert.equal(builder.isWholeSince(OPEN + 6 * MINUTE), false);
    assert.equal(builder.isWholeSince(OPEN + 8 * MINUTE), true);
  });

  it('proves nothing by prints that do not say the volume', () => {
    const { builder, proven } = built(tape.map((trade) => ({ ...trade, cumulativeVolume: 0 })));
    assert.deepEqual(proven.list, []);
    assert.deepEqual(
      builder.bars({ from: OPEN, to: OPEN + 60 * MINUTE }),
      truth.map((bar) => ({ ...bar, closed: false })),
    );
  });

  it('counts prints before the open for the volume and for no bar', () => {
    const early = { ...(tape[0] as Trade), time: OPEN - 30 * MINUTE, size: 500, cumulativeVolume: 10_500 };
    const next = { ...early, time: OPEN - 10 * MINUTE, size: 100, cumulativeVolume: 10_600 };
    const later = tape
      .slice(0, 80)
      .map((trade) => ({ ...trade, cumulativeVolume: trade.cumulativeVolume + 10_600 }));
    const { builder, proven } = built([early, next, ...later]);
    assert.equal(proven.list[0]?.from, OPEN);
    assert.deepEqual(builder.bars({ from: 0, to: OPEN + MINUTE }), truth.slice(0, 1));
    const missed = built([early, ...later]);
    assert.equal(missed.proven.list[0]?.from, OPEN + MINUTE, 'the first minute may lack prints');
  });

  it('asks for a closed minute again when a print comes late into it', () => {
    const builder = new BarBuilder('F', sessionOn);
    const some = tape.filter(({ time }) => time < OPEN + 3.5 * MINUTE);
    for (const trade of some) builder.add(trade);
    const volume = (some.at(-1) as Trade).cumulativeVolume;
    const late = { ...(some[0] as Trade), time: OPEN + 90_000, size: 10, cumulativeVolume: volume + 10 };
    assert.deepEqual(builder.add(late).doubtful, { from: OPEN + MINUTE, to: OPEN + 2 * MINUTE });
    // A minute that was read, because its own prints were missed, is no better proof against it.
    const deaf = new BarBuilder('F', sessionOn);
    for (const trade of some.filter(({ time }) => time > OPEN + 2 * MINUTE)) deaf.add(trade);
    assert.deepEqual(deaf.add(late).doubtful, { from: OPEN + MINUTE, to: OPEN + 2 * MINUTE });
  });

  it('proves nothing of the time a gap may reach to, when the first print after it is a late one', () => {
    const builder = new BarBuilder('F', sessionOn);
    const [first] = tape;
    assert.ok(first);
    const hear = (minutes: number, volume: number, heard: number) =>
      builder.add(
        { ...first, time: OPEN + minutes * MINUTE, size: 100, cumulativeVolume: volume },
        OPEN + heard * MINUTE,
      );
    hear(0.5, 100, 0.5);
    // Down from here to 10:00; the two prints heard first are of 09:35.
    hear(5.5, 5_000, 30.2);
    hear(5.6, 5_100, 30.3);
    assert.equal(hear(30.5, 5_200, 30.5).proven, null);
    assert.deepEqual(hear(32.5, 5_300, 32.5).proven, { from: OPEN + 31 * MINUTE, to: OPEN + 32 * MINUTE });
  });

  it('opens and closes a minute by the time of its prints, in whatever order they were reported', () => {
    const [print] = tape;
    assert.ok(print);
    const at = (seconds: number, price: number, n: number): Trade => ({
      ...print,
      time: OPEN + seconds * 1_000,
      price,
      size: 100,
      cumulativeVolume: 100 * n,
    });
    const { builder } = built([at(20, 11, 1), at(40, 12, 2), at(30, 13, 3), at(10, 14, 4), at(40, 15, 5)]);
    const [bar] = builder.bars({ from: OPEN, to: OPEN + MINUTE });
    assert.deepEqual([bar?.open, bar?.high, bar?.low, bar?.close, bar?.volume], [14, 15, 11, 15, 500]);
  });

  it('begins the volume anew each day, and ignores days without a session and prints that make no sense', () => {
    const builder = new BarBuilder('F', sessionOn);
    for (const trade of tape.slice(0, 50)) builder.add(trade);
    const saturday = { ...(tape[0] as Trade), time: toEpoch('2026-03-07', '11:00') };
    assert.deepEqual(builder.add(saturday), { proven: null, doubtful: null });
    const next = new Exchange({
      seed: 7,
      accountId: 'VA1',
      start: toEpoch('2026-03-09', '11:00'),
      onError: () => undefined,
    });
    const from = toEpoch('2026-03-09', '09:30');
    for (const trade of next.tape('F', from - 1, from + 5 * MINUTE)) builder.add(trade);
    assert.deepEqual(
      builder.bars({ from, to: from + 4 * MINUTE }),
      next.minuteBars('F', from, from + 4 * MINUTE),
    );
    for (const size of [0, -5, Number.NaN])
      assert.deepEqual(builder.add({ ...saturday, time: from + 6 * MINUTE, size }), {
        proven: null,
        doubtful: null,
      });
    builder.add(tape[60] as Trade);
    assert.deepEqual(builder.bars({ from: OPEN, to: OPEN + MINUTE }), [], 'an old print is no news');
  });
});
