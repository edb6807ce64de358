import assert from 'node:assert/strict';
import type { OrderChange, PlaceResult, TradingAccount } from '../../lib/account.ts';
import { SimulatedDesk, type Trouble } from './simulated-desk.ts';

const ORIGIN = { nodeId: 'place', passThrough: {} };

describe('account: when the answer to an order is lost', () => {
  let desk: SimulatedDesk;
  let account: TradingAccount;
  let changes: OrderChange[];

  beforeEach(async () => {
    desk = new SimulatedDesk();
    account = await desk.open();
    changes = [];
    account.orderChanges.on((change) => changes.push(change) > 0);
  });

  afterEach(() => desk.dispose());

  async function place(trouble: Trouble, quantity = 10): Promise<PlaceResult> {
    const size = await account.size(desk.signal({ quantity }), { method: 'as_signal' });
    assert.ok(size.kind === 'sized');
    const decision = await account.check(size.intent);
    assert.ok(decision.kind === 'approved', JSON.stringify(decision));
    desk.broker.trouble.push(trouble);
    return account.place(decision.intent, ORIGIN);
  }

  it('finds an accepted order by its tag and never sends it again', async () => {
    const placed = await place('lost_reply');
    assert.equal(placed.kind, 'unknown');
    await desk.run(10_000);
    assert.equal(changes.at(-1)?.order.status, 'filled');
    assert.equal(desk.exchange.orders().length, 1);
    assert.equal(desk.broker.transmissions, 1);
    assert.equal((await account.snapshot()).positions[0]?.quantity, 10);
  });

  it('finds it after a restart as well', async () => {
    const placed = await place('lost_reply');
    assert.ok(placed.kind === 'unknown');
    account = await desk.reopen();
    account.orderChanges.on((change) => changes.push(change) > 0);
    await desk.run(10_000);
    assert.equal(account.order(placed.order.intentId)?.status, 'filled');
    assert.ok(changes.some((change) => change.order.status === 'filled'));
    assert.equal(desk.exchange.orders().length, 1);
  });

  it('holds money and symbol while the outcome is open, and gives them back when absence is proven', async () => {
    const placed = await place('lost_before');
    assert.ok(placed.kind === 'unknown');
    await desk.run(5_000);
    assert.ok((await account.snapshot()).reserved > 1_400);
    const entry = await account.size(desk.signal({ quantity: 1, book: 'other' }), { method: 'as_signal' });
    assert.ok(entry.kind === 'sized');
    const refused = await account.check(entry.intent);
    assert.ok(refused.kind === 'refused' && refused.refusals.some((one) => one.rule === 'unresolved-order'));
    await desk.run(14_000);
    assert.equal(account.order(placed.order.intentId)?.status, 'unknown', 'not before the settle time');
    await desk.run(15_000);
    assert.equal(account.order(placed.order.intentId)?.status, 'absent');
    assert.equal(changes.at(-1)?.order.status, 'absent');
    assert.equal((await account.snapshot()).reserved, 0);
    assert.equal(desk.exchange.orders().length, 0);
    assert.equal(desk.broker.transmissions, 1);
  });

  it('reports at once what never left and what was refused, and keeps nothing reserved', async () => {
    for (const [trouble, status] of [
      ['not_sent', 'not_sent'],
      ['rejected', 'rejected'],
      ['errors_200', 'rejected'],
    ] as const) {
      const placed = await place(trouble);
      assert.equal(placed.kind, 'rejected', trouble);
      assert.ok(placed.kind === 'rejected');
      assert.equal(placed.order.status, status);
      assert.equal((await account.snapshot()).reserved, 0);
    }
    assert.equal(desk.exchange.orders().length, 0);
  });

  it('tells after a restart what was recorded but not told', async () => {
    await place('lost_reply');
    await account.close();
    await desk.clock.advance(1_000);
    account = await desk.open();
    await desk.run(3_000);
    await account.close();
    account = await desk.open();
    account.orderChanges.on((change) => changes.push(change) > 0);
    await desk.run(5_000);
    assert.equal(changes.at(-1)?.order.status, 'filled');
  });
});
