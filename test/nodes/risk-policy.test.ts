import assert from 'node:assert/strict';
import { POLICY_FIELD_NAMES, PRESETS } from '../../lib/risk/policy.ts';
import { migrate } from '../../nodes/kit/config.ts';
import { migrations, readPolicy } from '../../nodes/risk-policy/risk-policy.ts';
import { ACCOUNT, FlowDesk, type FlowNode, listener, node, probe } from './flow-desk.ts';

describe('risk-policy', () => {
  it('is the preset where fields are empty', () => {
    const empty = Object.fromEntries(POLICY_FIELD_NAMES.map((name) => [name, '']));
    for (const preset of ['careful', 'standard', 'rebalancer', 'delayed-paper'] as const) {
      assert.deepEqual(readPolicy({ preset, ...empty }), PRESETS[preset]);
    }
    assert.deepEqual(readPolicy({}), PRESETS.standard);
  });

  it('takes what the person set in its place, 0 and false included', () => {
    const policy = readPolicy({
      preset: 'delayed-paper',
      minEquity: '0',
      maxOrderQuantity: 5,
      allowDelayedQuotes: 'false',
    });
    assert.deepEqual(policy, {
      ...PRESETS['delayed-paper'],
      minEquity: 0,
      maxOrderQuantity: 5,
      allowDelayedQuotes: false,
    });
  });

  it('allows no short sales to a policy from before there were any', () => {
    const old = { preset: 'standard', version: 1 };
    assert.equal(readPolicy(migrate(old, migrations)).allowShortSales, false);
    assert.equal(readPolicy(migrate({ ...old, allowShortSales: 'true' }, migrations)).allowShortSales, true);
    assert.equal(readPolicy(migrate({ ...old, version: 2 }, migrations)).allowShortSales, true);
    assert.equal(readPolicy(migrate({ preset: 'careful', version: 2 }, migrations)).allowShortSales, false);
  });

  it('names the field that is wrong', () => {
    assert.throws(() => readPolicy({ maxOpenPositions: '1.5' }), {
      code: 'E_INPUT',
      field: 'maxOpenPositions',
    });
    assert.throws(() => readPolicy({ maxOrderValue: 'much' }), { code: 'E_INPUT', field: 'maxOrderValue' });
    assert.throws(() => readPolicy({ preset: 'wild' }), { code: 'E_INPUT', field: 'preset' });
  });

  it('stops an account whose policy is not valid: there is no unlimited by mistake', async () => {
    const desk = new FlowDesk();
    await desk.start();
    const broken: FlowNode = {
      id: 'broken',
      type: 'risk-policy',
      preset: 'standard',
      maxOrderValue: '-1',
      version: 1,
    };
    await desk.load([
      broken,
      { ...ACCOUNT, policy: 'broken' },
      node('position-size', 'size', { wires: [['sized'], []] }),
      listener('catch', 'catch'),
      probe('sized'),
    ]);
    desk.node('size').receive({ payload: { symbol: 'AAPL', action: 'buy', quantity: 1 } });
    const { error } = await desk.hears('catch');
    assert.match((error as { message: string }).message, /risk-policy/);
    await desk.unload();
    await desk.stop();
  });
});
