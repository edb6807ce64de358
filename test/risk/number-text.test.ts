import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatDollars, formatMoney, formatNumber, money } from '../../lib/domain/money.ts';
import { percentOver, percentText, secondsText, sharesText } from '../../lib/risk/rule.ts';

describe('figures in sentences', () => {
  it('rounds halves away from zero and groups thousands', () => {
    const cases: [number, string][] = [
      [0, '0.00'],
      [-0, '0.00'],
      [-0.001, '0.00'],
      [0.005, '0.01'],
      [1.005, '1.01'],
      [-1.005, '-1.01'],
      [999.994, '999.99'],
      [999.995, '1,000.00'],
      [41_230, '41,230.00'],
      [-1_234_567.891, '-1,234,567.89'],
    ];
    for (const [value, text] of cases) assert.equal(formatDollars(value), text);
    assert.equal(formatMoney(money(-1_500.5)), '-1,500.50');
  });

  it('reads like Intl for every amount an account can hold (property)', () => {
    const options = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    fc.assert(
      fc.property(fc.integer({ min: -1e13, max: 1e13 }), (units) => {
        const dollars = units / 10_000;
        assert.equal(
          formatDollars(dollars),
          dollars.toLocaleString('en-US', options).replace(/^-0\.00$/, '0.00'),
        );
      }),
    );
  });

  it('drops the decimals nobody needs', () => {
    assert.equal(formatNumber(12.5, 0, 2), '12.5');
    assert.equal(formatNumber(150, 2, 4), '150.00');
    assert.equal(formatNumber(150.1234, 2, 4), '150.1234');
    assert.equal(sharesText(1_000), '1,000');
    assert.equal(sharesText(10.5), '10.5');
    assert.equal(percentText(15.1), '15.1 %');
    assert.equal(secondsText(420), '0.4 s');
    assert.equal(secondsText(900_000), '900 s');
  });

  it('shows what is over a limit as over it', () => {
    assert.equal(percentOver(20.1, 20), '20.1 %');
    assert.equal(percentOver(20.0002, 20), '20.0002 %');
  });
});
