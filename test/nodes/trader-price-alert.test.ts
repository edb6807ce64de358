import assert from 'node:assert/strict';
import type { Firing } from '../../lib/alerts/alert.ts';
import type { Order } from '../../lib/domain/order.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import type { TraceEntry } from '../../lib/domain/trace.ts';
import { ApiDesk } from '../api/api-desk.ts';
import { catalogue, textAt } from '../flows/flow-files.ts';
import { ACCOUNT, type FlowNode, listener, node, pause, probe, until } from './flow-desk.ts';

const WARN = 30;
const INFO = 40;

describe('trader-price-alert', () => {
  const desk = new ApiDesk();
  const alert = (id: string, fields: Record<string, unknown> = {}): FlowNode =>
    node('trader-price-alert', id, {
      ...{ source: 'own', symbol: 'AAPL', condition: 'price_above', value: '1', direction: 'any' },
      ...{ windowMinutes: 5, interval: '5', length: '', repeat: 'once', expires: '', message: '' },
      ...{ action: 'none', quantity: '', book: 'price-alert' },
      ...fields,
      wires: [['fired'], ['signals']],
    });
  const flow = (...more: FlowNode[]) => [
    ACCOUNT,
    ...more,
    ...[listener('catch', 'catch'), probe('fired'), probe('signals')],
  ];

  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  it('fires once, says why, and stays fired over a deploy until it is armed again', async () => {
    await desk.load(flow(alert('alert', { message: 'up we go' })));
    const msg = await desk.hears('fired');
    const firing = msg.payload as Firing;
    assert.deepEqual([firing.symbol, firing.n, firing.message, msg.topic], ['AAPL', 1, 'up we go', 'AAPL']);
    const said = (msg.trace as TraceEntry[])[0]?.because ?? '';
    assert.match(said, /^Simulated: up we go \(AAPL at \d+\.\d\d+\)$/);
    assert.deepEqual([firing.text, firing.simulated, firing.signal], [said, true, null]);
    await desk.shows('alert', /triggered AAPL/);
    const lines = desk.logged(INFO).filter(({ id }) => id === 'alert');
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      [`fired: ${said}`],
    );
    await desk.deploy(flow(alert('alert', { message: 'up we go' }), probe('more')));
    await desk.account();
    await pause(600);
    assert.equal(desk.heard('fired').length, 1);
    desk.node('alert').receive({ payload: 'resume' } as never);
    await desk.hears('fired', ({ payload }) => (payload as Firing).n === 2);
  });

  it('says at each deploy that its time is over', async () => {
    const own = alert('over', { expires: '2020-01-01' });
    const told = () => desk.logged(30).filter(({ id }) => id === 'over');
    await desk.load(flow(own));
    await desk.shows('over', /expired AAPL/);
    await until(() => told()[0], 'the warning');
    assert.match(
      String(told()[0]?.msg),
      /^Until: 2020-01-01 23:59 is over, it is 20\d\d-\d\d-\d\d \d\d:\d\d in the market \(New York\): this alert watches nothing$/,
    );
    await desk.deploy(flow(own, probe('more')));
    await until(() => told()[1], 'the second warning');
  });

  it('names its firings anew when it is deleted and comes back by an undo, and answers in words', async () => {
    const own = alert('undone', { action: 'buy', quantity: '2' });
    await desk.load(flow(own));
    const first = (await desk.hears('signals')).payload as Signal;
    await desk.deploy(flow());
    await desk.account();
    await desk.deploy(flow(own));
    const another = ({ payload }: { payload?: unknown }) => (payload as Signal).id !== first.id;
    const second = (await desk.hears('signals', another)).payload as Signal;
    assert.deepEqual([second.symbol, second.source], [first.symbol, first.source]);
    desk.node('undone').receive({ payload: 'pause' } as never);
    await desk.hears('fired', (msg) => 'because' in msg && msg.because === 'paused: AAPL is above 1');
  });

  it('rests while it is paused, and says so below the node; the state of the account does not cover it', async () => {
    await desk.load(flow(alert('resting', { condition: 'price_cross_above', repeat: 'every' })));
    await desk.shows('resting', /active AAPL/);
    await pause(1_500);
    await desk.shows('resting', /active AAPL/);
    desk.node('resting').receive({ payload: 'pause' } as never);
    await desk.shows('resting', /paused AAPL/);
    const { alerts } = await desk.account();
    assert.equal(alerts.get('resting')?.status, 'paused');
    desk.node('resting').receive({ payload: 'resume' } as never);
    await desk.shows('resting', /active AAPL/);
  });

  it('does not keep a deploy waiting when its alert cannot be removed', async () => {
    await desk.load(flow(alert('kept', { condition: 'price_cross_above' })));
    await desk.shows('kept', /active AAPL/);
    const { alerts } = await desk.account();
    const remove = alerts.remove.bind(alerts);
    alerts.remove = () => {
      throw new Error('the disk is full');
    };
    try {
      const began = performance.now();
      await desk.deploy(flow());
      assert.ok(performance.now() - began < 5_000, 'Node-RED waits 15 s for a node that does not close');
    } finally {
      alerts.remove = remove;
    }
  });

  it('sends a signal that goes through size, risk and order, once', async () => {
    await desk.load(
      flow(
        { ...alert('alert', { action: 'buy', quantity: '2' }), wires: [['fired'], ['signals', 'size']] },
        node('position-size', 'size', { wires: [['check'], []] }),
        node('risk-check', 'check', { wires: [['order'], []] }),
        node('place-order', 'order', { wires: [['orders'], []] }),
        probe('orders'),
      ),
    );
    const signal = (await desk.hears('signals')).payload as Signal;
    assert.deepEqual(
      [signal.symbol, signal.action, signal.quantity, signal.book, signal.source],
      ['AAPL', 'buy', 2, 'price-alert', 'alert'],
    );
    await desk.hears('orders', ({ payload }) => (payload as Order).status === 'filled');
    desk.node('size').receive({ payload: signal } as never);
    await pause(300);
    assert.equal((await desk.ordersOf('AAPL')).length, 1, 'a copied signal is the same wish');
  });

  it('is the outlet of alerts that the API and messages make', async () => {
    await desk.open(
      {},
      alert('alert', { source: 'api' }),
      ...[listener('catch', 'catch'), probe('fired'), probe('signals')],
    );
    const terms = { symbol: 'SPY', condition: 'price_above', value: 1 };
    const made = await desk.send('POST', '/api/v1/alerts', terms);
    const byApi = await desk.hears('fired', ({ topic }) => topic === 'SPY');
    assert.equal((byApi.payload as Firing).alertId, (made.body as { alert_id: string }).alert_id);
    desk.node('alert').receive({ payload: { action: 'add', alert: { ...terms, symbol: 'MSFT' } } } as never);
    await desk.hears('fired', ({ topic }) => topic === 'MSFT');
    desk.node('alert').receive({ payload: { action: 'add', alert: { ...terms, value: -1 } } } as never);
    const { error } = (await desk.hears('catch')) as unknown as { error: { message: string } };
    assert.match(error.message, /value: -1 is not accepted/);
    desk.node('alert').receive({ payload: 'list' } as never);
    const list = await desk.hears('fired', ({ payload }) => Array.isArray(payload));
    assert.equal((list.payload as unknown[]).length, 2);
  });

  it('tells the stream of an alert from its making to its firing', async () => {
    await desk.open();
    const reader = await desk.stream();
    reader.say({ action: 'subscribe', channels: ['alerts'] });
    await reader.hears('alerts');
    await desk.send('POST', '/api/v1/alerts', { symbol: 'SPY', condition: 'price_above', value: 1 });
    await reader.hears('alert', ({ kind }) => kind === 'created');
    const fired = await reader.hears('alert', ({ kind }) => kind === 'fired');
    assert.equal((fired.firing as Firing).symbol, 'SPY');
    await reader.close();
  });

  it('turns red on a symbol the broker does not know, and says so once', async () => {
    await desk.load(flow(alert('lost', { symbol: 'NOPE', name: 'the lost one' })));
    await desk.shows('lost', /own\.unknownSymbol NOPE|unknown symbol NOPE|unknownSymbol NOPE/);
    const { error } = (await desk.hears('catch')) as unknown as { error: { message: string; code: string } };
    assert.equal(error.code ?? 'E_NO_QUOTE', 'E_NO_QUOTE');
    assert.match(error.message, /the lost one: the broker knows no symbol NOPE/);
    const { alerts } = await desk.account();
    assert.equal(alerts.get('lost')?.note, 'the broker does not know NOPE; nothing is watched');
    await pause(600);
    assert.equal(desk.heard('catch').length, 1);
  });

  it('warns once of a split that its alert waits for, and not again at later changes', async () => {
    await desk.load(flow(alert('split', { condition: 'price_cross_above', value: '500000' })));
    await desk.shows('split', /active AAPL/);
    const from = desk.logged(WARN).length;
    const { alerts } = await desk.account();
    alerts.split('AAPL', { newShares: 2, oldShares: 1 });
    await desk.shows('split', /paused AAPL/);
    desk.node('split').receive({ payload: 'list' } as never);
    await desk.hears('fired');
    const said = desk
      .logged(WARN)
      .slice(from)
      .map(({ msg }) => String(msg));
    assert.equal(said.filter((line) => line.includes('was split')).length, 1, said.join());
  });

  it('keeps what its dialog hides out of the alert', async () => {
    await desk.load(
      flow(alert('hidden', { direction: 'up', windowMinutes: 9, interval: '60', length: '7' })),
    );
    await desk.hears('fired');
    const { alerts } = await desk.account();
    const { direction, windowMinutes, interval, length } = alerts.get('hidden') ?? {};
    assert.deepEqual([direction, windowMinutes, interval, length], ['any', 5, '5', undefined]);
  });

  it('turns red for settings that mean nothing, and says which', async () => {
    await desk.load(flow(alert('alert', { value: '' })));
    await desk.shows('alert', /misconfigured/);
    desk.node('alert').receive({ payload: 'list' } as never);
    const { error } = (await desk.hears('catch')) as unknown as { error: { message: string; code: string } };
    assert.match(error.message, /value/);
  });

  it('has its own status texts', () => {
    for (const key of ['active', 'paused', 'triggered', 'expired', 'unknownSymbol'])
      assert.equal(
        typeof textAt(catalogue('trader-price-alert'), `trader-price-alert.status.own.${key}`),
        'string',
      );
  });
});
