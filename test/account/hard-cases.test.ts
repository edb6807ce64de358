import assert from 'node:assert/strict';
import type { OrderChange, TradingAccount } from '../../lib/account.ts';
import type { OrderEvent } from '../../lib/broker/port.ts';
import type { Order } from '../../lib/domain/order.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { keyOf } from '../../lib/sizing/intent.ts';
import { SimulatedDesk } from './simulated-desk.ts';

const ORIGIN = { nodeId: 'place', passThrough: {} };

describe('account: hard cases', () => {
  let desk: SimulatedDesk;
  let account: TradingAccount;

  beforeEach(async () => {
    desk = new SimulatedDesk();
    account = await desk.open();
  });

  afterEach(() => desk.dispose());

  /** A working order that the exchange will not fill by itself. */
  async function resting(quantity = 100): Promise<Order> {
    const quote = await account.quote('AAPL', 5_000);
    const limitPrice = Math.round((quote.bid ?? 0) * 0.98 * 100) / 100;
    const placed = await desk.place({ quantity, type: 'limit', limitPrice });
    assert.ok(placed.kind === 'acknowledged');
    await desk.run(500);
    return placed.order;
  }

  function tell(order: Order, event: Partial<OrderEvent>): void {
    desk.broker.orderEvents.emit({
      id: order.id ?? 0,
      status: 'open',
      execQuantity: 0,
      remainingQuantity: 0,
      avgFillPrice: null,
      updatedAt: desk.clock.market.now(),
      ...event,
    });
  }

  describe('outcomes that stay unknown', () => {
    it('does not hold an order for absent that filled before the day rolled', async () => {
      const placed = await desk.place({ quantity: 10 }, 'lost_reply');
      assert.ok(placed.kind === 'unknown');
      await account.close();
      desk.exchange.advance(toEpoch('2026-03-03', '09:31'));
      await desk.clock.advance(toEpoch('2026-03-03', '09:31') - desk.clock.market.now());
      account = await desk.open();
      await desk.run(60_000);
      assert.equal(account.order(placed.order.intentId)?.status, 'unknown');
      assert.ok(desk.log.some((line) => line.includes('needs a person')));
      const size = await account.size(desk.signal({ quantity: 1, book: 'other' }), { method: 'as_signal' });
      assert.ok(size.kind === 'sized');
      const entry = await account.check(size.intent);
      assert.ok(entry.kind === 'refused' && entry.refusals.some((one) => one.rule === 'unresolved-order'));
    });

    it('proves no absence while the positions cannot be read', async () => {
      const placed = await desk.place({ quantity: 10 }, 'lost_before');
      assert.ok(placed.kind === 'unknown');
      desk.broker.blind = true;
      await desk.run(90_000);
      assert.equal(account.order(placed.order.intentId)?.status, 'unknown');
      desk.broker.blind = false;
      await desk.run(40_000);
      assert.equal(account.order(placed.order.intentId)?.status, 'absent');
    });

    it('tells that an order was found, before anything else happens to it', async () => {
      const heard: string[] = [];
      account.orderChanges.on(({ order }) => heard.push(order.status) > 0);
      const placed = await desk.place({ quantity: 10 }, 'lost_reply');
      assert.ok(placed.kind === 'unknown');
      await desk.run(5_000);
      assert.equal(heard[0], 'pending');
      assert.equal(heard.at(-1), 'filled');
    });

    it('finds its order although the namespace was changed in the meantime', async () => {
      const placed = await desk.place({ quantity: 10 }, 'lost_reply');
      assert.ok(placed.kind === 'unknown');
      desk.namespace = 'next';
      account = await desk.reopen();
      await desk.run(5_000);
      assert.equal(account.order(placed.order.intentId)?.status, 'filled');
      assert.equal(account.haltState(), 'active');
    });

    it('takes no namespace it could not find again', async () => {
      await account.close();
      desk.namespace = 'Prod';
      await assert.rejects(desk.open(), { code: 'E_INPUT', field: 'namespace' });
      desk.namespace = 'test';
      account = await desk.open();
    });

    it('refuses an intent that was not made from its signal', async () => {
      const approved = await desk.approve({ quantity: 1 });
      const { permit: _, ...bare } = approved;
      const forged = await account.check({ ...bare, intentId: 'my-own-id' });
      assert.ok(forged.kind === 'refused' && forged.refusals[0]?.rule === 'intent-id');
    });

    it('does not decide again what was held for absent, and keeps the record of what was sent', async () => {
      const approved = await desk.approve({ quantity: 10 });
      desk.broker.trouble.push('lost_before');
      await account.place(approved, ORIGIN);
      await desk.run(40_000);
      assert.equal(account.order(approved.intentId)?.status, 'absent');
      const { permit: _, ...bare } = approved;
      const again = await account.check({ ...bare, quantity: 900 });
      assert.ok(again.kind === 'refused' && again.refusals[0]?.rule === 'already-ordered');
      assert.equal(account.order(approved.intentId)?.quantity, 10);
    });

    it('adopts an order that appears after it was held for absent, reserves for it and stops trading', async () => {
      const approved = await desk.approve({ quantity: 10 });
      desk.broker.trouble.push('lost_before');
      await account.place(approved, ORIGIN);
      await desk.run(40_000);
      const order = account.order(approved.intentId);
      assert.equal(order?.status, 'absent');
      const quote = await account.quote('AAPL', 5_000);
      const price = Math.round((quote.bid ?? 0) * 0.95 * 100) / 100;
      desk.exchange.place({
        symbol: 'AAPL',
        side: 'buy',
        quantity: 10,
        type: 'limit',
        price,
        duration: 'day',
        tag: order?.tag ?? '',
      });
      await desk.run(40_000);
      assert.equal(account.order(approved.intentId)?.status, 'open');
      assert.equal(account.haltState(), 'halted');
      assert.equal((await account.snapshot()).workingOrders, 1);
    });

    it('treats a client that throws as not knowing what it did', async () => {
      const placed = await desk.place({ quantity: 10 }, 'throws');
      assert.equal(placed.kind, 'unknown');
      const size = await account.size(desk.signal({ quantity: 1, book: 'other' }), { method: 'as_signal' });
      assert.ok(size.kind === 'sized');
      assert.equal((await account.check(size.intent)).kind, 'refused');
    });

    it('does not call the next order a duplicate of one that never came to be, also after a restart', async () => {
      await desk.place({ quantity: 10 }, 'rejected');
      account = await desk.reopen();
      assert.equal((await desk.place({ quantity: 10 })).kind, 'acknowledged');
    });
  });

  describe('what the stream says', () => {
    it('keeps the price of earlier fills through an event without one', async () => {
      const order = await resting();
      tell(order, { status: 'partially_filled', execQuantity: 40, avgFillPrice: 100 });
      tell(order, { status: 'open', execQuantity: 40, avgFillPrice: null });
      tell(order, { status: 'filled', execQuantity: 100, avgFillPrice: 100 });
      const [position] = (await account.snapshot()).positions;
      assert.equal(position?.quantity, 100);
      assert.equal(position?.costBasis, 10_000);
    });

    it('records fills that are told after the end', async () => {
      const order = await resting();
      tell(order, { status: 'canceled', execQuantity: 40, avgFillPrice: 100 });
      tell(order, { status: 'canceled', execQuantity: 60, avgFillPrice: 100 });
      assert.equal(account.order(order.intentId)?.execQuantity, 60);
      assert.equal(account.order(order.intentId)?.status, 'canceled');
    });

    it('does not end an order as filled before it knows the fills', async () => {
      const order = await resting();
      tell(order, { status: 'filled', execQuantity: 0 });
      assert.equal(account.order(order.intentId)?.status, 'open');
    });

    it('ends an order although the stamp of the end lies before ours', async () => {
      const order = await resting();
      tell(order, { status: 'rejected', updatedAt: desk.clock.market.now() - 60_000 });
      assert.equal(account.order(order.intentId)?.status, 'rejected');
      assert.equal((await account.snapshot()).reserved, 0);
    });

    it('stops trading when more was executed than was ordered', async () => {
      const order = await resting();
      tell(order, { status: 'filled', execQuantity: 150, avgFillPrice: 100 });
      assert.equal(account.haltState(), 'halted');
      assert.equal(account.order(order.intentId)?.execQuantity, 150);
    });
  });

  describe('signals nothing was decided on', () => {
    function alert(id: string) {
      const signal = desk.signal({ id, source: 'hook', quantity: 1 });
      const signalKey = keyOf(account.key, signal);
      account.inbox.record({
        signalKey,
        source: 'hook',
        identity: 'id',
        bodyDigest: id,
        bodyRedacted: '{}',
        signal,
      });
      return signal;
    }

    it('are there for whoever asks, also after a restart, while they are young', async () => {
      alert('one');
      assert.equal(account.undecided('hook', 30_000).length, 1);
      account = await desk.reopen();
      assert.equal(account.undecided('hook', 30_000).length, 1);
      await desk.clock.advance(31_000);
      assert.deepEqual(account.undecided('hook', 30_000), []);
      assert.equal(account.inbox.outcome('hook', 'one')?.state, 'stale');
    });

    it('are decided when place-order turned them away', async () => {
      const signal = alert('two');
      const size = await account.size(signal, { method: 'as_signal' });
      assert.ok(size.kind === 'sized');
      assert.equal((await account.place(size.intent, ORIGIN)).kind, 'blocked');
      const outcome = account.inbox.outcome('hook', 'two');
      assert.equal(outcome?.state, 'refused');
      assert.equal(outcome?.refusals[0]?.rule, 'permit');
      account = await desk.reopen();
      assert.deepEqual(account.undecided('hook', 30_000), []);
    });
  });

  describe('what is told', () => {
    const heard: OrderChange[] = [];
    const listener = (change: OrderChange) => change.origin.nodeId === 'place' && heard.push(change) > 0;

    beforeEach(() => {
      heard.length = 0;
    });

    it('waits for the node an order came from, deploy after deploy', async () => {
      const order = await resting();
      account.orderChanges.on(() => false);
      for (const cumulative of [10, 20, 30]) {
        tell(order, { status: 'partially_filled', execQuantity: cumulative, avgFillPrice: 100 });
        await desk.run(500);
        assert.equal(heard.at(-1)?.order.execQuantity ?? 0, cumulative - 10, 'nobody of its own listened');
        const leave = account.orderChanges.on(listener);
        await desk.run(500);
        assert.equal(heard.at(-1)?.order.execQuantity, cumulative);
        leave();
      }
      const executed = heard.map((change) => change.order.execQuantity);
      assert.deepEqual(
        executed,
        [...executed].sort((a, b) => a - b),
      );
    });

    it('does not tell a state twice when an altered copy came first', async () => {
      account.orderChanges.on(listener);
      const approved = await desk.approve({ quantity: 10 });
      const [blocked, placed] = await Promise.all([
        account.place({ ...approved, quantity: 11 }, ORIGIN),
        account.place(approved, ORIGIN),
      ]);
      assert.equal(blocked.kind, 'blocked');
      assert.ok(placed.kind === 'acknowledged');
      await desk.run(5_000);
      const states = [placed.order.status, ...heard.map((change) => change.order.status)];
      assert.equal(new Set(states).size, states.length, states.join());
      heard.length = 0;
      account = await desk.reopen();
      account.orderChanges.on(listener);
      await desk.run(2_000);
      assert.deepEqual(heard, [], 'nothing was left untold');
    });
  });
});
