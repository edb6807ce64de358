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
});
