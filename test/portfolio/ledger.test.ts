import assert from 'node:assert/strict';
import fc from 'fast-check';
import { add, amount, type Money, money, subtract, ZERO } from '../../lib/domain/money.ts';
import type { Fill } from '../../lib/domain/order.ts';
import { type BookEvent, Ledger } from '../../lib/portfolio/ledger.ts';

let nextOrder = 1;
function fill(side: Fill['side'], quantity: number, price: number, change: Partial<Fill> = {}): Fill {
  const orderId = nextOrder++;
  return {
    orderId,
    cumQuantity: quantity,
    quantity,
    price,
    symbol: 'AAPL',
    side,
    book: 'a',
    at: 0,
    ...change,
  };
}

describe('ledger', () => {
  it('keeps quantity, cost and average of one book', () => {
    const { quantity, cost, averagePrice, realized } = new Ledger([
      fill('buy', 100, 150),
      fill('buy', 50, 153),
    ]).holding('a', 'AAPL');
    assert.deepEqual([quantity, cost, averagePrice, realized], [150, money(22_650), 151, 0]);
  });

  it('realises first in, first out', () => {
    const ledger = new Ledger([fill('buy', 100, 150), fill('buy', 50, 160), fill('sell', 120, 170)]);
    const { quantity, cost, realized } = ledger.holding('a', 'AAPL');
    const lots = ledger.lots('a', 'AAPL');
    assert.equal(realized, money(100 * 20 + 20 * 10));
    assert.deepEqual([quantity, cost, lots.length], [30, money(4_800), 1]);
  });

  it('keeps books and symbols apart', () => {
    const ledger = new Ledger([
      fill('buy', 10, 100),
      fill('buy', 5, 100, { book: 'b' }),
      fill('buy', 7, 50, { symbol: 'SPY' }),
      fill('sell', 10, 110),
    ]);
    assert.equal(ledger.bookQuantity('a', 'AAPL'), 0);
    assert.equal(ledger.bookQuantity('b', 'AAPL'), 5);
    assert.equal(ledger.bookQuantity('c', 'AAPL'), 0);
    assert.equal(ledger.quantity('AAPL'), 5);
    assert.deepEqual(ledger.symbols().sort(), ['AAPL', 'SPY']);
    assert.equal(ledger.holdings().length, 3);
    assert.deepEqual(
      [ledger.holding('a', 'AAPL').realized, ledger.holding('a', 'AAPL').averagePrice],
      [money(100), 0],
    );
  });

  it('counts a fill once, by order and cumulative quantity', () => {
    const first = fill('buy', 40, 150, { orderId: 9_000, cumQuantity: 40 });
    const second = fill('buy', 60, 151, { orderId: 9_000, cumQuantity: 100 });
    const ledger = new Ledger([first]);
    assert.deepEqual(
      [ledger.apply(first), ledger.apply(second), ledger.apply({ ...second })],
      [false, true, false],
    );
    assert.equal(ledger.bookQuantity('a', 'AAPL'), 100);
  });

  it('follows a sale beyond what is held into the negative, and back', () => {
    const ledger = new Ledger([fill('buy', 10, 100), fill('sell', 15, 110)]);
    assert.deepEqual(ledger.holding('a', 'AAPL').realized, money(100));
    assert.deepEqual(
      [ledger.holding('a', 'AAPL').quantity, ledger.holding('a', 'AAPL').cost],
      [-5, money(-550)],
    );
    assert.equal(ledger.holding('a', 'AAPL').averagePrice, 110);
    ledger.apply(fill('buy', 5, 100));
    assert.deepEqual(
      [ledger.holding('a', 'AAPL').quantity, ledger.holding('a', 'AAPL').realized],
      [0, money(150)],
    );
  });

  it('refuses impossible figures and stays as it was', () => {
    const ledger = new Ledger([fill('buy', 10, 100)]);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 0, -1]) {
      assert.throws(() => ledger.apply(fill('buy', bad, 100)), { code: 'E_INPUT', field: 'quantity' });
      assert.throws(() => ledger.apply(fill('buy', 1, bad)), { code: 'E_INPUT', field: 'price' });
    }
    assert.equal(ledger.bookQuantity('a', 'AAPL'), 10);
  });

  const anyFill = fc
    .record({
      book: fc.constantFrom('a', 'b'),
      symbol: fc.constantFrom('AAPL', 'SPY'),
      side: fc.constantFrom('buy' as const, 'sell' as const, 'sell_short' as const, 'buy_to_cover' as const),
      quantity: fc.oneof(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 5e6 }).map((n) => n / 1e4),
      ),
      price: fc.oneof(
        fc.integer({ min: 1, max: 100_000 }).map((cents) => cents / 100),
        fc.double({ min: 0.0001, max: 1_000, noNaN: true }),
      ),
    })
    .map((part) => fill(part.side, part.quantity, part.price, part));

  it('conserves money exactly: realised - cost of what is open = cash flow (property)', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 40 }), (fills) => {
        const ledger = new Ledger(fills);
        let cash: Money = ZERO;
        let shares = 0;
        for (const { side, price, quantity } of fills) {
          const buys = side === 'buy' || side === 'buy_to_cover';
          const value = amount(price, quantity);
          cash = buys ? subtract(cash, value) : add(cash, value);
          shares += buys ? quantity : -quantity;
        }
        const holdings = ledger.holdings();
        const cost = add(...holdings.map((holding) => holding.cost));
        const realized = add(...holdings.map((holding) => holding.realized));
        assert.equal(realized - cost, cash);
        const held = holdings.reduce((sum, holding) => sum + holding.quantity, 0);
        assert.ok(Math.abs(held - shares) < 1e-6 * Math.max(1, fills.length));
        for (const holding of holdings) {
          if (holding.quantity === 0) assert.equal(holding.cost, 0);
          const lots = ledger.lots(holding.book, holding.symbol);
          assert.equal(add(...lots.map((lot) => lot.cost)), holding.cost);
          for (const lot of lots) assert.equal(Math.sign(lot.quantity), Math.sign(holding.quantity));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not care how often a fill is heard (property)', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 20 }), (fills) => {
        const twice = fills.flatMap((one) => [one, one]);
        assert.deepEqual(new Ledger([...twice, ...fills]).holdings(), new Ledger(fills).holdings());
      }),
    );
  });

  describe('short lots', () => {
    it('keep what a short sale brought, and realise on the cover, first in first out', () => {
      const ledger = new Ledger([fill('sell_short', 100, 50), fill('sell_short', 50, 56)]);
      const { quantity, cost, averagePrice } = ledger.holding('a', 'AAPL');
      assert.deepEqual([quantity, cost, averagePrice], [-150, money(-7_800), 52]);
      ledger.apply(fill('buy_to_cover', 120, 48));
      const after = ledger.holding('a', 'AAPL');
      assert.equal(after.realized, money(100 * 2 + 20 * 8));
      assert.deepEqual([after.quantity, after.cost, after.averagePrice], [-30, money(-1_680), 56]);
      ledger.apply(fill('buy_to_cover', 30, 60));
      assert.deepEqual(
        [ledger.holding('a', 'AAPL').quantity, ledger.holding('a', 'AAPL').realized],
        [0, money(360 - 120)],
      );
    });
  });

  describe('a split', () => {
    const two = { newShares: 2, oldShares: 1 };

    it('multiplies the lots of every book, long and short, at the same cost', () => {
      const ledger = new Ledger([
        fill('buy', 10, 100),
        fill('buy', 5, 110),
        fill('sell_short', 7, 90, { book: 'b' }),
        fill('buy', 3, 20, { symbol: 'SPY' }),
      ]);
      const before = ledger.holdings();
      ledger.split({ symbol: 'AAPL', ratio: two, paidOut: 0, price: null });
      assert.deepEqual(
        ledger.lots('a', 'AAPL').map(({ quantity, cost }) => [quantity, cost]),
        [
          [20, money(1_000)],
          [10, money(550)],
        ],
      );
      assert.deepEqual(
        ledger.holdings().map(({ quantity, cost, realized }) => [quantity, cost, realized]),
        before.map(({ quantity, cost, realized, symbol }) => [
          symbol === 'SPY' ? quantity : 2 * quantity,
          cost,
          realized,
        ]),
      );
      assert.equal(ledger.holding('a', 'AAPL').averagePrice, 51.6667);
      ledger.apply(fill('sell', 25, 60));
      assert.equal(ledger.holding('a', 'AAPL').realized, money(20 * 10 + 5 * 5));
    });

    it('lets the books lose the fraction that was paid out, for what was paid', () => {
      const ledger = new Ledger([fill('buy', 15, 10), fill('buy', 26, 10, { book: 'b' })]);
      // 4.1 shares of which 4 are left: b has the larger fraction.
      ledger.split({ symbol: 'AAPL', ratio: { newShares: 1, oldShares: 10 }, paidOut: 0.1, price: 120 });
      assert.deepEqual([ledger.bookQuantity('a', 'AAPL'), ledger.bookQuantity('b', 'AAPL')], [1.5, 2.5]);
      assert.deepEqual(
        [ledger.holding('b', 'AAPL').cost, ledger.holding('b', 'AAPL').realized],
        [money(250), money(2)],
      );
    });

    it('pays out at cost where no price is known, and leaves whole books alone', () => {
      const ledger = new Ledger([fill('buy', 5, 10), fill('buy', 20, 10, { book: 'b' })]);
      ledger.split({ symbol: 'AAPL', ratio: { newShares: 1, oldShares: 10 }, paidOut: 0.5, price: null });
      assert.deepEqual(
        ledger.holdings().map(({ quantity, cost, realized }) => [quantity, cost, realized]),
        [
          [0, 0, 0],
          [2, money(200), 0],
        ],
      );
    });

    it('conserves money and shares with any fills before and after, and in a second reading (property)', () => {
      const anySplit = fc.record({
        symbol: fc.constantFrom('AAPL', 'SPY'),
        ratio: fc.constantFrom(two, { newShares: 3, oldShares: 2 }, { newShares: 1, oldShares: 7 }),
        paidOut: fc.constant(0),
        price: fc.constant(null),
      });
      const anyEvent: fc.Arbitrary<BookEvent> = fc.oneof(
        { weight: 5, arbitrary: anyFill.map((one) => ({ kind: 'fill' as const, fill: one })) },
        { weight: 1, arbitrary: anySplit.map((split) => ({ kind: 'split' as const, split })) },
      );
      fc.assert(
        fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
          const ledger = new Ledger();
          ledger.rebuild(events);
          let cash: Money = ZERO;
          const shares = new Map<string, number>();
          for (const event of events) {
            if (event.kind === 'split') {
              const { symbol, ratio } = event.split;
              shares.set(symbol, ((shares.get(symbol) ?? 0) * ratio.newShares) / ratio.oldShares);
              continue;
            }
            const { side, price, quantity, symbol } = event.fill;
            const sign = side === 'buy' || side === 'buy_to_cover' ? 1 : -1;
            cash = sign > 0 ? subtract(cash, amount(price, quantity)) : add(cash, amount(price, quantity));
            shares.set(symbol, (shares.get(symbol) ?? 0) + sign * quantity);
          }
          const holdings = ledger.holdings();
          const cost = add(...holdings.map((holding) => holding.cost));
          const realized = add(...holdings.map((holding) => holding.realized));
          assert.equal(realized - cost, cash);
          for (const [symbol, quantity] of shares) {
            assert.ok(
              Math.abs(ledger.quantity(symbol) - quantity) < 1e-4 * Math.max(1, events.length),
              symbol,
            );
          }
          for (const { book, symbol, quantity, cost: own } of holdings) {
            const lots = ledger.lots(book, symbol);
            assert.equal(add(...lots.map((lot) => lot.cost)), own);
            const sum = lots.reduce((whole, lot) => whole + lot.quantity, 0);
            assert.ok(Math.abs(sum - quantity) < 1e-6 * Math.max(1, lots.length));
          }
          const again = new Ledger([fill('buy', 1, 1)]);
          again.rebuild(events);
          assert.deepEqual(again.holdings(), holdings);
        }),
        { numRuns: 500 },
      );
    });
  });
});
