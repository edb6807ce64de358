import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AlertDesk } from './alert-desk.ts';
import { Known } from './gaps.ts';

const MINUTE = 60_000;
const CONDITIONS = {
  price_above: { wanted: (price: number) => price > 100, level: true },
  price_below: { wanted: (price: number) => price < 100, level: true },
  price_cross_above: { wanted: (price: number) => price > 100, level: false },
  price_cross_below: { wanted: (price: number) => price < 100, level: false },
} as const;

describe('price alerts over gaps', () => {
  const step = fc.oneof(
    {
      weight: 10,
      arbitrary: fc.tuple(fc.integer({ min: 97, max: 103 }), fc.constantFrom(3_000, 7_000, 25_000)),
    },
    { weight: 2, arbitrary: fc.constantFrom('down', 'up') },
    { weight: 1, arbitrary: fc.constantFrom('restart', 'minutes') },
  );

  for (const [condition, { wanted, level }] of Object.entries(CONDITIONS))
    it(`${condition} tells each crossing that was heard or that bars show, once, for any tape and any breaks`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
          const desk = new AlertDesk();
          const { market } = desk;
          const known = new Known(wanted, level);
          const now = () => market.clock.market.now();
          await market.trade(100);
          desk.add({ condition, value: 100, repeat: 'every' });
          const price = () => market.tape.at(-1)?.price as number;
          let quoteAt = now();
          const heard = () => {
            // After a silence bars are read first.
            if (now() - quoteAt > 30_000) known.bars(market.tape, now(), price());
            quoteAt = now();
            known.heard({ time: now(), price: price() });
          };
          heard();
          for (const one of steps) {
            if (typeof one !== 'string') {
              await market.trade(...one);
              if (market.connected) heard();
            } else if (one === 'minutes') await market.clock.advance(2 * MINUTE + 1_500);
            else if (one === 'restart') {
              await desk.restart();
              known.forget();
              known.bars(market.tape, now(), market.connected ? price() : null);
              quoteAt = now();
              if (market.connected) heard();
            } else if ((one === 'up') !== market.connected) {
              market.connect(one === 'up');
              await market.clock.advance(0);
              if (one === 'up') known.bars(market.tape, now(), null);
            }
          }
          await market.clock.advance(300);
          assert.deepEqual(
            desk.firings.map(({ missed }, n) => (known.due[n]?.missed === null ? null : missed)),
            known.due.map(({ missed }) => missed),
          );
          assert.deepEqual(
            desk.firings.map(({ n }) => n),
            desk.firings.map((_, n) => n + 1),
          );
          desk.end();
        }),
        { numRuns: 100 },
      );
    }).timeout(60_000);

  it('a crossing heard while bars are still read is none that was missed', async () => {
    const desk = new AlertDesk();
    await desk.trades(99);
    desk.add({ condition: 'price_cross_above', value: 100 });
    desk.market.connect(false);
    await desk.market.trade(98, MINUTE);
    desk.market.failing = 1;
    desk.market.connect(true);
    await desk.trades(101);
    await desk.market.clock.advance(3_000);
    assert.deepEqual(
      desk.firings.map(({ missed, price }) => [missed, price]),
      [[false, 101]],
    );
    desk.end();
  });

  it('a late feed is known as far as it told, not until now', async () => {
    const desk = new AlertDesk(15 * MINUTE);
    await desk.trades(99);
    desk.add({ condition: 'price_cross_above', value: 100 });
    desk.market.connect(false);
    await desk.trades(99);
    desk.market.connect(true);
    await desk.market.clock.advance(0);
    desk.book.close();
    for (const price of [101, 99, 99]) await desk.market.trade(price, MINUTE);
    desk.open();
    await desk.market.clock.advance(300);
    assert.deepEqual(
      desk.firings.map(({ missed }) => missed),
      [true],
    );
    desk.end();
  });
});
