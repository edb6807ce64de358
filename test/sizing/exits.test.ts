import assert from 'node:assert/strict';
import fc from 'fast-check';
import { money } from '../../lib/domain/money.ts';
import { actionSchema } from '../../lib/domain/signal.ts';
import type { Sizing } from '../../lib/sizing/contract.ts';
import { size } from '../../lib/sizing/size.ts';
import { AS_SIGNAL, context, refusalOf, sizedOf } from './situations.ts';

const METHODS: Sizing[] = [
  AS_SIGNAL,
  { method: 'fixed_shares', shares: 7 },
  { method: 'fixed_cash', cash: 2_000 },
  { method: 'percent_equity', percent: 2 },
  { method: 'risk_per_trade', percent: 1, stopDistance: 2 },
];

describe('sizing an exit', () => {
  for (const sizing of METHODS) {
    it(`sells what the signal asks for, else all, under ${sizing.method}`, () => {
      const asked = sizedOf({ action: 'sell', quantity: 20 }, sizing, { held: 50 });
      assert.deepEqual([asked.side, asked.quantity, asked.reduceOnly], ['sell', 20, true]);
      assert.equal(sizedOf({ action: 'sell' }, sizing, { held: 50 }).quantity, 50);
      assert.equal(sizedOf({ action: 'sell', quantity: 80 }, sizing, { held: 50 }).quantity, 50);
    });
  }

  it('needs neither equity nor a quote, and knows no caps', () => {
    const sized = sizedOf({ action: 'close' }, AS_SIGNAL, {
      held: 5_000,
      equity: null,
      quote: null,
      caps: { maxOrderQuantity: 10, maxOrderValue: money(10) },
    });
    assert.equal(sized.quantity, 5_000);
  });

  it('does not sell again what is already being sold', () => {
    const working = { buy: 0, sell: 40 };
    const sized = sizedOf({ action: 'sell', quantity: 20 }, AS_SIGNAL, { held: 50, working });
    assert.equal(sized.quantity, 10);
    assert.match(
      sized.because,
      /holds 50 shares of AAPL, 40 of them already being sold; cut to what can be sold/,
    );
    const all = refusalOf({ action: 'close' }, AS_SIGNAL, { held: 40, working });
    assert.equal(all.rule, 'nothing-to-sell');
    assert.match(all.message, /40 of them already being sold/);
  });

  it('closes all of its book, whatever quantity came with it', () => {
    const sized = sizedOf({ action: 'close', quantity: 5 }, AS_SIGNAL, { held: 50 });
    assert.equal(sized.quantity, 50);
    assert.equal(sized.reduceOnly, true);
    assert.match(sized.because, /whatever the quantity of 5 shares/);
  });

  it('closes no more than the account still has, when shares were sold elsewhere', () => {
    const sold = { held: 100, account: { sell: 70, cover: 0 } };
    const sized = sizedOf({ action: 'close' }, AS_SIGNAL, sold);
    assert.equal(sized.quantity, 70);
    assert.match(sized.because, /holds 100 shares of AAPL, and the account has 70 left to be sold; cut to/);
    assert.equal(sizedOf({ action: 'sell', quantity: 40 }, AS_SIGNAL, sold).quantity, 40);
    const selling = { ...sold, working: { buy: 0, sell: 30 } };
    assert.equal(sizedOf({ action: 'close' }, AS_SIGNAL, selling).quantity, 40);
    const short = { held: -100, account: { sell: 0, cover: 20 } };
    assert.equal(sizedOf({ action: 'close' }, AS_SIGNAL, short).quantity, 20);
    const none = { held: 100, account: { sell: 0, cover: 0 } };
    assert.equal(refusalOf({ action: 'close' }, AS_SIGNAL, none).rule, 'nothing-to-sell');
  });

  it('sells whole shares and says what it rounded', () => {
    const sized = sizedOf({ action: 'close' }, AS_SIGNAL, { held: 10.5 });
    assert.equal(sized.quantity, 10);
    assert.match(sized.because, /rounded down to 10 shares/);
    assert.equal(refusalOf({ action: 'close' }, AS_SIGNAL, { held: 0.5 }).rule, 'nothing-to-sell');
    assert.equal(refusalOf({ action: 'sell', quantity: 0.5 }, AS_SIGNAL, { held: 5 }).field, 'quantity');
  });

  it('refuses when flat, when short, and when the position is not known', () => {
    for (const action of ['sell', 'close'] as const) {
      assert.match(refusalOf({ action, quantity: 5 }, AS_SIGNAL).message, /book tradingview holds no AAPL/);
      assert.equal(refusalOf({ action }, AS_SIGNAL, { held: null }).field, 'held');
      assert.equal(refusalOf({ action }, AS_SIGNAL, { held: Number.NaN }).field, 'held');
      const working = { buy: 0, sell: Number.NaN };
      assert.equal(refusalOf({ action }, AS_SIGNAL, { held: 5, working }).field, 'held');
    }
    assert.ok(refusalOf({ action: 'sell', quantity: Number.NaN }, AS_SIGNAL, { held: 5 }));
    const short = refusalOf({ action: 'sell' }, AS_SIGNAL, { held: -5 });
    assert.equal(short.rule, 'nothing-to-sell');
    assert.match(short.message, /is short 5 shares of AAPL: there is nothing to sell/);
  });

  it('never crosses zero, never orders a fraction, whatever comes (property)', () => {
    const shares = fc.oneof(
      fc.constant(0),
      fc.integer({ min: -200, max: 200 }),
      fc.double({ min: -200, max: 200, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...actionSchema.options),
        fc.boolean(),
        fc.option(fc.double({ min: 0.01, max: 300, noNaN: true }), { nil: undefined }),
        fc.double({ min: -300, max: 300, noNaN: true }),
        shares,
        fc.record({ buy: fc.nat(50), sell: fc.nat(50) }),
        fc.constantFrom(...METHODS),
        (action, mayShort, quantity, target, held, working, sizing) => {
          const signal = { action, mayShort, target, ...(quantity === undefined ? {} : { quantity }) };
          const result = size(context(signal, { held, working }), sizing);
          if (result.kind === 'refused') return;
          assert.ok(Number.isSafeInteger(result.quantity) && result.quantity >= 1);
          const { side } = result;
          assert.equal(result.reduceOnly, side === 'sell' || side === 'buy_to_cover');
          if (side === 'sell') assert.ok(result.quantity <= held - working.sell);
          if (side === 'buy_to_cover') assert.ok(result.quantity <= -held - working.buy);
          if (side === 'buy') assert.ok(held >= 0);
          if (side === 'sell_short') assert.ok(held <= 0 && mayShort);
          const position = held + working.buy - working.sell;
          if (action !== 'target' || sizing.method !== 'as_signal') return;
          if (side === 'buy') assert.ok(position + result.quantity <= target + 1e-9);
          if (side === 'sell_short') assert.ok(position - result.quantity >= target - 1e-9);
          if (side === 'sell')
            assert.ok(position - result.quantity >= Math.max(0, target) - 1 - 1e-9 || working.buy > 0);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
