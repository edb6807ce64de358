import assert from 'node:assert/strict';
import { get as httpGet } from 'node:http';
import fc from 'fast-check';
import { type Signal, signalSchema } from '../../lib/domain/signal.ts';
import { UdfReader } from '../udf/reader.ts';
import { ACCOUNT, type Answer, FlowDesk, node, until } from './flow-desk.ts';

interface Row {
  s: string;
  n: string;
  v: { lp?: number };
}

const TOKEN = 'a-token-of-the-test-0123456789';

describe('udf-endpoint', () => {
  const desk = new FlowDesk();
  const feed = (fields: Record<string, unknown> = {}, id = 'feed') =>
    node('udf-endpoint', id, { path: '/udf', marks: true, origins: '', ...fields });
  const text = async (path: string) => (await desk.fetch(`/udf${path}`)).text();
  const json = async (path: string) => JSON.parse(await text(path)) as Answer;
  const reader = () => new UdfReader({ get: text, now: Date.now });
  /** Status and headers as they are on the wire. */
  const raw = (path: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number; headers: Record<string, unknown>; length: number }>((resolve, reject) => {
      httpGet(`${desk.origin}${path}`, { headers }, (res) => {
        let length = 0;
        res.on('data', (chunk: Buffer) => {
          length += chunk.length;
        });
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, length }));
      }).on('error', reject);
    });

  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  it('answers a chart: configuration, symbol, pages of bars with the one that forms, and polls', async () => {
    await desk.load([ACCOUNT, feed()]);
    const chart = reader();
    const config = await chart.open();
    assert.ok(config.supports_marks && config.supports_time);
    const symbol = await chart.resolve('NASDAQ:AAPL');
    assert.match(String(symbol.description), /SIMULATED/);
    assert.equal(symbol.session, '0930-1600');
    const week = chart.now() - 7 * 86_400;
    for (const resolution of ['1', '15', '60', '1D', '1W', '1M']) {
      const bars = await chart.page('AAPL', resolution, { countback: 100, until: week });
      assert.ok(bars.length >= 2, resolution);
      const last = bars.at(-1)?.time ?? 0;
      // The bar that opens this second is no part of what lies before it.
      await until(async () => {
        const [newest] = await chart.poll('AAPL', resolution, null);
        return newest && newest.time >= last ? newest : undefined;
      }, `the newest bar of ${resolution}`);
    }
    const slashed = await chart.resolve('NYSE:BRK/B').catch(() => null);
    if (slashed) assert.equal(slashed.ticker, 'BRK.B');
    await desk.shows('feed', 'SIM ready');
  });

  it('finds symbols, gives quotes by the name they were asked for, and the time', async () => {
    await desk.load([ACCOUNT, feed()]);
    const found = (await json('/search?query=AAPL&type=&exchange=&limit=30')) as unknown as Answer[];
    assert.equal(found[0]?.ticker, 'AAPL');
    // The dialog opens with what somebody watches.
    (await desk.account()).watchQuotes(['MSFT'], () => undefined);
    const busy = (await json('/search?query=&type=&exchange=&limit=30')) as unknown as Answer[];
    assert.ok(busy.some(({ ticker }) => ticker === 'MSFT'));
    const { s, d } = (await json('/quotes?symbols=NASDAQ%3AAAPL%2CNOSUCH')) as { s: string; d: Row[] };
    assert.equal(s, 'ok');
    assert.deepEqual(
      d.map((row) => [row.s, row.n]),
      [
        ['ok', 'NASDAQ:AAPL'],
        ['error', 'NOSUCH'],
      ],
    );
    assert.ok((d[0]?.v.lp ?? 0) > 0);
    assert.deepEqual(await json('/quotes?symbols='), { s: 'ok', d: [] });
    const off = Number(await text('/time')) * 1000 - Date.now();
    assert.ok(Math.abs(off) < 2_000, `${off} ms`);
  });

  it('marks fills, signals and refusals on bars that are there', async () => {
    await desk.load([ACCOUNT, feed()]);
    const account = await desk.account();
    const signal = (wish: Partial<Signal>) =>
      signalSchema.parse({
        id: `s-${wish.quantity}`,
        source: 'test',
        symbol: 'MSFT',
        action: 'buy',
        book: 'test',
        receivedAt: Date.now(),
        ...wish,
      });
    const order = async (wish: Partial<Signal>) => {
      const sized = await account.size(signal(wish), { method: 'as_signal' });
      assert.ok(sized.kind === 'sized', JSON.stringify(sized));
      return account.check(sized.intent);
    };
    const approved = await order({ quantity: 3 });
    assert.ok(approved.kind === 'approved');
    await account.place(approved.intent, { nodeId: 'test', passThrough: {} });
    assert.equal((await order({ quantity: 4 })).kind, 'refused', 'a duplicate within its window');
    const chart = reader();
    await chart.open();
    const day = 86_400;
    const find = () => chart.marks('marks', 'MSFT', '5', chart.now() - 5 * day, chart.now() + day);
    const marks = await until(
      async () => {
        const found = await find();
        return found.some(({ label }) => label === 'B') ? found : undefined;
      },
      'the fill among the marks',
      20_000,
    );
    assert.deepEqual([...new Set(marks.map(({ label }) => label))].sort(), ['A', 'B', 'R']);
    assert.match(
      String(marks.find(({ label }) => label === 'B')?.text),
      /^Bought 3 MSFT at \d+\.\d\d, test$/,
    );
    assert.match(String(marks.find(({ label }) => label === 'R')?.text), /^Refused: buy 4 MSFT, test: ./);
    const times = new Set(
      (await chart.page('MSFT', '5', { countback: 500, until: 0 })).map(({ time }) => time),
    );
    for (const { time } of marks) assert.ok(times.has(Number(time)), `no bar at ${time}`);
    const scale = await chart.marks(
      'timescale_marks',
      'MSFT',
      '1D',
      chart.now() - 5 * day,
      chart.now() + day,
    );
    assert.equal(scale.length, 1);
    for (const what of [/Bought 3 MSFT/, /Refused: buy 4 MSFT/, /Signal: buy 3 MSFT/])
      assert.match(String(scale[0]?.tooltip), what);
    assert.deepEqual(await chart.marks('marks', 'AAPL', '5', chart.now() - day, chart.now() + day), []);
  });

  it('shows no trades where they are not to be seen', async () => {
    await desk.load([ACCOUNT, feed({ marks: false })]);
    assert.equal((await json('/config')).supports_marks, false);
    const now = Math.floor(Date.now() / 1000);
    assert.deepEqual(await json(`/marks?symbol=AAPL&resolution=5&from=0&to=${now}`), []);
  });

  it('knows no other symbols, paths and methods', async () => {
    await desk.load([ACCOUNT, feed()]);
    assert.equal((await desk.fetch('/udf/symbols?symbol=NOSUCH')).status, 404);
    assert.equal(
      (await desk.fetch('/udf/history?symbol=NOSUCH&resolution=5&to=1767370000&countback=2')).status,
      404,
    );
    for (const path of ['/nothing', '/symbol_info?group=NYSE', '/history/more', '/%00', '/constructor'])
      assert.equal((await desk.fetch(`/udf${path}`)).status, 404, path);
    for (const path of ['', '/', '/?x=1']) {
      const about = await desk.fetch(`/udf${path}`);
      assert.deepEqual([about.status, about.headers.get('content-type')], [200, 'text/plain; charset=utf-8']);
      assert.match(await about.text(), /feed for charts[\s\S]*\/history[\s\S]*\/openapi\.json/);
    }
    const of = 'resolution=5&to=1767370000&countback=2';
    for (const path of ['/symbols?symbol=NOSUCH', `/history?symbol=NOSUCH&${of}`]) {
      const { errmsg } = (await (await desk.fetch(`/udf${path}`)).json()) as { errmsg: string };
      assert.equal(errmsg, 'The broker does not know NOSUCH.', path);
    }
    for (const method of ['POST', 'PUT', 'DELETE'])
      assert.equal((await desk.fetch('/udf/config', { method })).status, 405);
    assert.equal((await desk.fetch(`/udf/search?query=${'a'.repeat(5_000)}`)).status, 414);
  });

  it('never fails, whatever is asked', async () => {
    await desk.load([ACCOUNT, feed()]);
    const value = fc.oneof(
      fc.string({ maxLength: 30, unit: 'binary' }),
      fc.integer().map(String),
      fc.double().map(String),
      fc.constantFrom('AAPL', '5', 'D', '1767366000', '__proto__', '%', '%ff', '-0', '9'.repeat(40)),
    );
    const names = [
      'symbol',
      'resolution',
      'from',
      'to',
      'countback',
      'symbols',
      'query',
      'limit',
      'type',
      'exchange',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('config', 'symbols', 'search', 'history', 'marks', 'timescale_marks', 'quotes', 'x'),
        fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 6 }),
        async (endpoint, parameters) => {
          const response = await desk.fetch(`/udf/${endpoint}?${new URLSearchParams(parameters)}`);
          assert.ok(response.status < 500, `${response.status}`);
          const answer = JSON.parse(await response.text()) as Answer;
          if (!response.ok) assert.equal(answer.s, 'error');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('compresses what is long, and sends nothing twice', async () => {
    await desk.load([ACCOUNT, feed()]);
    const day = 86_400;
    const to = Math.floor((await desk.account()).clock.market.now() / 1000 / day) * day - 2 * day;
    const path = `/udf/history?symbol=AAPL&resolution=5&countback=300&to=${to}`;
    const plain = await raw(path);
    assert.equal(plain.headers['content-encoding'], undefined);
    for (const encoding of ['zstd', 'br', 'gzip']) {
      const short = await raw(path, { 'accept-encoding': encoding });
      assert.equal(short.headers['content-encoding'], encoding);
      assert.ok(short.length < plain.length / 2, `${short.length} of ${plain.length}`);
    }
    assert.equal(
      (await raw(path, { 'accept-encoding': 'br;q=0, identity' })).headers['content-encoding'],
      undefined,
    );
    const etag = String(plain.headers.etag);
    const again = await raw(path, { 'if-none-match': etag });
    assert.deepEqual([again.status, again.length], [304, 0]);
    assert.equal((await raw('/udf/time')).headers['cache-control'], 'no-store');
    assert.equal(
      (await raw('/udf/time', { 'accept-encoding': 'gzip' })).headers['content-encoding'],
      undefined,
    );
  });

  it('lets listed pages read, and no others', async () => {
    await desk.load([ACCOUNT, feed({ origins: 'http://localhost:3000, https://chart.example/' })]);
    const allowed = async (origin: string) =>
      (await raw('/udf/config', { origin })).headers['access-control-allow-origin'];
    assert.equal(await allowed('https://chart.example'), 'https://chart.example');
    assert.equal(await allowed('http://localhost:3000'), 'http://localhost:3000');
    assert.equal(await allowed('https://other.example'), undefined);
    assert.equal(await allowed('null'), undefined);
    const asked = await desk.fetch('/udf/config', {
      method: 'OPTIONS',
      headers: { origin: 'https://chart.example', 'access-control-request-method': 'GET' },
    });
    assert.deepEqual([asked.status, asked.headers.get('access-control-allow-methods')], [204, 'GET, HEAD']);
    await desk.deploy([ACCOUNT, feed({ origins: '*' })]);
    assert.equal(await allowed('https://other.example'), '*');
  });

  it('answers this machine alone without a token, by its own name', async () => {
    await desk.load([ACCOUNT, feed()]);
    assert.equal((await raw('/udf/config', { host: 'evil.example' })).status, 403);
    assert.equal((await raw('/udf/config', { host: 'localhost:1' })).status, 200);
    const proxied = { host: 'localhost:1', 'x-forwarded-for': '203.0.113.9' };
    assert.equal((await raw('/udf/config', proxied)).status, 403);
  });

  it('wants its token, in front of the question or as Bearer', async () => {
    await desk.load([ACCOUNT, feed()], { feed: { token: TOKEN } });
    for (const path of ['/config', '/wrong/config', `/${TOKEN}x/config`, '/', '', '//config'])
      assert.equal((await raw(`/udf${path}`)).status, 401, path);
    assert.equal((await raw(`/udf/${TOKEN}/config`, { host: 'desk.example' })).status, 200);
    assert.equal((await raw(`/udf/${TOKEN}/time`)).status, 200);
    assert.equal((await raw('/udf/config', { authorization: `Bearer ${TOKEN}` })).status, 200);
    assert.equal((await raw('/udf/config', { authorization: 'Bearer wrong' })).status, 401);
    await desk.deploy([ACCOUNT, feed()], 'full', { feed: { token: 'short' } });
    await desk.shows('feed', 'SIM misconfigured');
    assert.equal((await raw('/udf/config')).status, 404);
  });

  it('is one on its path: a second names the first', async () => {
    await desk.load([ACCOUNT, feed({ name: 'First' }), feed({ name: 'Second' }, 'other')]);
    await desk.shows('other', /pathTaken First/);
    assert.ok((await json('/config')).supports_search);
  });

  it('says the configuration without an account, and why it has nothing else', async () => {
    await desk.load([feed({ account: '' })]);
    assert.ok((await json('/config')).supports_search);
    const response = await desk.fetch('/udf/time');
    assert.equal(response.status, 503);
    assert.equal(((await response.json()) as Answer).s, 'error');
  });
});
