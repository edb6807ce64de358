import assert from 'node:assert/strict';
import type { OrderIntent } from '../../lib/domain/order.ts';
import type { Refusal, TraceEntry } from '../../lib/domain/trace.ts';
import { ACCOUNT, FlowDesk, listener, node, probe } from './flow-desk.ts';

describe('risk-check', () => {
  const desk = new FlowDesk();
  const strict = {
    id: 'strict',
    type: 'risk-policy',
    preset: 'rebalancer',
    maxOrderQuantity: '4',
    version: 1,
  };
  const flow = (fields: Record<string, unknown> = {}, wire = ['check']) => [
    ACCOUNT,
    strict,
    node('position-size', 'size', { wires: [wire, []] }),
    node('risk-check', 'check', { ...fields, wires: [['approved'], ['refused']] }),
    listener('catch', 'catch'),
    listener('complete', 'done', ['check']),
    probe('sized'),
    probe('approved'),
    probe('refused'),
  ];
  const buy = (quantity: number, symbol = 'AAPL') =>
    desk.node('size').receive({ payload: { symbol, action: 'buy', quantity, book: `b${quantity}` } });
  const rules = (msg: { payload?: unknown }) =>
    (msg.payload as { refusals: Refusal[] }).refusals.map(({ field }) => field);

  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  it('adds a permit and says why', async () => {
    await desk.load(flow());
    buy(5);
    const msg = await desk.hears('approved');
    assert.ok((msg.payload as OrderIntent).permit?.permitId);
    assert.equal((msg.payload as OrderIntent).quantity, 5);
    const entry = (msg.trace as TraceEntry[])[1];
    assert.equal(entry?.decision, 'approved');
    assert.match(entry?.because ?? '', /buying power/);
    assert.equal(msg.because, entry?.because);
    await desk.hears('done');
    await desk.shows('check', 'SIM approved 5 AAPL');
  });

  it('refuses with every reason, as a result and not as an error', async () => {
    await desk.load(flow({}, ['sized']));
    buy(6);
    const { payload } = await desk.hears('sized');
    desk.node('check').receive({ payload: { ...(payload as OrderIntent), quantity: 2_000 } });
    const msg = await desk.hears('refused', ({ payload }) => (payload as OrderIntent).quantity === 2_000);
    assert.ok(rules(msg).includes('maxOrderQuantity'));
    assert.ok(rules(msg).includes('maxOrderValue'));
    assert.equal('permit' in (msg.payload as object), false);
    assert.equal((msg.trace as TraceEntry[]).at(-1)?.decision, 'refused');
    assert.match(String(msg.because), /2,000.*maxOrderQuantity.*; .*maxOrderValue/);
    assert.deepEqual(desk.heard('catch'), []);
  });

  it('takes a second policy where it is stricter, and nowhere else', async () => {
    await desk.load(flow({ policy: 'strict' }));
    buy(5);
    assert.deepEqual(rules(await desk.hears('refused')), ['maxOrderQuantity']);
    buy(3);
    await desk.hears('approved');
  });

  it('is no check at all without the second policy it names: it turns red', async () => {
    await desk.load(flow({ policy: 'gone' }));
    await desk.shows('check', /misconfigured/);
    assert.equal(desk.statusOf('check').fill, 'red');
    buy(1);
    assert.equal(((await desk.hears('catch')).error as { code: string }).code, 'E_INPUT');
    assert.deepEqual(desk.heard('approved'), []);
  });

  it('does not check what is not a sized order', async () => {
    await desk.load(flow());
    desk.node('check').receive({ payload: { symbol: 'AAPL', action: 'buy', quantity: 5 } });
    const { error } = await desk.hears('catch');
    assert.equal((error as { code: string }).code, 'E_INPUT');
  });
});
