import assert from 'node:assert/strict';
import type { Signal } from '../../lib/domain/signal.ts';
import { AS_THE_SIGNAL, type Protection, type Sizing } from '../../lib/sizing/contract.ts';
import { AS_SIGNAL, type Change, refusalOf, sizedOf } from './situations.ts';

const by = (change: Partial<Protection>, sizing: Sizing = AS_SIGNAL): Sizing => ({
  ...sizing,
  protection: { ...AS_THE_SIGNAL, ...change },
});
const limit = { quantity: 10, type: 'limit', limitPrice: 150 } as const;
const short = { ...limit, action: 'short', mayShort: true } as const;

/** AAPL is quoted 150.10 / 150.12. */
describe('a bracket around an entry', () => {
  const rows: [
    title: string,
    signal: Partial<Signal>,
    settings: Partial<Protection>,
    wanted: object,
    Change?,
  ][] = [
    [
      'prices of the signal',
      { ...limit, stopLoss: { price: 145 }, takeProfit: { price: 160 } },
      {},
      { stopLoss: 145, takeProfit: 160 },
    ],
    [
      'percentages of the signal',
      { ...limit, stopLoss: { percent: 2 }, takeProfit: { percent: 4 } },
      {},
      { stopLoss: 147, takeProfit: 156 },
    ],
    [
      'multiples of the ATR',
      { ...limit, stopLoss: { atr: 2 }, takeProfit: { atr: 3 } },
      {},
      { stopLoss: 145, takeProfit: 157.5 },
      { atr: 2.5 },
    ],
    [
      'percentages of the node',
      limit,
      { stopLoss: { percent: 2 }, takeProfit: { percent: 4 } },
      { stopLoss: 147, takeProfit: 156 },
    ],
    [
      'dollars of the node',
      limit,
      { stopLoss: { dollars: 3 }, takeProfit: { dollars: 5 } },
      { stopLoss: 147, takeProfit: 155 },
    ],
    ['the ATR of the node', limit, { stopLoss: { atr: 1.5 } }, { stopLoss: 146.25 }, { atr: 2.5 }],
    [
      'the signal before the node, part by part',
      { ...limit, stopLoss: { price: 140 } },
      { stopLoss: { percent: 2 }, takeProfit: { percent: 4 } },
      { stopLoss: 140, takeProfit: 156 },
    ],
    [
      'a short the other way round',
      { ...short, stopLoss: { percent: 2 }, takeProfit: { percent: 4 } },
      {},
      { stopLoss: 153, takeProfit: 144 },
    ],
    [
      'closing orders for the day',
      { ...limit, stopLoss: { price: 145 } },
      { duration: 'day' },
      { stopLoss: 145, duration: 'day' },
    ],
    ['a trail in dollars', { ...limit, trail: { amount: 2 } }, {}, { stopLoss: 148, trail: 2 }],
    ['a trail in percent', { ...limit, trail: { percent: 1 } }, {}, { stopLoss: 148.5, trail: 1.5 }],
    [
      'a trail of the node behind a stop of the signal',
      { ...limit, stopLoss: { price: 145 } },
      { trail: { dollars: 2 } },
      { stopLoss: 145, trail: 2 },
    ],
    [
      'a stop loss of type trailing_stop',
      { ...limit, stopLoss: { percent: 2, type: 'trailing_stop' } },
      {},
      { stopLoss: 147, trail: 3 },
    ],
    [
      'a trailing stop at a price',
      { ...short, stopLoss: { price: 152.5, type: 'trailing_stop' } },
      {},
      { stopLoss: 152.5, trail: 2.5 },
    ],
    [
      'a stop limit with its limit',
      { ...limit, stopLoss: { price: 145, limitPrice: 144 } },
      {},
      { stopLoss: 145, stopLossLimit: 144 },
    ],
    [
      'a stop limit without one',
      { ...limit, stopLoss: { price: 145, type: 'stop_limit' } },
      {},
      { stopLoss: 145, stopLossLimit: 144.27 },
    ],
    [
      'a stop limit of a short',
      { ...short, stopLoss: { price: 155, type: 'stop_limit' } },
      {},
      { stopLoss: 155, stopLossLimit: 155.78 },
    ],
    [
      'a stop limit that trails',
      { ...limit, stopLoss: { price: 145, type: 'stop_limit' } },
      { trail: { dollars: 2 } },
      { stopLoss: 145, stopLossLimit: 144.27, trail: 2 },
    ],
    [
      'a stop entry, from its trigger',
      { quantity: 10, type: 'stop', stopPrice: 155, stopLoss: { percent: 2 } },
      {},
      { stopLoss: 151.9 },
    ],
  ];
  for (const [title, signal, settings, wanted, change] of rows) {
    it(`takes ${title}`, () => {
      const { bracket } = sizedOf(signal, by(settings), change);
      assert.deepEqual(bracket, { duration: 'gtc', ...wanted });
    });
  }

  it('puts none where nobody asks for one, and says which of the signal it leaves out', () => {
    assert.equal(sizedOf(limit, AS_SIGNAL).bracket, undefined);
    const none = by({ stopLoss: 'none', takeProfit: 'none', trail: 'none' });
    const sized = sizedOf({ ...limit, stopLoss: { price: 145 }, trail: { amount: 1 } }, none);
    assert.equal(sized.bracket, undefined);
    assert.match(sized.because, /the stop loss of the signal is not used: this node sets none/);
    const fixed = sizedOf(
      { ...limit, stopLoss: { percent: 2, type: 'trailing_stop' } },
      by({ trail: 'none' }),
    );
    assert.deepEqual(fixed.bracket, { stopLoss: 147, duration: 'gtc' });
  });

  it('rounds each price to the tick nearer the entry', () => {
    const odd = {
      ...limit,
      limitPrice: 150.01,
      stopLoss: { percent: 1.111 },
      takeProfit: { percent: 1.111 },
    };
    assert.deepEqual(sizedOf(odd, AS_SIGNAL).bracket, {
      stopLoss: 148.35,
      takeProfit: 151.67,
      duration: 'gtc',
    });
    const other = { ...odd, action: 'short', mayShort: true } as const;
    assert.deepEqual(sizedOf(other, AS_SIGNAL).bracket, {
      stopLoss: 151.67,
      takeProfit: 148.35,
      duration: 'gtc',
    });
  });

  it('refuses what stands on the wrong side, with the figures', () => {
    const wrong: [Partial<Signal>, string, RegExp][] = [
      [{ ...limit, stopLoss: { price: 150 } }, 'stopLoss', /stop loss 150\.00 is not below 150\.00/],
      [{ ...limit, takeProfit: { price: 149 } }, 'takeProfit', /take profit 149\.00 is not above 150\.00/],
      [{ ...short, stopLoss: { price: 149 } }, 'stopLoss', /149\.00 is not above 150\.12/],
      [{ ...short, takeProfit: { price: 151 } }, 'takeProfit', /151\.00 is not below/],
      [
        { ...limit, stopLoss: { price: 145, limitPrice: 146 } },
        'stopLossLimit',
        /146\.00 is above its stop 145\.00/,
      ],
      [{ ...limit, stopLoss: { percent: 100 } }, 'stopLoss', /100 % from 150\.00 leaves no price above 0/],
      [{ ...limit, stopLoss: { percent: 0.001 } }, 'stopLoss', /150\.00 is not below 150\.00/],
      [{ ...limit, limitPrice: 151, stopLoss: { price: 150.11 } }, 'stopLoss', /not below 150\.10/],
    ];
    for (const [signal, field, words] of wrong) {
      const refusal = refusalOf(signal, AS_SIGNAL);
      assert.deepEqual([refusal.rule, refusal.field], ['bracket', field]);
      assert.match(refusal.message, words);
    }
  });

  it('names an ATR that is not known', () => {
    const refusal = refusalOf({ ...limit, stopLoss: { atr: 2 } }, AS_SIGNAL);
    assert.deepEqual([refusal.rule, refusal.field], ['missing-figure', 'atr']);
  });

  it('is not for an exit, which says so', () => {
    const sized = sizedOf({ action: 'sell', stopLoss: { price: 145 } }, by({ takeProfit: { percent: 2 } }), {
      held: 5,
    });
    assert.equal(sized.bracket, undefined);
    assert.match(sized.because, /an exit opens nothing/);
  });
});

