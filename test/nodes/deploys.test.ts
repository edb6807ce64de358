import assert from 'node:assert/strict';
import type { TradingAccount } from '../../lib/account.ts';
import type { Order } from '../../lib/domain/order.ts';
import type { AccountNode } from '../../nodes/kit/account-link.ts';
import { ACCOUNT, FlowDesk, type FlowNode, listener, node, pause, probe } from './flow-desk.ts';

const SECRETS = { hook: { secret: 'a-secret-for-the-deploy-test' } };

/** The paths taken in this process, with how many nodes want each. */
function* paths() {
  const table: unknown = Reflect.get(globalThis, Symbol.for('@trader-ops/node-red-trader/paths'));
  for (const [path, claims] of table as Map<string, unknown[]>) yield [path, claims.length];
}

/** Every node once, each doing what it does by itself. */
const flow = (round: number): FlowNode[] => [
  ACCOUNT,
  node('webhook-in', 'hook', { path: '/hook', name: `hook ${round}`, wires: [['size']] }),
  node('position-size', 'size', { name: `size ${round}`, wires: [['check'], []] }),
  node('risk-check', 'check', { name: `check ${round}`, wires: [['order'], []] }),
  node('place-order', 'order', { name: `order ${round}`, wires: [['orders'], ['failed']] }),
  node('portfolio', 'portfolio', {
    onChange: true,
    interval: 1,
    name: `portfolio ${round}`,
    wires: [['snapshots']],
  }),
  node('tradier-quote', 'stream', {
    mode: 'stream',
    symbols: 'SPY',
    name: `stream ${round}`,
    wires: [['quotes']],
  }),
  listener('catch', 'catch'),
  ...['orders', 'failed', 'snapshots', 'quotes'].map(probe),
];

describe('deploys', () => {
  const desk = new FlowDesk();
  const intervals = new Set<unknown>();
  const { setInterval: original, clearInterval: clear } = globalThis;

  before(async () => {
    // Counts what is never stopped; the runtime's own are there before the first deploy as after the last.
    globalThis.setInterval = ((...args: Parameters<typeof setInterval>) => {
      const handle = original(...args);
      intervals.add(handle);
      return handle;
    }) as typeof setInterval;
    globalThis.clearInterval = (handle) => {
      intervals.delete(handle);
      clear(handle);
    };
    await desk.start();
  });
  after(async () => {
    await desk.stop();
    Object.assign(globalThis, { setInterval: original, clearInterval: clear });
  });
  afterEach(() => desk.unload());

  /** Everything that a node could leave behind. */
  const held = (account: TradingAccount) => {
    const sizes = ['statusChanges', 'portfolioChanges'].map((name) =>
      Reflect.get(Reflect.get(account, name), 'size'),
    );
    const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    return {
      listeners: sizes,
      doors: desk.RED.server.listenerCount('request'),
      paths: [...paths()],
      intervals: intervals.size,
      events: desk.RED.events
        .eventNames()
        .reduce((sum, name) => sum + desk.RED.events.listenerCount(name), 0),
      users: Object.keys((desk.node('account') as AccountNode).users).length,
      sockets,
    };
  };

  for (const type of ['full', 'nodes'] as const) {
    it(`leave nothing behind (${type})`, async () => {
      await desk.load(flow(0), SECRETS);
      const account = await desk.account();
      await desk.hears('quotes');
      await desk.deploy(flow(1), type, SECRETS);
      await pause(500);
      const before = held(account);
      for (let round = 2; round < 12; round += 1) await desk.deploy(flow(round), type, SECRETS);
      await desk.hears('quotes');
      await pause(500);
      assert.equal(await desk.account(), account, 'the account outlives a deploy');
      const { sockets, ...after } = held(account);
      const { sockets: socketsBefore, ...expected } = before;
      assert.deepEqual(after, expected);
      assert.ok(sockets <= socketsBefore, `${sockets} sockets, ${socketsBefore} before`);
      assert.deepEqual(desk.heard('catch'), []);
    });
  }

  it('a hundred times during a working order: one account, one session, the same order', async function () {
    this.timeout(60_000);
    await desk.load(flow(0), SECRETS);
    const account = await desk.account();
    const payload = { symbol: 'AAPL', action: 'buy', quantity: 5, type: 'limit', limitPrice: 0 };
    const quote = await account.quote('AAPL', 1_000);
    payload.limitPrice = Math.round((quote.bid ?? 0) * 0.98 * 100) / 100;
    desk.node('size').receive({ payload, _msgid: 'working', note: 'kept' });
    const open = await desk.hears('orders', (msg) => (msg.payload as Order).id !== null);
    const { id, intentId } = open.payload as Order;
    const streams: string[] = [];
    const heard = account.statusChanges.on(({ streams: { market, account: own } }) =>
      streams.push(`${market} ${own}`),
    );
    await pause(1_200);
    streams.length = 0;
    const before = held(account);

    for (let round = 1; round <= 100; round += 1) await desk.deploy(flow(round), 'full', SECRETS);

    assert.equal(await desk.account(), account);
    await pause(1_000);
    const { sockets, ...after } = held(account);
    const { sockets: socketsBefore, ...expected } = before;
    assert.deepEqual(after, expected);
    assert.ok(sockets <= socketsBefore, `${sockets} sockets, ${socketsBefore} before`);
    assert.deepEqual(
      streams.filter((state) => state !== 'open open'),
      [],
      'no stream was opened anew',
    );
    const orders = await desk.ordersOf('AAPL');
    assert.deepEqual(
      orders.map((order) => [order.id, order.status]),
      [[id, 'open']],
    );
    assert.equal(account.order(intentId)?.id, id);
    heard();

    // The order still speaks through the node that sent it, with what came with it.
    const canceled = await fetch(`${desk.simulator.rest}/accounts/${desk.simulator.account}/orders/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${desk.simulator.token}`, accept: 'application/json' },
    });
    assert.equal(canceled.status, 200);
    const end = await desk.hears('orders', (msg) => (msg.payload as Order).status === 'canceled');
    assert.equal(end.note, 'kept');
    assert.equal(
      desk.heard('orders').filter((msg) => (msg.payload as Order).status === 'canceled').length,
      1,
    );
  });

  it('lose no answer that arrives after the node was replaced', async () => {
    await desk.load(flow(0), SECRETS);
    await desk.account();
    await desk.spoil('delay', { ms: 600 });
    desk
      .node('size')
      .receive({ payload: { symbol: 'XLK', action: 'buy', quantity: 1 }, _msgid: 'slow', note: 'kept' });
    await pause(200);
    await desk.deploy(flow(1), 'full', SECRETS);
    const first = await desk.hears('orders');
    assert.equal(first.note, 'kept');
    assert.ok((first.payload as Order).id);
    await desk.hears('orders', (msg) => (msg.payload as Order).status === 'filled');
    assert.equal((await desk.ordersOf('XLK')).length, 1);
  });
});
