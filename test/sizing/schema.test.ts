import assert from 'node:assert/strict';
import { TraderError } from '../../lib/domain/errors.ts';
import type { Sizing } from '../../lib/sizing/contract.ts';
import { parseSizing } from '../../lib/sizing/schema.ts';

describe('sizing configuration', () => {
  const good: Sizing[] = [
    { method: 'as_signal' },
    { method: 'fixed_shares', shares: 10 },
    { method: 'fixed_cash', cash: 2_500.5 },
    { method: 'percent_equity', percent: 100 },
    { method: 'risk_per_trade', percent: 0.5 },
    { method: 'risk_per_trade', percent: 0.5, stopDistance: 2.5 },
  ];
  for (const sizing of good) {
    it(`accepts ${JSON.stringify(sizing)}`, () => assert.deepEqual(parseSizing(sizing), sizing));
  }

  const bad: [input: unknown, field: string][] = [
    [{ method: 'martingale' }, 'method'],
    [{}, 'method'],
    [null, 'method'],
    [{ method: 'fixed_shares' }, 'shares'],
    [{ method: 'fixed_shares', shares: 1.5 }, 'shares'],
    [{ method: 'fixed_shares', shares: 0 }, 'shares'],
    [{ method: 'fixed_shares', shares: '10' }, 'shares'],
    [{ method: 'fixed_cash', cash: -1 }, 'cash'],
    [{ method: 'fixed_cash', cash: Number.POSITIVE_INFINITY }, 'cash'],
    [{ method: 'percent_equity', percent: 101 }, 'percent'],
    [{ method: 'percent_equity', percent: 0 }, 'percent'],
    [{ method: 'risk_per_trade', percent: Number.NaN }, 'percent'],
    [{ method: 'risk_per_trade', percent: 1, stopDistance: 0 }, 'stopDistance'],
    [{ method: 'as_signal', shares: 10 }, 'shares'],
  ];
  for (const [input, field] of bad) {
    it(`refuses ${JSON.stringify(input)} and names ${field}`, () => {
      assert.throws(
        () => parseSizing(input),
        (error) =>
          error instanceof TraderError &&
          error.code === 'E_INPUT' &&
          error.field === field &&
          !!error.expected,
      );
    });
  }
});
