import assert from 'node:assert/strict';
import { TargetWalk } from './target-walk.ts';

describe('account: targets when shares are split', () => {
  let walk: TargetWalk;

  beforeEach(async () => {
    walk = await new TargetWalk().open();
  });
  afterEach(() => walk.dispose());

  const split = (newShares: number, oldShares: number) =>
    walk.desk.exchange.split('AAPL', { newShares, oldShares });

  /** Works towards a target at a limit so many dollars from the quote. */
  async function resting(target: number, away: number): Promise<void> {
    const { bid, ask } = await walk.desk.account.quote('AAPL', 5_000);
    const near = (away < 0 ? bid : ask) ?? 0;
    walk.alert(target, { type: 'limit', limitPrice: Math.round((near + away) * 100) / 100, duration: 'gtc' });
    await walk.flow(250);
  }
  /** Until the broker has so many shares, at most two hours. */
  async function until(shares: number): Promise<void> {
    for (let n = 0; n < 7_200 && walk.atBroker() !== shares; n += 1) await walk.desk.run(1_000);
    await walk.flow();
  }

  it('are wanted in new shares', async () => {
    await walk.at(100);
    await resting(-50, 10);
    split(2, 1);
    await walk.desk.run(5 * 60_000);
    assert.deepEqual(walk.orders(), ['buy 100', 'sell 200 open 0']);
    assert.match(walk.refused.at(-1)?.refusals[0]?.message ?? '', /target -100 .* given up at 200/);
  });

  it('are carried on to new shares when the first step was sized for old ones', async () => {
    await walk.at(100);
    walk.alert(-50);
    await walk.moveFirst();
    split(2, 1);
    await walk.desk.run(40_000);
    assert.equal(await walk.held(), 200);
    await walk.flow();
    await walk.ends(-100);
  });

  it('over a restart, too', async () => {
    await walk.at(60);
    await resting(110, -0.1);
    await walk.desk.account.close();
    split(2, 1);
    await walk.desk.open();
    walk.attach();
    await walk.desk.run(1_000);
    assert.equal(await walk.held(), 120);
    await until(220);
    await walk.ends(220);
    assert.deepEqual(walk.orders(), ['buy 60', 'buy 100']);
  });

  it('of a book that held nothing: the order that was carried over is all that was wanted', async () => {
    await resting(100, -0.1);
    split(2, 1);
    await until(200);
    await walk.ends(200);
    assert.deepEqual(walk.orders(), ['buy 200']);
  });

  it('a copy of the alert asks for what is left in new shares', async () => {
    await walk.at(40);
    const signal = walk.alert(100);
    await walk.moveFirst();
    walk.messages.length = 0;
    split(2, 1);
    await walk.desk.run(40_000);
    walk.messages.push({ signal, at: 'size' });
    await walk.flow();
    await walk.ends(200);
  });
});
