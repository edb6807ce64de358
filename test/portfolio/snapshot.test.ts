import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Balances, BrokerPosition } from '../../lib/broker/port.ts';
import { money } from '../../lib/domain/money.ts';
import type { Fill } from '../../lib/domain/order.ts';
import { Ledger } from '../../lib/portfolio/ledger.ts';
import { portfolioSnapshot, type SnapshotInput } from '../../lib/portfolio/snapshot.ts';

const balances: Balances = {
  type: 'margin',
  totalEquity: 99_999,
  totalCash: 85_000,
  stockBuyingPower: 170_000,
  longMarketValue: 14_999,
  shortMarketValue: 0,
  openPnl: -1,
  closePnl: 0,
  pendingOrders: 0,
};

let nextOrder = 1;
function bought(quantity: number, price: number, book = 'tradingview', symbol = 'AAPL'): Fill {
  return { orderId: nextOrder++, cumQuantity: quantity, quantity, price, symbol, side: 'buy', book, at: 0 };
}

function held(symbol: string, quantity: number, costBasis: number): BrokerPosition {
  return { symbol, quantity, costBasis, acquiredAt: 0 };
}

function prices(last: Record<string, number>): SnapshotInput['quotes'] {
  return (symbol) => (last[symbol] === undefined ? null : { last: last[symbol], bid: null, ask: null });
}

function snapshot(change: Partial<SnapshotInput> = {}) {
  return portfolioSnapshot({
    account: 'simulator:VA1',
    environment: 'simulator',
    at: 1_000,
    balances,
    positions: [held('AAPL', 100, 15_000)],
    ledger: new Ledger([bought(100, 150)]),
    quotes: prices({ AAPL: 151 }),
    baseline: money(100_000),
    session: '2026-03-02',
    protection: { missing: [], seconds: [] },
    reserved: money(500),
    workingOrders: 2,
    externalOrders: [],
    notes: [],
    haltState: 'active',
    ...change,
  });
}

