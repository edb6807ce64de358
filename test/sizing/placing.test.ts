import assert from 'node:assert/strict';
import { onTick, tickOf, toTick } from '../../lib/domain/tick.ts';
import { AS_SIGNAL, refusalOf, sizedOf } from './situations.ts';

/** AAPL is quoted 150.10 / 150.12. */
describe('how an order is placed', () => {
  it('places a stop and a stop limit as entries, ahead of the market', () => {
    const stop = sizedOf({ quantity: 5, type: 'stop', stopPrice: 155, duration: 'gtc' }, AS_SIGNAL);
    assert.deepEqual(stop.placing, { type: 'stop', stop: 155, duration: 'gtc' });
    const limited = sizedOf({ quantity: 5, type: 'stop_limit', stopPrice: 155, limitPrice: 156 }, AS_SIGNAL);
    assert.deepEqual(limited.placing, { type: 'stop_limit', price: 156, stop: 155, duration: 'day' });
    const short = { action: 'short', mayShort: true, quantity: 5, type: 'stop', stopPrice: 145 } as const;
    assert.equal(sizedOf(short, AS_SIGNAL).placing.stop, 145);
  });

  it('places them as exits', () => {
    const sell = sizedOf({ action: 'sell', type: 'stop', stopPrice: 145 }, AS_SIGNAL, { held: 10 });
    assert.deepEqual([sell.placing.type, sell.placing.stop, sell.reduceOnly], ['stop', 145, true]);
    const cover = sizedOf({ action: 'cover', type: 'stop', stopPrice: 155 }, AS_SIGNAL, { held: -10 });
    assert.deepEqual([cover.placing.stop, cover.side], [155, 'buy_to_cover']);
    const limit = sizedOf({ action: 'close', type: 'limit', limitPrice: 160 }, AS_SIGNAL, { held: 10 });
    assert.deepEqual(limit.placing, { type: 'limit', price: 160, duration: 'day' });
  });

  it('sizes a stop entry by the price it would cost', () => {
    const cash = { method: 'fixed_cash', cash: 1_550 } as const;
    assert.equal(sizedOf({ type: 'stop', stopPrice: 155 }, cash).quantity, 10);
    assert.equal(sizedOf({ type: 'stop_limit', stopPrice: 155, limitPrice: 156 }, cash).quantity, 9);
  });

  it('refuses a stop the market has passed, with both prices', () => {
    const wrong = [
      [{ quantity: 5, stopPrice: 150.12 }, {}, /150\.12 is not above the ask 150\.12/],
      [{ action: 'short', mayShort: true, quantity: 5, stopPrice: 150.1 }, {}, /not below the bid 150\.10/],
      [{ action: 'sell', stopPrice: 151 }, { held: 10 }, /to sell stands below the market/],
      [{ action: 'cover', stopPrice: 149 }, { held: -10 }, /to buy stands above the market/],
    ] as const;
    for (const [signal, change, words] of wrong) {
      const refusal = refusalOf({ type: 'stop', ...signal }, AS_SIGNAL, change);
      assert.deepEqual([refusal.rule, refusal.field], ['stop-price', 'stopPrice']);
      assert.match(refusal.message, words);
    }
  });

  it('asks for a quote to compare an entry, and leaves an exit to the broker', () => {
    const stop = { type: 'stop', stopPrice: 155 } as const;
    assert.equal(refusalOf({ ...stop, quantity: 5 }, AS_SIGNAL, { quote: null }).field, 'quote');
    assert.equal(sizedOf({ ...stop, action: 'sell' }, AS_SIGNAL, { quote: null, held: 5 }).quantity, 5);
  });

  it('names a price that is missing or between ticks', () => {
    assert.equal(refusalOf({ quantity: 5, type: 'stop' }, AS_SIGNAL).field, 'stopPrice');
    assert.equal(
      refusalOf({ quantity: 5, type: 'stop_limit', stopPrice: 155 }, AS_SIGNAL).field,
      'limitPrice',
    );
    assert.equal(refusalOf({ action: 'sell', type: 'limit' }, AS_SIGNAL, { held: 5 }).field, 'limitPrice');
    const stop = refusalOf({ quantity: 5, type: 'stop', stopPrice: 155.005 }, AS_SIGNAL);
    assert.deepEqual([stop.rule, stop.limit], ['stop-price', 0.01]);
    const limit = refusalOf({ quantity: 5, type: 'limit', limitPrice: 150.123 }, AS_SIGNAL);
    assert.deepEqual([limit.rule, limit.limit], ['limit-price', 0.01]);
    assert.match(limit.message, /150\.123 is not a multiple of 0\.01/);
  });

  it('keeps a market order to the day', () => {
    assert.equal(sizedOf({ quantity: 5, duration: 'gtc' }, AS_SIGNAL).placing.duration, 'day');
  });
});

describe('ticks', () => {
  it('are a cent from one dollar and a hundredth of a cent below', () => {
    assert.deepEqual([tickOf(1), tickOf(0.9999), tickOf(150)], [0.01, 0.0001, 0.01]);
    assert.deepEqual(
      [onTick(150.12), onTick(150.125), onTick(0.1234), onTick(0.12345)],
      [true, false, true, false],
    );
  });

  it('round down and up, and leave what is on one', () => {
    assert.deepEqual([toTick(150.129, 'down'), toTick(150.121, 'up')], [150.12, 150.13]);
    assert.deepEqual([toTick(150.12, 'down'), toTick(150.12, 'up')], [150.12, 150.12]);
    assert.equal(toTick(1.1 + 2.2, 'up'), 3.3, 'what floating point adds is no step');
    assert.deepEqual([toTick(0.12345, 'down'), toTick(0.12345, 'up')], [0.1234, 0.1235]);
  });
});
