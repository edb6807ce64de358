import fc from 'fast-check';
import { type Money, money } from '../../lib/domain/money.ts';
import type { OrderIntent } from '../../lib/domain/order.ts';
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
  marketCollarPercent: numberFrom(0, 20),
  duplicateWindowSeconds: numberFrom(0, 120),
  permitSeconds: numberFrom(0.1, 60),
  allowDelayedQuotes: fc.boolean(),
});

const dollars = (min: number, max: number) => numberFrom(min, max).map(money);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 20, nil: null });
const shares = (max: number) => fc.integer({ min: 0, max });

export const anyIntent: fc.Arbitrary<OrderIntent> = fc
  .record({
    side: fc.constantFrom('buy' as const, 'buy' as const, 'sell' as const),
    quantity: fc.integer({ min: 1, max: 500 }),
    limited: fc.boolean(),
    price: numberFrom(80, 120),
  })
  .map(({ side, quantity, limited, price }) =>
    intent({
      side,
      quantity,
      reduceOnly: side === 'sell',
      ...(limited ? { type: 'limit' as const, price } : {}),
    }),
  );

/** Situations that are approved about as often as not, with now and then something unknown. */
export const anyContext: fc.Arbitrary<RiskContext> = fc.record({
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
  held: orNull(fc.record({ book: shares(300), account: shares(600) })),
  working: fc.record({
    bookBuy: shares(50),
    bookSell: shares(50),
    accountBuy: shares(100),
    accountSell: shares(100),
  }),
  covered: fc.constant({ book: 0, account: 0 }),
  openSymbols: fc.subarray(['AAPL', 'MSFT', 'SPY', 'QQQ', 'XLK', 'XLE']).map((symbols) => new Set(symbols)),
  baseline: orNull(dollars(10_000, 200_000)) as fc.Arbitrary<Money | null>,
  sinceSimilarMs: fc.option(numberFrom(0, 120_000), { nil: null }),
  live: fc.boolean(),
});
