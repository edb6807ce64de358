import assert from 'node:assert/strict';
import type { Sizing } from '../../lib/sizing/contract.ts';
import { AS_SIGNAL, refusalOf, sizedOf } from './situations.ts';

const FIFTY: Sizing = { method: 'fixed_shares', shares: 50 };
const to = (target: number) => ({ action: 'target' as const, target });

describe('sizing a target position', () => {
  it('buys what is missing', () => {
    const sized = sizedOf(to(100), AS_SIGNAL, { held: 40 });
    assert.deepEqual([sized.side, sized.quantity, sized.reduceOnly], ['buy', 60, false]);
    assert.equal(sized.because, 'target 100; book tradingview stands at 40, 60 shares missing');
  });

  it('sells what is too many, as an exit', () => {
    const sized = sizedOf(to(30), AS_SIGNAL, { held: 100 });
    assert.deepEqual([sized.side, sized.quantity, sized.reduceOnly], ['sell', 70, true]);
    assert.deepEqual([sizedOf(to(0), AS_SIGNAL, { held: 100 }).quantity], [100]);
  });

  it('counts what is on its way in and out', () => {
    assert.equal(sizedOf(to(100), AS_SIGNAL, { held: 40, working: { buy: 20, sell: 0 } }).quantity, 40);
    const sized = sizedOf(to(100), AS_SIGNAL, { held: 40, working: { buy: 0, sell: 40 } });
    assert.equal(sized.quantity, 100);
    assert.match(sized.because, /stands at 0 \(40 held, 0 being bought, 40 being sold\)/);
  });

  it('has nothing to do at the target, or within a share of it', () => {
    for (const held of [100, 99.5, 100.5]) {
      assert.equal(refusalOf(to(100), AS_SIGNAL, { held }).rule, 'already-at-target');
    }
    assert.equal(refusalOf(to(0), AS_SIGNAL).rule, 'already-at-target');
    assert.equal(
      refusalOf(to(100), AS_SIGNAL, { held: 40, working: { buy: 60, sell: 0 } }).rule,
      'already-at-target',
    );
  });

  it('sells at most what is held, though more is on its way in', () => {
    const sized = sizedOf(to(30), AS_SIGNAL, { held: 50, working: { buy: 100, sell: 0 } });
    assert.equal(sized.quantity, 50);
    assert.match(sized.because, /120 shares too many: .* cut to what can be sold/);
    const none = refusalOf(to(0), AS_SIGNAL, { held: 0, working: { buy: 100, sell: 0 } });
    assert.equal(none.rule, 'nothing-to-sell');
  });

  it('rounds a fractional target down and says so', () => {
    const sized = sizedOf(to(10.7), AS_SIGNAL);
    assert.equal(sized.quantity, 10);
    assert.match(sized.because, /target 10\.7, rounded down to 10/);
  });

  it('cuts the order, not the target, to the caps', () => {
    const caps = { maxOrderQuantity: 25, maxOrderValue: null };
    assert.equal(sizedOf(to(100), AS_SIGNAL, { held: 40, caps }).quantity, 25);
    assert.equal(sizedOf(to(0), AS_SIGNAL, { held: 40, caps }).quantity, 40);
  });

  it('takes only the direction from the target under another method', () => {
    assert.equal(sizedOf(to(1), FIFTY).quantity, 50);
    assert.equal(sizedOf(to(1_000), FIFTY, { held: 20 }).quantity, 30);
    assert.equal(sizedOf(to(0), FIFTY, { held: 70 }).quantity, 70);
    assert.equal(refusalOf(to(1), FIFTY, { held: 50 }).rule, 'already-at-target');
    assert.equal(refusalOf(to(1), FIFTY, { held: 70 }).rule, 'already-at-target');
    assert.equal(refusalOf(to(1), { method: 'percent_equity', percent: 2 }, { quote: null }).field, 'quote');
  });

  it('sells the long of a reversal and leaves the short side out', () => {
    const exit = sizedOf(to(-100), AS_SIGNAL, { held: 100 });
    assert.deepEqual([exit.side, exit.quantity, exit.reduceOnly], ['sell', 100, true]);
    assert.match(exit.because, /may not open short positions .*only what is held goes/);
    const selling = { held: 10, working: { buy: 0, sell: 12 } };
    assert.equal(refusalOf(to(-100), AS_SIGNAL, selling).rule, 'already-at-target', 'and never buys');
  });

  it('refuses the short side, a missing target and an unknown position', () => {
    assert.match(refusalOf(to(-100), AS_SIGNAL, { held: 0 }).message, /may not open short positions/);
    assert.match(refusalOf(to(-100), AS_SIGNAL, { held: null }).message, /may not open short positions/);
    assert.equal(refusalOf({ action: 'target' }, AS_SIGNAL).field, 'target');
    assert.equal(refusalOf(to(Number.NaN), AS_SIGNAL).field, 'target');
    assert.equal(refusalOf(to(5), AS_SIGNAL, { held: null }).field, 'held');
    assert.equal(
      refusalOf(to(5), AS_SIGNAL, { held: 0, working: { buy: Number.NaN, sell: 0 } }).field,
      'held',
    );
  });

  it('sells short what is missing below zero, for a sender that may', () => {
    const short = { ...to(-100), mayShort: true };
    const sized = sizedOf(short, AS_SIGNAL, { held: -40 });
    assert.deepEqual([sized.side, sized.quantity, sized.reduceOnly], ['sell_short', 60, false]);
    assert.equal(sized.because, 'target -100; book tradingview stands at -40, 60 shares missing');
    assert.equal(sizedOf(short, AS_SIGNAL).quantity, 100);
    assert.equal(sizedOf(short, AS_SIGNAL, { working: { buy: 0, sell: 30 } }).quantity, 70);
    assert.equal(refusalOf(short, AS_SIGNAL, { held: -100 }).rule, 'already-at-target');
    assert.equal(sizedOf(short, FIFTY, { held: -20 }).quantity, 30);
    assert.equal(refusalOf(short, FIFTY, { held: -70 }).rule, 'already-at-target');
  });

  it('covers what is short too many, whoever asks', () => {
    const sized = sizedOf(to(-30), AS_SIGNAL, { held: -100 });
    assert.deepEqual([sized.side, sized.quantity, sized.reduceOnly], ['buy_to_cover', 70, true]);
    assert.equal(sizedOf(to(0), AS_SIGNAL, { held: -100 }).quantity, 100);
    assert.equal(refusalOf(to(-120), AS_SIGNAL, { held: -100 }).rule, 'long-only', 'but opens nothing');
    const rounded = sizedOf(to(-10.7), AS_SIGNAL, { held: -20 });
    assert.match(rounded.because, /target -10\.7, rounded up to -10/);
  });

  it('begins a change of sign with the exit', () => {
    const exit = sizedOf({ ...to(-100), mayShort: true }, AS_SIGNAL, { held: 30 });
    assert.deepEqual([exit.side, exit.quantity, exit.reduceOnly], ['sell', 30, true]);
    assert.match(exit.because, /what is held goes first/);
    const cover = sizedOf(to(100), AS_SIGNAL, { held: -30 });
    assert.deepEqual([cover.side, cover.quantity, cover.reduceOnly], ['buy_to_cover', 30, true]);
    const going = refusalOf(to(100), AS_SIGNAL, { held: -30, working: { buy: 30, sell: 0 } });
    assert.equal(going.rule, 'already-at-target');
  });
});