describe('a market entry with a bracket', () => {
  const stop = { stopLoss: { percent: 2 } } as const;

  it('becomes a limit a collar beyond the quote, for the day', () => {
    const sized = sizedOf({ quantity: 10, duration: 'gtc' }, by(stop));
    assert.deepEqual(sized.placing, { type: 'limit', price: 150.87, duration: 'day' });
    assert.equal(sized.bracket?.stopLoss, 147.12, 'measured from the ask');
    assert.match(sized.because, /sent as a limit at 150\.87, at most 0\.5 % above the ask 150\.12/);
    const sold = sizedOf({ action: 'short', mayShort: true, quantity: 10 }, by(stop));
    assert.deepEqual(sold.placing, { type: 'limit', price: 149.35, duration: 'day' });
    assert.equal(sold.bracket?.stopLoss, 153.1, 'measured from the bid');
  });

  it('goes no further than the policy lets a limit go, and never behind the quote', () => {
    const wide = by({ ...stop, collarPercent: 10 });
    assert.equal(sizedOf({ quantity: 10 }, wide, { priceBandPercent: 1 }).placing.price, 151.62);
    assert.equal(sizedOf({ quantity: 10 }, by({ ...stop, collarPercent: 0 })).placing.price, 150.12);
    const cheap = { quote: { bid: 0.5, ask: 0.50001, last: 0.5 } };
    assert.equal(sizedOf({ quantity: 10 }, by({ ...stop, collarPercent: 0 }), cheap).placing.price, 0.5001);
  });

  it('is sized by the limit, so that what is sized stays within the caps', () => {
    assert.equal(sizedOf({}, by(stop, { method: 'fixed_cash', cash: 1_508 })).quantity, 9);
  });

  it('needs a quote', () => {
    assert.equal(refusalOf({ quantity: 10 }, by(stop), { quote: null }).field, 'quote');
  });

  it('keeps its limit inside a take profit that is nearer than the collar, and says so', () => {
    const bought = sizedOf({ quantity: 10, takeProfit: { percent: 0.1 } }, AS_SIGNAL);
    assert.equal(bought.bracket?.takeProfit, 150.27);
    assert.equal(bought.placing.price, 150.26);
    assert.match(
      bought.because,
      /a limit at 150\.26, the collar of 0\.5 % above the ask 150\.12 would reach its take profit 150\.27/,
    );
    const sold = sizedOf(
      { action: 'short', mayShort: true, quantity: 10, takeProfit: { percent: 0.1 } },
      AS_SIGNAL,
    );
    assert.equal(sold.bracket?.takeProfit, 149.95);
    assert.equal(sold.placing.price, 149.96);
    assert.match(sold.because, /0\.5 % below the bid 150\.10 would reach its take profit 149\.95/);
  });

  it('stays at the quote or through it, whatever the take profit, and refuses one that is not beyond the quote', () => {
    for (let cents = 1; cents <= 200; cents += 1) {
      const away = cents / 100;
      const long = { quantity: 10, takeProfit: { price: Math.round((150.12 + away) * 100) / 100 } };
      const { placing, bracket } = sizedOf(long, AS_SIGNAL);
      assert.ok((placing.price ?? 0) >= 150.12 && (placing.price ?? 0) < (bracket?.takeProfit ?? 0));
      const short = { action: 'short', mayShort: true, quantity: 10 } as const;
      const sold = sizedOf(
        { ...short, takeProfit: { price: Math.round((150.1 - away) * 100) / 100 } },
        AS_SIGNAL,
      );
      assert.ok((sold.placing.price ?? 0) <= 150.1);
      assert.ok((sold.placing.price ?? 0) > (sold.bracket?.takeProfit ?? 0));
    }
    const refusal = refusalOf({ quantity: 10, takeProfit: { price: 150.12 } }, AS_SIGNAL);
    assert.match(refusal.message, /150\.12 is not above 150\.12/);
    const short = { action: 'short', mayShort: true, quantity: 10, takeProfit: { price: 150.1 } } as const;
    assert.match(refusalOf(short, AS_SIGNAL).message, /150\.10 is not below 150\.10/);
  });
});

