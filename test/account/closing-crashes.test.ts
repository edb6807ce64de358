import assert from 'node:assert/strict';
import type { OrderIntent } from '../../lib/domain/order.ts';
import { SimulatedDesk } from './simulated-desk.ts';

const PROTECTED = [
  ['limit', 100],
  ['stop', 100],
];

/** How the exit of a protected position is going when its process dies. */
interface Death {
  /** The death comes at this call of the order path, counted from the exit on. */
  at: number;
  /** After the exchange did what was asked, its answer lost; or before it heard of it. */
  done: boolean;
  /** Without the account stream, only readings tell what became of an order. */
  silent: boolean;
}

describe('account: a process dies while it closes a protected position', () => {
  /** Runs the exit to its death; null when it was over before. */
  async function die(desk: SimulatedDesk, exit: OrderIntent, death: Death): Promise<string | null> {
    let calls = 0;
    let last: string | null = null;
    if (death.silent) desk.broker.orderEvents.clear();
    desk.broker.onCall = (call, done) => {
      if (!done) calls += 1;
      if (calls !== death.at || done !== death.done || desk.broker.dead) return;
      last = call;
      desk.die();
    };
    void desk.account.place(exit, { nodeId: 'place', passThrough: {} }).catch(() => undefined);
    await desk.run(3_000);
    return last;
  }

  const deaths: Death[] = [];
  for (let at = 1; at <= 6; at += 1) {
    for (const silent of [false, true]) deaths.push({ at, done: false, silent }, { at, done: true, silent });
  }

  const seen = new Set<string>();
  for (const death of deaths) {
    const stream = death.silent ? 'without' : 'with';
    it(`at call ${death.at} ${stream} stream, ${death.done ? 'its answer lost' : 'before it left'}`, async () => {
      const desk = new SimulatedDesk();
      try {
        await desk.open();
        await desk.bracketed({ stop: 5, target: 8 }, { quantity: 100 });
        await desk.run(30_000);
        assert.equal(desk.held(), 100);
        const sized = await desk.account.size(desk.signal({ action: 'close' }), { method: 'as_signal' });
        assert.ok(sized.kind === 'sized');
        const decision = await desk.account.check(sized.intent);
        assert.ok(decision.kind === 'approved');
        const call = await die(desk, decision.intent, death);
        if (call === null) {
          assert.equal(desk.held(), 0);
          return;
        }
        seen.add(`${call} ${death.done}`);
        const account = await desk.open();
        await desk.run(90_000);
        const { positions, protection } = await account.snapshot();
        const booked = positions.reduce((sum, { quantity }) => sum + quantity, 0);
        assert.equal(booked, desk.held(), 'the books and the broker differ');
        assert.deepEqual(protection.missing, []);
        const exits = desk.exchange
          .orders()
          .filter((order) => order.side === 'sell' && order.type === 'market');
        if (call === 'place' && !death.done) {
          // Sent for all its journal knows: never sent again, and the position is protected as before.
          assert.equal(exits.length, 0);
          assert.equal(desk.held(), 100);
          assert.deepEqual(
            desk.working().map(({ type, remainingQuantity }) => [type, remainingQuantity]),
            PROTECTED,
          );
          assert.equal(account.order(decision.intent.intentId)?.status, 'absent');
        } else {
          assert.equal(exits.length, 1);
          assert.equal(desk.held(), 0);
          assert.deepEqual(desk.working(), []);
        }
        assert.equal(account.haltState(), 'active', desk.log.join('\n'));
      } finally {
        await desk.dispose();
      }
    });
  }

  it('has died at a cancel, a reading and the exit itself, on both sides of each', () => {
    for (const call of ['cancel', 'read', 'place']) {
      for (const done of [false, true]) assert.ok(seen.has(`${call} ${done}`), `never at ${call} ${done}`);
    }
  });

  it('gives an old exit up, and puts the stop back', async () => {
    const desk = new SimulatedDesk();
    try {
      await desk.open();
      await desk.bracketed({ stop: 5, target: 8 }, { quantity: 100 });
      await desk.run(30_000);
      const exit = await desk.approve({ action: 'close' });
      assert.equal(await die(desk, exit, { at: 1, done: true, silent: false }), 'cancel');
      await desk.clock.advance(180_000);
      const account = await desk.open();
      await desk.run(30_000);
      assert.equal(desk.held(), 100);
      assert.deepEqual(
        desk.working().map(({ type, remainingQuantity }) => [type, remainingQuantity]),
        PROTECTED,
      );
      const order = account.order(exit.intentId);
      assert.equal(order?.status, 'not_sent');
      assert.match(order?.reason ?? '', /the process ended/);
    } finally {
      await desk.dispose();
    }
  });

  it('stops at a cancel that cannot be proven, lets only exits through, and keeps the stop', async () => {
    const desk = new SimulatedDesk();
    try {
      await desk.open();
      await desk.bracketed({ stop: 5 }, { quantity: 100 });
      await desk.run(30_000);
      const exit = await desk.approve({ action: 'close' });
      desk.broker.deaf = true;
      const placing = desk.account.place(exit, { nodeId: 'place', passThrough: {} });
      await desk.run(15_000);
      const placed = await placing;
      assert.ok(placed.kind === 'rejected', JSON.stringify(placed));
      assert.match(placed.order.reason ?? '', /did not prove to be canceled/);
      assert.equal(desk.account.haltState(), 'reducing');
      desk.broker.deaf = false;
      await desk.run(10_000);
      assert.equal(desk.held(), 100);
      assert.deepEqual(
        desk.working().map(({ type, remainingQuantity }) => [type, remainingQuantity]),
        [['stop', 100]],
      );
      const again = await desk.place({ action: 'close' });
      assert.ok(again.kind === 'acknowledged', JSON.stringify(again));
      await desk.run(10_000);
      assert.equal(desk.held(), 0);
    } finally {
      await desk.dispose();
    }
  });
});
