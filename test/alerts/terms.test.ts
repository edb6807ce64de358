import assert from 'node:assert/strict';
import { readTerms } from '../../lib/alerts/terms.ts';

describe("an alert's terms", () => {
  it('are refused in plain words that name field, value and expectation', () => {
    const wrong: [Record<string, unknown>, string][] = [
      [{ tags: 'x' }, 'tags: "x" is not accepted; expected a list'],
      [{ tags: [''] }, 'tags.0: "" is not accepted; expected a text of at least 1 character'],
      [{ message: 5 }, 'message: 5 is not accepted; expected a text'],
      [{ windowMinutes: 0 }, 'windowMinutes: 0 is not accepted; expected a number of at least 1'],
      [{ windowMinutes: 1.5 }, 'windowMinutes: 1.5 is not accepted; expected a whole number'],
      [{ windowMinutes: 2_000 }, 'windowMinutes: 2000 is not accepted; expected a number of at most 1440'],
      [{ color: 1 }, 'color: 1 is not accepted; expected no field of this name'],
      [{ repeat: 'x' }, 'repeat: "x" is not accepted; expected one of once, every'],
      [{ signal: 5 }, 'signal: 5 is not accepted; expected an object with fields'],
      [{ symbol: undefined }, 'symbol: nothing is not accepted; expected a text'],
      [
        { expiresAt: {} },
        'expiresAt: {} is not accepted; expected epoch ms, or ISO 8601 such as 2026-12-31T16:00',
      ],
    ];
    for (const [fields, message] of wrong)
      assert.throws(() => readTerms({ symbol: 'AAPL', condition: 'price_above', value: 5, ...fields }), {
        code: 'E_INPUT',
        message,
      });
  });

  const refused = (fields: Record<string, unknown>, field: string, expected: RegExp) =>
    assert.throws(
      () => readTerms({ symbol: 'AAPL', ...fields }),
      (error: { code: string; field: string }) => {
        assert.deepEqual([error.code, error.field], ['E_INPUT', field], JSON.stringify(fields));
        assert.match(String(error), expected);
        return true;
      },
    );

  it('stay within what prices, shares and time can be', () => {
    const bounds: [string, number, number, string][] = [
      ['price_above', 0.0001, 1e7, 'dollars from 0\\.0001 to 10,000,000'],
      ['volume_below', 1, 1e13, 'shares from 1 to 10,000,000,000,000'],
      ['rsi_overbought', 0.01, 99.99, 'an RSI level from 0\\.01 to 99\\.99'],
      ['percent_move', 0.01, 100, 'percent from 0\\.01 to 100'],
    ];
    for (const [condition, least, most, words] of bounds) {
      for (const value of [least, most])
        assert.equal(readTerms({ symbol: 'A', condition, value }).value, value);
      for (const value of [1e-300, least * 0.99, most * 1.01, 1e308])
        refused({ condition, value }, 'value', new RegExp(`expected ${words}, for ${condition}`));
    }
    refused({ condition: 'price_above' }, 'value', /nothing is not accepted; expected dollars from/);
    const alert = { condition: 'price_above', value: 1 };
    for (const [field, action] of [
      ['quantity', 'buy'],
      ['target', 'target'],
    ] as const) {
      const signal = { action, [field]: 1e9 };
      assert.deepEqual(readTerms({ symbol: 'A', ...alert, signal }).signal?.[field], 1e9);
      refused(
        { ...alert, signal: { ...signal, [field]: 1e9 + 1 } },
        `signal.${field}`,
        /at most 1,000,000,000/,
      );
    }
    refused({ ...alert, expiresAt: 1e15 }, 'expiresAt', /an instant before the year 2200/);
    refused({ ...alert, expiresAt: '2200-01-01' }, 'expiresAt', /an instant before the year 2200/);
    assert.ok(readTerms({ symbol: 'A', ...alert, expiresAt: '2199-12-31' }).expiresAt);
  });

  it('have no field that their condition does not use, unless it says what is so anyway', () => {
    const unused: [Record<string, unknown>, string][] = [
      [{ condition: 'price_above', value: 1, direction: 'up' }, 'direction'],
      [{ condition: 'price_above', value: 1, windowMinutes: 9 }, 'windowMinutes'],
      [{ condition: 'price_above', value: 1, length: 14 }, 'length'],
      [{ condition: 'price_cross_below', value: 1, interval: '1' }, 'interval'],
      [{ condition: 'percent_move', value: 1, deviations: 3 }, 'deviations'],
      [{ condition: 'volume_above', value: 1, fast: 5 }, 'fast'],
      [{ condition: 'macd_signal', value: 1 }, 'value'],
      [{ condition: 'bollinger_break', slow: 30 }, 'slow'],
    ];
    for (const [fields, field] of unused)
      refused(fields, field, new RegExp(`expected nothing: ${fields.condition} does not use it`));
    const plain = readTerms({ symbol: 'A', condition: 'price_above', value: 1 });
    assert.deepEqual(readTerms(plain), plain, 'what was read can be written again');
  });

  it('take the minutes of a bar as a number, too', () => {
    const terms = (interval: unknown) => readTerms({ symbol: 'A', condition: 'rsi_oversold', interval });
    assert.deepEqual([terms(5).interval, terms('5').interval, terms('D').interval], ['5', '5', 'D']);
    refused(
      { condition: 'rsi_oversold', interval: 7 },
      'interval',
      /7 is not accepted; expected one of 1, 3, 5/,
    );
    refused({ condition: 'rsi_oversold', interval: {} }, 'interval', /expected one of 1, 3, 5/);
  });
});
