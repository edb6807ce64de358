import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TradingAccount } from '../../lib/account.ts';
import type { Position } from '../../lib/domain/portfolio.ts';
import { SimulatedDesk } from './simulated-desk.ts';

const HAPPENS = {
  order: (desk: SimulatedDesk) =>
    void desk.exchange.place({ symbol: 'AAPL', side: 'buy', quantity: 25, type: 'market', duration: 'day' }),
  split: (desk: SimulatedDesk) => void desk.exchange.split('AAPL', { newShares: 2, oldShares: 1 }),
  dividend: (desk: SimulatedDesk) => void desk.exchange.dividend('AAPL', 0.25, true),
};
type Thing = keyof typeof HAPPENS;

const ORDERS: Thing[][] = [
  ['order', 'split', 'dividend'],
  ['order', 'dividend', 'split'],
  ['split', 'order', 'dividend'],
  ['split', 'dividend', 'order'],
  ['dividend', 'order', 'split'],
  ['dividend', 'split', 'order'],
];

describe('account: an order by hand, a split and a dividend at once', () => {
  let desk: SimulatedDesk;
  let account: TradingAccount;

  beforeEach(async () => {
    desk = new SimulatedDesk();
    account = await desk.open();
    await desk.place({ quantity: 10, book: 'tradingview' });
    await desk.run(40_000);
  });
  afterEach(() => desk.dispose());

  const bookRow = async (book: string): Promise<Position | undefined> =>
    (await account.snapshot()).positions.find((position) => position.book === book);

  async function explained(): Promise<void> {
    const tradingview = await bookRow('tradingview');
    const external = await bookRow('external');
    const [broker] = desk.exchange.positions();
    assert.ok(tradingview && external && broker);
    const sum = tradingview.quantity + external.quantity;
    assert.ok(Math.abs(sum - broker.quantity) < 1e-6, `${sum} of ${broker.quantity}`);
    assert.ok(Math.abs(tradingview.costBasis + external.costBasis - broker.costBasis) < 0.02);
  }

  for (const apartMs of [0, 250, 1_000])
    for (const things of ORDERS)
      for (const away of [false, true])
        it(`${things.join(', ')}, ${apartMs} ms apart${away ? ', while away' : ''}`, async () => {
          const before = await bookRow('tradingview');
          if (away) await account.close();
          for (const thing of things) {
            HAPPENS[thing](desk);
            if (away) {
              await desk.clock.advance(apartMs);
              desk.exchange.advance(desk.clock.market.now());
            } else await desk.run(apartMs);
          }
          if (away) {
            await desk.clock.advance(2_000);
            account = await desk.open();
          }
          await desk.run(40_000);
          const { notes, haltState } = await account.snapshot();
          const said = notes.map(({ words }) => words).join('\n');
          const after = await bookRow('tradingview');
          assert.deepEqual([after?.quantity, after?.costBasis], [20, before?.costBasis], said);
          await explained();
          assert.equal(haltState, 'active');
          assert.deepEqual(notes.map(({ kind }) => kind).sort(), ['dividend', 'external', 'split'], said);
          assert.match(said, /2-for-1 split: /);
          assert.match(said, /changed outside: \+(25|50) AAPL/);
          assert.match(said, /dividend reinvested: \+0\.\d+ AAPL/);
        });

  it('finds a split within three seconds of the first price', async () => {
    await desk.run(20_000);
    HAPPENS.split(desk);
    await desk.run(3_000);
    assert.equal((await bookRow('tradingview'))?.quantity, 20);
    assert.match((await account.snapshot()).notes[0]?.words ?? '', /^2-for-1 split: 10 AAPL became 20/);
  });

  it('says within three seconds that the broker is behind with the positions of a split', async () => {
    await desk.run(20_000);
    const real = desk.broker.positions.bind(desk.broker);
    const old = await real();
    desk.broker.positions = async () => old;
    HAPPENS.split(desk);
    await desk.run(3_000);
    assert.match((await account.snapshot()).notes[0]?.words ?? '', /as in a 2-for-1 split; waiting for/);
    desk.broker.positions = real;
    await desk.run(3_000);
    assert.equal((await bookRow('tradingview'))?.quantity, 20);
  });

  it('books are multiplied, their cost is kept and they add up to the broker, whatever happens at once (property)', async function () {
    this.timeout(300_000);
    const ratio = fc.constantFrom([2, 1], [3, 1], [3, 2], [4, 1], [1, 2], [1, 5]);
    const hand = fc.record({
      do: fc.constant('hand' as const),
      side: fc.constantFrom('buy' as const, 'buy' as const, 'sell' as const),
      quantity: fc.integer({ min: 1, max: 60 }),
      restMs: fc.constantFrom(0, 250, 1_500),
    });
    const dividend = fc.record({ do: fc.constant('dividend' as const), restMs: fc.constantFrom(0, 1_500) });
    const pause = fc.constantFrom(0, 250, 1_500);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 3, arbitrary: hand }, { weight: 1, arbitrary: dividend }), {
          maxLength: 3,
        }),
        fc.array(hand, { maxLength: 2 }),
        ratio,
        pause,
        fc.boolean(),
        async (early, late, [newShares, oldShares], wait, away) => {
          const one = new SimulatedDesk();
          try {
            await one.open();
            await one.place({ quantity: 30, book: 'a' });
            await one.place({ quantity: 60, book: 'b' });
            await one.run(40_000);
            const before = await books(one);
            if (away) await one.account.close();
            const pass = async (ms: number) => {
              await (away ? one.clock.advance(ms) : one.run(ms));
              one.exchange.advance(one.clock.market.now());
            };
            const act = async (step: (typeof early)[number]) => {
              if (step.do === 'dividend') one.exchange.dividend('AAPL', 0.25, true);
              else {
                const { side, quantity } = step;
                one.exchange.place({ symbol: 'AAPL', side, quantity, type: 'market', duration: 'day' });
              }
              await pass(step.restMs);
            };
            for (const step of early) await act(step);
            const isFlat = one.exchange.positions().length === 0;
            assert.ok(
              one.exchange.split('AAPL', { newShares: newShares as number, oldShares: oldShares as number })
                .ok,
            );
            await pass(wait);
            for (const step of late) await act(step);
            await pass(2_000);
            if (away) await one.open();
            await one.run(40_000);
            const { positions, notes, haltState } = await one.account.snapshot();
            const [held] = one.exchange.positions();
            const where = JSON.stringify({ positions, held, notes: notes.map(({ words }) => words) });
            const sum = positions.reduce((total, { quantity }) => total + quantity, 0);
            assert.ok(Math.abs(sum - (held?.quantity ?? 0)) < 1e-5, where);
            assert.equal(haltState, 'active');
            // An account without shares has nothing that a split could change, nor that would show it.
            if (isFlat || !held) return;
            assert.equal(notes.filter(({ kind }) => kind === 'split').length, 1, where);
            const after = await books(one);
            for (const [book, { quantity, costBasis }] of before) {
              const now = after.get(book);
              const should = (quantity * (newShares as number)) / (oldShares as number);
              assert.ok(now && now.quantity <= should && now.quantity > should - 1, where);
              const whole = (costBasis * now.quantity) / should;
              assert.ok(Math.abs(now.costBasis - whole) < 0.02, where);
            }
          } finally {
            await one.dispose();
          }
        },
      ),
      { numRuns: Number(process.env.COMBINED_RUNS ?? 25) },
    );
  });
});

async function books(desk: SimulatedDesk): Promise<Map<string, Position>> {
  const { positions } = await desk.account.snapshot();
  return new Map(positions.filter(({ book }) => book !== 'external').map((one) => [one.book, one]));
}
