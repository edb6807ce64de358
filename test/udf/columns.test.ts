import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Bar } from '../../lib/domain/market-data.ts';
import { historyBody } from '../../lib/udf/columns.ts';

/** What the bytes must be. */
function stringified(bars: Bar[]): string {
  return JSON.stringify({
    s: 'ok',
    t: bars.map(({ time }) => Math.floor(time / 1000)),
    o: bars.map(({ open }) => open),
    h: bars.map(({ high }) => high),
    l: bars.map(({ low }) => low),
    c: bars.map(({ close }) => close),
    v: bars.map(({ volume }) => volume),
  });
}

const price = fc.oneof(
  fc.integer({ min: 1, max: 100_000_000 }).map((cents) => cents / 100),
  fc.integer({ min: 1, max: 1_000_000 }).map((ticks) => ticks / 10_000),
  fc.integer({ min: 0, max: 1_000_000_000 }),
  fc.double({ noNaN: false }),
  fc.constantFrom(
    0,
    -0,
    0.1 + 0.2,
    1e21,
    1e-7,
    5e-324,
    999_999_999,
    1e9,
    1e9 + 1,
    123_456_789_012.3456,
    -1.5,
  ),
);
const bar = fc.record({
  symbol: fc.constant('AAPL'),
  time: fc.integer({ min: -5e9, max: 4e12 }),
  open: price,
  high: price,
  low: price,
  close: price,
  volume: fc.oneof(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), price),
  closed: fc.boolean(),
});

describe('udf columns', () => {
  it('are the bytes of JSON.stringify, whatever the numbers', () => {
    fc.assert(
      fc.property(fc.array(bar, { maxLength: 40 }), (bars) => {
        assert.equal(historyBody(bars, '1').toString('latin1'), stringified(bars));
      }),
      { numRuns: 500 },
    );
  });

  it('stamp days, weeks and months at midnight UTC of their date', () => {
    const summer = Date.parse('2026-07-01T13:30:00Z');
    const winter = Date.parse('2026-12-01T14:30:00Z');
    const bars = [summer, winter].map((time) => ({
      symbol: 'AAPL',
      time,
      open: 1,
      high: 2,
      low: 1,
      close: 2,
      volume: 3,
      closed: true,
    }));
    for (const interval of ['D', 'W', 'M'] as const) {
      const { t } = JSON.parse(historyBody(bars, interval).toString()) as { t: number[] };
      assert.deepEqual(
        t.map((seconds) => new Date(seconds * 1000).toISOString()),
        ['2026-07-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z'],
      );
    }
  });
});
