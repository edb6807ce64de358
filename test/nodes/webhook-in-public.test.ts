import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Signal } from '../../lib/domain/signal.ts';
import { ACCOUNT, type Answer, FlowDesk, type FlowNode, node, pause, probe } from './flow-desk.ts';

const SECRET = 'the-webhook-secret-of-this-test';
const NEXT = 'the-secret-that-comes-after-it';
const SECRETS = { hook: { secret: SECRET, secret2: NEXT } };
const PATH = '/webhook/tradingview';

describe('webhook-in towards the internet', () => {
  const desk = new FlowDesk();
  const load = async (fields: Record<string, unknown> = {}) => {
    const hook: FlowNode = node('webhook-in', 'hook', { path: PATH, ...fields, wires: [['signals']] });
    await desk.load([ACCOUNT, hook, probe('signals')], SECRETS);
    await desk.account();
  };
  const send = async (
    body: object | string,
    {
      path = PATH,
      headers = {},
      origin = desk.origin,
    }: { path?: string; headers?: Record<string, string>; origin?: string } = {},
  ) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${origin}${path}`, { method: 'POST', body: text, headers });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const alert = (fields: Record<string, unknown> = {}) => ({
    id: `alert-${Math.random()}`,
    secret: SECRET,
    ticker: 'AAPL',
    action: 'buy',
    contracts: 1,
    ...fields,
  });

  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  it('takes both secrets, and text with the secret in one of its words', async () => {
    await load();
    for (const secret of [SECRET, NEXT]) assert.equal((await send(alert({ secret }))).status, 200);
    const { status, text } = await send(`buy 10 AAPL secret=${NEXT}`);
    assert.equal(status, 200, text);
    assert.equal((JSON.parse(text) as { understood: Answer }).understood.dialect, 'words');
    await desk.hears('signals', (msg) => (msg.payload as Signal).quantity === 10);
    assert.ok(!JSON.stringify(desk.heard('signals')).includes(NEXT));
  });

  it('takes the secret at the end of the address only where that is switched on', async () => {
    await load();
    assert.equal((await send('buy 10 AAPL', { path: `${PATH}/${SECRET}` })).status, 404);
    await desk.unload();
    await load({ pathToken: true });
    const { status, text } = await send('buy 10 AAPL', { path: `${PATH}/${SECRET}` });
    assert.equal(status, 200);
    assert.ok(!text.includes(SECRET));
    assert.equal((await send('buy 10 AAPL', { path: `${PATH}/wrong` })).text, 'Unauthorized');
    assert.equal((await send('buy 10 AAPL', { path: `${PATH}/%ff` })).status, 401);
    assert.equal((await desk.fetch(`${PATH}/signals/none`)).status, 401);
    const log = JSON.stringify((await desk.admin('GET', '/webhook-in/hook/arrivals')).body);
    assert.ok(!log.includes(SECRET));
  });

  it('takes alerts from its list of sources alone, as its own proxies tell them', async () => {
    await load({ sources: 'tradingview', proxyHops: 1 });
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    assert.equal((await send(alert(), from('52.89.214.238'))).status, 200);
    for (const how of [{}, from('9.9.9.9'), from('52.89.214.238, 9.9.9.9')]) {
      const { status, text } = await send(alert(), how);
      assert.deepEqual([status, text], [403, 'Forbidden']);
    }
    await desk.unload();
    await load({ sources: 'custom', sourceList: '127.0.0.0/8, ::1' });
    assert.equal(
      (await send(alert(), from('9.9.9.9'))).status,
      200,
      'without proxies the header is nobody’s',
    );
  });

  it('turns red on a list that cannot be read', async () => {
    await load({ sources: 'custom', sourceList: 'everyone' });
    await desk.shows('hook', /misconfigured/);
    assert.notEqual((await send(alert())).status, 200);
  });

  it('answers 429 with a time to wait beyond its rate', async () => {
    await load({ rateAlerts: 2, rateWindow: 60 });
    for (let n = 0; n < 2; n += 1) assert.equal((await send(alert())).status, 200);
    const late = await send(alert());
    assert.equal(late.status, 429);
    assert.ok(Number(late.headers.get('retry-after')) > 50);
    assert.equal((await send(alert({ strategy: 'other' }))).status, 200);
  });

  it('shows what arrived last, from where and what became of it, without secrets', async () => {
    await load();
    const empty = await desk.admin('GET', '/webhook-in/hook/arrivals');
    assert.deepEqual(empty.body, { arrivals: [] });
    await send(alert({ secret: 'a-wrong-one' }));
    await send(alert({ message: SECRET }));
    await send(alert({ ticker: '?!' }));
    const { status, body } = await desk.admin('GET', '/webhook-in/hook/arrivals');
    assert.equal(status, 200);
    const rows = (body as { arrivals: Answer[] }).arrivals;
    assert.deepEqual(
      rows.map(({ status: answer, became }) => [answer, became]),
      [
        [422, ''],
        [200, 'received'],
        [401, ''],
      ],
    );
    assert.match(String(rows[1]?.from), /^(127\.0\.0\.1|::1)$/);
    assert.equal(rows[1]?.what, 'tradingview: buy 1 AAPL');
    assert.ok(!/the-webhook|a-wrong-one/.test(JSON.stringify(body)));
    assert.deepEqual((await desk.admin('GET', '/webhook-in/none/arrivals')).body, { arrivals: null });
  });

  describe('with WEBHOOK_PORT', () => {
    let origin = '';
    beforeEach(async () => {
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', () => resolve()));
      const { port } = taken.address() as AddressInfo;
      await new Promise((resolve) => taken.close(resolve));
      process.env.WEBHOOK_PORT = String(port);
      origin = `http://127.0.0.1:${port}`;
    });
    afterEach(() => {
      delete process.env.WEBHOOK_PORT;
    });

    it('serves the webhook there and nothing of the editor, its API or the dashboard', async () => {
      await load();
      await pause(50);
      assert.equal((await send(alert(), { origin })).status, 200);
      assert.equal((await send(alert())).status, 200, 'and where it was');
      const key = { authorization: `Bearer ${SECRET}` };
      assert.equal((await fetch(`${origin}${PATH}/signals/none`, { headers: key })).status, 404);
      assert.equal((await fetch(`${origin}${PATH}/signals/none`)).status, 401);
      const paths = [
        '/',
        '/red/',
        '/settings',
        '/settings/user',
        '/flows',
        '/flow/tab',
        '/nodes',
        '/icons',
        '/theme',
        '/locales/nodes',
        '/library/local/flows',
        '/context/global',
        '/auth/login',
        '/auth/token',
        '/diagnostics',
        '/comms',
        '/inject/hook',
        '/debug/view/view.html',
        '/ui-base/setup',
        '/dashboard',
        '/dashboard/',
        '/dashboard/socket.io/?EIO=4',
        '/webhook-in/hook/arrivals',
        '/trader-account/account/state',
        '/trader-account/test',
        '/trader-account/account/halt-state',
        '/_sim/truth',
        '/v1/user/profile',
        '/webhook',
        `${PATH}/other`,
        `${PATH}/../../settings`,
        '//settings',
      ];
      for (const path of paths) {
        for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
          const response = await fetch(`${origin}${path}`, { method });
          assert.equal(response.status, 404, `${method} ${path}`);
          await response.arrayBuffer();
        }
      }
      const headers = { connection: 'upgrade', upgrade: 'websocket' };
      const upgrade = await fetch(`${origin}/comms`, { headers }).catch(() => null);
      assert.ok(upgrade === null || upgrade.status === 404);
    });

    it('says so when the port is taken, and keeps answering on the other', async () => {
      const other = createServer();
      const port = Number(process.env.WEBHOOK_PORT);
      await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', () => resolve()));
      await load();
      await desk.shows('hook', /misconfigured/);
      assert.equal((await send(alert())).status, 200);
      await new Promise((resolve) => other.close(resolve));
    });
  });
});
