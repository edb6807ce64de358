import assert from 'node:assert/strict';
import type { PortfolioSnapshot } from '../../lib/domain/portfolio.ts';
import { ACCOUNT, FlowDesk, listener, node, pause, probe } from './flow-desk.ts';

describe('portfolio', () => {
  const desk = new FlowDesk();
  const flow = (fields: Record<string, unknown>) => [
    ACCOUNT,
    node('portfolio', 'portfolio', { ...fields, wires: [['snapshots']] }),
    node('position-size', 'size', { wires: [['check'], []] }),
    node('risk-check', 'check', { wires: [['order'], []] }),
    node('place-order', 'order', { wires: [['orders'], []] }),
    listener('complete', 'done', ['portfolio']),
    probe('orders'),
    probe('snapshots'),
  ];
  const snapshot = (msg: { payload?: unknown }) => msg.payload as PortfolioSnapshot;

  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  it('answers a message with the whole account', async () => {
    await desk.load(flow({ onChange: false, interval: 0 }));
    await desk.account();
    desk.node('portfolio').receive({ payload: '', note: 'kept' });
    const msg = await desk.hears('snapshots');
    const { cash, equity, environment, simulated, positions } = snapshot(msg);
    assert.deepEqual(
      [cash, equity, environment, simulated, positions],
      [100_000, 100_000, 'simulator', true, []],
    );
    assert.equal(msg.note, 'kept');
    assert.match(String(msg.because), /^equity 100,000\.00 dollars(, 0\.00 today)?, 0 positions$/);
    assert.equal(msg.topic, `simulator:${desk.simulator.account}`);
    await desk.hears('done');
    await desk.shows('portfolio', 'SIM $100,000.00');
    await pause(400);
    assert.equal(desk.heard('snapshots').length, 1);
  });

  it('tells what it begins with, and then each change, once it has settled', async () => {
    await desk.load(flow({ onChange: true }));
    await desk.hears('snapshots');
    const before = desk.heard('snapshots').length;
    desk.node('size').receive({ payload: { symbol: 'AAPL', action: 'buy', quantity: 10, book: 'one' } });
    const msg = await desk.hears('snapshots', (one) => snapshot(one).positions[0]?.quantity === 10);
    assert.equal(snapshot(msg).positions[0]?.book, 'one');
    assert.ok(desk.heard('snapshots').length - before < 12, 'changes are gathered');
  });

  it('tells of an order given elsewhere, of its shares, and of a split, without being asked', async () => {
    await desk.load(flow({ onChange: true }));
    await desk.account();
    const sim = (path: string, body: object) =>
      fetch(`${desk.simulator.control}/${path}`, { method: 'POST', body: JSON.stringify(body) });
    const resting = { symbol: 'MSFT', side: 'buy', quantity: 3, type: 'limit', price: 50, duration: 'gtc' };
    assert.equal((await sim('orders', resting)).status, 200);
    assert.equal((await sim('orders', { symbol: 'MSFT', side: 'buy', quantity: 7 })).status, 200);
    const external = (msg: { payload?: unknown }) =>
      snapshot(msg).positions.find((one) => one.book === 'external' && one.symbol === 'MSFT');
    const bought = await desk.hears('snapshots', (msg) => external(msg)?.quantity === 7);
    const [order] = snapshot(bought).externalOrders;
    assert.deepEqual([order?.symbol, order?.side, order?.remaining, order?.price], ['MSFT', 'buy', 3, 50]);
    await desk.hears('snapshots', (msg) => snapshot(msg).notes[0]?.kind === 'external');
    assert.equal((await sim('splits', { symbol: 'MSFT', new_shares: 2, old_shares: 1 })).status, 200);
    const split = await desk.hears('snapshots', (msg) => snapshot(msg).notes[0]?.kind === 'split');
    assert.deepEqual([external(split)?.quantity, snapshot(split).externalOrders[0]?.remaining], [14, 6]);
  });

  it('repeats on an interval', async () => {
    await desk.load(flow({ onChange: false, interval: '0.1' }));
    await desk.account();
    await desk.hears('snapshots', () => desk.heard('snapshots').length >= 3);
  });
});
