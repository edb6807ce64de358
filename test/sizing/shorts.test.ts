import assert from 'node:assert/strict';
import { money } from '../../lib/domain/money.ts';
import { AS_SIGNAL, refusalOf, sizedOf } from './situations.ts';

const may = { mayShort: true };

describe('sizing a short', () => {
  it('sells short for a sender that may, by each method', () => {
    const sized = sizedOf({ action: 'short', quantity: 5, ...may }, AS_SIGNAL);
    assert.deepEqual([sized.side, sized.quantity, sized.reduceOnly], ['sell_short', 5, false]);
    const cash = sizedOf({ action: 'short', ...may }, { method: 'fixed_cash', cash: 2_000 });
    assert.equal(cash.because, '2,000.00 at 150.10 = 13 shares', 'at the bid');
    const limited = sizedOf(
      { action: 'short', type: 'limit', limitPrice: 160, ...may },
      { method: 'fixed_cash', cash: 1_600 },
    );
    assert.equal(limited.quantity, 10);
    assert.equal(sizedOf({ action: 'short', quantity: 5, ...may }, AS_SIGNAL, { held: -5 }).quantity, 5);
  });

  it('sells short what a flat or short book is told to sell, only for a sender that may', () => {
    for (const held of [0, -5]) {
      assert.equal(sizedOf({ action: 'sell', quantity: 5, ...may }, AS_SIGNAL, { held }).side, 'sell_short');
      assert.equal(refusalOf({ action: 'sell', quantity: 5 }, AS_SIGNAL, { held }).rule, 'nothing-to-sell');
    }
    const long = sizedOf({ action: 'sell', quantity: 80, ...may }, AS_SIGNAL, { held: 50 });
    assert.deepEqual([long.side, long.quantity], ['sell', 50]);
  });

  it('refuses a sender that may not, and a book that is long', () => {
    const barred = refusalOf({ action: 'short', quantity: 5 }, AS_SIGNAL);
    assert.deepEqual([barred.rule, barred.field], ['long-only', 'mayShort']);
    assert.match(barred.message, /May short is off/);
    assert.equal(refusalOf({ action: 'short', quantity: 5, mayShort: false }, AS_SIGNAL).rule, 'long-only');
    const long = refusalOf({ action: 'short', quantity: 5, ...may }, AS_SIGNAL, { held: 3 });
    assert.deepEqual([long.rule, long.value], ['would-cross-zero', 3]);
    assert.equal(refusalOf({ action: 'sell', ...may, quantity: 5 }, AS_SIGNAL, { held: null }).field, 'held');
  });

  it('cuts a short to the caps', () => {
    const caps = { maxOrderQuantity: 1_000, maxOrderValue: money(1_501) };
    assert.equal(sizedOf({ action: 'short', quantity: 50, ...may }, AS_SIGNAL, { caps }).quantity, 10);
  });
});

describe('sizing a cover', () => {
  it('covers what is asked for, at most what is short and not being covered', () => {
    const sized = sizedOf({ action: 'cover', quantity: 5 }, AS_SIGNAL, { held: -20 });
    assert.deepEqual([sized.side, sized.quantity, sized.reduceOnly], ['buy_to_cover', 5, true]);
    assert.equal(
      sized.because,
      'the signal asks to cover 5 shares: book tradingview is short 20 shares of AAPL',
    );
    assert.equal(sizedOf({ action: 'cover' }, AS_SIGNAL, { held: -20 }).quantity, 20);
    const working = { buy: 15, sell: 0 };
    const cut = sizedOf({ action: 'cover', quantity: 10 }, AS_SIGNAL, { held: -20, working });
    assert.equal(cut.quantity, 5);
    assert.match(cut.because, /15 of them already being covered; cut to what can be covered/);
    assert.equal(refusalOf({ action: 'cover' }, AS_SIGNAL, { held: -15, working }).rule, 'nothing-to-cover');
  });

  it('covers by a buy and by a close, and never beyond zero', () => {
    const bought = sizedOf({ action: 'buy', quantity: 50 }, AS_SIGNAL, { held: -20 });
    assert.deepEqual([bought.side, bought.quantity], ['buy_to_cover', 20]);
    const fixed = sizedOf({ action: 'buy' }, { method: 'fixed_shares', shares: 3 }, { held: -20 });
    assert.equal(fixed.quantity, 20, 'methods are for entries');
    const closed = sizedOf({ action: 'close' }, AS_SIGNAL, { held: -20, equity: null, quote: null });
    assert.deepEqual([closed.side, closed.quantity], ['buy_to_cover', 20]);
  });

  it('refuses where nothing is short', () => {
    assert.equal(refusalOf({ action: 'cover' }, AS_SIGNAL).rule, 'nothing-to-cover');
    assert.match(refusalOf({ action: 'cover' }, AS_SIGNAL, { held: 5 }).message, /holds 5 shares of AAPL/);
    assert.equal(refusalOf({ action: 'cover' }, AS_SIGNAL, { held: null }).field, 'held');
  });
});

describe('sizing an exit in another measure', () => {
  const part = (value: number) => ({ sizing: { kind: 'percent_of_position' as const, value } });

  it('closes a part of the position', () => {
    const sized = sizedOf({ action: 'close', ...part(50) }, AS_SIGNAL, { held: 41 });
    assert.equal(sized.quantity, 20);
    assert.match(sized.because, /to close 50 % of the position: .*rounded down to 20 shares/);
    assert.equal(sizedOf({ action: 'close', ...part(50) }, AS_SIGNAL, { held: -40 }).side, 'buy_to_cover');
    assert.equal(sizedOf({ action: 'sell', ...part(250) }, AS_SIGNAL, { held: 41 }).quantity, 41);
    assert.equal(refusalOf({ action: 'sell', ...part(1) }, AS_SIGNAL, { held: 41 }).rule, 'below-one-share');
  });

  it('sells for an amount or a part of equity at the bid, covers at the ask', () => {
    const cash = { sizing: { kind: 'cash' as const, value: 1_501 } };
    assert.equal(sizedOf({ action: 'sell', ...cash }, AS_SIGNAL, { held: 41 }).quantity, 10);
    assert.equal(sizedOf({ action: 'cover', ...cash }, AS_SIGNAL, { held: -41 }).quantity, 9);
    assert.equal(refusalOf({ action: 'sell', ...cash }, AS_SIGNAL, { held: 41, quote: null }).field, 'quote');
    const equity = { sizing: { kind: 'percent_equity' as const, value: 2 } };
    assert.equal(sizedOf({ action: 'sell', ...equity }, AS_SIGNAL, { held: 41 }).quantity, 13);
    assert.equal(
      refusalOf({ action: 'sell', ...equity }, AS_SIGNAL, { held: 41, equity: null }).field,
      'equity',
    );
    const risk = { sizing: { kind: 'risk_percent' as const, value: 2 } };
    assert.equal(refusalOf({ action: 'sell', ...risk }, AS_SIGNAL, { held: 41 }).field, 'sizing');
  });
});
