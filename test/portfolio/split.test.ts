import assert from 'node:assert/strict';
import { type SplitEvidence, splitOf } from '../../lib/portfolio/split.ts';

/** 100 shares at 150 that became something else at the same cost, nothing known of prices. */
function evidence(
  quantity: number,
  change: { held?: number; cost?: number | null; price?: number | null; pricesAfter?: number[] } = {},
): SplitEvidence {
  const { held = 100, price = null, pricesAfter = [] } = change;
  const before = { quantity: held, cost: held * 150, price };
  const cost = change.cost === undefined ? before.cost : change.cost;
  return { before, after: { quantity, cost }, pricesAfter };
}

/** Shares that came from elsewhere, and whose cost the broker does not know. */
function free(
  held: number,
  left: number,
  { price = null, pricesAfter = [] }: { price?: number | null; pricesAfter?: number[] } = {},
): SplitEvidence {
  return { before: { quantity: held, cost: 0, price }, after: { quantity: left, cost: 0 }, pricesAfter };
}

function named(found: ReturnType<typeof splitOf>): string | null {
  if (found === null) return null;
  const { ratio, paidOut } = found;
  return `${ratio.newShares}:${ratio.oldShares}${paidOut === 0 ? '' : ` less ${paidOut}`}`;
}

describe('split', () => {
  const rows: [string, SplitEvidence, string | null][] = [
    ['doubles', evidence(200), '2:1'],
    ['three for two', evidence(150), '3:2'],
    ['fifty for one', evidence(5_000), '50:1'],
    ['one for ten', evidence(10), '1:10'],
    ['one for ten, the fraction paid out', evidence(1, { held: 15, cost: 2_250 / 1.5 }), '1:10 less 0.5'],
    ['one for ten, the fraction paid out and its cost kept', evidence(2, { held: 25 }), '1:10 less 0.5'],
    [
      'the same, where a price knows better',
      evidence(2, { held: 25, price: 10, pricesAfter: [121] }),
      '1:12 less 0.083333',
    ],
    ['one for fifteen rather than one for ten, when nothing is known', evidence(1, { held: 15 }), '1:15'],
    [
      'one for ten rather than one for fifteen, by the price',
      evidence(1, { held: 15, price: 10, pricesAfter: [98] }),
      '1:10 less 0.5',
    ],
    [
      'three for two of an odd holding',
      evidence(151, { held: 101, cost: (15_150 * 151) / 151.5 }),
      '3:2 less 0.5',
    ],
    ['a fractional holding', evidence(20.25, { held: 10.125 }), '2:1'],
    ['a short position', evidence(-300, { held: -100 }), '3:1'],
    ['prefers the ratio that leaves no fraction', evidence(1, { held: 3 }), '1:3'],
    ['a price that agrees', evidence(200, { price: 160, pricesAfter: [81.2] }), '2:1'],
    ['no: the price did not change', evidence(200, { price: 160, pricesAfter: [158] }), null],
    ['no: as many again were bought', evidence(200, { cost: 31_000 }), null],
    ['no: half was sold', evidence(50, { cost: 7_500 }), null],
    ['no: nothing is left', evidence(0, { cost: 0 }), null],
    ['no: nothing was there', evidence(100, { held: 0 }), null],
    ['no: it turned around', evidence(-200, { cost: -15_000 }), null],
    ['no: not a ratio that is done', evidence(137), null],
    ['no: cost unknown and no price', evidence(200, { cost: null, price: 160 }), null],
    ['no: cost unknown and the old price unknown', evidence(200, { cost: null, pricesAfter: [80] }), null],
    ['no: half of what cost nothing was sold', free(100, 50), null],
    ['no: half of what cost nothing was sold, no price is new', free(100, 50, { price: 160 }), null],
    [
      'shares that cost nothing, and a price that says so',
      free(100, 200, { price: 160, pricesAfter: [80] }),
      '2:1',
    ],
    [
      'cost unknown, and executions at the new price',
      evidence(200, { cost: null, price: 160, pricesAfter: [80] }),
      '2:1',
    ],
    [
      'no: one of several prices speaks against it',
      evidence(200, { price: 160, pricesAfter: [80, 159] }),
      null,
    ],
  ];
  for (const [name, given, expected] of rows) it(name, () => assert.equal(named(splitOf(given)), expected));
});
