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

  it('shows a value as the alert in the same answer has it', () => {
    const alert = { symbol: 'AAPL', condition: 'price_above', value: 100.123456789 } as PriceAlert;
    assert.equal(outlookOf(alert, 99), 'AAPL is at 99; it fires when the price is above 100.123457.');
  });

  it('says of an alert that watches nothing what lets it watch again', () => {
    const at = (status: string) =>
      outlookOf({ symbol: 'AAPL', condition: 'price_above', value: 100, status } as PriceAlert, 99);
    assert.match(at('paused'), /paused.* until its status is active/);
    assert.match(at('expired'), /over.* until its expiresAt is later/);
    assert.match(at('triggered'), /fired.* until it is armed again/);
    assert.match(at('active'), /fires when the price is above 100/);
  });
});
