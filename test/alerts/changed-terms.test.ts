import assert from 'node:assert/strict';
import { changedTerms, readTerms } from '../../lib/alerts/terms.ts';

describe('a change of what an alert looks for', () => {
  const FIGURES: Record<string, [number | undefined, string]> = {
    price_above: [99, 'dollars'],
    price_cross_below: [99, 'dollars'],
    volume_above: [5_000, 'shares'],
    rsi_overbought: [75, 'an RSI level'],
    percent_move: [3, 'percent'],
    macd_signal: [undefined, ''],
    bollinger_break: [undefined, ''],
  };
  const alertOn = (condition: string) =>
    readTerms({ symbol: 'AAPL', condition, value: FIGURES[condition]?.[0] });

  it('never takes a value over into another unit: it comes with the condition, or the change is refused', () => {
    let refused = 0;
    for (const [before, [, unit]] of Object.entries(FIGURES)) {
      for (const [condition, [value, wanted]] of Object.entries(FIGURES)) {
        const change = (fields: object) => readTerms(changedTerms(alertOn(before), { condition, ...fields }));
        if (wanted !== '' && wanted !== unit) {
          refused += 1;
          assert.throws(() => change({}), {
            code: 'E_INPUT',
            field: 'value',
            message: new RegExp(`^value: nothing .* expected ${wanted} from .* ${condition}$`),
          });
          assert.equal(change({ value }).value, value);
        } else assert.equal(change({}).value, wanted === '' ? undefined : FIGURES[before]?.[0]);
      }
    }
    assert.equal(refused, 28);
  });

  it('needs no value where it changes something else', () => {
    const changed = changedTerms(alertOn('rsi_overbought'), { interval: '15' });
    assert.deepEqual([changed.value, changed.interval], [75, '15']);
  });
});
