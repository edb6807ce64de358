import assert from 'node:assert/strict';
import { SimulatedDesk } from './simulated-desk.ts';

describe('account: extended hours', () => {
  let desk: SimulatedDesk;

  afterEach(() => desk.dispose());

  it('buys before the open with a limit, and not at the market', async () => {
    desk = new SimulatedDesk('08:00');
    const account = await desk.open();
    const quote = await account.quote('AAPL', 5_000);
    const limitPrice = quote.ask ?? 0;
    const placed = await desk.place({ quantity: 10, type: 'limit', limitPrice, duration: 'pre' });
    assert.ok(placed.kind === 'acknowledged', JSON.stringify(placed));
    assert.equal(placed.order.duration, 'pre');
    await desk.run(5_000);
    assert.equal(desk.held(), 10);
    const market = await account.size(desk.signal({ quantity: 10, duration: 'pre' }), {
      method: 'as_signal',
    });
    assert.ok(market.kind === 'refused');
    assert.match(market.refusals[0]?.message ?? '', /extended hours \(pre\) is a limit order/);
  });

  it('takes no order of a window that is not now', async () => {
    desk = new SimulatedDesk('10:00');
    const account = await desk.open();
    const quote = await account.quote('AAPL', 5_000);
    const wish = { quantity: 10, type: 'limit', limitPrice: quote.ask ?? 0, duration: 'post' } as const;
    const size = await account.size(desk.signal(wish), { method: 'as_signal' });
    assert.ok(size.kind === 'sized');
    const decision = await account.check(size.intent);
    assert.ok(decision.kind === 'refused');
    assert.deepEqual(
      decision.refusals.map(({ rule }) => rule),
      ['market-session'],
    );
  });
});
