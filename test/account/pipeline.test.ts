import assert from 'node:assert/strict';
import type { OrderChange, RiskDecision, TradingAccount } from '../../lib/account.ts';
import type { OrderIntent } from '../../lib/domain/order.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import { PRESETS } from '../../lib/risk/policy.ts';
import { SimulatedDesk } from './simulated-desk.ts';

const ORIGIN = { nodeId: 'place', passThrough: { note: 'kept' } };

describe('account: from signal to fill', () => {
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

  it('sizes, approves, sends, fills and shows it', async () => {
    const approved = await approve(account, desk.signal());
    const placed = await account.place(approved, ORIGIN);
    assert.equal(placed.kind, 'acknowledged');
    await desk.run(10_000);
    assert.equal(account.order(approved.intentId)?.status, 'filled');
    assert.equal(account.order(approved.intentId)?.execQuantity, 100);
    assert.deepEqual(changes.at(-1)?.origin, ORIGIN);
    assert.equal(changes.at(-1)?.order.status, 'filled');
    const snapshot = await account.snapshot();
    assert.equal(snapshot.positions.length, 1);
    assert.equal(snapshot.positions[0]?.book, 'tradingview');
    assert.equal(snapshot.positions[0]?.quantity, 100);
    assert.equal(snapshot.reserved, 0);
    const paid = (account.order(approved.intentId)?.avgFillPrice ?? 0) * 100;
    assert.ok(Math.abs(snapshot.cash - (100_000 - paid)) < 0.01, `${snapshot.cash} after paying ${paid}`);
  });

  it('keeps a signal out of the market a second time, whatever is copied', async () => {
    const signal = desk.signal();
    const approved = await approve(account, signal);
    const second = await account.check(await sized(account, signal));
    assert.equal(second.kind, 'refused');
    const results = await Promise.all([
      account.place(approved, ORIGIN),
      account.place({ ...approved }, ORIGIN),
    ]);
    assert.deepEqual(results.map((result) => result.kind).sort(), ['acknowledged', 'blocked']);
    assert.deepEqual(
      results.flatMap((result) => (result.kind === 'blocked' ? [result.code] : [])),
      ['E_PERMIT_SPENT'],
    );
    const third = await account.check(approved);
    assert.equal(third.kind === 'refused' && third.refusals[0]?.rule, 'already-ordered');
    await desk.run(5_000);
    assert.equal(desk.exchange.orders().length, 1);
  });

  it('sends nothing that differs from what was approved', async () => {
    const approved = await approve(account, desk.signal());
    for (const altered of [
      { ...approved, quantity: 101 },
      { ...approved, symbol: 'MSFT' },
      { ...approved, side: 'sell' as const },
      { ...approved, type: 'limit' as const, price: 10 },
      { ...approved, book: 'another' },
    ]) {
      const result = await account.place(altered, ORIGIN);
      assert.equal(result.kind === 'blocked' && result.code, 'E_INTENT_ALTERED');
    }
    assert.equal(desk.exchange.orders().length, 0);
    assert.equal((await account.place(approved, ORIGIN)).kind, 'acknowledged');
  });

  it('sends nothing without a permit, with an invented or an expired one', async () => {
    const approved = await approve(account, desk.signal());
    const { permit: _, ...bare } = approved;
    const none = await account.place(bare, ORIGIN);
    assert.equal(none.kind === 'blocked' && none.code, 'E_NO_PERMIT');
    const invented = await account.place(
      { ...approved, permit: { permitId: 'mine', validSeconds: 5 } },
      ORIGIN,
    );
    assert.equal(invented.kind === 'blocked' && invented.code, 'E_PERMIT_UNKNOWN');
    await desk.run(5_500);
    const late = await account.place(approved, ORIGIN);
    assert.equal(late.kind === 'blocked' && late.code, 'E_PERMIT_EXPIRED');
    assert.equal(desk.exchange.orders().length, 0);
    assert.equal((await account.snapshot()).reserved, 0);
    const again = await account.check(bare);
    assert.equal(again.kind, 'approved', 'an approval that was never used can be given again');
  });

  it('refuses of two orders that fit one at a time the second, before the first is filled', async () => {
    const one = await approve(account, desk.signal({ quantity: 120, symbol: 'AAPL', book: 'a' }));
    const two = await account.check(
      await sized(account, desk.signal({ quantity: 120, symbol: 'AAPL', book: 'b' })),
    );
    assert.equal(two.kind, 'refused');
    assert.ok(
      two.kind === 'refused' && two.refusals.some((refusal) => refusal.rule.includes('concentration')),
    );
    assert.equal((await account.place(one, ORIGIN)).kind, 'acknowledged');
  });

  it('names the Careful limit that refuses 15 % of equity', async () => {
    await desk.dispose();
    desk = new SimulatedDesk();
    desk.policy = PRESETS.careful;
    account = await desk.open();
    const decision = await account.check(await sized(account, desk.signal({ quantity: 100 })));
    assert.equal(decision.kind, 'refused');
    assert.ok(decision.kind === 'refused');
    const position = decision.refusals.find((refusal) => refusal.field === 'maxPositionPercent');
    assert.match(position?.message ?? '', /10/);
  });

  it('takes a second policy only where it is stricter', async () => {
    const loose = await account.check(await sized(account, desk.signal({ quantity: 5 })), {
      ...PRESETS.standard,
      maxOrderQuantity: 4,
      maxPositionPercent: 100,
    });
    assert.ok(
      loose.kind === 'refused' && loose.refusals.some((refusal) => refusal.field === 'maxOrderQuantity'),
    );
  });

  it('obeys a halt at once, also for what was already approved, and lets exits through while reducing', async () => {
    await buy(desk, account, 50);
    const approved = await approve(account, desk.signal({ quantity: 1, symbol: 'MSFT' }));
    account.setHaltState('reducing', 'test', 'a person');
    const stopped = await account.place(approved, ORIGIN);
    assert.equal(stopped.kind === 'blocked' && stopped.code, 'E_HALTED');
    const exit = await approve(account, desk.signal({ action: 'close', quantity: undefined }));
    assert.equal((await account.place(exit, ORIGIN)).kind, 'acknowledged');
    await desk.run(5_000);
    assert.deepEqual((await account.snapshot()).positions, []);
    account.setHaltState('halted', 'test', 'a person');
    const entry = await account.check(await sized(account, desk.signal({ quantity: 1, symbol: 'SPY' })));
    assert.equal(entry.kind, 'refused');
  });

  it('follows a resting limit order through restarts until it fills', async () => {
    const quote = await account.quote('AAPL', 5_000);
    const limitPrice = Math.round(((quote.bid ?? 0) - 1) * 100) / 100;
    const approved = await approve(
      account,
      desk.signal({ type: 'limit', limitPrice, duration: 'gtc', quantity: 10 }),
    );
    await account.place(approved, ORIGIN);
    await desk.run(2_000);
    assert.equal(account.order(approved.intentId)?.status, 'open');
    account = await desk.reopen();
    assert.equal(account.order(approved.intentId)?.status, 'open');
    assert.ok((await account.snapshot()).workingOrders === 1);
    const after = await account.check(await sized(account, desk.signal({ quantity: 125 })));
    assert.ok(after.kind === 'refused', 'the resting order still counts');
  });

  it('counts what a hand bought elsewhere as external, and a book cannot sell it', async () => {
    desk.exchange.place({ symbol: 'MSFT', side: 'buy', quantity: 7, type: 'market', duration: 'day' });
    await desk.run(40_000);
    const snapshot = await account.snapshot();
    assert.deepEqual(
      snapshot.positions.map(({ symbol, book, quantity }) => ({ symbol, book, quantity })),
      [{ symbol: 'MSFT', book: 'external', quantity: 7 }],
    );
    const sell = await account.size(desk.signal({ symbol: 'MSFT', action: 'sell', quantity: 7 }), {
      method: 'as_signal',
    });
    assert.equal(sell.kind, 'refused');
    assert.equal(account.haltState(), 'active');
  });

  it('says of a symbol the broker does not know just that', async () => {
    const size = await account.size(desk.signal({ symbol: 'ZZZQ' }), { method: 'as_signal' });
    assert.ok(size.kind === 'refused');
    assert.deepEqual(
      size.refusals.map((refusal) => refusal.rule),
      ['unknown-symbol'],
    );
  });

  it('stops trading when the broker has an order with our mark that the journal does not know', async () => {
    desk.exchange.place({
      symbol: 'MSFT',
      side: 'buy',
      quantity: 1,
      type: 'market',
      duration: 'day',
      tag: 'test-aaaaaaaaaaaaaaaaaaaaaaaa-1',
    });
    await desk.run(40_000);
    assert.equal(account.haltState(), 'halted');
    account = await desk.reopen();
    assert.equal(account.haltState(), 'halted', 'a restart does not clear it');
  });

  it('keeps the equity of the session start through restarts', async () => {
    const before = (await account.snapshot()).dayPnl;
    assert.equal(before?.baseline, 100_000);
    await buy(desk, account, 100);
    account = await desk.reopen();
    assert.equal((await account.snapshot()).dayPnl?.baseline, 100_000);
  });

  it('leaves no timer behind when it closes', async () => {
    await buy(desk, account, 1);
    await account.close();
    await desk.clock.advance(30_000);
    assert.equal(desk.clock.timers, 0);
  });
});

async function sized(account: TradingAccount, signal: Signal): Promise<OrderIntent> {
  const decision = await account.size(signal, { method: 'as_signal' });
  assert.equal(decision.kind, 'sized', JSON.stringify(decision));
  return (decision as Extract<typeof decision, { kind: 'sized' }>).intent;
}

async function approve(account: TradingAccount, signal: Signal): Promise<OrderIntent> {
  const decision: RiskDecision = await account.check(await sized(account, signal));
  assert.equal(decision.kind, 'approved', JSON.stringify(decision));
  return (decision as Extract<RiskDecision, { kind: 'approved' }>).intent;
}

async function buy(desk: SimulatedDesk, account: TradingAccount, quantity: number): Promise<void> {
  await account.place(await approve(account, desk.signal({ quantity })), ORIGIN);
  await desk.run(10_000);
}
