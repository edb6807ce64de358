import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { OrderLegRequest, OrderRequest } from '../../lib/broker/port.ts';
import { changeFaultOf, changeFormOf, faultOf, formOf } from '../../lib/broker/tradier/order-forms.ts';
import { durationSchema, orderTypeSchema, sideSchema } from '../../lib/domain/order.ts';
import { InvalidParameter } from '../../simulator/errors.ts';
import { Params } from '../../simulator/http.ts';
import { requestedChange, requestedOrder } from '../../simulator/order-request.ts';

/** 2026-03-02 10:00 in New York. */
const NOW = Date.UTC(2026, 2, 2, 15);

const cents = fc.integer({ min: 1, max: 99_999_999 }).map((n) => n / 100);

const leg: fc.Arbitrary<OrderLegRequest> = fc
  .record({
    symbol: fc.constantFrom('AAPL', 'BRK/B', 'SPY'),
    side: fc.constantFrom(...sideSchema.options),
    quantity: fc.integer({ min: 1, max: 10_000_000 }),
    type: fc.constantFrom(...orderTypeSchema.options),
    price: cents,
    stop: cents,
    duration: fc.option(fc.constantFrom('day' as const, 'gtc' as const), { nil: undefined }),
  })
  .map(({ price, stop, duration, ...terms }) => ({
    ...terms,
    ...(terms.type === 'limit' || terms.type === 'stop_limit' ? { price } : {}),
    ...(terms.type === 'stop' || terms.type === 'stop_limit' ? { stop } : {}),
    ...(duration === undefined ? {} : { duration }),
  }));

const order: fc.Arbitrary<OrderRequest> = fc
  .record({
    class: fc.constantFrom('equity' as const, 'oto' as const, 'oco' as const, 'otoco' as const),
    legs: fc.array(leg, { minLength: 3, maxLength: 3 }),
    duration: fc.constantFrom('day' as const, 'gtc' as const),
    tag: fc.stringMatching(/^[A-Za-z0-9-]{1,40}$/),
  })
  .map(({ class: kind, legs, duration, tag }) =>
    kind === 'equity'
      ? { ...(legs[0] as OrderLegRequest), duration, tag }
      : { class: kind, legs: legs.slice(0, kind === 'otoco' ? 3 : 2), duration, tag },
  );

function params(form: URLSearchParams): Params {
  return new Params(new URLSearchParams(), new URLSearchParams(form.toString()));
}

describe('order forms, there and back', () => {
  it('the simulator reads what the client writes', () => {
    fc.assert(
      fc.property(order, (asked) => {
        fc.pre(faultOf(asked) === null);
        const read = requestedOrder(params(formOf(asked)), NOW);
        const expected =
          'legs' in asked
            ? {
                class: asked.class,
                legs: asked.legs.map((one) => ({ ...one, duration: one.duration ?? asked.duration })),
                tag: asked.tag,
              }
            : asked;
        assert.deepEqual(read, expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('changes too', () => {
    const change = fc.record(
      {
        type: fc.constantFrom(...orderTypeSchema.options),
        duration: fc.constantFrom(...durationSchema.options),
        price: cents,
        stop: cents,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(change, (asked) => {
        fc.pre(changeFaultOf(asked) === null);
        assert.deepEqual(requestedChange(params(changeFormOf(asked))), { ...asked });
      }),
    );
  });

  it('whatever is sent is read or refused as a parameter', () => {
    const names = ['symbol', 'side', 'quantity', 'type', 'price', 'stop', 'duration', 'option_symbol'];
    const key = fc.oneof(
      fc.constantFrom('class', 'tag', ...names),
      fc
        .tuple(fc.constantFrom(...names), fc.integer({ min: -1, max: 4 }))
        .map(([name, index]) => `${name}[${index}]`),
    );
    const value = fc.oneof(
      fc.constantFrom(
        'equity',
        'oto',
        'oco',
        'otoco',
        'AAPL',
        'buy',
        'sell',
        '10',
        'limit',
        'stop',
        '1.5',
        'day',
        '',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { maxLength: 24 }), (pairs) => {
        const sent = params(new URLSearchParams(pairs));
        for (const read of [() => requestedOrder(sent, NOW), () => requestedChange(sent)]) {
          try {
            read();
          } catch (error) {
            assert.ok(error instanceof InvalidParameter);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
