import assert from 'node:assert/strict';
import { newestOf } from '../../../lib/orders/targets/newest.ts';

interface One {
  name: string;
  quantity: number;
  firedAt: number;
  receivedAt: number;
  held: number;
  signal: { previous?: number };
}

const one = (name: string, quantity: number, more: Partial<One> & { previous?: number } = {}): One => {
  const { previous, ...rest } = more;
  return {
    name,
    quantity,
    firedAt: 1_000,
    receivedAt: 1_500,
    held: 0,
    signal: previous === undefined ? {} : { previous },
    ...rest,
  };
};

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [index, item] of items.entries()) {
    for (const tail of permutations(items.filter((_, at) => at !== index))) yield [item, ...tail];
  }
}

/** The same whatever order they came in. */
function alwaysNewest(name: string, targets: One[]): void {
  for (const arrived of permutations(targets)) {
    const received = arrived.map((target, n) => ({ ...target, receivedAt: 1_500 + n }));
    assert.equal(newestOf(received)?.name, name, arrived.map((target) => target.name).join());
  }
}

describe('the newest target', () => {
  it('is the one that was fired last, however late the others came', () => {
    alwaysNewest('b', [one('a', 100), one('b', 50, { firedAt: 2_000 }), one('c', 0, { firedAt: 1_999 })]);
  });

  it('is, of the same second, where the chain of positions ends', () => {
    alwaysNewest('b', [one('a', 0, { previous: 100 }), one('b', -50, { previous: 0 })]);
    alwaysNewest('d', [
      one('a', 100, { previous: 0 }),
      one('b', 40, { previous: 100 }),
      one('c', -50, { previous: 40 }),
      one('d', 10, { previous: -50 }),
    ]);
  });

  it('counts no chain with targets of another second', () => {
    alwaysNewest('b', [one('a', 0, { previous: 50 }), one('b', 50, { firedAt: 2_000 })]);
  });

  it('is, of a circle, the end as seen from what the book held', () => {
    const circle = (held: number) => [
      one('a', 50, { previous: 0, held }),
      one('b', -30, { previous: 50, held }),
      one('c', 0, { previous: -30, held }),
    ];
    alwaysNewest('c', circle(0));
    alwaysNewest('a', circle(50));
    alwaysNewest('b', circle(-30));
  });

  it('is the one received last when nothing else tells', () => {
    const early = one('early', 1, { receivedAt: 1 });
    const late = one('late', 2, { receivedAt: 2 });
    assert.equal(newestOf([early, late])?.name, 'late');
    assert.equal(newestOf([late, early])?.name, 'late');
    const tie = one('tie', 3, { receivedAt: 2 });
    assert.equal(newestOf([late, tie])?.name, 'tie', 'and of the same millisecond the one that came last');
    const strange = [one('x', 0, { previous: 9, held: 7 }), one('y', 9, { previous: 0, receivedAt: 1_400 })];
    assert.equal(newestOf(strange)?.name, 'x', 'a circle that does not begin at what was held');
    assert.equal(newestOf([]), null);
  });
});
