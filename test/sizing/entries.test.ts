import assert from 'node:assert/strict';
import { money } from '../../lib/domain/money.ts';
import type { Sizing } from '../../lib/sizing/contract.ts';
import { AS_SIGNAL, refusalOf, sizedOf } from './situations.ts';

const TWO_PERCENT: Sizing = { method: 'percent_equity', percent: 2 };
const RISK: Sizing = { method: 'risk_per_trade', percent: 1 };

describe('sizing an entry', () => {
  it('takes the quantity of the signal', () => {
    const sized = sizedOf({ quantity: 100 }, AS_SIGNAL);
    assert.equal(sized.side, 'buy');
    assert.equal(sized.quantity, 100);
    assert.equal(sized.reduceOnly, false);
    assert.equal(sized.because, 'the signal asks for 100 shares');
  });

  it('rounds a fractional quantity down and says so', () => {
    const sized = sizedOf({ quantity: 10.7 }, AS_SIGNAL);
    assert.equal(sized.quantity, 10);
    assert.match(sized.because, /10\.7 shares, rounded down to 10/);
  });

  it('names the quantity a signal lacks', () => {
    assert.equal(refusalOf({}, AS_SIGNAL).field, 'quantity');
    const small = refusalOf({ quantity: 0.4 }, AS_SIGNAL);
    assert.equal(small.rule, 'below-one-share');
    assert.equal(small.field, 'quantity');
  });

  it('takes fixed shares whatever the signal asks for', () => {
    assert.equal(sizedOf({ quantity: 100 }, { method: 'fixed_shares', shares: 7 }).quantity, 7);
  });

  it('buys what a fixed amount of cash pays for', () => {
    const sized = sizedOf({}, { method: 'fixed_cash', cash: 2_000 });
    assert.equal(sized.quantity, 13);
    assert.equal(sized.because, '2,000.00 at 150.12 = 13 shares');
    assert.equal(sizedOf({}, { method: 'fixed_cash', cash: 150.12 }).quantity, 1);
    const small = refusalOf({}, { method: 'fixed_cash', cash: 150.11 });
    assert.equal(small.field, 'cash');
    assert.match(small.message, /150\.11 at 150\.12 = 0 shares: less than one whole share/);
  });

  it('buys a percentage of equity, with the arithmetic', () => {
    const sized = sizedOf({}, TWO_PERCENT);
    assert.equal(sized.quantity, 13);
    assert.equal(sized.because, '2 % of 100,000.00 = 2,000.00 at 150.12 = 13 shares');
    assert.deepEqual(sized.figures, {
      equity: 100_000,
      percent: 2,
      cash: 2_000,
      price: 150.12,
      quantity: 13,
    });
  });

  it('sizes by the last trade without an ask, and by the limit of a limit order', () => {
    const noAsk = { quote: { bid: null, ask: null, last: 100 } };
    assert.equal(sizedOf({}, TWO_PERCENT, noAsk).quantity, 20);
    assert.equal(sizedOf({ type: 'limit', limitPrice: 200 }, TWO_PERCENT).quantity, 10);
  });

  it('does not gain or lose a share to floating point', () => {
    const quote = { bid: null, ask: 0.1, last: null };
    assert.equal(sizedOf({}, { method: 'fixed_cash', cash: 0.3 }, { quote }).quantity, 3);
    assert.equal(
      sizedOf({}, { method: 'percent_equity', percent: 0.7 }, { quote, equity: money(100) }).quantity,
      7,
    );
  });

  it('loses a percentage of equity when the stop of the signal, else of the node, is hit', () => {
    const sized = sizedOf({ stopDistance: 2.5 }, RISK);
    assert.equal(sized.quantity, 400);
    assert.equal(
      sized.because,
      '1 % of 100,000.00 = 1,000.00 at risk, 2.50 a share to the stop = 400 shares',
    );
    assert.equal(sizedOf({}, { ...RISK, stopDistance: 3 } as Sizing).quantity, 333);
    assert.equal(sizedOf({ stopDistance: 2.5 }, { ...RISK, stopDistance: 3 } as Sizing).quantity, 400);
    assert.equal(refusalOf({}, RISK).field, 'stopDistance');
    assert.equal(refusalOf({ stopDistance: 5_000 }, RISK).rule, 'below-one-share');
  });

  it('names what is not known instead of guessing', () => {
    for (const sizing of [TWO_PERCENT, { method: 'fixed_cash', cash: 1_000 } as Sizing]) {
      assert.equal(refusalOf({}, sizing, { quote: null }).field, 'quote');
      assert.equal(refusalOf({}, sizing, { quote: { bid: 1, ask: null, last: null } }).field, 'quote');
      assert.equal(refusalOf({}, sizing, { quote: { bid: 1, ask: Number.NaN, last: 0 } }).field, 'quote');
    }
    assert.equal(refusalOf({ stopDistance: 1 }, RISK, { quote: null }).field, 'quote');
    for (const equity of [null, money(0), money(-5), Number.NaN as never]) {
      assert.equal(refusalOf({}, TWO_PERCENT, { equity }).field, 'equity');
      assert.equal(refusalOf({ stopDistance: 1 }, RISK, { equity }).field, 'equity');
    }
    assert.equal(refusalOf({ type: 'limit', quantity: 5 }, AS_SIGNAL).field, 'limitPrice');
    assert.equal(refusalOf({}, { method: 'martingale' } as never).field, 'method');
    assert.equal(refusalOf({ action: 'adjust' as never }, AS_SIGNAL).field, 'action');
    for (const broken of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0]) {
      assert.ok(refusalOf({ quantity: broken }, AS_SIGNAL));
      assert.ok(refusalOf({}, { method: 'fixed_shares', shares: broken }));
      assert.ok(refusalOf({}, { method: 'fixed_cash', cash: broken }));
      assert.ok(refusalOf({}, { method: 'percent_equity', percent: broken }));
      assert.ok(refusalOf({ stopDistance: broken }, RISK));
    }
  });

  it('cuts to the caps of the policy and says by which', () => {
    const quantity = sizedOf({ quantity: 2_000 }, AS_SIGNAL, {
      caps: { maxOrderQuantity: 1_000, maxOrderValue: null },
    });
    assert.equal(quantity.quantity, 1_000);
    assert.equal(
      quantity.because,
      'the signal asks for 2,000 shares; cut to 1,000 shares, the policy’s shares per order',
    );
    const value = sizedOf({ quantity: 2_000 }, AS_SIGNAL, {
      caps: { maxOrderQuantity: 1_000, maxOrderValue: money(25_000) },
    });
    assert.equal(value.quantity, 166);
    assert.match(
      value.because,
      /cut to 166 shares at 150\.12, the policy’s value per order being 25,000\.00$/,
    );
    const none = refusalOf({ quantity: 2 }, AS_SIGNAL, {
      caps: { maxOrderQuantity: null, maxOrderValue: money(100) },
    });
    assert.equal(none.field, 'maxOrderValue');
  });

  it('leaves exactly the caps alone', () => {
    const caps = { maxOrderQuantity: 100, maxOrderValue: money(15_012) };
    const sized = sizedOf({ quantity: 100 }, AS_SIGNAL, { caps });
    assert.equal(sized.quantity, 100);
    assert.doesNotMatch(sized.because, /cut/);
  });

  it('leaves the value cap to risk-check when there is no price', () => {
    const caps = { maxOrderQuantity: null, maxOrderValue: money(100) };
    assert.equal(sizedOf({ quantity: 5 }, AS_SIGNAL, { caps, quote: null }).quantity, 5);
  });

  it('takes the size an alert asks for in another measure', () => {
    const of = (
      kind: 'shares' | 'cash' | 'percent_equity' | 'risk_percent' | 'percent_of_position',
      value: number,
    ) => ({
      sizing: { kind, value },
    });
    assert.equal(sizedOf(of('shares', 12.9), AS_SIGNAL).quantity, 12);
    assert.equal(sizedOf(of('cash', 2_000), AS_SIGNAL).because, '2,000.00 at 150.12 = 13 shares');
    assert.equal(
      sizedOf(of('percent_equity', 2), AS_SIGNAL).because,
      '2 % of 100,000.00 = 2,000.00 at 150.12 = 13 shares',
    );
    assert.equal(sizedOf({ ...of('risk_percent', 1), stopDistance: 2.5 }, AS_SIGNAL).quantity, 400);
    assert.equal(refusalOf(of('risk_percent', 1), AS_SIGNAL).field, 'stopDistance');
    assert.equal(sizedOf(of('percent_of_position', 50), AS_SIGNAL, { held: 41 }).quantity, 20);
    assert.match(refusalOf(of('percent_of_position', 50), AS_SIGNAL).message, /no position in AAPL/);
    assert.equal(sizedOf(of('cash', 2_000), { method: 'fixed_shares', shares: 7 }).quantity, 7);
  });

  it('cuts the size of an alert to the caps', () => {
    const caps = { maxOrderQuantity: 5, maxOrderValue: null };
    const sized = sizedOf({ sizing: { kind: 'percent_equity', value: 100 } }, AS_SIGNAL, { caps });
    assert.equal(sized.quantity, 5);
  });
});
