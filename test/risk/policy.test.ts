import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TraderError } from '../../lib/domain/errors.ts';
import {
  loosens,
  POLICY_FIELD_NAMES,
  POLICY_FIELDS,
  type Policy,
  type PolicyFieldName,
  PRESETS,
  parsePolicy,
  policySchema,
  strictest,
} from '../../lib/risk/policy.ts';
import { anyPolicy } from './arbitraries.ts';

describe('policy', () => {
  it('has every field of the schema in its table, eight of them first', () => {
    assert.deepEqual(Object.keys(policySchema.shape).sort(), [...POLICY_FIELD_NAMES].sort());
    assert.equal(POLICY_FIELD_NAMES.filter((name) => POLICY_FIELDS[name].first).length, 8);
  });

  it('has presets that parse; standard holds the defaults of the issue', () => {
    for (const preset of Object.values(PRESETS)) assert.deepEqual(parsePolicy(preset), preset);
    const { standard } = PRESETS;
    assert.deepEqual(
      [
        standard.maxOrderQuantity,
        standard.maxOrderValue,
        standard.maxPositionPercent,
        standard.maxConcentrationPercent,
      ],
      [1_000, 25_000, 20, 25],
    );
    assert.deepEqual(
      [
        standard.maxOpenPositions,
        standard.maxDailyLossPercent,
        standard.minEquity,
        standard.priceBandPercent,
      ],
      [10, 2, 1_000, 3],
    );
    assert.deepEqual(
      [standard.duplicateWindowSeconds, standard.permitSeconds, standard.quoteMaxAgeSeconds],
      [60, 5, 5],
    );
  });

  it('makes careful stricter than standard in every field, and only delayed-paper allows delay', () => {
    assert.deepEqual(loosens(PRESETS.standard, PRESETS.careful), []);
    for (const [name, preset] of Object.entries(PRESETS)) {
      assert.equal(preset.allowDelayedQuotes, name === 'delayed-paper');
    }
  });

  const bad: [title: string, change: Record<string, unknown>, field: string][] = [
    ['an unknown limit', { maxLeverage: 2 }, 'maxLeverage'],
    ['a missing limit', { minEquity: undefined }, 'minEquity'],
    ['a string', { maxOrderValue: '25000' }, 'maxOrderValue'],
    ['a percent over 100', { maxPositionPercent: 101 }, 'maxPositionPercent'],
    ['a negative percent', { maxDailyLossPercent: -1 }, 'maxDailyLossPercent'],
    ['NaN', { priceBandPercent: Number.NaN }, 'priceBandPercent'],
    ['Infinity', { maxOrderValue: Number.POSITIVE_INFINITY }, 'maxOrderValue'],
    ['a fraction of a share', { maxOrderQuantity: 1.5 }, 'maxOrderQuantity'],
    ['a quote older than 15 s', { quoteMaxAgeSeconds: 16 }, 'quoteMaxAgeSeconds'],
    ['a switch that is no boolean', { allowDelayedQuotes: 'yes' }, 'allowDelayedQuotes'],
  ];
  for (const [title, change, field] of bad) {
    it(`refuses ${title} and names the field`, () => {
      assert.throws(
        () => parsePolicy({ ...PRESETS.standard, ...change }),
        (error) =>
          error instanceof TraderError &&
          error.code === 'E_INPUT' &&
          error.field === field &&
          !!error.expected,
      );
    });
  }

  it('refuses what is no policy at all', () => {
    for (const input of [null, undefined, 1, 'standard', []]) {
      assert.throws(() => parsePolicy(input), { code: 'E_INPUT' });
    }
  });

  it('takes the stricter of two in each direction', () => {
    const both = strictest(
      {
        ...PRESETS.standard,
        maxOrderQuantity: 5,
        minEquity: 7,
        marketCollarPercent: 1,
        allowDelayedQuotes: true,
      },
      { ...PRESETS.standard, maxOrderQuantity: 6, minEquity: 8, marketCollarPercent: 2, permitSeconds: 1 },
    );
    assert.deepEqual(both, {
      ...PRESETS.standard,
      maxOrderQuantity: 5,
      minEquity: 8,
      marketCollarPercent: 2,
      permitSeconds: 1,
      allowDelayedQuotes: false,
    });
  });

  it('never loosens by strictest, which commutes, repeats and stays valid (property)', () => {
    fc.assert(
      fc.property(anyPolicy, anyPolicy, (a, b) => {
        const both = strictest(a, b);
        assert.deepEqual(loosens(a, both), []);
        assert.deepEqual(loosens(b, both), []);
        assert.deepEqual(both, strictest(b, a));
        assert.deepEqual(both, strictest(both, a));
        assert.deepEqual(parsePolicy(both), both);
      }),
    );
  });

  it('names every loosened limit', () => {
    const looser: Partial<Record<PolicyFieldName, Policy[PolicyFieldName]>> = {
      maxOrderValue: 30_000,
      minEquity: 10,
      duplicateWindowSeconds: 1,
      allowDelayedQuotes: true,
    };
    const after = { ...PRESETS.standard, ...looser } as Policy;
    assert.deepEqual(loosens(PRESETS.standard, after).sort(), Object.keys(looser).sort());
    assert.deepEqual(loosens(after, PRESETS.standard), []);
  });
});
