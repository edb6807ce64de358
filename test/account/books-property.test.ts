import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { PortfolioSnapshot } from '../../lib/domain/portfolio.ts';
import { PRESETS } from '../../lib/risk/policy.ts';
import { SimulatedDesk } from './simulated-desk.ts';

type Step =
  | {
      do: 'order';
      symbol: string;
      book: string;
      action: 'buy' | 'sell' | 'short' | 'cover';
      quantity: number;
    }
  | { do: 'hand'; symbol: string; side: 'buy' | 'sell' | 'sell_short' | 'buy_to_cover'; quantity: number }
  | { do: 'split'; symbol: string; newShares: number; oldShares: number; away: boolean }
  | { do: 'dividend'; symbol: string; away: boolean }
  | { do: 'restart' };

const symbol = fc.constantFrom('AAPL', 'INTC');
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      symbol,
      book: fc.constantFrom('a', 'b'),
      action: fc.constantFrom(
        'buy' as const,
        'buy' as const,
        'sell' as const,
        'short' as const,
        'cover' as const,
      ),
      quantity: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('hand' as const),
      symbol,
      side: fc.constantFrom('buy', 'sell', 'sell_short', 'buy_to_cover'),
      quantity: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom([2, 1], [3, 1], [3, 2], [1, 2], [1, 5]).chain(([newShares, oldShares]) =>
      fc.record({
        do: fc.constant('split' as const),
        symbol,
        newShares: fc.constant(newShares as number),
        oldShares: fc.constant(oldShares as number),
        away: fc.boolean(),
      }),
    ),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('dividend' as const), symbol, away: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
);

/** One account with two books, a person who trades beside it, and a market that splits and pays. */
class World {
  readonly desk = new SimulatedDesk();
  /** Dollars that moved by orders of the desk, and at most that fractions of its shares were paid out for. */
  #paidOut = 0;

  constructor() {
    this.desk.policy = { ...PRESETS.rebalancer, allowShortSales: true };
  }

  async take(step: Step): Promise<void> {
    const { desk } = this;
    const before = await this.#books();
    if (step.do === 'order') await this.#order(step);
    if (step.do === 'hand') {
      const { do: _, ...order } = step;
      desk.exchange.place({ ...order, type: 'market', duration: 'day' });
    }
    if (step.do === 'restart') await this.#restart(() => undefined);
    if (step.do === 'split') await this.#meanwhile(step.away, () => this.#split(step));
    if (step.do === 'dividend')
      await this.#meanwhile(step.away, () => void desk.exchange.dividend(step.symbol, 0.3, true));
    await desk.run(36_000);
    await this.check(step);
    if (step.do !== 'order') await this.#checkBooks(step, before);
  }

  /** What is not ordered here leaves the books alone; a split multiplies them. */
  async #checkBooks(step: Step, before: Map<string, number>): Promise<void> {
    const after = await this.#books();
    const { notes } = await this.desk.account.snapshot();
    const held = this.desk.exchange.positions();
    for (const [name, quantity] of before) {
      const split =
        step.do === 'split' &&
        held.some((one) => one.symbol === step.symbol && name.startsWith(`${one.symbol} `));
      const ratio = split ? step.newShares / step.oldShares : 1;
      const [is, should] = [after.get(name) ?? 0, quantity * ratio];
      const said = `${name} is ${is}, not ${should} after ${JSON.stringify(step)}: ${JSON.stringify(notes)}`;
      assert.ok(Math.abs(is - should) < (split ? 1 : 1e-6) && Math.abs(is) <= Math.abs(should) + 1e-6, said);
    }
  }

  async #books(): Promise<Map<string, number>> {
    const { positions } = await this.desk.account.snapshot();
    const books = positions.filter(({ book }) => book !== 'external');
    return new Map(books.map(({ symbol, book, quantity }) => [`${symbol} ${book}`, quantity]));
  }

  async #order({ symbol, book, action, quantity }: Extract<Step, { do: 'order' }>): Promise<void> {
    const { account } = this.desk;
    const size = await account.size(this.desk.signal({ symbol, book, action, quantity, mayShort: true }), {
      method: 'as_signal',
    });
    if (size.kind !== 'sized') return;
    const decision = await account.check(size.intent);
    if (decision.kind === 'approved') await account.place(decision.intent, { nodeId: '', passThrough: {} });
  }

  #split({ symbol, newShares, oldShares }: Extract<Step, { do: 'split' }>): void {
    if (this.desk.exchange.split(symbol, { newShares, oldShares }).ok)
      this.#paidOut += this.desk.exchange.quote(symbol)?.last ?? 0;
  }

  async #meanwhile(away: boolean, happens: () => void): Promise<void> {
    if (away) await this.#restart(happens);
    else happens();
  }

  async #restart(happens: () => void): Promise<void> {
    await this.desk.account.close();
    happens();
    await this.desk.open();
  }

  async check(step: Step): Promise<void> {
    const { desk } = this;
    const snapshot = await desk.account.snapshot();
    const where = `after ${JSON.stringify(step)}: ${JSON.stringify(snapshot.positions)} of ${JSON.stringify(desk.exchange.positions())} notes ${JSON.stringify(snapshot.notes)}`;
    assert.equal(snapshot.haltState, 'active', where);
    const sums = new Map<string, number>();
    for (const { symbol, quantity } of snapshot.positions)
      sums.set(symbol, (sums.get(symbol) ?? 0) + quantity);
    for (const { symbol, quantity } of desk.exchange.positions()) {
      assert.ok(Math.abs((sums.get(symbol) ?? 0) - quantity) < 1e-5, where);
      sums.delete(symbol);
    }
    for (const rest of sums.values()) assert.ok(Math.abs(rest) < 1e-5, where);
    // What the desk's own orders paid is in the books, to the cent, but for fractions that a split paid out.
    const own = new Set(desk.exchange.orders().flatMap(({ id, tag }) => (tag === undefined ? [] : [id])));
    let paid = 0;
    for (const { orderId, side, price, quantity } of desk.exchange.fills()) {
      if (own.has(orderId)) paid += (side === 'buy' || side === 'buy_to_cover' ? 1 : -1) * price * quantity;
    }
    const books = snapshot.positions.filter(({ book }) => book !== 'external');
    const cost = books.reduce((sum, { costBasis }) => sum + costBasis, 0);
    const off = snapshot.realizedPnl - cost + paid;
    assert.ok(Math.abs(off) <= this.#paidOut + 0.05, `${off} dollars are missing ${where}`);
  }

  /** A restart alone changes nothing that the books say. */
  async checkRestart(): Promise<void> {
    const before = booksOf(await this.desk.account.snapshot());
    const { notes } = await this.desk.account.snapshot();
    await this.desk.reopen();
    const after = await this.desk.account.snapshot();
    assert.deepEqual(booksOf(after), before);
    assert.deepEqual(after.notes, notes);
  }
}

function booksOf({ positions }: PortfolioSnapshot) {
  return positions.map(({ symbol, book, quantity, costBasis, realizedPnl }) => {
    return { symbol, book, quantity, costBasis, realizedPnl };
  });
}

describe('account: books, orders by hand, splits, dividends and restarts in any order', function () {
  this.timeout(120_000);

  it('books + external = broker always, and no money is lost (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 12 }), async (steps) => {
        const world = new World();
        try {
          await world.desk.open();
          for (const step of steps) await world.take(step);
          await world.checkRestart();
        } finally {
          await world.desk.dispose();
        }
      }),
      { numRuns: Number(process.env.BOOKS_RUNS ?? 15) },
    );
  });
});
