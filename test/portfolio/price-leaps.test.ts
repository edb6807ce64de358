import assert from 'node:assert/strict';
import { ratioBetween } from '../../lib/portfolio/price-leaps.ts';

describe('price leaps', () => {
  const rows: [string, number, number, string | null][] = [
    ['2 for 1', 159.13, 79.98, '2:1'],
    ['4 for 1, two percent off', 400, 102, '4:1'],
    ['10 for 1', 1_200, 119, '10:1'],
    ['1 for 10', 0.8, 8.1, '1:10'],
    ['3 for 2', 150, 100.5, '3:2'],
    ['6 for 5', 120, 100, '6:5'],
    ['a bad day', 160, 141, null],
    ['no change', 160, 160, null],
  ];
  for (const [name, from, to, expected] of rows)
    it(name, () => {
      const ratio = ratioBetween(from, to);
      assert.equal(ratio && `${ratio.newShares}:${ratio.oldShares}`, expected);
    });
});
