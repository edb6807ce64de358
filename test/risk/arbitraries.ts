import fc from 'fast-check';
import { type Money, money } from '../../lib/domain/money.ts';
import { type OrderIntent, sideSchema } from '../../lib/domain/order.ts';
import type { RiskContext } from '../../lib/risk/context.ts';
import type { Policy } from '../../lib/risk/policy.ts';
import { intent } from './situations.ts';

const numberFrom = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** Any policy the schema accepts, mostly near the figures of `anyContext`. */
export const anyPolicy: fc.Arbitrary<Policy> = fc.record({
  maxOrderQuantity: fc.integer({ min: 1, max: 2_000 }),
  maxOrderValue: numberFrom(1, 100_000),
  maxPositionPercent: numberFrom(0, 100),
  maxConcentrationPercent: numberFrom(0, 100),
  maxOpenPositions: fc.integer({ min: 1, max: 8 }),
  maxDailyLossPercent: numberFrom(0, 20),
  minEquity: numberFrom(0, 100_000),
  priceBandPercent: numberFrom(0, 20),
  quoteMaxAgeSeconds: numberFrom(0.1, 15),
  maxSpreadPercent: numberFrom(0, 5),
  allowShortSales: fc.boolean(),
  marketCollarPercent: numberFrom(0, 20),
  duplicateWindowSeconds: numberFrom(0, 120),
  permitSeconds: numberFrom(0.1, 60),
  allowDelayedQuotes: fc.boolean(),
});

/** Limits so wide that what else is wrong decides. */
export const roomyPolicy: fc.Arbitrary<Policy> = anyPolicy.map((policy) => ({
  ...policy,
  maxOrderValue: 1_000_000,
  maxPositionPercent: 100,
  maxConcentrationPercent: 100,
  maxOpenPositions: 8,
  maxDailyLossPercent: 100,
  minEquity: 0,
  priceBandPercent: 20,
  quoteMaxAgeSeconds: 15,
  maxSpreadPercent: 5,
  duplicateWindowSeconds: 0,
  allowDelayedQuotes: true,
}));

const dollars = (min: number, max: number) => numberFrom(min, max).map(money);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 20, nil: null });
const shares = (max: number) => fc.integer({ min: 0, max });
const orZero = (max: number) => fc.oneof(fc.constant(0), fc.constant(0), shares(max));

export const anyIntent: fc.Arbitrary<OrderIntent> = fc
  .record({
    side: fc.constantFrom(...sideSchema.options, 'buy' as const, 'sell_short' as const),
    quantity: fc.integer({ min: 1, max: 500 }),
    limited: fc.boolean(),
    price: numberFrom(80, 120),
  })
  .map(({ side, quantity, limited, price }) =>
    intent({
      side,
      quantity,
      reduceOnly: side === 'sell' || side === 'buy_to_cover',
      ...(limited ? { type: 'limit' as const, price } : {}),
    }),
  );

/** A position of one sign in book and account, as it nearly always is; now and then anything. */
const anyPosition = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(1, -1, 0).chain(oneWay) },
  {
    weight: 1,
    arbitrary: fc.record({
      held: fc.record({
        book: fc.integer({ min: -300, max: 300 }),
        account: fc.integer({ min: -600, max: 600 }),
      }),
      stances: fc.record({ long: shares(300), short: shares(300) }),
      accountLong: shares(50),
      accountShort: shares(50),
    }),
  },
);

function oneWay(sign: number) {
  return fc
    .record({ book: shares(300), others: shares(300), coming: fc.oneof(fc.constant(0), shares(50)) })
    .map(({ book, others, coming }) => ({
      held: { book: sign * book, account: sign * (book + others) },
      stances: { long: sign > 0 ? book + others : 0, short: sign < 0 ? book + others : 0 },
      accountLong: sign > 0 ? coming : 0,
      accountShort: sign < 0 ? coming : 0,
    }));
}

const anySituation = fc.record({
  position: anyPosition,
  intent: anyIntent,
  haltReason: fc.constant(''),
  haltState: fc.constantFrom('active' as const, 'active' as const, 'active' as const, 'reducing' as const),
  session: fc.constantFrom(
    'open' as const,
    'open' as const,
    'open' as const,
    'closed' as const,
    'unknown' as const,
  ),
  quote: orNull(
    fc.record({
      bid: orNull(numberFrom(97, 100)),
      ask: orNull(numberFrom(100, 102)),
      last: orNull(numberFrom(97, 102)),
      ageMs: numberFrom(0, 10_000),
      delayMs: fc.constantFrom(0, 0, 0, 900_000),
    }),
  ),
  equity: orNull(dollars(10_000, 200_000)),
  buyingPower: orNull(dollars(5_000, 400_000)),
  reserved: dollars(0, 5_000),
  positionsRead: orNull(fc.constant(true)),
  accountType: fc.constantFrom('margin' as const, 'margin' as const, 'pdt' as const, 'cash' as const, null),
  working: fc.record({
    bookBuy: shares(50),
    bookSell: shares(50),
    accountBuy: shares(100),
    accountSell: shares(100),
  }),
  covered: fc.record({ book: orZero(50), account: orZero(50) }),
  openSymbols: fc.subarray(['AAPL', 'MSFT', 'SPY', 'QQQ', 'XLK', 'XLE']).map((symbols) => new Set(symbols)),
  baseline: orNull(dollars(10_000, 200_000)) as fc.Arbitrary<Money | null>,
  sinceSimilarMs: fc.option(numberFrom(0, 120_000), { nil: null }),
  live: fc.boolean(),
});

/** Situations that are approved about as often as not, with now and then something unknown. */
export const anyContext: fc.Arbitrary<RiskContext> = anySituation.map(
  ({ position, positionsRead, working, ...rest }) => {
    const { held, stances, accountLong, accountShort } = position;
    return {
      ...rest,
      held: positionsRead === null ? null : held,
      stances,
      working: { ...working, accountLong, accountShort },
    };
  },
);
