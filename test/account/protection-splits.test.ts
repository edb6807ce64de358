import assert from 'node:assert/strict';
import type { TradingAccount } from '../../lib/account.ts';
import { SimulatedDesk } from './simulated-desk.ts';

describe('account: what stands by when shares are split', () => {
  let desk: SimulatedDesk;
  let account: TradingAccount;
  let stop = 0;

  beforeEach(async () => {
    desk = new SimulatedDesk();
    account = await desk.open();
  });
  afterEach(() => desk.dispose());

  /** 100 shares with a stop 5 and a target 8 dollars away. */
  async function held(more: { trail?: number } = {}): Promise<void> {
    await desk.bracketed({ stop: 5, target: 8, ...more }, { quantity: 100 });
    for (let i = 0; i < 80 && desk.held() < 100; i += 1) await desk.run(250);
    await desk.run(40_000);
    stop = stopNow()?.stop ?? 0;
    assert.ok(stop > 0);
  }
  const stopNow = () => desk.working().find((order) => order.type === 'stop');
  const parents = () => desk.working().map(({ parentId, id }) => parentId ?? id);

  async function isProtected(shares: number, at: number): Promise<void> {
    const { positions, protection, haltState } = await account.snapshot();
    assert.equal(desk.held(), shares, `nothing was sold: ${desk.log.join('\n')}`);
    assert.equal(positions.find(({ book }) => book === 'tradingview')?.quantity, shares);
    const orders = desk.working();
    assert.deepEqual(
      orders.map(({ type, remainingQuantity }) => [type, remainingQuantity]).sort(),
      [
        ['limit', shares],
        ['stop', shares],
      ],
      desk.log.join('\n'),
    );
    assert.ok(Math.abs((stopNow()?.stop ?? 0) - at) < 0.02, `${stopNow()?.stop}, not ${at}`);
    assert.deepEqual([protection.missing, haltState], [[], 'active']);
  }

  it('orders that the broker carried over stay as they are', async () => {
    await held();
    const before = parents();
    desk.exchange.split('AAPL', { newShares: 2, oldShares: 1 });
    await desk.run(40_000);
    await isProtected(200, stop / 2);
    assert.deepEqual(parents(), before);
    const closed = await desk.place({ action: 'close' });
    assert.equal(closed.kind, 'acknowledged');
    await desk.run(10_000);
    assert.deepEqual([desk.held(), desk.working()], [0, []]);
  });

  it('orders that the broker canceled are put back for new shares, and no split is an exit', async () => {
    await held();
    for (const id of new Set(parents())) desk.exchange.cancel(id);
    desk.exchange.split('AAPL', { newShares: 2, oldShares: 1 });
    await desk.run(40_000);
    await isProtected(200, stop / 2);
  });

  it('a reverse split, too', async () => {
    await held();
    desk.exchange.split('AAPL', { newShares: 1, oldShares: 2 });
    await desk.run(40_000);
    await isProtected(50, stop * 2);
  });

  it('while nobody watched, too', async () => {
    await held();
    await account.close();
    for (const id of new Set(parents())) desk.exchange.cancel(id);
    desk.exchange.split('AAPL', { newShares: 3, oldShares: 1 });
    account = await desk.open();
    await desk.run(40_000);
    await isProtected(300, stop / 3);
  });

  it('is put back although positions cannot be read, once the price says that it is no split', async () => {
    await held();
    desk.broker.blind = true;
    for (const id of new Set(parents())) desk.exchange.cancel(id);
    await desk.run(9_000);
    assert.deepEqual(desk.working(), []);
    await desk.run(20_000);
    await isProtected(100, stop);
  });

  it('is not, when it would trade at once: the shares may have been split', async () => {
    await held();
    desk.broker.blind = true;
    desk.exchange.split('AAPL', { newShares: 1, oldShares: 2 });
    await desk.run(60_000);
    assert.deepEqual([desk.held(), desk.working()], [50, []]);
    desk.broker.blind = false;
    await desk.run(60_000);
    await isProtected(50, stop * 2);
  });

  it('a trailing stop keeps its distance in new shares', async () => {
    await held({ trail: 5 });
    desk.exchange.split('AAPL', { newShares: 2, oldShares: 1 });
    await desk.run(60_000);
    assert.equal(desk.held(), 200, desk.log.join('\n'));
    const now = stopNow();
    const bid = desk.exchange.quote('AAPL')?.bid ?? 0;
    assert.equal(now?.remainingQuantity, 200);
    assert.ok((now?.stop ?? 0) >= stop / 2 - 0.02 && (now?.stop ?? 0) <= bid - 1.5, `${now?.stop} of ${bid}`);
    assert.equal(account.haltState(), 'active');
  });
});
