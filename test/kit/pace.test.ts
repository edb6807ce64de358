import assert from 'node:assert/strict';
import { Lifetime } from '../../nodes/kit/lifetime.ts';
import { Pace } from '../../nodes/kit/pace.ts';
import { VirtualClock } from '../account/virtual-clock.ts';

describe('kit: Pace', () => {
  it('lets the first through at once and then the newest of each key, once a period', async () => {
    const clock = new VirtualClock(0);
    const life = new Lifetime(() => undefined, clock.elapsed);
    const seen: string[] = [];
    const pace = new Pace<string>(life, 1_000, (value) => seen.push(value));
    pace.offer('a', 'a1');
    pace.offer('a', 'a2');
    pace.offer('b', 'b1');
    pace.offer('a', 'a3');
    assert.deepEqual(seen, ['a1', 'b1']);
    await clock.advance(1_000);
    assert.deepEqual(seen, ['a1', 'b1', 'a3']);
    pace.offer('a', 'a4');
    await clock.advance(1_000);
    assert.deepEqual(seen, ['a1', 'b1', 'a3', 'a4']);
    pace.offer('a', 'a5');
    await life.close();
    await clock.advance(5_000);
    assert.equal(seen.length, 4);
    assert.equal(clock.timers, 0);
  });

  it('with no period lets everything through', () => {
    const life = new Lifetime(() => undefined, new VirtualClock(0).elapsed);
    const seen: number[] = [];
    const pace = new Pace<number>(life, 0, (value) => seen.push(value));
    for (let i = 0; i < 3; i += 1) pace.offer('a', i);
    assert.deepEqual(seen, [0, 1, 2]);
  });
});
