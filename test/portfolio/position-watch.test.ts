import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExchangeBroker } from '../../lib/exchange/broker.ts';
import { Exchange } from '../../lib/exchange/exchange.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { Journal } from '../../lib/orders/journal/journal.ts';
import { Ledger } from '../../lib/portfolio/ledger.ts';
import { PositionWatch } from '../../lib/portfolio/position-watch.ts';
import { VirtualClock } from '../account/virtual-clock.ts';

describe('position watch', () => {
  const onError = (error: unknown) => {
    throw error;
  };
  let clock: VirtualClock;
  let exchange: Exchange;
  let broker: ExchangeBroker;
  let journal: Journal;
  let folder: string;
  let watch: PositionWatch;
  /** What prices fell to, as a part. */
  let fall = 1;

  beforeEach(() => {
    fall = 1;
    clock = new VirtualClock(toEpoch('2026-03-02', '10:00'));
    exchange = new Exchange({ seed: 1, accountId: 'VA1', start: clock.market.now(), onError });
    broker = new ExchangeBroker({ exchange, market: clock.market, onError });
    folder = mkdtempSync(join(tmpdir(), 'watch-'));
    journal = new Journal(join(folder, 'journal.db'), clock.wall.now());
    begin();
  });
  afterEach(() => {
    journal.close();
    rmSync(folder, { recursive: true });
  });

  const scaled = (last: number | null) => (last === null ? null : last * fall);

  /** A new run over the same journal. */
  function begin(): void {
    const price = (symbol: string) => scaled(exchange.quote(symbol)?.last ?? null);
    watch = new PositionWatch({ journal, ledger: new Ledger(), broker, clock, price, log: () => undefined });
  }

  async function judge(positions = exchange.positions()): Promise<boolean> {
    const asked = { elapsed: clock.elapsed.now(), market: clock.market.now() };
    return (await watch.judge(positions, asked, () => undefined)).settled;
  }

  async function settle(): Promise<void> {
    for (let tries = 0; !(await judge()); tries++) {
      assert.ok(tries < 6, 'it does not settle');
      await clock.advance(1_000);
    }
  }

  async function hold(quantity: number): Promise<void> {
    assert.ok(exchange.place({ symbol: 'AAPL', side: 'buy', quantity, type: 'market', duration: 'day' }).ok);
    await clock.advance(10_000);
    exchange.advance(clock.market.now());
    await settle();
  }

  const words = () => journal.adjustments.notes(10).map((note) => note.words);

  it('waits until a change lasts, and says nothing of one that went away', async () => {
    await hold(100);
    assert.equal(words().length, 1);
    const less = exchange.positions().map((position) => ({ ...position, quantity: 90, costBasis: 13_500 }));
    assert.equal(await judge(less), false);
    await clock.advance(2_000);
    assert.equal(await judge(less), false);
    assert.equal(await judge(), true);
    assert.equal(words().length, 1);
    assert.equal(await judge(less), false);
    await clock.advance(4_000);
    assert.equal(await judge(less), true);
    assert.equal(words()[0], 'changed outside: -10 AAPL, the account now has 90');
  });

  it('tells of a split inside the transaction that records it, at the first reading', async () => {
    await hold(100);
    const told: unknown[] = [];
    let fails = true;
    watch.onSplit((split) => {
      if (fails) throw new Error('the listener could not write');
      told.push(split);
    });
    exchange.split('AAPL', { newShares: 3, oldShares: 2 });
    await assert.rejects(judge(), /could not write/);
    assert.deepEqual([journal.adjustments.splits(), words().length], [[], 1]);
    fails = false;
    assert.equal(await judge(), true);
    assert.deepEqual(told, [{ symbol: 'AAPL', ratio: { newShares: 3, oldShares: 2 } }]);
    assert.equal(journal.adjustments.splits().length, 1);
    assert.equal(await judge(), true);
    begin();
    assert.equal(await judge(), true);
    assert.equal(told.length, 1);
    assert.equal(journal.adjustments.splits().length, 1, 'explained once, also over a restart');
  });

  it('explains without a price when quotes cannot be read', async () => {
    await hold(100);
    exchange.split('AAPL', { newShares: 2, oldShares: 1 });
    broker.quotes = async () => {
      throw new Error('no quotes today');
    };
    assert.equal(await judge(), true);
    assert.match(words()[0] ?? '', /2-for-1/);
  });

  it('takes a night’s price for no evidence against a split', async () => {
    await hold(100);
    // Positions change before the first trade of the day; the last trade is of the day before.
    const { last, tradeTime } = exchange.quote('AAPL') as { last: number; tradeTime: number };
    const after = exchange.positions().map((position) => ({ ...position, quantity: 200 }));
    const real = broker.quotes.bind(broker);
    broker.quotes = async (symbols) => {
      const { quotes, unmatched } = await real(symbols);
      return { quotes: quotes.map((quote) => ({ ...quote, last, tradeTime })), unmatched };
    };
    assert.equal(await judge(after), true);
    assert.match(words()[0] ?? '', /2-for-1/);
  });

  describe('orders by hand that cannot be read', () => {
    /** 10 AAPL became so many, which cost so many dollars more; nothing was read in between. */
    async function became(quantity: number, paid: number): Promise<void> {
      const [held] = exchange.positions();
      assert.ok(held);
      const now = [{ ...held, quantity, costBasis: held.costBasis + Math.round(paid * 100) / 100 }];
      for (let n = 0; n < 6; n++) {
        await clock.advance(1_000);
        exchange.advance(clock.market.now());
        await judge(now);
      }
    }

    beforeEach(async () => {
      await hold(10);
      assert.equal(await judge(), true);
      broker.orders = async () => {
        throw new Error('no orders today');
      };
    });

    for (const [what, part] of [
      ['after', 1],
      ['before', 1.01],
    ] as const)
      it(`leave a split to be proven by the price and the cost, bought ${what} it`, async () => {
        exchange.split('AAPL', { newShares: 2, oldShares: 1 });
        await became(70, 50 * (exchange.quote('AAPL')?.last ?? 0) * part);
        const [first, second] = words();
        assert.equal(first, 'changed outside: +50 AAPL, the account now has 70');
        assert.equal(second, '2-for-1 split: 10 AAPL became 20 at the same cost, in every book');
      });

    it('are no split where the price fell and as many were bought', async () => {
      const real = broker.quotes.bind(broker);
      fall = 0.5;
      broker.quotes = async (symbols) => {
        const { quotes, unmatched } = await real(symbols);
        return { quotes: quotes.map((quote) => ({ ...quote, last: scaled(quote.last) })), unmatched };
      };
      await became(60, 50 * (scaled(exchange.quote('AAPL')?.last ?? null) ?? 0));
      assert.equal(words()[0], 'changed outside: +50 AAPL, the account now has 60');
      assert.deepEqual(journal.adjustments.splits(), []);
    });
  });

  describe('a price that moves as in a split before the positions do', () => {
    const leap = /^price of AAPL moved from \d+\.\d\d to \d+\.\d\d dollars as in a 2-for-1 split; waiting/;

    it('is said once, and read again until the broker restates the positions', async () => {
      await hold(100);
      assert.equal(await judge(), true);
      const before = exchange.positions();
      exchange.split('AAPL', { newShares: 2, oldShares: 1 });
      assert.ok(watch.mayBeSplit('AAPL', exchange.quote('AAPL')?.last ?? 0));
      assert.ok(!watch.mayBeSplit('AAPL', exchange.quote('AAPL')?.last ?? 0), 'told once');
      assert.equal(await judge(before), false);
      assert.match(words()[0] ?? '', leap);
      await clock.advance(1_000);
      assert.equal(await judge(before), false);
      begin();
      assert.equal(await judge(before), false);
      assert.equal(words().length, 2, 'said once, also over a restart');
      await clock.advance(20_000);
      assert.equal(await judge(before), true, 'no more reading without a pause');
      assert.equal(await judge(), true);
      assert.match(words()[0] ?? '', /2-for-1 split: 100 AAPL became 200/);
      assert.equal(await judge(), true);
      assert.equal(words().length, 3);
    });

    it('proves the split where a sale by hand leaves the cost unknown, however long it took', async () => {
      await hold(100);
      const before = exchange.positions();
      assert.equal(await judge(), true);
      exchange.split('AAPL', { newShares: 2, oldShares: 1 });
      for (let minute = 0; minute < 10; minute++) {
        await judge(before);
        await clock.advance(60_000);
        exchange.advance(clock.market.now());
      }
      assert.ok(
        exchange.place({ symbol: 'AAPL', side: 'sell', quantity: 30, type: 'market', duration: 'day' }).ok,
      );
      await clock.advance(10_000);
      exchange.advance(clock.market.now());
      await settle();
      assert.deepEqual(words().slice(0, 2), [
        'changed outside: -30 AAPL, the account now has 170',
        '2-for-1 split: 100 AAPL became 200 at the same cost, in every book',
      ]);
    });

    it('is none when the previous close is still told in the shares of before: the price fell', async () => {
      await hold(100);
      assert.equal(await judge(), true);
      const price = exchange.quote('AAPL')?.last ?? 0;
      fall = 0.5;
      const real = broker.quotes.bind(broker);
      broker.quotes = async (symbols) => {
        const { quotes, unmatched } = await real(symbols);
        return { quotes: quotes.map((quote) => ({ ...quote, last: price / 2 })), unmatched };
      };
      await judge();
      assert.equal(await judge(), true);
      assert.equal(await judge(), true);
      assert.equal(words().length, 1);
      assert.ok(!watch.mayBeSplit('AAPL', price / 2), 'it is the price now');
    });
  });

  it('keeps what it saw, so that a run that follows explains only what is new', async () => {
    await hold(100);
    begin();
    assert.equal(await judge(), true);
    assert.equal(words().length, 1);
    const { quantity, cost } = journal.adjustments.seen()[0] ?? {};
    assert.deepEqual([quantity, cost], [100, exchange.positions()[0]?.costBasis]);
  });
});
