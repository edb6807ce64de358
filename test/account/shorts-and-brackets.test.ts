import assert from 'node:assert/strict';
import { PRESETS } from '../../lib/risk/policy.ts';
import { AS_THE_SIGNAL, type Sizing } from '../../lib/sizing/contract.ts';
import { SimulatedDesk } from './simulated-desk.ts';

const short = { action: 'short', mayShort: true, quantity: 20 } as const;

describe('short sales and brackets on an account', () => {
  let desk: SimulatedDesk;
  beforeEach(async () => {
    desk = new SimulatedDesk();
    await desk.open();
  });
  afterEach(() => desk.dispose());

  const held = async () => {
    const { positions } = await desk.account.snapshot();
    return positions.find(({ symbol }) => symbol === 'AAPL')?.quantity ?? 0;
  };
  const refusals = async (wish: Parameters<SimulatedDesk['signal']>[0]) => {
    const size = await desk.account.size(desk.signal(wish), { method: 'as_signal' });
    if (size.kind === 'refused') return size.refusals.map(({ rule }) => rule);
    assert.ok(size.kind === 'sized');
    const decision = await desk.account.check(size.intent);
    return decision.kind === 'refused' ? decision.refusals.map(({ rule }) => rule) : [];
  };

  it('sells short, adds, covers a part, and closes the rest', async () => {
    const placed = await desk.place(short);
    assert.ok(placed.kind === 'acknowledged');
    assert.equal(placed.order.side, 'sell_short');
    await desk.run(5_000);
    assert.equal(await held(), -20);
    await desk.place({ ...short, action: 'sell', quantity: 10, strategy: 'other' });
    await desk.run(5_000);
    assert.equal(await held(), -30);
    const covered = await desk.place({ action: 'buy', quantity: 12 });
    assert.ok(covered.kind === 'acknowledged' && covered.order.side === 'buy_to_cover');
    await desk.run(5_000);
    assert.equal(await held(), -18);
    await desk.place({ action: 'close', quantity: undefined });
    await desk.run(5_000);
    assert.equal(await held(), 0);
  });

  it('reserves half as much again for a short, and nothing for its cover', async () => {
    const approved = await desk
      .approve({ ...short, type: 'limit', limitPrice: 200, quantity: 10 })
      .catch(() => null);
    assert.equal(approved, null, 'far from the quote');
    const quote = await desk.account.quote('AAPL', 60_000);
    const limitPrice = Math.round((quote.bid ?? 0) * 101) / 100;
    await desk.place({ ...short, type: 'limit', limitPrice, quantity: 10 });
    const { reserved } = await desk.account.snapshot();
    assert.equal(reserved, Math.round(limitPrice * 10 * 1.5 * 10_000) / 10_000);
  });

  it('keeps long and short of one symbol apart over all books', async () => {
    await desk.place({ quantity: 10, book: 'a' });
    await desk.run(5_000);
    assert.deepEqual(await refusals({ ...short, book: 'b' }), ['no-cross-zero', 'short-sales']);
    assert.deepEqual(await refusals({ ...short, book: 'a' }), ['would-cross-zero']);
    await desk.place({ action: 'close', book: 'a', quantity: undefined });
    await desk.run(5_000);
    await desk.place({ ...short, book: 'b' });
    await desk.run(5_000);
    assert.deepEqual(await refusals({ quantity: 5, book: 'a', strategy: 'later' }), ['no-cross-zero']);
  });

  it('refuses a sender that may not, and a policy that does not', async () => {
    assert.deepEqual(await refusals({ ...short, mayShort: false }), ['long-only']);
    desk.policy = PRESETS.careful;
    await desk.reopen();
    assert.deepEqual(await refusals({ ...short, quantity: 5 }), ['short-sales']);
  });

  it('places a market entry with a bracket as a limit that leads its legs', async () => {
    const placed = await desk.place({ quantity: 10, stopLoss: { percent: 5 }, takeProfit: { percent: 5 } });
    assert.ok(placed.kind === 'acknowledged');
    assert.equal(placed.order.type, 'limit');
    await desk.run(5_000);
    assert.equal(await held(), 10);
    const rows = (await desk.broker.orders()).filter(
      ({ side, parentId }) => side === 'sell' && parentId !== null,
    );
    assert.deepEqual(rows.map(({ type }) => type).sort(), ['limit', 'stop']);
    assert.ok(rows.every(({ duration, status }) => duration === 'gtc' && status === 'open'));
  });

  it('protects a short the other way round', async () => {
    await desk.place({ ...short, stopLoss: { percent: 5 } });
    await desk.run(5_000);
    const legs = (await desk.broker.orders()).filter(({ side }) => side === 'buy_to_cover');
    assert.deepEqual(
      legs.map(({ type, status }) => [type, status]),
      [['stop', 'open']],
    );
    const quote = await desk.account.quote('AAPL', 60_000);
    assert.ok((legs[0]?.stop ?? 0) > (quote.ask ?? 0));
  });

  it('measures by the ATR of the days before', async () => {
    const sizing: Sizing = {
      method: 'risk_per_trade',
      percent: 0.1,
      protection: { ...AS_THE_SIGNAL, stopLoss: { atr: 2 } },
    };
    const size = await desk.account.size(desk.signal({ quantity: undefined }), sizing);
    assert.ok(size.kind === 'sized', JSON.stringify(size));
    const { bracket, price = 0, quantity } = size.intent;
    const distance = price - (bracket?.stopLoss ?? 0);
    assert.ok(distance > 0.5 && distance < price / 2, String(distance));
    assert.match(size.because, /2 × ATR/);
    assert.equal(quantity, Math.floor(100 / distance));
  });

  it('lets a stop rest as an order of its own', async () => {
    await desk.place({ quantity: 10 });
    await desk.run(5_000);
    const quote = await desk.account.quote('AAPL', 60_000);
    const stopPrice = Math.floor((quote.bid ?? 0) * 90) / 100;
    const placed = await desk.place({
      action: 'sell',
      quantity: 4,
      type: 'stop',
      stopPrice,
      duration: 'gtc',
    });
    assert.ok(placed.kind === 'acknowledged');
    assert.deepEqual([placed.order.type, placed.order.stop, placed.order.role], ['stop', stopPrice, 'exit']);
    assert.deepEqual(
      await refusals({ action: 'sell', quantity: 4, type: 'stop', stopPrice: stopPrice * 2 }),
      ['stop-price'],
    );
  });
});
