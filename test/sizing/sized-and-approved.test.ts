import assert from 'node:assert/strict';
import fc from 'fast-check';
import { money, toDollars } from '../../lib/domain/money.ts';
import type { OrderIntent } from '../../lib/domain/order.ts';
import { actionSchema, type Signal } from '../../lib/domain/signal.ts';
import { onTick } from '../../lib/domain/tick.ts';
import { evaluate } from '../../lib/risk/evaluate.ts';
import { type Policy, PRESETS } from '../../lib/risk/policy.ts';
import {
  AS_THE_SIGNAL,
  type Protection,
  type ProtectionRule,
  type Sizing,
} from '../../lib/sizing/contract.ts';
import { intentOf } from '../../lib/sizing/intent.ts';
import { size } from '../../lib/sizing/size.ts';
import { situation } from '../risk/situations.ts';
import { context } from './situations.ts';

const numberFrom = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const cents = (min: number, max: number) =>
  fc.integer({ min: min * 100, max: max * 100 }).map((n) => n / 100);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const anyLevel = fc.oneof(
  fc.record({ price: numberFrom(80, 120) }),
  fc.record({ percent: numberFrom(0.01, 20) }),
  fc.record({ atr: numberFrom(0.1, 5) }),
);
const anySignal = fc
  .record({
    action: fc.constantFrom(...actionSchema.options),
    mayShort: fc.boolean(),
    type: fc.constantFrom('market', 'market', 'limit', 'stop', 'stop_limit') as fc.Arbitrary<Signal['type']>,
    limitPrice: maybe(cents(97, 103)),
    stopPrice: maybe(cents(95, 105)),
    quantity: maybe(fc.oneof(fc.integer({ min: 1, max: 400 }), numberFrom(0.1, 400))),
    target: numberFrom(-300, 300),
    sizing: maybe(
      fc.record({
        kind: fc.constantFrom('shares', 'cash', 'percent_equity', 'risk_percent', 'percent_of_position'),
        value: numberFrom(0.5, 200),
      }) as fc.Arbitrary<NonNullable<Signal['sizing']>>,
    ),
    stopLoss: maybe(
      fc
        .tuple(anyLevel, maybe(fc.constantFrom('stop', 'stop_limit', 'trailing_stop')))
        .map(([level, type]) => ({ ...level, ...(type ? { type } : {}) }) as Signal['stopLoss']),
    ),
    takeProfit: maybe(anyLevel),
    trail: maybe(
      fc.oneof(fc.record({ amount: numberFrom(0.01, 5) }), fc.record({ percent: numberFrom(0.1, 9) })),
    ),
    stopDistance: maybe(numberFrom(0.1, 10)),
  })
  .map((signal) => JSON.parse(JSON.stringify(signal)) as Partial<Signal>);

const anyRule: fc.Arbitrary<ProtectionRule> = fc.oneof(
  fc.constantFrom('as_signal' as const, 'as_signal' as const, 'none' as const),
  fc.record({ percent: numberFrom(0.1, 20) }),
  fc.record({ dollars: numberFrom(0.01, 9) }),
  fc.record({ atr: numberFrom(0.1, 4) }),
);
const anyProtection: fc.Arbitrary<Protection> = fc.record({
  stopLoss: anyRule,
  takeProfit: anyRule,
  trail: anyRule,
  duration: fc.constantFrom('day', 'gtc'),
  collarPercent: numberFrom(0, 10),
});
const anySizing: fc.Arbitrary<Sizing> = fc
  .tuple(
    fc.oneof(
      fc.constant({ method: 'as_signal' as const }),
      fc.constant({ method: 'as_signal' as const }),
      fc.record({ method: fc.constant('fixed_shares' as const), shares: fc.integer({ min: 1, max: 500 }) }),
      fc.record({ method: fc.constant('fixed_cash' as const), cash: numberFrom(50, 40_000) }),
      fc.record({ method: fc.constant('percent_equity' as const), percent: numberFrom(0.1, 50) }),
      fc.record({ method: fc.constant('risk_per_trade' as const), percent: numberFrom(0.01, 3) }),
    ),
    anyProtection,
  )
  .map(([method, protection]) => ({ ...method, protection }));

