import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { ENDPOINTS } from '../../lib/api/endpoints/all.ts';
import { ApiDesk, AUTHORIZED } from '../api/api-desk.ts';
import { ACCOUNT, node, probe, until } from './flow-desk.ts';

interface Refused {
  field: string;
  value: unknown;
  expected: string;
}

/** More decimals than any figure has. */
const LONG_FRACTION = /\d\.\d{7}/;

describe('trader-api', () => {
  const desk = new ApiDesk();
  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  it('answers every address of its document as the document says', async () => {
    await desk.open();
    await until(async () => ((await desk.ask('GET', '/health')).status === 200 ? true : undefined), 'health');
    const made = await desk.send('POST', '/api/v1/alerts', {
      symbol: 'aapl',
      condition: 'price_above',
      condition_value: 100_000,
      message: 'far up',
    });
    assert.equal(made.status, 201, made.text);
    const { id } = (made.body as { alert: { id: string } }).alert;
    const queries: Record<string, string> = {
      quotes: '?symbols=AAPL,BRK.B,NOPE',
      searchSymbols: '?q=app&limit=5',
      orders: '?limit=5&status=filled',
    };
    for (const endpoint of ENDPOINTS.filter(({ method }) => method === 'GET')) {
      const path = endpoint.path.replace('{id}', id) + (queries[endpoint.id] ?? '');
      const answer = await desk.ask('GET', path);
      assert.equal(answer.status, 200, `${path}: ${answer.text}`);
      const parsed = endpoint.answers[200]?.schema.safeParse(answer.body);
      assert.ok(parsed?.success, `${path}: ${parsed?.error}`);
      assert.deepEqual(answer.body, parsed.data, `${path} answers more than its document says`);
      assert.doesNotMatch(answer.text, LONG_FRACTION, path);
      for (const other of endpoint.also ?? []) {
        const same = await desk.ask('GET', other);
        assert.deepEqual([same.status, Object.keys(same.body)], [200, Object.keys(answer.body)], other);
      }
    }
    const { quotes, unknown } = (await desk.ask('GET', '/api/v1/quotes?symbols=AAPL,BRK.B,NOPE')).body as {
      quotes: { symbol: string; ticker: string; simulated: boolean }[];
      unknown: string[];
    };
    assert.deepEqual(
      quotes.map(({ symbol, ticker, simulated }) => [symbol, ticker, simulated]),
      [
        ['AAPL', 'AAPL', true],
        ['BRK/B', 'BRK.B', true],
      ],
    );
    assert.deepEqual(unknown, ['NOPE']);
    const search = (await desk.ask('GET', '/api/v1/symbols/search?q=BRK')).body;
    assert.equal(search.simulated, true);
    const { error } = (await desk.ask('GET', '/api/v1/orders?status=bogus')).body as Record<string, Refused>;
    assert.deepEqual([error?.field, error?.value], ['status', 'bogus']);
    assert.match(String(error?.expected), /open.*filled.*not_sent/);
  });

  it('makes, changes and removes alerts', async () => {
    await desk.open();
    const add = (fields: object) => desk.send('POST', '/api/v1/alerts', fields);
    const { alert_id: id } = (await add({ symbol: 'SPY', condition: 'price_below', value: 1 })).body;
    assert.equal((await desk.send('PATCH', `/api/v1/alerts/${id}`, { status: 'paused' })).status, 200);
    await desk.send('PATCH', `/api/v1/alerts/${id}`, { message: 'low' });
    const unused = await desk.send('PATCH', `/api/v1/alerts/${id}`, { windowMinutes: 9 });
    assert.equal(unused.status, 422);
    assert.match(
      unused.text,
      /windowMinutes: 9 is not accepted; expected nothing: price_below does not use it/,
    );
    const changed = await desk.send('PATCH', `/api/v1/alerts/${id}`, { value: 2, repeat: 'every' });
    const { alert } = changed.body as { alert: Record<string, unknown> };
    assert.match(String(changed.body.outlook), /^It is paused/);
    assert.ok(Number(changed.body.price) > 2, String(changed.body.price));
    const armed = await desk.send('PATCH', `/api/v1/alerts/${id}`, { status: 'active' });
    assert.match(String(armed.body.outlook), /^SPY is at [\d.]+; it fires when the price is below 2\.$/);
    const rsi = await desk.send('PATCH', `/api/v1/alerts/${id}`, { condition: 'rsi_oversold' });
    assert.equal(rsi.status, 422);
    assert.match(rsi.text, /"field":"value".*an RSI level from 0\.01 to 99\.99/);
    assert.deepEqual(
      [alert.value, alert.repeat, alert.status, alert.condition, alert.message, alert.windowMinutes],
      [2, 'every', 'paused', 'price_below', 'low', 5],
    );
    const listed = await desk.ask('GET', '/api/v1/alerts?symbol=spy');
    assert.equal((listed.body as { alerts: unknown[] }).alerts.length, 1);
    assert.equal((await desk.ask('DELETE', `/api/v1/alerts/${id}`, AUTHORIZED)).text, '{"status":"deleted"}');
    assert.equal((await desk.ask('GET', `/api/v1/alerts/${id}`)).status, 404);
    // What the old service took, and this one says no to.
    const old = { symbol: 'SPY', condition: 'price_below', condition_value: 1, expires_at: 4_000_000_000 };
    const taken = await add({ ...old, tags: ['old'], message: 'x' });
    assert.equal((taken.body as { alert: { expiresAt: number } }).alert.expiresAt, 4_000_000_000_000);
    const refusals: [object, string][] = [
      [{ ...old, webhook_url: 'http://127.0.0.1/' }, 'webhook_url'],
      [{ ...old, condition: 'custom' }, 'condition'],
      [{ ...old, auto_execute: true }, 'auto_execute'],
      [{ ...old, id: 'mine' }, 'id'],
    ];
    for (const [wish, name] of refusals) {
      const { status, body } = await add(wish);
      assert.deepEqual([status, (body as { error: Refused }).error.field], [422, name]);
    }
    const unknown = await add({ symbol: 'NOPE', condition: 'price_below', value: 1 });
    assert.deepEqual(
      [unknown.status, (unknown.body as { error: { field: string } }).error.field],
      [422, 'symbol'],
    );
  });

  it('lets this machine read, and nobody else without the token; nobody writes without it', async () => {
    await desk.open();
    const status = async (method: string, path: string, headers: Record<string, string>) =>
      (await desk.ask(method, path, headers)).status;
    assert.equal(await status('GET', '/api/v1/portfolio', {}), 200);
    for (const authorization of ['Bearer wrong', 'Bearer'])
      assert.equal(await status('GET', '/api/v1/portfolio', { authorization }), 401, authorization);
    const outside: Record<string, string>[] = [
      { 'x-forwarded-for': '127.0.0.1' },
      { forwarded: 'for=127.0.0.1' },
      { host: 'desk.example' },
    ];
    for (const headers of outside) {
      assert.equal(await status('GET', '/api/v1/portfolio', headers), 401, JSON.stringify(headers));
      assert.equal(await status('GET', '/health', headers), 401);
      assert.equal(await status('GET', '/api/v1/portfolio', { ...headers, ...AUTHORIZED }), 200);
    }
    // Word for word what nginx makes of anybody's question when it is told no more than proxy_pass.
    const { host, hostname, port } = new URL(desk.origin);
    const nginx = connect(Number(port), hostname);
    nginx.write(`GET /api/v1/portfolio HTTP/1.0\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    assert.match(await readText(nginx), /^HTTP\/1\.1 401 /);
    assert.equal(await status('DELETE', '/api/v1/alerts/none', {}), 401);
    assert.equal(await status('DELETE', '/api/v1/alerts/none', { authorization: 'Bearer wrong' }), 401);
    assert.equal(await status('DELETE', '/api/v1/alerts/none', AUTHORIZED), 404);
  });

  it('takes no other secret for its token, and without one changes nothing', async () => {
    process.env.TRADER_WEBHOOK_SECRET = 'the-secret-of-the-webhook';
    try {
      await desk.load([ACCOUNT, node('trader-api', 'api', { prefix: '', origins: '' })]);
      await desk.account();
      assert.equal((await desk.ask('GET', '/api/v1/portfolio')).status, 200);
      const authorization = `Bearer ${process.env.TRADER_WEBHOOK_SECRET}`;
      assert.equal((await desk.ask('GET', '/api/v1/portfolio', { authorization })).status, 401);
      const write = await desk.ask('DELETE', '/api/v1/alerts/none', { authorization });
      assert.equal(write.status, 401);
      assert.match(write.text, /none is set.*TRADER_API_TOKEN/);
    } finally {
      delete process.env.TRADER_WEBHOOK_SECRET;
    }
  });

  it('answers pages of its own address and of the list, and no others', async () => {
    await desk.open({ origins: 'https://charts.example' });
    const { host } = new URL(desk.origin);
    const from = (origin: string, method = 'GET') =>
      desk.ask(method, '/api/v1/quotes?symbols=SPY', { origin });
    assert.equal((await from(`http://${host}`)).status, 200);
    const listed = await from('https://charts.example');
    assert.deepEqual(
      [listed.status, listed.headers['access-control-allow-origin']],
      [200, 'https://charts.example'],
    );
    const preflight = await from('https://charts.example', 'OPTIONS');
    assert.equal(preflight.status, 204);
    assert.match(String(preflight.headers['access-control-allow-headers']), /Authorization/);
    for (const origin of ['https://evil.example', 'null', 'http://charts.example']) {
      const refused = await from(origin);
      assert.deepEqual(
        [refused.status, refused.headers['access-control-allow-origin']],
        [403, undefined],
        origin,
      );
    }
  });

  it('describes itself, for programs and for people', async () => {
    await desk.open();
    const { status, body } = await desk.ask('GET', '/api/v1/openapi.json');
    assert.equal(status, 200);
    const document = body as { openapi: string; paths: Record<string, Record<string, unknown>> };
    assert.match(document.openapi, /^3\.1\./);
    for (const { path, method } of ENDPOINTS)
      assert.ok(document.paths[path]?.[method.toLowerCase()], `${method} ${path}`);
    const page = await desk.ask('GET', '/api/v1/docs');
    assert.match(String(page.headers['content-type']), /text\/html/);
    for (const { path } of ENDPOINTS) assert.ok(page.text.includes(path), path);
    assert.doesNotMatch(page.text.replaceAll(desk.origin, ''), /<script|src=|https?:\/\//);
    assert.equal((await desk.ask('HEAD', '/api/v1/docs')).text, '');
  });

  it('links from its page to its document, however the page is asked for', async () => {
    for (const prefix of ['', '/second']) {
      await desk.open({ prefix });
      for (const path of ['/api/v1', '/api/v1/', '/api/v1?', '/api/v1/docs', '/api/v1/docs/']) {
        const page = await desk.ask('GET', prefix + path);
        assert.equal(page.status, 200, path);
        const link = /href="([^"]+)"/.exec(page.text)?.[1] ?? '';
        const { pathname } = new URL(link, desk.origin + prefix + path);
        assert.equal(pathname, `${prefix}/api/v1/openapi.json`, `from ${path}`);
      }
      assert.equal((await desk.ask('GET', `${prefix}/api/v1/quotes/?symbols=SPY`)).status, 200);
      await desk.unload();
    }
  });

  it('counts wrong tokens over HTTP and the stream together, and still lets the right one in', async () => {
    await desk.open();
    const wrong = { authorization: 'Bearer wrong' };
    for (let n = 0; n < 30; n++) {
      assert.equal((await desk.ask('GET', '/health', wrong)).status, 401);
      assert.equal(await desk.knock({ headers: wrong }), 401);
    }
    assert.equal(await desk.knock({ headers: wrong }), 429);
    const refused = await desk.ask('GET', '/health', wrong);
    assert.equal(refused.status, 429);
    const wait = Number(refused.headers['retry-after']);
    assert.ok(wait > 0 && wait <= 60, String(wait));
    assert.equal(await desk.knock({ headers: AUTHORIZED }), 101);
    assert.equal(await desk.knock(), 101, 'this machine without a token');
    assert.equal((await desk.ask('GET', '/api/v1/portfolio', AUTHORIZED)).status, 200);
  });

  it('asks the account for the orders that fit, however many there are', async () => {
    await desk.open();
    const asked = (query: string) => desk.ask('GET', `/api/v1/orders${query}`);
    const account = await desk.account();
    const passed: unknown[] = [];
    const { orders } = account;
    Object.defineProperty(account, 'orders', {
      configurable: true,
      value: (...given: Parameters<typeof orders>) => {
        passed.push(given);
        return orders.apply(account, given);
      },
    });
    try {
      assert.deepEqual((await asked('?symbol=brk.b&status=open&limit=7')).body, { orders: [] });
      assert.deepEqual((await asked('')).body, { orders: [] });
    } finally {
      Reflect.deleteProperty(account, 'orders');
    }
    assert.deepEqual(passed, [
      [7, { symbol: 'BRK/B', status: 'open' }],
      [50, { symbol: undefined, status: undefined }],
    ]);
  });

  it('says 503 and why while the account is not there, and turns the second node on its paths red', async () => {
    await desk.load([
      node('trader-api', 'api', { prefix: '', origins: '', account: '' }),
      node('trader-api', 'second', { prefix: '/', origins: '', account: '' }),
    ]);
    const health = await desk.ask('GET', '/health');
    assert.equal(health.status, 503);
    assert.equal((health.body as { status: string }).status, 'down');
    const quotes = await desk.ask('GET', '/api/v1/quotes?symbols=AAPL');
    assert.equal(quotes.status, 503);
    await desk.shows('second', /pathTaken/);
    const told = desk.logged(30).filter(({ id }) => id === 'second');
    assert.deepEqual(
      told.map(({ msg }) => msg),
      [
        'the API without a path in front is already answered by trader-api (api): give this one a path of its own',
      ],
    );
    assert.equal((await desk.ask('GET', '/api/v1/docs')).status, 200);
    assert.equal((await desk.ask('GET', '/stream')).status, 426);
  });

  it('says how its parts do also while the portfolio cannot be read', async () => {
    await desk.open();
    const account = await desk.account();
    const value = () => Promise.reject(new Error('not now'));
    Object.defineProperty(account, 'snapshot', { configurable: true, value });
    try {
      const { status, body } = await desk.ask('GET', '/health');
      assert.ok(status === 200 || status === 503, String(status));
      const { broker, quotes } = body.parts as Record<string, { ok: boolean; oldestMs: number | null }>;
      assert.deepEqual([broker?.ok, quotes?.oldestMs], [true, null]);
    } finally {
      Reflect.deleteProperty(account, 'snapshot');
    }
  });

  it('is not healthy while the broker cannot be read, says which part, and recovers', async () => {
    await desk.open();
    await until(async () => ((await desk.ask('GET', '/health')).status === 200 ? true : undefined), 'health');
    const fault = { kind: 'close_before', times: 10_000, match: { method: 'GET', path: '/balances' } };
    const headers = { 'content-type': 'application/json' };
    const set = await fetch(`${desk.simulator.control}/faults`, {
      method: 'POST',
      headers,
      body: JSON.stringify(fault),
    });
    assert.ok(set.ok, await set.text());
    const sick = await until(
      async () => {
        const { status, body } = await desk.ask('GET', '/health');
        return status === 503 ? (body as { parts: Record<string, { ok: boolean }> }) : undefined;
      },
      'a sick desk',
      40_000,
    );
    assert.equal(sick.parts.broker?.ok, false);
    assert.equal(sick.parts.journal?.ok, true);
    await fetch(`${desk.simulator.control}/faults`, { method: 'DELETE' });
    await until(
      async () => ((await desk.ask('GET', '/health')).status === 200 ? true : undefined),
      'recovery',
      40_000,
    );
  }).timeout(90_000);

  it('tells orders as they happen', async () => {
    await desk.open(
      {},
      node('position-size', 'size', { wires: [['check'], []] }),
      node('risk-check', 'check', { wires: [['order'], []] }),
      node('place-order', 'order', { wires: [['orders'], []] }),
      probe('orders'),
    );
    const reader = await desk.stream();
    reader.say({ action: 'subscribe', channels: ['orders', 'portfolio', 'positions'] });
    await reader.hears('orders');
    await reader.hears('portfolio');
    const payload = { symbol: 'AAPL', action: 'buy', quantity: 3, book: 'test' };
    desk.node('size').receive({ payload } as never);
    const filled = await reader.hears(
      'order_update',
      ({ data }) => (data as { status: string }).status === 'filled',
    );
    assert.equal((filled.data as { execQuantity: number }).execQuantity, 3);
    const executions = reader.of('execution').map(({ data }) => (data as { quantity: number }).quantity);
    assert.equal(
      executions.reduce((sum, quantity) => sum + quantity, 0),
      3,
    );
    await reader.hears('positions', ({ data }) =>
      (data as { symbol: string; quantity: number }[]).some(
        ({ symbol, quantity }) => symbol === 'AAPL' && quantity === 3,
      ),
    );
    for (const told of [...reader.of('portfolio'), ...reader.of('positions'), ...reader.of('execution')])
      assert.doesNotMatch(JSON.stringify(told), LONG_FRACTION);
    for (const path of ['/api/v1/portfolio', '/api/v1/positions', '/api/v1/risk'])
      assert.doesNotMatch((await desk.ask('GET', path)).text, LONG_FRACTION, path);
    const seqs = [...reader.of('order_update'), ...reader.of('execution')].map(({ seq }) => Number(seq));
    assert.deepEqual(
      seqs.sort((a, b) => a - b),
      seqs.map((_, n) => n + 1),
    );
    await reader.close();
  });
});
