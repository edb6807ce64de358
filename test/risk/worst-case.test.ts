import assert from 'node:assert/strict';
import { money } from '../../lib/domain/money.ts';
import { worstCase } from '../../lib/risk/worst-case.ts';
import { exitIntent, intent } from './situations.ts';

const quote = { bid: 149.9, ask: 150, last: 149.95, ageMs: 0, delayMs: 0 };

describe('worst case', () => {
  it('is limit x quantity for a limit buy, whatever the quote', () => {
    assert.equal(worstCase(intent({ type: 'limit', price: 151.25 }), null, 5), money(1_512.5));
  });

  it('is ask x (1 + collar) x quantity for a market buy', () => {
    assert.equal(worstCase(intent(), quote, 5), money(1_575));
    assert.equal(worstCase(intent(), quote, 0), money(1_500));
  });

  it('is the higher of stop and ask, with the collar, for a stop buy', () => {
    assert.equal(worstCase(intent({ type: 'stop', stop: 160 }), quote, 5), money(1_680));
    assert.equal(worstCase(intent({ type: 'stop', stop: 140 }), quote, 5), money(1_575));
  });

  it('is nothing for an exit, of a long or a short', () => {
    assert.equal(worstCase(exitIntent(), null, 5), 0);
    assert.equal(worstCase(exitIntent({ side: 'buy_to_cover' }), null, 5), 0);
  });

  it('is half as much again as the highest price a short may be sold at', () => {
    assert.equal(worstCase(intent({ side: 'sell_short' }), quote, 5), money(2_248.5));
    const limited = intent({ side: 'sell_short', type: 'limit', price: 160 });
    assert.equal(worstCase(limited, quote, 5), money(2_400));
    assert.equal(worstCase(limited, null, 5), money(2_400));
    const low = intent({ side: 'sell_short', type: 'limit', price: 140 });
    assert.equal(worstCase(low, quote, 5), money(2_248.5), 'sold at the bid, not at the limit');
    assert.equal(
      worstCase(intent({ side: 'sell_short', type: 'stop', stop: 140 }), quote, 5),
      money(2_248.5),
    );
    assert.equal(worstCase(intent({ side: 'sell_short' }), { ...quote, bid: null }, 5), null);
    assert.equal(worstCase(intent({ side: 'sell_short', type: 'limit' }), quote, 5), null);
  });

  it('is unknown without an ask, a price, or a sound collar', () => {
    assert.equal(worstCase(intent(), null, 5), null);
    assert.equal(worstCase(intent(), { ...quote, ask: null }, 5), null);
    assert.equal(worstCase(intent(), { ...quote, ask: Number.NaN }, 5), null);
    assert.equal(worstCase(intent(), { ...quote, ask: 0 }, 5), null);
    assert.equal(worstCase(intent({ type: 'limit' }), quote, 5), null);
    assert.equal(worstCase(intent({ quantity: Number.POSITIVE_INFINITY }), quote, 5), null);
    assert.equal(worstCase(intent({ quantity: 1e15 }), quote, 5), null);
    assert.equal(worstCase(intent(), quote, Number.NaN), null);
  });
});
