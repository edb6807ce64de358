import assert from 'node:assert/strict';
import type { TradingAccount } from '../../lib/account.ts';
import type { Position } from '../../lib/domain/portfolio.ts';
import type { NewOrder, NewOrderGroup } from '../../lib/exchange/contract.ts';
import { SimulatedDesk } from './simulated-desk.ts';

describe('account: books and what is external', () => {
  let desk: SimulatedDesk;
  let account: TradingAccount;

  beforeEach(async () => {
    desk = new SimulatedDesk();
    account = await desk.open();
  });
  afterEach(() => desk.dispose());

  /** On the broker's own page, past this account's desk. */
  function byHand(order: NewOrder | NewOrderGroup): number {
    const placed = desk.exchange.place(order);
    assert.ok(placed.ok, JSON.stringify(placed));
    return placed.id;
  }
  const market = (side: NewOrder['side'], quantity: number, symbol = 'AAPL'): NewOrder => ({
    symbol,
    side,
    quantity,
    type: 'market',
    duration: 'day',
  });
  const rows = async (): Promise<[string, string, number][]> =>
    (await account.snapshot()).positions.map(({ symbol, book, quantity }) => [symbol, book, quantity]);
  const row = async (book: string): Promise<Position> => {
    const found = (await account.snapshot()).positions.find((position) => position.book === book);
    assert.ok(found, `no position in ${book}`);
    return found;
  };
  const words = async () => (await account.snapshot()).notes.map((note) => `${note.kind}: ${note.words}`);
  const price = () => desk.exchange.quote('AAPL')?.last ?? 0;

  async function adds(): Promise<void> {
    const { positions } = await account.snapshot();
    const sums = new Map<string, number>();
    for (const { symbol, quantity } of positions) sums.set(symbol, (sums.get(symbol) ?? 0) + quantity);
    for (const { symbol, quantity } of desk.exchange.positions()) {
      assert.ok(
        Math.abs((sums.get(symbol) ?? 0) - quantity) < 1e-6,
        `${symbol}: ${sums.get(symbol)} of ${quantity}`,
      );
      sums.delete(symbol);
    }
    for (const [symbol, quantity] of sums) assert.ok(Math.abs(quantity) < 1e-6, symbol);
  }

  it('shows an order given elsewhere while it works, and its shares as external afterwards', async () => {
    const id = byHand({ ...market('buy', 25), type: 'limit', price: Math.round(price() * 0.9) });
    await desk.run(31_000);
    const [order] = (await account.snapshot()).externalOrders;
    assert.deepEqual(
      [order?.id, order?.symbol, order?.side, order?.remaining, order?.type],
      [id, 'AAPL', 'buy', 25, 'limit'],
    );
    assert.equal((await account.snapshot()).workingOrders, 0);
    desk.exchange.cancel(id);
    byHand(market('buy', 25));
    await desk.run(10_000);
    assert.deepEqual(await rows(), [['AAPL', 'external', 25]]);
    assert.deepEqual((await account.snapshot()).externalOrders, []);
    assert.deepEqual(await words(), ['external: 25 AAPL in the account were not ordered here']);
    byHand(market('buy', 5));
    await desk.run(10_000);
    assert.equal((await words())[0], 'external: changed outside: +5 AAPL, the account now has 30');
    assert.equal(account.haltState(), 'active');
    await desk.reopen().then((again) => {
      account = again;
    });
    await desk.run(10_000);
    assert.deepEqual(await rows(), [['AAPL', 'external', 30]]);
    assert.equal((await words()).length, 2, 'a restart explains nothing twice');
  });

  it('shows a sale by hand of what a book holds, and lets no exit sell more than is there', async () => {
    await desk.place({ quantity: 100, book: 'a' });
    await desk.run(5_000);
    byHand(market('sell', 50));
    await desk.run(10_000);
    assert.deepEqual(await rows(), [
      ['AAPL', 'a', 100],
      ['AAPL', 'external', -50],
    ]);
    const { exposure, positions, equity } = await account.snapshot();
    assert.ok(Math.abs(exposure.long - 50 * (positions[0]?.last ?? 0)) < 0.01);
    assert.equal(exposure.short, 0);
    assert.ok(Math.abs((positions[0]?.weight ?? 0) + 2 * (positions[1]?.weight ?? 0)) < 1e-9);
    assert.ok(Math.abs(equity - desk.exchange.balances().totalEquity) < 50);
    const sized = await account.size(desk.signal({ action: 'sell', quantity: 100, book: 'a' }), {
      method: 'as_signal',
    });
    assert.ok(sized.kind === 'sized', JSON.stringify(sized));
    assert.equal(sized.intent.quantity, 50);
    assert.match(sized.because, /the account has 50 left to be sold; cut/);
    const whole = await account.check({ ...sized.intent, quantity: 100 });
    assert.ok(whole.kind === 'refused' && whole.refusals.some(({ message }) => /cross zero/.test(message)));
    const half = await desk.place({ action: 'sell', quantity: 50, book: 'a' });
    assert.equal(half.kind, 'acknowledged');
    await desk.run(5_000);
    assert.deepEqual(await rows(), [
      ['AAPL', 'a', 50],
      ['AAPL', 'external', -50],
    ]);
    await adds();
  });

  it('signs a short book, over a split and to its cover', async () => {
    const wish = { symbol: 'AAPL', book: 'fade', quantity: 50, mayShort: true };
    assert.equal((await desk.place({ ...wish, action: 'short' })).kind, 'acknowledged');
    await desk.run(40_000);
    const before = await row('fade');
    assert.equal(before.quantity, -50);
    assert.ok(before.costBasis < 0 && (before.marketValue ?? 0) < 0 && (before.weight ?? 0) < 0);
    const { exposure } = await account.snapshot();
    assert.deepEqual([exposure.long, exposure.short], [0, -(before.marketValue ?? 0)]);
    desk.exchange.split('AAPL', { newShares: 2, oldShares: 1 });
    await desk.run(40_000);
    const after = await row('fade');
    assert.deepEqual([after.quantity, after.costBasis], [-100, before.costBasis]);
    assert.equal((await desk.place({ ...wish, action: 'cover', quantity: 100 })).kind, 'acknowledged');
    await desk.run(10_000);
    const { positions, realizedPnl } = await account.snapshot();
    assert.deepEqual(positions, []);
    const fills = desk.exchange.fills();
    const brought = fills.reduce((sum, { side, price, quantity }) => {
      return sum + (side === 'sell_short' ? 1 : -1) * price * quantity;
    }, 0);
    assert.ok(Math.abs(realizedPnl - brought) < 0.01, `${realizedPnl} of ${brought}`);
  });

  it('counts a pair given by hand once, and a leg that waits not at all', async () => {
    await desk.place({ quantity: 100, book: 'a' });
    await desk.run(5_000);
    const sell = { symbol: 'AAPL', side: 'sell', quantity: 40, duration: 'gtc' } as const;
    const low = Math.round(price() * 0.8);
    const high = Math.round(price() * 1.2);
    byHand({
      class: 'oco',
      legs: [
        { ...sell, type: 'stop', stop: low },
        { ...sell, type: 'limit', price: high },
      ],
    });
    byHand({
      class: 'oto',
      legs: [
        { ...sell, side: 'buy', quantity: 10, type: 'limit', price: low },
        { ...sell, quantity: 10, type: 'limit', price: high + 1 },
      ],
    });
    await desk.run(31_000);
    assert.equal((await account.snapshot()).externalOrders.length, 4);
    // 100 held, 40 promised to the pair: 60 can go.
    const sold = await desk.place({ action: 'sell', quantity: 60, book: 'a' });
    assert.equal(sold.kind, 'acknowledged', JSON.stringify(sold));
  });

  it('is not disturbed by an option at the broker', async () => {
    await desk.place({ quantity: 100, book: 'a' });
    await desk.run(5_000);
    const real = desk.broker.positions.bind(desk.broker);
    desk.broker.positions = async () => [
      ...(await real()),
      { symbol: 'AAPL260320C00150000', quantity: 2, costBasis: 470, acquiredAt: 0 },
    ];
    await desk.run(40_000);
    const { positions, equity } = await account.snapshot();
    const option = positions.find(({ symbol }) => symbol.length > 12);
    assert.deepEqual(
      [option?.book, option?.quantity, option?.costBasis, option?.marketValue],
      ['external', 2, 470, null],
    );
    assert.ok(Math.abs(equity - desk.exchange.balances().totalEquity) < 50);
    assert.equal((await desk.place({ quantity: 10, book: 'b' })).kind, 'acknowledged');
  });

  describe('a split', () => {
    it('multiplies every book and external at the same cost, in words, and is no fault', async () => {
      await desk.place({ quantity: 100, book: 'a' });
      await desk.place({ quantity: 40, book: 'b' });
      byHand(market('buy', 7));
      await desk.run(40_000);
      const before = [await row('a'), await row('b'), await row('external')];
      desk.exchange.split('AAPL', { newShares: 2, oldShares: 1 });
      await desk.run(40_000);
      const after = [await row('a'), await row('b'), await row('external')];
      assert.deepEqual(
        after.map(({ quantity }) => quantity),
        [200, 80, 14],
      );
      assert.deepEqual(
        after.map(({ costBasis }) => costBasis),
        before.map(({ costBasis }) => costBasis),
      );
      assert.equal(after[0]?.realizedPnl, 0);
      assert.match(
        (await words())[0] ?? '',
        /^split: 2-for-1 split: 147 AAPL became 294 at the same cost, in every book$/,
      );
      assert.equal(account.haltState(), 'active');
      const all = await account.snapshot();
      account = await desk.reopen();
      assert.deepEqual((await account.snapshot()).positions.map(kept), all.positions.map(kept));
      const exit = await desk.place({ action: 'close', quantity: undefined, book: 'a' });
      assert.equal(exit.kind, 'acknowledged');
      await desk.run(5_000);
      assert.deepEqual(await rows(), [
        ['AAPL', 'b', 80],
        ['AAPL', 'external', 14],
      ]);
      assert.equal((await words()).length, 2);
    });

    it('is found at the next start, also a reverse one with a fraction paid out', async () => {
      await desk.place({ quantity: 15, book: 'a' });
      await desk.run(40_000);
      const { averagePrice } = await row('a');
      await account.close();
      desk.exchange.split('AAPL', { newShares: 1, oldShares: 2 });
      account = await desk.open();
      const { quantity, costBasis, realizedPnl } = await row('a');
      assert.equal(quantity, 7);
      assert.ok(Math.abs(costBasis - 14 * averagePrice) < 0.01);
      assert.ok(Math.abs(realizedPnl) < averagePrice * 0.05);
      assert.match(
        (await words())[0] ?? '',
        /1-for-2 reverse split: 15 AAPL became 7 .*0\.5 of a share was paid out/,
      );
      await desk.run(40_000);
      assert.deepEqual(await rows(), [['AAPL', 'a', 7]]);
    });

    it('knows a purchase of as many again from a split', async () => {
      await desk.place({ quantity: 100, book: 'a' });
      await desk.run(40_000);
      byHand(market('buy', 100));
      await desk.run(40_000);
      assert.deepEqual(await rows(), [
        ['AAPL', 'a', 100],
        ['AAPL', 'external', 100],
      ]);
      byHand(market('sell', 100));
      await desk.run(40_000);
      assert.deepEqual(await rows(), [['AAPL', 'a', 100]]);
    });

    it('carries a resting order over, and books what it fills', async () => {
      const limit = Math.round(price() * 99.8) / 100;
      const wish = { quantity: 10, book: 'a', type: 'limit', limitPrice: limit, duration: 'gtc' } as const;
      const placed = await desk.place(wish);
      assert.ok(placed.kind === 'acknowledged', JSON.stringify(placed));
      const { intentId } = placed.order;
      const [order] = desk.exchange.orders();
      assert.ok(order);
      desk.exchange.split('AAPL', { newShares: 3, oldShares: 1 });
      await desk.run(16_000);
      assert.deepEqual(
        [account.order(intentId)?.quantity, account.order(intentId)?.remainingQuantity],
        [30, 30],
      );
      assert.ok(Math.abs((account.order(intentId)?.price ?? 0) - limit / 3) < 0.01);
      desk.exchange.change(order.id, { price: Math.round(price() * 1.01 * 100) / 100 });
      await desk.run(16_000);
      assert.deepEqual(
        [account.order(intentId)?.status, account.order(intentId)?.execQuantity],
        ['filled', 30],
      );
      assert.deepEqual(await rows(), [['AAPL', 'a', 30]]);
      assert.equal(account.haltState(), 'active');
      assert.deepEqual(await words(), []);
    });

    it('books in new shares what was sold after a split that nobody here saw', async () => {
      await desk.place({ quantity: 100, book: 'a' });
      await desk.run(40_000);
      const wish = { action: 'sell', quantity: 100, book: 'a', type: 'limit', duration: 'gtc' } as const;
      const placed = await desk.place({ ...wish, limitPrice: Math.round(price() * 100.3) / 100 });
      assert.ok(placed.kind === 'acknowledged', JSON.stringify(placed));
      await desk.run(1_000);
      await account.close();
      desk.exchange.split('AAPL', { newShares: 2, oldShares: 1 });
      desk.exchange.change(placed.order.id ?? 0, { price: Math.round(price() * 99.8) / 100 });
      await desk.clock.advance(5_000);
      account = await desk.open();
      const { positions, realizedPnl } = await account.snapshot();
      assert.deepEqual(positions, []);
      assert.ok(Math.abs(realizedPnl) < 200, `${realizedPnl}`);
      assert.match((await words())[0] ?? '', /2-for-1 split: 100 AAPL became 200/);
      assert.equal(account.haltState(), 'active');
      await desk.run(40_000);
      assert.equal((await words()).length, 1);
    });
  });

  it('keeps a reinvested dividend in external, in words', async () => {
    await desk.place({ quantity: 100, book: 'a' });
    await desk.run(40_000);
    desk.exchange.dividend('AAPL', 0.25, true);
    await desk.run(40_000);
    const bought = (await row('external')).quantity;
    assert.ok(bought > 0.1 && bought < 0.25, `${bought}`);
    assert.equal((await row('a')).quantity, 100);
    assert.match(
      (await words())[0] ?? '',
      /^dividend: dividend reinvested: \+0\.\d+ AAPL for about \d+\.\d\d dollars/,
    );
    await adds();
  });

  it('explains nothing about a symbol while an order of it is in doubt', async () => {
    await desk.place({ quantity: 100, book: 'a' }, 'lost_reply');
    desk.broker.orders = async () => [];
    await desk.run(15_000);
    assert.deepEqual(await words(), []);
  });
});

function kept({ symbol, book, quantity, costBasis, realizedPnl }: Position) {
  return { symbol, book, quantity, costBasis, realizedPnl };
}
