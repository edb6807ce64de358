import assert from 'node:assert/strict';
import type { Order, OrderIntent } from '../../lib/domain/order.ts';
import type { TraceEntry } from '../../lib/domain/trace.ts';
import { ACCOUNT, FlowDesk, type FlowNode, listener, node, pause, probe } from './flow-desk.ts';

const PIPELINE: FlowNode[] = [
  ACCOUNT,
  node('position-size', 'size', { method: 'as_signal', wires: [['check', 'sized'], ['unsized']] }),
  node('risk-check', 'check', { wires: [['order', 'approved'], ['refused']] }),
  node('place-order', 'order', { wires: [['orders'], ['failed']] }),
  listener('catch', 'catch'),
  listener('complete', 'done', ['order']),
  ...['sized', 'unsized', 'approved', 'refused', 'orders', 'failed'].map(probe),
];

describe('place-order', () => {
  const desk = new FlowDesk();

  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  it('turns an injected signal into a filled order, with every decision explained', async () => {
    await desk.load(PIPELINE);
    desk
      .node('size')
      .receive({ payload: { symbol: 'AAPL', action: 'buy', quantity: 10 }, _msgid: 'press-1', note: 'mine' });
    const filled = await desk.hears('orders', (msg) => (msg.payload as Order).status === 'filled');
    const order = filled.payload as Order;
    assert.equal(order.execQuantity, 10);
    assert.equal(filled.topic, 'AAPL');
    assert.equal(filled.note, 'mine', 'what came with the signal is kept');
    assert.equal(filled.intentId, order.intentId);
    const first = desk.heard('orders')[0];
    const trace = first?.trace as TraceEntry[];
    assert.deepEqual(trace.map(({ node: name, decision }) => `${name} ${decision}`).slice(0, 2), [
      'position-size sized',
      'risk-check approved',
    ]);
    assert.ok(trace.every(({ because }) => because !== ''));
    assert.equal(first?.because, trace.at(-1)?.because);
    assert.match(String(filled.because), /^buy 10 AAPL, 10 filled at \d+\.\d+$/);
    assert.deepEqual(
      (await desk.ordersOf('AAPL')).map(({ side, quantity }) => [side, quantity]),
      [['buy', 10]],
    );
    await desk.hears('done');
    assert.deepEqual(desk.heard('failed'), []);
    assert.deepEqual(desk.heard('catch'), []);
    await desk.shows('order', 'SIM filled 10 AAPL');
  });

  it('sends a copied wire once', async () => {
    await desk.load([
      ...PIPELINE.filter(({ id }) => id !== 'size' && id !== 'check'),
      node('position-size', 'size', { wires: [['check', 'check2'], ['unsized']] }),
      node('risk-check', 'check', { wires: [['order', 'order', 'order2'], ['refused']] }),
      node('risk-check', 'check2', { wires: [['order'], ['refused']] }),
      node('place-order', 'order2', { wires: [['orders'], ['failed']] }),
    ]);
    desk.node('size').receive({ payload: { symbol: 'MSFT', action: 'buy', quantity: 3 }, _msgid: 'press-2' });
    await desk.hears('orders', (msg) => (msg.payload as Order).status === 'filled');
    await pause(300);
    assert.equal((await desk.ordersOf('MSFT')).length, 1);
    assert.equal(desk.heard('refused').length, 1, 'the second gate gives no second permit');
    const codes = desk.heard('failed').map((msg) => (msg.payload as { code: string }).code);
    assert.deepEqual([...new Set(codes)], ['E_PERMIT_SPENT']);
    assert.equal(codes.length, 2);
  });

  it('sends nothing that was altered, has no permit, a spent one, or one too old', async () => {
    await desk.load(
      PIPELINE.map((one) => (one.id === 'check' ? { ...one, wires: [['approved'], ['refused']] } : one)),
    );
    const approve = async (id: string): Promise<OrderIntent> => {
      desk
        .node('size')
        .receive({ payload: { id, symbol: 'NVDA', action: 'buy', quantity: 2, book: id }, _msgid: id });
      const approved = (msg: { payload?: unknown }) => (msg.payload as OrderIntent).book === id;
      return (await desk.hears('approved', approved)).payload as OrderIntent;
    };
    const refusedWith = async (code: string) => {
      const msg = await desk.hears('failed', ({ payload }) => (payload as { code: string }).code === code);
      const { refusals } = msg.payload as { refusals: { message: string }[] };
      assert.ok(refusals[0]?.message, `${code} says why`);
    };

    const intent = await approve('a');
    const { permit: _, ...bare } = intent;
    desk.node('order').receive({ payload: bare });
    await refusedWith('E_NO_PERMIT');
    desk.node('order').receive({ payload: { ...intent, quantity: 200 } });
    await refusedWith('E_INTENT_ALTERED');
    desk.node('order').receive({ payload: { ...intent, permit: { permitId: 'invented', validSeconds: 5 } } });
    await refusedWith('E_PERMIT_UNKNOWN');
    assert.deepEqual(await desk.ordersOf('NVDA'), []);
    desk.node('order').receive({ payload: intent });
    await desk.hears('orders', (msg) => (msg.payload as Order).status === 'filled');
    desk.node('order').receive({ payload: intent });
    await refusedWith('E_PERMIT_SPENT');
    assert.equal((await desk.ordersOf('NVDA')).length, 1);
    assert.deepEqual(desk.heard('catch'), [], 'a refusal is a result, not an error');
  });

  it('blocks a permit that expired on the wire', async () => {
    const short = { id: 'short', type: 'risk-policy', preset: 'standard', permitSeconds: '0.2', version: 1 };
    const slow = PIPELINE.map((one) =>
      one.id === 'check' ? { ...one, policy: 'short', wires: [['approved'], ['refused']] } : one,
    );
    await desk.load([short, ...slow]);
    desk.node('size').receive({ payload: { symbol: 'AMD', action: 'buy', quantity: 1 }, _msgid: 'press-3' });
    const { payload } = await desk.hears('approved');
    await pause(300);
    desk.node('order').receive({ payload });
    const failed = await desk.hears('failed');
    assert.equal((failed.payload as { code: string }).code, 'E_PERMIT_EXPIRED');
    assert.deepEqual(await desk.ordersOf('AMD'), []);
  });

  it('tells a Catch node what is wrong with its input, by code and field', async () => {
    await desk.load(PIPELINE);
    await desk.account();
    desk.node('order').receive({ payload: { symbol: 'AAPL', action: 'buy', quantity: 1 } });
    const { error } = await desk.hears('catch');
    assert.equal((error as { code: string }).code, 'E_INPUT');
    assert.match((error as { message: string }).message, /intentId/);
    assert.deepEqual(desk.heard('done'), []);
  });

  it('ends with E_ORDER_UNKNOWN when the answer is lost, and tells the outcome later without sending again', async () => {
    await desk.load(PIPELINE);
    await desk.account();
    await desk.spoil('close_after');
    desk
      .node('size')
      .receive({ payload: { symbol: 'QQQ', action: 'buy', quantity: 1 }, _msgid: 'press-4', note: 'kept' });
    const { error } = await desk.hears('catch');
    assert.equal((error as { code: string }).code, 'E_ORDER_UNKNOWN');
    assert.equal(((await desk.hears('failed')).payload as Order).status, 'unknown');
    const later = await desk.hears('orders', (msg) => (msg.payload as Order).status === 'filled', 15_000);
    assert.equal(later.note, 'kept');
    assert.equal((await desk.ordersOf('QQQ')).length, 1);
  });
});
