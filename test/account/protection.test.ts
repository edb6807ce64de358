import assert from 'node:assert/strict';
import type { TradingAccount } from '../../lib/account.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { SimulatedDesk } from './simulated-desk.ts';

const BOOK = 'tradingview';

describe('account: what stands by at the broker', () => {
  let desk: SimulatedDesk;
  let account: TradingAccount;

  beforeEach(async () => {
    desk = new SimulatedDesk();
    account = await desk.open();
  });

  afterEach(() => desk.dispose());

  function stops() {
    return desk.working().filter((order) => order.type === 'stop' && order.side === 'sell');
  }

  async function untilFilled(): Promise<void> {
    for (let i = 0; i < 80 && desk.held() === 0; i += 1) await desk.run(250);
    assert.ok(desk.held() > 0, 'the entry was not filled');
    await desk.run(3_000);
  }

  it('an entry with stop and target is one OTOCO, and its legs are told as orders of their own', async () => {
    const told: string[] = [];
    account.orderChanges.on(({ order }) => {
      told.push(`${order.role} ${order.status}`);
      return true;
    });
    const placed = await desk.bracketed({ stop: 5, target: 8 }, { quantity: 100 });
    assert.ok(placed.kind === 'acknowledged', JSON.stringify(placed));
    assert.equal(placed.order.role, 'entry');
    await untilFilled();
    assert.equal(desk.held(), 100);
    assert.deepEqual(
      desk.working().map(({ side, type, remainingQuantity }) => [side, type, remainingQuantity]),
      [
        ['sell', 'limit', 100],
        ['sell', 'stop', 100],
      ],
    );
    assert.ok(told.includes('entry filled') && told.includes('stop_loss open'), told.join(', '));
    const order = account.order(placed.order.intentId);
    assert.equal(order?.status, 'filled');
    assert.equal(order?.role, 'entry');
    const { protection, positions } = await account.snapshot();
    assert.equal(positions[0]?.quantity, 100);
    assert.deepEqual(protection.missing, []);
  });

  it('closing cancels the legs, sells what is held, and nothing stands by afterwards', async () => {
    await desk.bracketed({ stop: 5, target: 8 }, { quantity: 100 });
    await untilFilled();
    const closed = await desk.place({ action: 'close' });
    assert.ok(closed.kind === 'acknowledged', JSON.stringify(closed));
    await desk.run(10_000);
    assert.equal(desk.held(), 0);
    assert.deepEqual(desk.working(), []);
    assert.equal(account.order(closed.order.intentId)?.status, 'filled');
    const { positions, protection } = await account.snapshot();
    assert.deepEqual(positions, []);
    assert.deepEqual(protection.missing, []);
  });

  it('a partial exit leaves the rest protected', async () => {
    await desk.bracketed({ stop: 5, target: 8 }, { quantity: 100 });
    await untilFilled();
    const sold = await desk.place({ action: 'sell', quantity: 40 });
    assert.ok(sold.kind === 'acknowledged', JSON.stringify(sold));
    await desk.run(10_000);
    assert.equal(desk.held(), 60);
    assert.deepEqual(
      stops().map((order) => order.remainingQuantity),
      [60],
    );
    assert.equal(desk.working().length, 2);
  });

  it('closing also cancels an entry of its book that still works', async () => {
    await desk.bracketed({ stop: 5 }, { quantity: 50 });
    await untilFilled();
    const quote = await account.quote('AAPL', 5_000);
    const limitPrice = Math.round((quote.bid ?? 0) * 98) / 100;
    await desk.place({ quantity: 10, type: 'limit', limitPrice, strategy: 'adds' });
    await desk.run(1_000);
    const closed = await desk.place({ action: 'close' });
    assert.ok(closed.kind === 'acknowledged', JSON.stringify(closed));
    await desk.run(10_000);
    assert.equal(desk.held(), 0);
    assert.deepEqual(desk.working(), []);
  });

  it('closing a book that holds nothing cancels its entry that still works', async () => {
    const quote = await account.quote('AAPL', 5_000);
    const limitPrice = Math.round((quote.bid ?? 0) * 98) / 100;
    await desk.place({ quantity: 10, type: 'limit', limitPrice });
    await desk.run(1_000);
    const sized = await account.size(desk.signal({ action: 'close' }), { method: 'as_signal' });
    assert.ok(sized.kind === 'refused');
    assert.match(sized.refusals[0]?.message ?? '', /holds no AAPL.*; its entry that still works is canceled/);
    await desk.run(5_000);
    assert.deepEqual(desk.working(), []);
    assert.equal(account.haltState(), 'active');
  });

  it('a limit exit of a protected position rests beside its stop', async () => {
    await desk.bracketed({ stop: 5 }, { quantity: 100 });
    await untilFilled();
    const quote = await account.quote('AAPL', 5_000);
    const limitPrice = Math.round(((quote.ask ?? 0) + 6) * 100) / 100;
    const placed = await desk.place({ action: 'sell', quantity: 100, type: 'limit', limitPrice });
    assert.ok(placed.kind === 'acknowledged', JSON.stringify(placed));
    await desk.run(10_000);
    assert.deepEqual(
      desk.working().map(({ type, remainingQuantity }) => [type, remainingQuantity]),
      [
        ['limit', 100],
        ['stop', 100],
      ],
    );
    const again = await desk.place({ action: 'close' });
    assert.ok(again.kind === 'acknowledged', JSON.stringify(again));
    await desk.run(10_000);
    assert.equal(desk.held(), 0);
    assert.deepEqual(desk.working(), []);
  });

  it('a day leg that expired is put back, and one that was canceled by hand as well', async () => {
    await desk.bracketed({ stop: 5 }, { quantity: 100 }, 'day');
    await untilFilled();
    const [stop] = stops();
    assert.ok(stop);
    desk.exchange.cancel(stop.id);
    await desk.run(10_000);
    assert.deepEqual(
      stops().map(({ remainingQuantity, stop: price }) => [remainingQuantity, price]),
      [[100, stop.stop]],
    );
    const next = toEpoch('2026-03-03', '09:35');
    await desk.clock.advance(next - desk.clock.market.now());
    await desk.run(20_000);
    const [renewed] = stops();
    assert.ok(renewed && renewed.status === 'open', JSON.stringify(desk.exchange.orders().at(-1)));
    assert.equal(renewed.remainingQuantity, 100);
    const { protection } = await account.snapshot();
    assert.deepEqual(protection.missing, []);
    assert.ok(protection.seconds.length > 0 && protection.seconds.every(({ seconds }) => seconds > 0));
  });

  it('shares that were sold by hand are not promised any more', async () => {
    await desk.bracketed({ stop: 5 }, { quantity: 100 });
    await untilFilled();
    const [stop] = stops();
    desk.exchange.cancel(stop?.id ?? 0);
    const sold = desk.exchange.place({
      symbol: 'AAPL',
      side: 'sell',
      quantity: 30,
      type: 'market',
      duration: 'day',
    });
    assert.ok(sold.ok, JSON.stringify(sold));
    await desk.run(60_000);
    assert.equal(desk.held(), 70);
    assert.deepEqual(
      stops().map((order) => order.remainingQuantity),
      [70],
    );
  });

  it('a trailing stop follows the price, only tighter, and its distance holds after a restart', async () => {
    await desk.bracketed({ stop: 0.6, trail: 0.5 }, { quantity: 10 });
    await untilFilled();
    const seen: number[] = [];
    for (let i = 0; i < 120 && desk.held() > 0; i += 1) {
      await desk.run(5_000);
      const price = stops()[0]?.stop;
      if (typeof price === 'number') seen.push(price);
      if (i === 40) account = await desk.reopen();
    }
    assert.ok(new Set(seen).size > 2, `the stop did not move: ${seen[0]}`);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    await desk.run(30_000);
    const { positions } = await account.snapshot();
    assert.equal(
      positions.reduce((sum, one) => sum + one.quantity, 0),
      desk.held(),
    );
    assert.equal(stops().length, desk.held() > 0 ? 1 : 0);
  });

  it('counts the seconds of a position without a stop, by cause', async () => {
    await desk.place({ quantity: 10 });
    await untilFilled();
    await desk.run(60_000);
    const { protection } = await account.snapshot();
    assert.deepEqual(protection.missing, [{ book: BOOK, symbol: 'AAPL', cause: 'not_asked' }]);
    const before = protection.seconds.find(({ cause }) => cause === 'not_asked')?.seconds ?? 0;
    assert.ok(before >= 60 && before < 80, String(before));
    account = await desk.reopen();
    await desk.run(10_000);
    const after = (await account.snapshot()).protection.seconds.find(({ cause }) => cause === 'not_asked');
    assert.ok((after?.seconds ?? 0) >= before + 10, `${before} then ${after?.seconds}`);
  });

  it('protects what a partial entry bought', async () => {
    await account.close();
    desk.policy = {
      ...desk.policy,
      maxOrderQuantity: 5_000,
      maxOrderValue: 1_000_000,
      maxPositionPercent: 100,
      maxConcentrationPercent: 100,
    };
    account = await desk.open();
    const quote = await account.quote('AAPL', 5_000);
    const size = await account.size(
      desk.signal({ quantity: 600, type: 'limit', limitPrice: quote.bid ?? 0 }),
      { method: 'as_signal' },
    );
    assert.ok(size.kind === 'sized', JSON.stringify(size));
    const stopLoss = Math.round(((quote.bid ?? 0) - 5) * 100) / 100;
    const decision = await account.check({
      ...size.intent,
      quantity: 150,
      bracket: { stopLoss, duration: 'gtc' },
    });
    assert.ok(decision.kind === 'approved', JSON.stringify(decision));
    await account.place(decision.intent, { nodeId: 'place', passThrough: {} });
    for (let i = 0; i < 400 && desk.held() === 0; i += 1) await desk.run(250);
    const bought = desk.held();
    await desk.run(40_000);
    assert.ok(bought > 0 && bought < 600, `${bought} of 600 were bought at once`);
    assert.deepEqual(
      stops().map((order) => order.remainingQuantity),
      [desk.held()],
    );
    assert.deepEqual((await account.snapshot()).protection.missing, []);
  });
});
