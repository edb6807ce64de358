import assert from 'node:assert/strict';
import fc from 'fast-check';
import { add, amount, type Money, money, subtract, ZERO } from '../../lib/domain/money.ts';
import type { Fill } from '../../lib/domain/order.ts';
import { Ledger } from '../../lib/portfolio/ledger.ts';

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
});
