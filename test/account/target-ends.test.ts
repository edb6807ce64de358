import assert from 'node:assert/strict';
import { PRESETS } from '../../lib/risk/policy.ts';
import { NODE, TargetWalk } from './target-walk.ts';

describe('account: the end of targets', () => {
  let walk: TargetWalk;

  beforeEach(async () => {
    walk = await new TargetWalk().open();
  });

  afterEach(() => walk.dispose());

  describe('what ends them', () => {
    it('the broker refuses the exit: said at the node that sized it, nothing more is sent', async () => {
      await walk.at(100);
      walk.alert(-50);
      walk.desk.broker.trouble.push('rejected');
      await walk.flow();
      assert.equal(await walk.held(), 100);
      assert.deepEqual(walk.orders(), ['buy 100']);
      const [end] = walk.refused;
      assert.equal(end?.by, 'account');
      assert.equal(end?.refusals[0]?.rule, 'target-given-up');
      assert.match(
        end?.refusals[0]?.message ?? '',
        /target -50 .* given up at 100: its exit \(sell 100\) ended rejected: no/,
      );
    });

    it('the broker refuses the entry after the exit', async () => {
      await walk.at(100);
      walk.alert(-50);
      await walk.moveFirst(3);
      walk.desk.broker.trouble.push('rejected');
      await walk.flow();
      await walk.ends(0);
      assert.deepEqual(walk.rules(), ['target-given-up']);
      assert.match(walk.refused[0]?.refusals[0]?.message ?? '', /its main \(sell_short 50\) ended rejected/);
    });

    it('risk-check refuses the entry after the exit', async () => {
      await walk.at(100);
      walk.alert(-150);
      await walk.flow();
      await walk.ends(0);
      assert.deepEqual(
        walk.refused.map(({ by }) => by),
        ['check', 'account'],
      );
      assert.match(walk.refused[1]?.refusals[0]?.message ?? '', /risk-check refused the step/);
    });

    it('risk-check refuses the only step: it alone says so, and another branch may still pass it', async () => {
      const signal = walk.alert(150);
      await walk.moveFirst();
      const intent = walk.messages[0]?.intent;
      const tight = { ...PRESETS.standard, maxOrderQuantity: 10 };
      const first = await walk.desk.account.check(intent as never, tight);
      assert.equal(first.kind, 'refused');
      await walk.desk.run(1_000);
      assert.equal(walk.refused.length, 0);
      const smaller = await walk.desk.account.size({ ...signal }, { method: 'fixed_shares', shares: 20 });
      assert.ok(smaller.kind === 'sized');
      const second = await walk.desk.account.check(smaller.intent);
      assert.equal(second.kind, 'approved');
    });

    it('a newer one, for what one branch refused and another asks to approve afterwards', async () => {
      walk.alert(100);
      await walk.moveFirst();
      const intent = walk.messages[0]?.intent;
      const tight = { ...PRESETS.standard, maxOrderQuantity: 10 };
      assert.equal((await walk.desk.account.check(intent as never, tight)).kind, 'refused');
      await walk.desk.run(1_000);
      walk.alert(40, { firedAt: walk.desk.clock.wall.now() });
      const [old, newer] = walk.messages;
      await walk.move(newer as never);
      await walk.move(old as never);
      assert.deepEqual(walk.rules(), ['superseded']);
      await walk.flow();
      await walk.ends(40);
    });

    it('a halt between the two orders', async () => {
      await walk.at(100);
      walk.alert(-50);
      await walk.moveFirst(3);
      walk.desk.account.setHaltState('halted', 'test', 'a person');
      await walk.flow();
      await walk.ends(0);
      assert.deepEqual(walk.rules(), ['target-given-up'], 'no step is tried');
      assert.match(walk.refused[0]?.refusals[0]?.message ?? '', /given up at 0: trading is halted/);
      walk.desk.account.setHaltState('active', 'test', 'a person');
      await walk.flow();
      await walk.ends(0);
    });

    it('only reducing: the exit passes, the entry is refused', async () => {
      await walk.at(100);
      walk.desk.account.setHaltState('reducing', 'test', 'a person');
      walk.alert(-50);
      await walk.flow();
      await walk.ends(0);
      assert.deepEqual(walk.rules(), ['halt-state', 'target-given-up']);
    });

    it('five minutes', async () => {
      await walk.at(100);
      const quote = await walk.desk.account.quote('AAPL', 5_000);
      const limitPrice = Math.round((quote.ask ?? 0) * 1.1 * 100) / 100;
      walk.alert(-50, { type: 'limit', limitPrice });
      await walk.flow();
      assert.equal(walk.refused.length, 0);
      await walk.desk.run(5 * 60_000);
      assert.deepEqual(walk.rules(), ['target-given-up']);
      assert.match(walk.refused[0]?.refusals[0]?.message ?? '', /not reached within 5 minutes/);
      assert.deepEqual(walk.orders(), ['buy 100', 'sell 100 open 0'], 'the order itself is left as it is');
    });

    it('not while its entry rests: it may rest as long as its sender wanted', async () => {
      await walk.rest(40, { duration: 'gtc' });
      await walk.desk.run(6 * 60_000);
      assert.equal(walk.refused.length, 0);
      assert.equal(walk.desk.log.filter((line) => line.includes('given up')).length, 0);
    });

    it('a flow that does not place what it asked to have sized', async () => {
      await walk.at(100);
      walk.alert(-50);
      await walk.moveFirst(3);
      await walk.desk.run(5_000);
      let asked = 0;
      for (let n = 0; n < 60; n += 1) {
        const message = walk.messages.at(0);
        if (message?.at === 'size') asked += 1;
        if (message?.at === 'place') walk.messages.shift();
        else if (message) await walk.move(message);
        await walk.desk.run(2_000);
      }
      assert.ok(asked >= 2 && asked <= 10, String(asked));
      assert.match(walk.refused.at(-1)?.refusals[0]?.message ?? '', /not there after 10 rounds/);
      await walk.ends(0);
    });

    it('a cap of the policy ends at what it lets through, without slices', async () => {
      walk.desk.policy = { ...PRESETS.standard, maxOrderQuantity: 25 };
      await walk.restart();
      walk.alert(60);
      await walk.flow();
      await walk.ends(25);
      assert.deepEqual(walk.orders(), ['buy 25']);
      assert.equal(walk.refused.length, 0);
    });
  });

  describe('restarts and deploys', () => {
    for (const mercy of [true, false]) {
      it(`carries a reversal on over ${mercy ? 'a restart' : 'a death'} at every step`, async () => {
        for (let after = 0; after <= 6; after += 1) {
          await walk.anew();
          await walk.at(100, { firedAt: walk.desk.clock.wall.now() - 10_000 });
          walk.alert(-50);
          for (let n = 0; n < after; n += 1) {
            const [message] = walk.messages;
            if (message) await walk.move(message);
            else await walk.desk.run(1_000);
          }
          await walk.restart(mercy);
          await walk.flow();
          await walk.ends(-50);
          assert.deepEqual(walk.orders(), ['buy 100', 'sell 100', 'sell_short 50'], `after ${after} steps`);
          assert.equal(walk.refused.length, 0);
        }
      });
    }

    it('lets it lapse when the restart took too long, and says so', async () => {
      await walk.at(100);
      walk.alert(-50);
      await walk.moveFirst(3);
      await walk.desk.account.close();
      await walk.desk.clock.advance(6 * 60_000);
      await walk.desk.open();
      await walk.desk.run(2_000);
      assert.equal(walk.refused.length, 0);
      walk.attach();
      await walk.flow();
      await walk.ends(0);
      assert.deepEqual(walk.rules(), ['target-given-up']);
      await walk.restart();
      await walk.flow();
      assert.equal(walk.refused.length, 1, 'and once');
    });

    it('asks the node a deploy put in the place of the one that got the message', async () => {
      await walk.at(100);
      walk.alert(-50);
      await walk.moveFirst(3);
      await walk.desk.run(5_000);
      assert.equal(walk.messages[0]?.at, 'size');
      walk.messages.length = 0;
      walk.attach();
      await walk.flow();
      await walk.ends(-50);
    });

    it('waits for its node, and takes no other', async () => {
      await walk.at(100);
      const leave = walk.desk.account.continuations.on(NODE, () => undefined);
      leave();
      walk.alert(-50);
      await walk.moveFirst(3);
      walk.desk.account.continuations.on('another', () => assert.fail('asked the wrong node'));
      await walk.flow();
      await walk.ends(0);
      walk.attach();
      await walk.flow();
      await walk.ends(-50);
    });
  });
});