describe('risk per trade with a bracket', () => {
  const risk = (stopDistance?: number): Sizing => ({
    method: 'risk_per_trade',
    percent: 1,
    ...(stopDistance === undefined ? {} : { stopDistance }),
  });

  it('counts from the worst fill to the stop loss when nobody names a distance', () => {
    assert.equal(sizedOf({ ...limit, stopLoss: { price: 145 } }, risk()).quantity, 200);
    assert.equal(sizedOf(limit, by({ stopLoss: { dollars: 5 } }, risk())).quantity, 200);
    const market = sizedOf({ stopLoss: { price: 145.87 } }, risk());
    assert.equal(market.quantity, 200, 'from the limit 150.87');
  });

  it('takes the distance of the signal, then its stop loss, then the distance of the node', () => {
    assert.equal(sizedOf({ ...limit, stopLoss: { price: 145 }, stopDistance: 2 }, risk(4)).quantity, 500);
    assert.equal(sizedOf({ ...limit, stopLoss: { price: 145 } }, risk(4)).quantity, 200);
    assert.equal(sizedOf(limit, by({ stopLoss: { dollars: 5 } }, risk(4))).quantity, 250);
  });

  it('serves a risk the alert asks for', () => {
    const signal = { ...limit, quantity: undefined, sizing: { kind: 'risk_percent' as const, value: 1 } };
    assert.equal(
      sizedOf({ ...signal, stopLoss: { percent: 2 } } as Partial<Signal>, AS_SIGNAL).quantity,
      333,
    );
  });
});