/** One sign in every book, as the gate keeps it; what works against it are exits. */
const anyPosition = fc
  .record({
    sign: fc.constantFrom(1, -1, 0),
    book: fc.oneof(fc.integer({ min: 0, max: 200 }), numberFrom(0, 200)),
    others: fc.integer({ min: 0, max: 100 }),
    leaving: fc.integer({ min: 0, max: 60 }),
    coming: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 })),
    comingSign: fc.constantFrom(1, -1),
  })
  .map(({ sign, book, others, leaving, coming, comingSign }) => {
    const held = { book: sign * book, account: sign * (book + others) };
    const towards = sign === 0 ? comingSign : sign;
    const out = sign === 0 ? 0 : Math.min(leaving, book);
    const buys = towards > 0 ? coming : out;
    const sells = towards > 0 ? out : coming;
    return {
      held,
      stances: { long: Math.max(0, held.account), short: Math.max(0, -held.account) },
      working: {
        bookBuy: buys,
        bookSell: sells,
        accountBuy: buys,
        accountSell: sells,
        accountLong: towards > 0 ? coming : 0,
        accountShort: towards < 0 ? coming : 0,
      },
    };
  });

const anyCase = fc.record({
  signal: anySignal,
  sizing: anySizing,
  position: anyPosition,
  bid: cents(98, 100),
  spread: cents(0, 1),
  equity: numberFrom(5_000, 500_000).map(money),
  atr: fc.option(numberFrom(0.2, 5), { nil: null }),
  caps: fc.record({
    maxOrderQuantity: fc.integer({ min: 1, max: 500 }),
    maxOrderValue: numberFrom(100, 60_000),
  }),
});
type Case = typeof anyCase extends fc.Arbitrary<infer T> ? T : never;

/** What the signal becomes, with the policy it was sized under. */
function sizedCase({ signal, sizing, position, bid, spread, equity, atr, caps }: Case) {
  const policy: Policy = {
    ...PRESETS.standard,
    ...caps,
    maxPositionPercent: 100,
    maxConcentrationPercent: 100,
    duplicateWindowSeconds: 0,
  };
  const quote = { bid, ask: Math.round((bid + spread) * 100) / 100, last: bid };
  const { held, working } = position;
  const sized = size(
    context(signal, {
      held: held.book,
      working: { buy: working.bookBuy, sell: working.bookSell },
      equity,
      quote,
      atr,
      caps: { ...caps, maxOrderValue: money(caps.maxOrderValue) },
      account: null,
      priceBandPercent: policy.priceBandPercent,
    }),
    sizing,
  );
  if (sized.kind === 'refused') return null;
  const full = context(signal).signal;
  const intent = intentOf('simulator:VA1', full, 'key', sized);
  return {
    intent,
    policy,
    quote,
    approved: approvedOf(intent, policy, { ...quote, ageMs: 1, delayMs: 0 }, position, equity),
  };
}

function approvedOf(
  intent: OrderIntent,
  policy: Policy,
  quote: NonNullable<ReturnType<typeof situation>['quote']>,
  position: Case['position'],
  equity: Case['equity'],
) {
  const now = situation({
    ...position,
    quote,
    equity,
    baseline: equity,
    buyingPower: money(toDollars(equity) * 2),
  });
  return evaluate({ ...now, intent }, policy).approved;
}

