import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TraderError } from '../../lib/domain/errors.ts';
import type { NewOrder } from '../../lib/exchange/contract.ts';
import { Exchange } from '../../lib/exchange/exchange.ts';
import { exchangeAt, limit, MINUTE, market, orderOf, placed, resumed, trace } from './floor.ts';

/** What a trader does at one instant, told relative to the market so that it often trades. */
type Act = { after: number } & (
  | {
      kind: 'order';
      symbol: string;
      side: 'buy' | 'sell';
      quantity: number;
      cents: number | null;
      gtc: boolean;
    }
  | { kind: 'cancel'; nth: number }
);

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      // From "at once" to "another day".
      after: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 26 * 60 * MINUTE })),
      symbol: fc.constantFrom('AAPL', 'F', 'XLV', 'UNH'),
      side: fc.constantFrom('buy' as const, 'buy' as const, 'sell' as const),
      quantity: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20_000 })),
      cents: fc.option(fc.integer({ min: -60, max: 30 })),
      gtc: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cancel' as const),
      after: fc.integer({ min: 0, max: 20 * MINUTE }),
      nth: fc.nat(8),
    }),
  },
);
const acts = fc.array(act, { minLength: 3, maxLength: 8 });
const chops = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 3 * 60 * MINUTE })),
  {
    minLength: 1,
    maxLength: 6,
  },
);

/** Runs the acts, moving time by `advance` as the caller likes. */
function run(
  exchange: Exchange,
  list: Act[],
  advance: (exchange: Exchange, to: number) => Exchange,
): Exchange {
  let current = exchange;
  for (const one of list) {
    current = advance(current, current.now + one.after);
    if (one.kind === 'cancel') current.cancel(100_000_000 + one.nth);
    else current.place(orderFor(current, one));
  }
  return advance(current, current.now + 30 * 60 * MINUTE);
}

function orderFor(exchange: Exchange, one: Extract<Act, { kind: 'order' }>): NewOrder {
  if (one.cents === null) return market(one.side, one.quantity, one.symbol);
  const [print] = exchange.tape(one.symbol, 0, exchange.now, 1);
  const price = Math.round((print?.price ?? 0) * 100 + one.cents) / 100;
  return limit(one.side, one.quantity, price, one.gtc ? 'gtc' : 'day', one.symbol);
}

const direct = (exchange: Exchange, to: number) => {
  exchange.advance(to);
  return exchange;
};

describe('exchange, the same again', () => {
  it('gives the same fills to the byte however time is chopped', () => {
    let traded = 0;
    fc.assert(
      fc.property(acts, chops, (list, sizes) => {
        const whole = run(exchangeAt('15:20', { cash: 2_000_000 }), list, direct);
        let turn = 0;
        const chopped = run(exchangeAt('15:20', { cash: 2_000_000 }), list, (exchange, to) => {
          // A few hundred chops at most, the rest in one go: small chops over nights would take for ever.
          for (let i = 0; i < 300 && exchange.now < to; i++) {
            exchange.advance(Math.min(to, exchange.now + (sizes[turn++ % sizes.length] as number)));
            if (i % 7 === 0) exchange.tape('AAPL', 0, exchange.now, 3);
          }
          return direct(exchange, to);
        });
        traded += whole.fills().length;
        assert.equal(trace(chopped), trace(whole));
      }),
      { numRuns: 120 },
    );
    assert.ok(traded > 200, `only ${traded} fills were compared`);
  }).timeout(60_000);

  it('goes on from a snapshot exactly as if never stopped', () => {
    fc.assert(
      fc.property(acts, chops, (list, sizes) => {
        const whole = run(exchangeAt('15:20', { cash: 2_000_000 }), list, direct);
        let turn = 0;
        const stopped = run(exchangeAt('15:20', { cash: 2_000_000 }), list, (exchange, to) => {
          const middle = Math.min(to, exchange.now + (sizes[turn++ % sizes.length] as number));
          return resumed(direct(resumed(direct(exchange, middle).snapshot()), to).snapshot());
        });
        assert.equal(trace(stopped), trace(whole));
        assert.equal(JSON.stringify(stopped.snapshot()), JSON.stringify(whole.snapshot()));
      }),
      { numRuns: 80 },
    );
  }).timeout(60_000);

  it('gives other fills in another market', () => {
    const fillsOf = (seed: number) => {
      const exchange = exchangeAt('11:00', { seed });
      placed(exchange, market('buy', 100));
      exchange.advance(exchange.now + MINUTE);
      return JSON.stringify(exchange.fills());
    };
    assert.equal(fillsOf(1), fillsOf(1));
    assert.notEqual(fillsOf(1), fillsOf(2));
  });

  it('numbers orders on after a snapshot and keeps working ones working', () => {
    const exchange = exchangeAt('11:00');
    const first = placed(exchange, limit('buy', 10, 100, 'gtc'));
    const again = resumed(exchange.snapshot());
    assert.equal(first, 100_000_000);
    assert.equal(placed(again, market('buy', 1)), 100_000_001);
    assert.equal(orderOf(again, first).status, 'open');
    assert.equal(again.now, exchange.now);
  });

  it('hands out copies: nobody changes the exchange from outside', () => {
    const exchange = exchangeAt('11:00');
    placed(exchange, market('buy', 10));
    exchange.advance(exchange.now + MINUTE);
    const before = trace(exchange);
    const snapshot = exchange.snapshot() as unknown as {
      account: { cash: number };
      records: { order: { status: string } }[];
    };
    snapshot.account.cash = 0;
    for (const { order } of snapshot.records) order.status = 'open';
    for (const order of exchange.orders()) order.quantity = 9;
    for (const fill of exchange.fills()) fill.price = 9;
    assert.equal(trace(exchange), before);
  });

  it('refuses a snapshot that is damaged, or of another seed or account', () => {
    const snapshot = exchangeAt('11:00').snapshot();
    const open =
      (resume: typeof snapshot, seed = 1, accountId = 'VA00000001') =>
      () =>
        new Exchange({ seed, accountId, start: 0, resume, onError: () => {} });
    const isInput = (error: unknown) => error instanceof TraderError && error.code === 'E_INPUT';
    assert.doesNotThrow(open(snapshot));
    assert.throws(open(snapshot, 2), isInput);
    assert.throws(open(snapshot, 1, 'VA00000002'), isInput);
    assert.throws(open({ ...snapshot, account: null }), isInput);
    assert.throws(open({ ...snapshot, fills: [{ orderId: 'x' }] }), isInput);
    assert.throws(open({ ...snapshot, version: 2 } as unknown as typeof snapshot), isInput);
  });
});
