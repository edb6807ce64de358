import assert from 'node:assert/strict';
import { get as httpGet } from 'node:http';
import type { Order } from '../../lib/domain/order.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import type { TraceEntry } from '../../lib/domain/trace.ts';
import { ACCOUNT, type Answer, FlowDesk, type FlowNode, listener, node, pause, probe } from './flow-desk.ts';

const SECRET = 'the-webhook-secret-of-this-test';
const SECRETS = {
  hook: { secret: SECRET },
  hook2: { secret: SECRET },
  shorts: { secret: SECRET },
  asked: { secret: SECRET },
};
const PATH = '/webhook/tradingview';

describe('webhook-in', () => {
  const desk = new FlowDesk();
  const hook = (id: string, fields: Record<string, unknown> = {}): FlowNode =>
    node('webhook-in', id, { path: PATH, book: 'tradingview', maxAge: 30, ...fields, wires: [['signals']] });
  const flow = (...more: FlowNode[]) => [ACCOUNT, ...more, listener('catch', 'catch'), probe('signals')];
  const alert = (fields: Record<string, unknown> = {}) => ({
    secret: SECRET,
    id: `alert-${Math.random()}`,
    ticker: 'AAPL',
    action: 'buy',
    contracts: 10,
    timestamp: Date.now(),
    ...fields,
  });
  const post = async (body: object, path = PATH) => {
    const response = await desk.fetch(path, { method: 'POST', body: JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, text, body: (text.startsWith('{') ? JSON.parse(text) : {}) as Answer };
  };
  const load = async (...more: FlowNode[]) => {
    await desk.load(flow(...more), SECRETS);
    await desk.account();
  };

  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  it('answers, records and sends an alert once, without its secret', async () => {
    await load(hook('hook'));
    const body = alert();
    const first = await post(body);
    assert.deepEqual([first.status, first.body.status], [200, 'accepted']);
    const msg = await desk.hears('signals');
    const signal = msg.payload as Signal;
    assert.deepEqual(
      [signal.symbol, signal.action, signal.quantity, signal.book, signal.source],
      ['AAPL', 'buy', 10, 'tradingview', 'hook'],
    );
    assert.equal(msg.topic, 'AAPL');
    assert.match((msg.trace as TraceEntry[])[0]?.because ?? '', /buy 10 AAPL/);
    assert.equal(msg.because, (msg.trace as TraceEntry[])[0]?.because);
    assert.ok(!JSON.stringify(msg).includes(SECRET));
    const second = await post(body);
    assert.equal(second.body.status, 'duplicate');
    await pause(100);
    assert.equal(desk.heard('signals').length, 1);
    await desk.shows('hook', 'SIM duplicate');
  });

  it('logs each alert with what it asked for, and what it could not read, but no flood of that', async () => {
    await load(hook('hook', { rateAlerts: 1 }));
    const log = Reflect.get(desk.node('hook'), 'log') as unknown as { args: [string][] };
    const lines = () => log.args.map(([line]) => line);
    const known = alert();
    await post(known);
    await post(known);
    // A line is written a moment after its answer.
    await pause(100);
    const large = alert({ filler: 'x'.repeat(70_000) });
    for (let sent = 0; sent < 100; sent += 1) assert.equal((await post(large)).status, 413);
    assert.match(lines()[0] ?? '', /^200 to \S+: accepted tradingview: buy 10 AAPL, signal \S+$/);
    assert.match(lines()[1] ?? '', /^200 to \S+: duplicate of \S+, received; tradingview: buy 10 AAPL$/);
    assert.match(lines()[2] ?? '', /^413 to \S+: expected /);
    assert.ok(lines().length < 70, `${lines().length} lines`);
  });

  it('turns away what is not authenticated, not an alert, too large or too old, and sends nothing', async () => {
    await load(hook('hook'));
    assert.deepEqual(await post(alert({ secret: 'wrong' })), { status: 401, text: 'Unauthorized', body: {} });
    assert.equal((await post(alert({ action: 'hold' }))).status, 422);
    assert.equal((await post(alert({ timestamp: Date.now() - 60_000 }))).status, 422);
    assert.equal((await post(alert({ filler: 'x'.repeat(70_000) }))).status, 413);
    const unreadable = await desk.fetch(PATH, { method: 'POST', body: 'buy!' });
    assert.equal(unreadable.status, 400);
    const get = await desk.fetch(PATH);
    assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST']);
    assert.equal((await desk.fetch(`${PATH}/other`, { method: 'POST' })).status, 404);
    assert.deepEqual(desk.heard('signals'), []);
  });

  it('lets its alerts open shorts only where it says so', async () => {
    for (const [fields, mayShort] of [
      [{}, undefined],
      [{ mayShort: true }, true],
    ] as const) {
      // A node of its own: what nothing decided here goes out again in no other test.
      await load(hook('shorts', fields));
      const id = `sells ${mayShort}`;
      await post(alert({ id, action: 'sell' }));
      const msg = await desk.hears('signals', ({ payload }) => (payload as Signal).id === id);
      assert.equal((msg.payload as Signal).mayShort, mayShort);
      await desk.unload();
    }
    await load(hook('hook'));
  });

  it('says what became of a signal, to who has the secret', async () => {
    await load(
      { ...hook('asked'), wires: [['signals', 'size']] },
      node('position-size', 'size', { wires: [['check'], []] }),
      node('risk-check', 'check', { wires: [['order'], []] }),
      node('place-order', 'order', { wires: [['orders'], []] }),
      probe('orders'),
    );
    const { body } = await post(alert({ id: 'one/two', contracts: 3 }));
    await desk.hears('orders', (msg) => (msg.payload as Order).status === 'filled');
    const path = `${PATH}/signals`;
    const headers = { authorization: `Bearer ${SECRET}` };
    for (const name of [String(body.signal), encodeURIComponent('one/two')]) {
      const state = (await (await desk.fetch(`${path}/${name}`, { headers })).json()) as Answer;
      assert.equal(state.state, 'ordered');
      assert.equal((state.order as Answer).status, 'filled');
    }
    assert.equal((await desk.fetch(`${path}/${body.signal}`)).status, 401);
    assert.equal((await desk.fetch(`${path}/unknown`, { headers })).status, 404);
    assert.equal((await desk.fetch(`${path}/x`, { method: 'POST', headers })).status, 405);
  });

  it('keeps the first of two nodes on one path, turns the second red, and lets it take over', async () => {
    await load(hook('hook', { name: 'first' }), hook('hook2', { path: `${PATH}/` }));
    await desk.shows('hook2', /pathTaken first/);
    assert.equal(desk.statusOf('hook2').fill, 'red');
    await post(alert());
    assert.equal(((await desk.hears('signals')).payload as Signal).source, 'hook');

    await desk.deploy(flow(hook('hook2', { path: `${PATH}/` })), 'nodes', SECRETS);
    await desk.shows('hook2', 'SIM ready');
    await post(alert());
    await desk.hears('signals', (msg) => (msg.payload as Signal).source === 'hook2');
    await desk.deploy(flow(), 'full');
    assert.equal((await post(alert())).status, 503, 'for a moment: it may be a deploy');
  });

  it('does not answer without a secret', async () => {
    await desk.load(flow(hook('hook')));
    await desk.shows('hook', /noSecret/);
    // 503 for the moment after another node answered here, 404 from then on.
    assert.ok([404, 503].includes((await post(alert())).status));
    process.env.TRADER_WEBHOOK_SECRET = SECRET;
    try {
      await desk.deploy(flow(hook('hook', { name: 'changed' })));
      await desk.account();
      assert.equal((await post(alert())).status, 200);
    } finally {
      delete process.env.TRADER_WEBHOOK_SECRET;
    }
  });

  it('asks to come again while the account is not there', async () => {
    await desk.load(flow({ ...hook('hook'), account: '' }), SECRETS);
    const { status, body } = await post(alert());
    assert.equal(status, 503);
    assert.match((body.error as { message: string }).message, /not ready/);
    assert.deepEqual(desk.heard('signals'), []);
  });

  it('sends what was accepted and not decided again after a restart, if it is young enough', async () => {
    await load(hook('hook'));
    await post(alert({ id: 'lost' }));
    const lost = (msg: { payload?: unknown }) => (msg.payload as Signal).id === 'lost';
    await desk.hears('signals', lost);
    await desk.unload();
    await load(hook('hook'));
    const again = await desk.hears('signals', lost);
    assert.match((again.trace as TraceEntry[])[0]?.because ?? '', /before the start/);
    await desk.unload();
    await pause(1_100);
    await load(hook('hook', { maxAge: 1 }));
    await pause(400);
    assert.deepEqual(desk.heard('signals'), []);
  });

  it('lets what came after a start wait for what was accepted before it', async () => {
    await load(hook('hook'));
    await post(alert({ id: 'buys', action: 'buy' }));
    await desk.hears('signals');
    await desk.unload();
    await load(hook('hook'));
    const sold = await post(alert({ id: 'sells', action: 'sell' }));
    assert.equal(sold.status, 200);
    await desk.hears('signals', (msg) => (msg.payload as Signal).id === 'sells');
    const heard = desk.heard('signals').map((msg) => (msg.payload as Signal).id);
    assert.deepEqual(heard, ['buys', 'sells']);
    const said = desk.heard('signals').map((msg) => String(msg.because));
    assert.match(said[0] ?? '', /before the start/);
    assert.doesNotMatch(said[1] ?? '', /before the start/);
    await post(alert({ id: 'alone' }));
    await desk.hears('signals', (msg) => (msg.payload as Signal).id === 'alone');
    await pause(600);
    assert.equal(desk.heard('signals').length, 3);
  });

  it('survives a caller that hangs up', async () => {
    await load(hook('hook'));
    await new Promise<void>((resolve) => {
      const url = new URL(PATH, desk.origin);
      const request = httpGet({ ...urlParts(url), method: 'POST', headers: { 'content-length': 500 } });
      request.on('error', () => resolve());
      request.write('{"secret":');
      setTimeout(() => request.destroy(), 50);
    });
    await pause(100);
    assert.equal((await post(alert())).status, 200);
  });

  function urlParts(url: URL) {
    return { hostname: url.hostname, port: url.port, path: url.pathname };
  }
});