describe('whatever is sized and approved (property)', () => {
  it('never crosses zero of book or account', () => {
    const seen = { buy: 0, sell: 0, sell_short: 0, buy_to_cover: 0 };
    fc.assert(
      fc.property(anyCase, (one) => {
        const result = sizedCase(one);
        if (!result?.approved) return;
        const { side, quantity } = result.intent;
        seen[side]++;
        const { held, working } = one.position;
        const sign = side === 'buy' || side === 'buy_to_cover' ? 1 : -1;
        // Every order of the same direction fills, none of the other: the worst that may come of it.
        const before = [held.book, held.account];
        const way =
          sign > 0 ? [working.bookBuy, working.accountBuy] : [working.bookSell, working.accountSell];
        const end = before.map((shares, at) => shares + sign * (quantity + (way[at] ?? 0)));
        for (const [at, shares] of end.entries()) {
          assert.ok((before[at] ?? 0) * shares >= -1e-9, `${before[at]} becomes ${shares}`);
        }
      }),
      { numRuns: 10_000 },
    );
    assert.ok(
      Object.values(seen).every((count) => count > 50),
      JSON.stringify(seen),
    );
  });

  it('stays within the caps of one order', () => {
    let entries = 0;
    fc.assert(
      fc.property(anyCase, (one) => {
        const result = sizedCase(one);
        if (!result || result.intent.reduceOnly) return;
        entries++;
        const { intent, quote } = result;
        assert.ok(intent.quantity <= one.caps.maxOrderQuantity);
        const near = intent.side === 'buy' ? quote.ask : quote.bid;
        const least = intent.price ?? (intent.side === 'buy' ? Math.max(intent.stop ?? 0, near) : near);
        assert.ok(intent.quantity * least <= one.caps.maxOrderValue + 1e-6);
      }),
      { numRuns: 5_000 },
    );
    assert.ok(entries > 100, String(entries));
  });

  it('has every price on a tick, a stop ahead of the market, a bracket on both sides of its entry', () => {
    let brackets = 0;
    fc.assert(
      fc.property(anyCase, (one) => {
        const result = sizedCase(one);
        if (!result) return;
        const { intent, quote, policy } = result;
        const { side, bracket, price, stop } = intent;
        const buys = side === 'buy' || side === 'buy_to_cover';
        for (const each of [price, stop, ...priceOf(bracket)]) assert.ok(each === undefined || onTick(each));
        if (stop !== undefined) assert.ok(buys ? stop > quote.ask : stop < quote.bid);
        if (!bracket) return;
        brackets++;
        assert.ok(!intent.reduceOnly && intent.type !== 'market');
        const entry = price ?? stop ?? Number.NaN;
        const { stopLoss, stopLossLimit, takeProfit, trail } = bracket;
        assert.ok(stopLoss !== undefined || takeProfit !== undefined);
        if (stopLoss !== undefined) assert.ok(buys ? stopLoss < entry : stopLoss > entry);
        if (takeProfit !== undefined) assert.ok(buys ? takeProfit > entry : takeProfit < entry);
        if (stopLossLimit !== undefined) {
          assert.ok(buys ? stopLossLimit <= (stopLoss ?? 0) : stopLossLimit >= (stopLoss ?? 0));
        }
        if (trail !== undefined) assert.ok(trail > 0 && stopLoss !== undefined);
        const alone = evaluate({ ...situation(), intent, quote: { ...quote, ageMs: 1, delayMs: 0 } }, policy);
        assert.ok(!alone.refusals.some(({ rule }) => rule === 'bracket'), JSON.stringify(alone.refusals));
      }),
      { numRuns: 10_000 },
    );
    assert.ok(brackets > 200, String(brackets));
  });

  it('sends a market entry with a bracket no further than the policy lets a limit go', () => {
    let sent = 0;
    fc.assert(
      fc.property(anyCase, (one) => {
        const stopLoss = { percent: 9 };
        const sizing = {
          method: 'fixed_shares',
          shares: 1,
          protection: { ...AS_THE_SIGNAL, stopLoss, collarPercent: 99 },
        } as const;
        const { action, mayShort } = one.signal;
        const result = sizedCase({ ...one, signal: { action, mayShort, type: 'market' } as never, sizing });
        if (!result || result.intent.reduceOnly) return;
        sent++;
        const { side, price = Number.NaN, type, duration } = result.intent;
        const near = side === 'buy' ? result.quote.ask : result.quote.bid;
        assert.deepEqual([type, duration], ['limit', 'day']);
        assert.ok(side === 'buy' ? price >= near : price <= near);
        assert.ok(Math.abs(price - near) / near <= 0.03 + 1e-9);
      }),
    );
    assert.ok(sent > 10, String(sent));
  });
});

function priceOf(bracket: OrderIntent['bracket']): (number | undefined)[] {
  return bracket ? [bracket.stopLoss, bracket.stopLossLimit, bracket.takeProfit] : [];
}
