import assert from 'node:assert/strict';
import type { Signal } from '../../lib/domain/signal.ts';
import { TargetWalk } from './target-walk.ts';

describe('account: targets', () => {
  let walk: TargetWalk;

  beforeEach(async () => {
    walk = await new TargetWalk().open();
  });

  afterEach(() => walk.dispose());

  const outcomeOf = (signal: Signal) => walk.desk.account.inbox.outcome('test', signal.id);

  describe('reversals', () => {
    it('go out, wait for the fill, then in, in two orders of their own', async () => {
      await walk.at(100);
      walk.alert(-50);
      await walk.flow();
      await walk.ends(-50);
      assert.deepEqual(walk.orders(), ['buy 100', 'sell 100', 'sell_short 50']);
      assert.equal(walk.refused.length, 0);
      assert.ok(
        walk.because.includes('target -50: book tradingview holds 100; first sell 100, then sell short 50'),
        walk.because.join('\n'),
      );
    });

    it('cover first, then buy', async () => {
      await walk.at(-20);
      walk.alert(50);
      await walk.flow();
      await walk.ends(50);
      assert.deepEqual(walk.orders(), ['sell_short 20', 'buy_to_cover 20', 'buy 50']);
      assert.ok(walk.because.includes('target 50: book tradingview holds -20; first cover 20, then buy 50'));
    });

    it('name their orders by their leg, so that each is one intent', async () => {
      await walk.at(100);
      const signal = walk.alert(-50);
      await walk.flow();
      await walk.ends(-50);
      assert.equal(new Set(walk.placed().map(({ tag }) => tag)).size, 3);
      assert.equal(outcomeOf(signal)?.state, 'ordered');
    });

    it('size the entry anew by the node’s own method', async () => {
      walk.sizing = { method: 'fixed_shares', shares: 30 };
      await walk.at(30);
      walk.alert(-1);
      await walk.flow();
      await walk.ends(-30);
      assert.deepEqual(walk.orders(), ['buy 30', 'sell 30', 'sell_short 30']);
      assert.ok(walk.because.some((words) => words.endsWith('first sell 30, then sell short')));
      assert.equal(walk.refused.length, 0);
    });

    it('take a protected position out by its closing, and protect the new one', async () => {
      await walk.at(100, { stopLoss: { percent: 2 }, takeProfit: { percent: 3 } });
      await walk.desk.run(3_000);
      walk.alert(-50, { stopLoss: { percent: 2 } });
      await walk.flow();
      assert.equal(await walk.held(), -50);
      assert.equal(walk.atBroker(), -50);
      const executed = walk.placed().filter(({ execQuantity }) => execQuantity > 0);
      assert.deepEqual(
        executed.map(({ side, execQuantity }) => `${side} ${execQuantity}`),
        ['buy 100', 'sell 100', 'sell_short 50'],
      );
      const stops = walk.placed().filter(({ type, status }) => type === 'stop' && status === 'open');
      assert.deepEqual(
        stops.map(({ side, quantity }) => `${side} ${quantity}`),
        ['buy_to_cover 50'],
      );
      assert.equal(walk.refused.length, 0);
    });

    it('go in as well when the take-profit closes the position while the exit is on its way', async () => {
      await walk.at(100, { stopLoss: { percent: 2 }, takeProfit: { percent: 3 } });
      await walk.desk.run(3_000);
      walk.alert(-50);
      await walk.moveFirst(2);
      const profit = walk.desk.working().find(({ type }) => type === 'limit');
      const { bid } = await walk.desk.account.quote('AAPL', 5_000);
      walk.desk.exchange.change(profit?.id ?? 0, { price: Math.round((bid ?? 0) * 99) / 100 });
      await walk.desk.run(1_000);
      assert.equal(walk.atBroker(), 0);
      await walk.moveFirst();
      await walk.flow();
      await walk.ends(-50);
      const executed = walk.placed().filter(({ execQuantity }) => execQuantity > 0);
      assert.deepEqual(
        executed.map(({ side, type, execQuantity }) => `${side} ${type} ${execQuantity}`),
        ['buy limit 100', 'sell limit 100', 'sell_short market 50'],
      );
      assert.equal(walk.refused.length, 0);
    });

    it('end flat for a sender that may not sell short, without a word', async () => {
      await walk.at(100);
      walk.alert(-50, { mayShort: false });
      await walk.flow();
      await walk.ends(0);
      assert.equal(walk.refused.length, 0);
      assert.equal(walk.desk.log.filter((line) => line.includes('given up')).length, 0);
    });

    it('do not go in before the fill of the exit is proven', async () => {
      await walk.at(100);
      walk.alert(-50);
      for (const message of [...walk.messages]) await walk.move(message);
      await walk.moveFirst(2);
      assert.deepEqual(walk.messages, [], 'the exit is sent and not filled');
      walk.alert(-50);
      await walk.moveFirst();
      assert.deepEqual(walk.messages, []);
      assert.match(walk.because.at(-1) ?? '', /the sale of 100 (is on its way|has to be filled)/);
      await walk.flow();
      await walk.ends(-50);
    });
  });

  describe('alerts that belong together', () => {
    it('sized all at once end at the newest', async () => {
      await walk.at(40);
      const fired = walk.desk.clock.wall.now();
      const three = [-30, 60, 10].map((target, n) => walk.alert(target, { firedAt: fired + n }));
      const waiting = [...walk.messages];
      await Promise.all(waiting.map((message) => walk.move(message)));
      await walk.flow();
      await walk.ends(10);
      assert.equal(outcomeOf(three[2] as Signal)?.state, 'ordered');
      assert.deepEqual(
        walk.refused.map(({ signal, by, refusals }) => [signal.target, by, refusals[0]?.rule]),
        [
          [-30, 'size', 'superseded'],
          [60, 'size', 'superseded'],
        ],
      );
    });

    it('refuse an older one that comes late, also after the newer was reached', async () => {
      const fired = walk.desk.clock.wall.now() - 5_000;
      await walk.at(50, { firedAt: fired + 1_000 });
      const late = walk.alert(100, { firedAt: fired });
      await walk.flow();
      await walk.ends(50);
      assert.deepEqual(walk.rules(), ['superseded']);
      assert.match(
        walk.refused[0]?.refusals[0]?.message ?? '',
        /a newer target .* stands: 50, fired at 2026/,
      );
      assert.equal(outcomeOf(late)?.state, 'refused');
    });

    it('order once what is asked for twice: copies of one message, and a second alert for the same', async () => {
      const signal = walk.alert(70);
      walk.messages.push({ signal, at: 'size' }, { signal, at: 'size' });
      const second = walk.alert(70);
      for (const message of [...walk.messages]) await walk.move(message);
      for (const message of [...walk.messages]) await walk.move(message);
      await walk.flow();
      await walk.ends(70);
      assert.deepEqual(walk.orders(), ['buy 70']);
      assert.ok(second);
    });

    it('do nothing for a copy that comes when everything is over', async () => {
      const signal = walk.alert(70);
      await walk.flow();
      walk.desk.exchange.place({
        symbol: 'AAPL',
        side: 'sell',
        quantity: 70,
        type: 'market',
        duration: 'day',
      });
      await walk.flow();
      walk.messages.push({ signal, at: 'size' });
      await walk.flow();
      assert.deepEqual(walk.rules(), ['target-done']);
      assert.deepEqual(walk.orders(), ['buy 70', 'sell 70']);
    });

    it('take back what was approved for the older and not sent', async () => {
      walk.alert(100);
      await walk.moveFirst(2);
      const approved = walk.messages[0];
      assert.equal(approved?.at, 'place');
      walk.alert(20, { receivedAt: walk.desk.clock.wall.now() + 1 });
      await walk.move(walk.messages[1] as never);
      const placed = await walk.desk.account.place(approved?.intent as never, {
        nodeId: 'p',
        passThrough: {},
      });
      assert.equal(placed.kind === 'blocked' && placed.code, 'E_PERMIT_VOID');
      walk.messages.shift();
      await walk.flow();
      await walk.ends(20);
      assert.deepEqual(walk.orders(), ['buy 20']);
      assert.equal((await walk.desk.account.snapshot()).reserved, 0);
    });

    it('are one per book: the other book’s target is its own', async () => {
      walk.alert(30, { book: 'a' });
      walk.alert(50, { book: 'b' });
      await walk.flow();
      assert.equal(await walk.held('a'), 30);
      assert.equal(await walk.held('b'), 50);
    });
  });

  describe('what is in the way', () => {
    it('cancels a resting entry of an older target, then does its own', async () => {
      await walk.rest(100);
      assert.deepEqual(walk.orders(), ['buy 100 open 0']);
      walk.alert(30);
      await walk.flow();
      await walk.ends(30);
      assert.deepEqual(walk.orders(), ['buy 100 canceled 0', 'buy 30']);
      assert.match(
        walk.because.join('\n'),
        /target 30: book tradingview holds 0; first cancel the buy of 100/,
      );
      assert.equal(walk.refused.length, 0);
    });

    it('goes on towards a target above what rests, and leaves that be', async () => {
      await walk.rest(40);
      walk.alert(100);
      await walk.flow();
      assert.deepEqual(walk.orders(), ['buy 40 open 0', 'buy 60']);
      assert.equal(await walk.held(), 60);
    });

    it('buys itself when the order that was to bring it there ends', async () => {
      await walk.rest(40);
      walk.alert(40);
      await walk.flow();
      assert.deepEqual(walk.orders(), ['buy 40 open 0']);
      assert.match(walk.because.at(-1) ?? '', /the buy of 40 is on its way/);
      walk.desk.exchange.cancel(walk.placed()[0]?.id ?? 0);
      await walk.flow();
      await walk.ends(40);
    });

    it('makes up for what another order of the book took away, in one more order', async () => {
      await walk.at(20);
      const signal = walk.alert(50);
      await walk.moveFirst(3);
      await walk.desk.place({ action: 'sell', quantity: 20, strategy: 'another' });
      await walk.flow();
      await walk.ends(50);
      assert.deepEqual(walk.orders(), ['buy 20', 'buy 30', 'sell 20', 'buy 20']);
      assert.equal(outcomeOf(signal)?.order?.quantity, 20);
    });

    it('waits with an entry until an unknown order of the symbol is resolved', async () => {
      await walk.desk.place({ quantity: 5, book: 'other' }, 'lost_before');
      walk.alert(30);
      await walk.flow();
      assert.match(walk.because[0] ?? '', /first the outcome of an earlier AAPL order has to be known/);
      await walk.desk.run(60_000);
      await walk.flow();
      await walk.ends(30);
      assert.equal(walk.refused.length, 0);
    });

    it('cancels no exit that was not a target’s', async () => {
      await walk.at(100);
      const quote = await walk.desk.account.quote('AAPL', 5_000);
      const limitPrice = Math.round((quote.ask ?? 0) * 1.02 * 100) / 100;
      await walk.desk.place({ action: 'sell', quantity: 60, type: 'limit', limitPrice });
      await walk.desk.run(1_000);
      walk.alert(100);
      await walk.flow();
      assert.deepEqual(walk.orders(), ['buy 100', 'sell 60 open 0']);
      assert.match(walk.because.at(-1) ?? '', /first the sale of 60 has to end/);
    });

    it('exits what is held at once, though an entry of unknown outcome is still in doubt', async () => {
      await walk.at(50);
      walk.alert(80);
      walk.desk.broker.trouble.push('lost_before');
      await walk.moveFirst(3);
      walk.alert(0);
      await walk.flow();
      assert.equal(walk.atBroker(), 0);
      await walk.desk.run(60_000);
      await walk.flow();
      await walk.ends(0);
    });
  });
});
