import assert from 'node:assert/strict';
import type { PriceAlert } from '../../lib/alerts/alert.ts';
import { outlookOf } from '../../lib/api/alert-outlook.ts';

describe('the outlook of an alert', () => {
  const of = (condition: string, price: number) =>
    outlookOf({ symbol: 'AAPL', condition, value: 100 } as PriceAlert, price);

  it('on its very level is not across: a crossing must first come from the other side', () => {
    assert.equal(
      of('price_cross_above', 100),
      'AAPL is at 100, on the line: it waits for the price to come from the other side, so the price must first fall below 100.',
    );
    assert.match(of('price_cross_below', 100), /must first rise above 100\.$/);
    assert.equal(of('price_above', 100), 'AAPL is at 100; it fires when the price is above 100.');
    assert.equal(of('price_cross_above', 99), 'AAPL is at 99; it fires when the price is above 100.');
  });
});
