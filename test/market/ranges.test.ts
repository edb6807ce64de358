import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Ranges } from '../../lib/market/store/ranges.ts';

const range = fc.tuple(fc.nat(60), fc.nat(20)).map(([from, length]) => ({ from, to: from + length }));
const step = fc.record({ add: fc.boolean(), range });

describe('Ranges', () => {
  it('are the same set as one kept instant by instant, and never touch', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), range, (steps, asked) => {
        const ranges = new Ranges();
        const instants = new Set<number>();
        for (const { add, range } of steps) {
          if (add) ranges.add(range);
          else ranges.remove(range);
          for (let at = range.from; at < range.to; at++) add ? instants.add(at) : instants.delete(at);
        }
        const holes = ranges.missing(asked);
        for (let at = asked.from; at < asked.to; at++) {
          const missing = holes.some(({ from, to }) => at >= from && at < to);
          assert.equal(missing, !instants.has(at), `at ${at}`);
        }
        assert.equal(ranges.holds(asked), holes.length === 0);
        for (let n = 1; n < ranges.list.length; n++)
          assert.ok((ranges.list[n - 1]?.to ?? 0) < (ranges.list[n]?.from ?? 0));
        assert.ok(ranges.list.every(({ from, to }) => from < to));
      }),
    );
  });
});
