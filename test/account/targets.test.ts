import assert from 'node:assert/strict';
import { TargetWalk } from './target-walk.ts';

describe('account: targets', () => {
  let walk: TargetWalk;

  beforeEach(async () => {
    walk = await new TargetWalk().open();
  });

  afterEach(() => walk.dispose());

  it('reverses from long to short in two orders, the second after the fill of the first', async () => {
    walk.alert(100);
    await walk.flow();
    walk.alert(-50);
    await walk.flow();
    await walk.ends(-50);
    assert.deepEqual(walk.orders(), ['buy 100', 'sell 100', 'sell_short 50']);
    assert.deepEqual(walk.refused, []);
    assert.ok(
      walk.because.includes('target -50: book tradingview holds 100; first sell 100, then sell short 50'),
      walk.because.join('\n'),
    );
  });
});