describe('portfolio snapshot', () => {
  it('values a book at the last price', () => {
    assert.deepEqual(snapshot(), {
      account: 'simulator:VA1',
      environment: 'simulator',
      simulated: true,
      at: 1_000,
      cash: 85_000,
      buyingPower: 170_000,
      reserved: 500,
      equity: 100_100,
      exposure: { long: 15_100, short: 0, gross: 15_100, net: 15_100, grossPercent: 15.0849 },
      dayPnl: { value: 100, percent: 0.1, baseline: 100_000, session: '2026-03-02' },
      unrealizedPnl: 100,
      realizedPnl: 0,
      positions: [
        {
          symbol: 'AAPL',
          book: 'tradingview',
          quantity: 100,
          averagePrice: 150,
          costBasis: 15_000,
          last: 151,
          marketValue: 15_100,
          unrealizedPnl: 100,
          realizedPnl: 0,
          weight: 15_100 / 100_100,
        },
      ],
      workingOrders: 2,
      protection: { missing: [], seconds: [] },
      externalOrders: [],
      notes: [],
      haltState: 'active',
    });
  });

  it('shows what no book bought as external, at the cost the books do not explain', () => {
    const { positions } = snapshot({ positions: [held('AAPL', 130.5, 19_000), held('SPY', 10, 5_000)] });
    assert.deepEqual(
      positions.map(({ symbol, book, quantity, costBasis }) => [symbol, book, quantity, costBasis]),
      [
        ['AAPL', 'tradingview', 100, 15_000],
        ['AAPL', 'external', 30.5, 4_000],
        ['SPY', 'external', 10, 5_000],
      ],
    );
  });

  it('shows books beyond the broker as a negative external', () => {
    const { positions, exposure } = snapshot({ positions: [held('AAPL', 60, 9_000)] });
    assert.deepEqual(
      positions.map(({ book, quantity }) => [book, quantity]),
      [
        ['tradingview', 100],
        ['external', -40],
      ],
    );
    assert.deepEqual([exposure.long, exposure.short], [9_060, 0]);
    assert.deepEqual(
      snapshot({ positions: [] }).positions.map(({ quantity }) => quantity),
      [100, -100],
    );
  });

  it('takes the caller’s word for external while a fill is on its way to the broker’s list', () => {
    const { positions, equity } = snapshot({ positions: [], external: () => 0 });
    assert.deepEqual(
      positions.map(({ book, quantity }) => [book, quantity]),
      [['tradingview', 100]],
    );
    // Cash and positions were read together, before the fill: equity must not count the shares twice.
    assert.equal(equity, 85_000);
  });

  it('keeps the profit of what was closed', () => {
    const ledger = new Ledger([bought(10, 100), { ...bought(10, 110), side: 'sell' }]);
    const { realizedPnl, positions } = snapshot({ ledger, positions: [], quotes: () => null });
    assert.deepEqual([realizedPnl, positions], [100, []]);
  });

  it('falls back to the broker’s totals when a held symbol has no quote', () => {
    const { equity, unrealizedPnl, exposure, positions } = snapshot({ quotes: () => null });
    assert.deepEqual([equity, unrealizedPnl, exposure.long], [99_999, -1, 14_999]);
    const [row] = positions;
    assert.deepEqual(
      [row?.last, row?.marketValue, row?.unrealizedPnl, row?.weight],
      [null, null, null, null],
    );
  });

  it('values at the middle of bid and ask before the first trade', () => {
    assert.equal(snapshot({ quotes: () => ({ last: null, bid: 150, ask: 151 }) }).positions[0]?.last, 150.5);
    assert.equal(snapshot({ quotes: () => ({ last: null, bid: 150, ask: null }) }).positions[0]?.last, null);
    assert.equal(
      snapshot({ quotes: () => ({ last: Number.NaN, bid: 0, ask: 151 }) }).positions[0]?.last,
      null,
    );
  });

  it('has no day P&L without a baseline, and no weights without equity', () => {
    assert.equal(snapshot({ baseline: null }).dayPnl, null);
    assert.equal(snapshot({ baseline: money(0) }).dayPnl, null);
    const poor = snapshot({ balances: { ...balances, totalCash: -20_000 } });
    assert.deepEqual([poor.positions[0]?.weight, poor.exposure.grossPercent], [null, 0]);
  });

  it('counts a short position as short exposure', () => {
    const { exposure, equity } = snapshot({
      positions: [held('AAPL', 100, 15_000), held('SPY', -10, -5_000)],
      quotes: prices({ AAPL: 151, SPY: 490 }),
    });
    assert.deepEqual(
      [exposure.long, exposure.short, exposure.gross, exposure.net],
      [15_100, 4_900, 20_000, 10_200],
    );
    assert.equal(equity, 85_000 + 15_100 - 4_900);
  });

  it('signs everything of a short book: cost, value, profit and weight', () => {
    const short: Fill = { ...bought(100, 50, 'fade', 'SPY'), side: 'sell_short' };
    const { positions, exposure, unrealizedPnl, realizedPnl } = snapshot({
      ledger: new Ledger([short, { ...bought(40, 45, 'fade', 'SPY'), side: 'buy_to_cover' }]),
      positions: [held('SPY', -60, -3_000)],
      quotes: prices({ SPY: 52 }),
      balances: { ...balances, totalCash: 103_200 },
    });
    const [row] = positions;
    assert.deepEqual(
      [row?.book, row?.quantity, row?.averagePrice, row?.costBasis, row?.marketValue],
      ['fade', -60, 50, -3_000, -3_120],
    );
    assert.deepEqual(
      [row?.unrealizedPnl, unrealizedPnl, row?.realizedPnl, realizedPnl],
      [-120, -120, 200, 200],
    );
    assert.ok(Math.abs((row?.weight ?? 0) + 3_120 / (103_200 - 3_120)) < 1e-9);
    assert.deepEqual(
      [exposure.long, exposure.short, exposure.gross, exposure.net],
      [0, 3_120, 3_120, -3_120],
    );
  });

  it('does not value an option as a share: the broker’s totals know its worth', () => {
    const { positions, equity, exposure } = snapshot({
      positions: [held('AAPL', 100, 15_000), held('AAPL260320C00150000', 2, 470)],
      quotes: () => ({ last: 2.5, bid: 2.4, ask: 2.6 }),
    });
    const option = positions.find(({ symbol }) => symbol.length > 12);
    assert.deepEqual(
      [option?.book, option?.quantity, option?.averagePrice, option?.marketValue, option?.weight],
      ['external', 2, 235, null, null],
    );
    assert.deepEqual([equity, exposure.long], [99_999, 14_999]);
  });

  it('adds up: rows make the broker’s quantities, and values make equity (property)', () => {
    const symbols = ['AAPL', 'SPY', 'QQQ'];
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.constantFrom(...symbols), fc.constantFrom('a', 'b'), fc.integer({ min: 1, max: 500 })),
        ),
        fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 3, maxLength: 3 }),
        (fills, quantities) => {
          const ledger = new Ledger(
            fills.map(([symbol, book, quantity]) => bought(quantity, 100, book, symbol)),
          );
          const positions = symbols.map((symbol, i) =>
            held(symbol, quantities[i] ?? 0, (quantities[i] ?? 0) * 99),
          );
          const result = snapshot({
            ledger,
            positions,
            quotes: prices({ AAPL: 101.01, SPY: 102.03, QQQ: 99.99 }),
          });
          for (const { symbol, quantity, costBasis } of positions) {
            const rows = result.positions.filter((row) => row.symbol === symbol);
            assert.equal(
              rows.reduce((sum, row) => sum + row.quantity, 0),
              quantity,
            );
            if (rows.some((row) => row.book === 'external')) {
              const cost = rows.reduce((sum, row) => sum + row.costBasis, 0);
              assert.ok(Math.abs(cost - costBasis) < 1e-6);
            }
          }
          const values = result.positions.reduce((sum, row) => sum + (row.marketValue ?? 0), 0);
          assert.ok(Math.abs(result.cash + values - result.equity) < 1e-4);
          assert.ok(Math.abs(result.exposure.net - values) < 1e-4);
        },
      ),
    );
  });
});
