import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AlertTerms } from '../../lib/alerts/alert.ts';
import { barTest } from '../../lib/alerts/bar-tests.ts';
import { priceTest } from '../../lib/alerts/price-tests.ts';
import { readTerms } from '../../lib/alerts/terms.ts';
import { comesTrue } from '../../lib/alerts/watch.ts';
import type { Bar } from '../../lib/domain/market-data.ts';

const terms = (fields: Record<string, unknown>): AlertTerms => readTerms({ symbol: 'AAPL', ...fields });
const bar = (open: number, high: number, low: number, close: number, volume = 1, n = 0): Bar => ({
  ...{ symbol: 'AAPL', time: n * 60_000, closed: true, volume },
  ...{ open, high, low, close },
});
const closing = (...closes: number[]) => closes.map((close, n) => bar(close, close, close, close, 1, n));

describe('conditions on bars', () => {
  it('judge the volume of a bar', () => {
    const above = barTest(terms({ condition: 'volume_above', value: 500 }));
    assert.equal(above.at([bar(1, 1, 1, 1, 501)])?.side, 'in');
    assert.equal(above.at([bar(1, 1, 1, 1, 500)])?.side, 'out');
    const below = barTest(terms({ condition: 'volume_below', value: 500 }));
    assert.equal(below.at([bar(1, 1, 1, 1, 499)])?.side, 'in');
    assert.equal(below.at([bar(1, 1, 1, 1, 500)])?.side, 'out');
  });

  it('judge the RSI by 70 and 30 when no level is given, and wait for enough bars', () => {
    const over = barTest(terms({ condition: 'rsi_overbought' }));
    const under = barTest(terms({ condition: 'rsi_oversold' }));
    const rising = closing(...Array.from({ length: 30 }, (_, n) => 100 + n));
    const falling = closing(...Array.from({ length: 30 }, (_, n) => 100 - n));
    assert.deepEqual([over.at(rising)?.side, over.at(falling)?.side], ['in', 'out']);
    assert.deepEqual([under.at(rising)?.side, under.at(falling)?.side], ['out', 'in']);
    assert.equal(over.at(rising.slice(0, 14)), null);
  });

  it('judge on which side of its signal line the MACD is', () => {
    const macd = barTest(terms({ condition: 'macd_signal' }));
    assert.deepEqual([macd.level, macd.wanted], [false, ['up', 'down']]);
    const turned = Array.from({ length: 80 }, (_, n) => (n < 60 ? 100 - n / 2 : 70 + (n - 60) * 2));
    assert.equal(macd.at(closing(...turned))?.side, 'up');
    assert.equal(macd.at(closing(...turned.map((price) => 200 - price)))?.side, 'down');
    assert.deepEqual(barTest(terms({ condition: 'macd_signal', direction: 'up' })).wanted, ['up']);
  });

  it('judge whether a close is outside the Bollinger bands', () => {
    const bands = barTest(terms({ condition: 'bollinger_break' }));
    const calm = Array.from({ length: 19 }, (_, n) => 100 + (n % 2));
    assert.equal(bands.at(closing(...calm, 100.5))?.side, 'mid');
    assert.equal(bands.at(closing(...calm, 106))?.side, 'up');
    assert.equal(bands.at(closing(...calm, 95))?.side, 'down');
    assert.equal(bands.at(closing(...calm)), null);
  });
});

describe('conditions on prices', () => {
  it('say of a bar only what is certain, whatever the way between its extremes', () => {
    const test = priceTest(terms({ condition: 'price_cross_above', value: 100 }));
    const sides = (...prices: [number, number, number, number]) =>
      test.through(bar(...prices)).map(({ side }) => side);
    assert.deepEqual(sides(99, 101, 98, 99), ['out', 'in', 'out']);
    assert.deepEqual(sides(101, 102, 99, 101), ['in', 'out', 'in']);
    assert.deepEqual(sides(101, 105, 99, 99), ['in', 'out'], 'it may have risen before it fell');
    const price = fc.integer({ min: 95, max: 105 });
    fc.assert(
      fc.property(fc.array(price, { minLength: 1, maxLength: 12 }), (ticks) => {
        const [open = 0, close = 0] = [ticks[0], ticks.at(-1)];
        const path = sides(open, Math.max(...ticks), Math.min(...ticks), close);
        const real = ticks
          .filter((tick) => tick !== 100)
          .map((tick) => (tick > 100 ? 'in' : 'out'))
          .filter((side, n, all) => side !== all[n - 1]);
        const told = path.filter((side) => side !== '').filter((side, n, all) => side !== all[n - 1]);
        const rises = (list: string[]) => list.filter((side, n) => n > 0 && side === 'in').length;
        assert.ok(rises(told) <= rises(real));
        assert.ok(rises(real) === 0 || open >= 100 || rises(told) === 1);
      }),
    );
  });

  it('measure a move from the extremes of the last minutes of trading', () => {
    const test = priceTest(terms({ condition: 'percent_move', value: 5, windowMinutes: 3, direction: 'up' }));
    const at = (price: number, minute: number) => test.at(price, minute * 60_000).side;
    assert.deepEqual([at(100, 0), at(104, 1), at(105, 2)], ['mid', 'mid', 'up']);
    assert.equal(at(105, 3), 'up', 'the low of 100 is three minutes ago');
    assert.equal(at(105, 4), 'mid', 'and then it has left');
    assert.equal(at(99, 5), 'down');
    assert.deepEqual(test.wanted, ['up']);
  });

  for (const way of ['above', 'below'] as const)
    it(`cross ${way} a level from truly the other side: standing on it is on neither`, () => {
      const test = priceTest(terms({ condition: `price_cross_${way}`, value: 100 }));
      const sign = way === 'above' ? 1 : -1;
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 98, max: 102 }), { maxLength: 30 }), (prices) => {
          let side = '';
          let told = 0;
          for (const price of prices) {
            const next = test.at(price, 0).side;
            if (next === '') continue;
            if (comesTrue(test, side, next)) told += 1;
            side = next;
          }
          // By the definition: those off the line, each against the one before it.
          const off = prices.map((price) => Math.sign(price - 100) * sign).filter((one) => one !== 0);
          assert.equal(told, off.filter((one, n) => n > 0 && one > 0 && (off[n - 1] as number) < 0).length);
        }),
      );
    });
});
