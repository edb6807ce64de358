import assert from 'node:assert/strict';
import { request } from 'node:http';
import { at, type Client, HandClock, MARKET_BUY, started, stopAll } from './support.ts';

describe('simulator: account and orders', () => {
  let clock: HandClock;
  let client: Client;

  beforeEach(async () => {
    clock = new HandClock();
    client = await started({ elapsed: clock, wall: clock.wall, limits: false });
  });
  afterEach(stopAll);

  it('has one account with 100,000 and nothing in it', async () => {
    const { account } = client.simulator;
    assert.match(account, /^VA\d{8}$/);
    assert.equal((await client.get('/user/profile')).at('profile.account.account_number'), account);
    const balances = await client.get(`/accounts/${account}/balances`);
    assert.equal(balances.at('balances.total_cash'), 100_000);
    assert.equal(balances.at('balances.account_type'), 'margin');
    assert.equal(balances.at('balances.margin.stock_buying_power'), 200_000);
    assert.equal((await client.get(`/accounts/${account}/positions`)).text, '{"positions":"null"}');
    assert.equal((await client.get(client.orders())).text, '{"orders":"null"}');
  });

  it('takes a market order, fills it and shows the position', async () => {
    const placed = await client.place({ ...MARKET_BUY, tag: 'ab12-q-1' });
    assert.equal(placed.status, 200);
    assert.equal(placed.at('order.status'), 'ok');
    assert.equal(placed.at('order.id'), 100_000_000);
    assert.match(String(placed.at('order.partner_id')), /^[0-9a-f-]{36}$/);
    clock.pass(10_000);
    const order = await client.get(client.orders('/100000000?includeTags=true'));
    assert.equal(order.at('order.status'), 'filled');
    assert.equal(order.at('order.exec_quantity'), 10);
    assert.equal(order.at('order.tag'), 'ab12-q-1');
    assert.equal(at(order.json, 'order.price'), undefined);
    const positions = await client.get(`/accounts/${client.simulator.account}/positions`);
    assert.equal(positions.at('positions.position.symbol'), 'AAPL');
    assert.equal(positions.at('positions.position.quantity'), 10);
    const truth = await client.control('GET', '/truth');
    assert.equal(truth.at('orders.0.tag'), 'ab12-q-1');
    assert.equal(truth.at('orders.0.parent_id'), null);
    assert.equal(truth.at('fills.0.order_id'), 100_000_000);
  });

  it('reads parameters from the query, the body winning; empty ones are absent, unknown ones ignored', async () => {
    const query = '?class=option&symbol=msft&quantity=10.0&price=50&option_symbol=&False=False&tag=';
    const placed = await client.send('POST', client.orders(query), {
      class: 'equity',
      side: 'buy',
      type: 'limit',
      duration: 'day',
      'legs[0]': 'x',
    });
    assert.equal(placed.at('order.status'), 'ok');
    const order = await client.get(client.orders(`/${placed.at('order.id')}?includeTags=TRUE`));
    assert.equal(order.at('order.symbol'), 'MSFT');
    assert.equal(order.at('order.tag'), undefined);
  });

  it('refuses for business reasons with 200 and errors, an array or a bare string', async () => {
    const poor = await client.place({ quantity: '1000000' });
    assert.equal(poor.status, 200);
    assert.deepEqual(poor.json, {
      errors: { error: ['Backoffice rejected override of the order.', 'InitialMargin'] },
    });
    const gtc = await client.place({ type: 'market', price: '', duration: 'gtc' });
    assert.deepEqual([gtc.status, gtc.text], [200, '{"errors":{"error":"MarketOrderIsGtc"}}']);
    assert.deepEqual((await client.place({ price: '' })).json, { errors: { error: 'LimitPriceUndefined' } });
    assert.deepEqual((await client.place({ symbol: 'NOPE' })).json, {
      errors: { error: 'SecurityUndefined' },
    });
    assert.deepEqual((await client.place({ side: 'sell' })).json, {
      errors: { error: 'UnexpectedSellOrder' },
    });
  });

  it('cancels; says what a final order is; knows no foreign order and no foreign account', async () => {
    const { account } = client.simulator;
    await client.place();
    const order = client.orders('/100000000');
    assert.deepEqual((await client.send('DELETE', order)).json, { order: { id: 100_000_000, status: 'ok' } });
    assert.equal((await client.get(order)).at('order.status'), 'canceled');
    for (const method of ['DELETE', 'PUT']) {
      const again = await client.send(method, order);
      assert.deepEqual([again.status, again.text], [400, 'order already in finalized state: canceled']);
    }
    for (const [method, path, named] of [
      ['GET', client.orders('/99'), account],
      ['DELETE', client.orders('/99999999999999999999'), account],
      ['GET', client.orders('/abc'), account],
      ['GET', '/accounts/6YA00001/balances', '6YA00001'],
      ['POST', '/accounts/6YA%2F1/orders', '6YA/1'],
    ] as const) {
      const answer = await client.send(method, path);
      assert.deepEqual([answer.status, answer.text], [401, `Unauthorized Account: ${named}`]);
    }
  });

  it('previews without placing', async () => {
    const shown = await client.place({ preview: 'True', price: '50.00', quantity: '3' });
    assert.equal(shown.at('order.result'), true);
    assert.equal(shown.at('order.cost'), 150);
    assert.match(String(shown.at('order.request_date')), /^2026-03-02T09:30:00\.\d{3}$/);
    assert.equal(
      (await client.place({ preview: 'true', quantity: '1000000' })).at('errors.error.1'),
      'InitialMargin',
    );
    assert.equal((await client.get(client.orders())).text, '{"orders":"null"}');
  });

  it('lists by status and page; a loop over the pages ends', async () => {
    for (let count = 0; count < 5; count++) await client.place({ tag: `t-${count}` });
    await client.send('DELETE', client.orders('/100000001'));
    const pages: unknown[] = [];
    for (let page = 1; page < 10; page++) {
      const { json } = await client.get(client.orders(`?page=${page}&limit=2&includeTags=true`));
      if (at(json, 'orders') === 'null') break;
      pages.push(at(json, 'orders.order'));
    }
    assert.equal(pages.length, 3);
    assert.equal(at(pages, '2.id'), 100_000_004, 'the last page holds one: a bare object');
    assert.equal((await client.get(client.orders('?page=2'))).text, '{"orders":"null"}');
    const open = await client.get(client.orders('?status=open,pending'));
    assert.equal(at(open.json, 'orders.order.length'), 4);
    assert.equal((await client.get(client.orders('?status=canceled'))).at('orders.order.id'), 100_000_001);
    assert.equal((await client.get(client.orders('?page=0'))).text, 'Invalid parameter, page: is not valid.');
  });

  it('lists the current day and what still works from earlier ones; single lookup and truth reach further', async () => {
    await client.place({ duration: 'day' });
    await client.place({ duration: 'gtc' });
    await client.place({ duration: 'gtc' });
    // Past the close: the clock jumps to the next morning.
    clock.pass(6.6 * 3_600_000);
    assert.equal((await client.get('/markets/clock')).at('clock.date'), '2026-03-03');
    const rows = (await client.get(client.orders())).at('orders.order');
    assert.deepEqual([at(rows, '0.id'), at(rows, '1.id'), at(rows, 'length')], [100_000_001, 100_000_002, 2]);
    assert.equal((await client.get(client.orders('/100000000'))).at('order.status'), 'expired');
    assert.equal((await client.control('GET', '/truth')).at('orders.length'), 3);
    await client.send('DELETE', client.orders('/100000002'));
    assert.equal((await client.get(client.orders('?status=canceled'))).at('orders.order.id'), 100_000_002);
    clock.pass(6.6 * 3_600_000);
    assert.equal((await client.get(client.orders())).at('orders.order.id'), 100_000_001);
  });

  it('never implements idempotency: the same order twice is two orders', async () => {
    const first = await client.place({ tag: 'same' });
    const second = await client.place({ tag: 'same' });
    assert.notEqual(first.at('order.id'), second.at('order.id'));
  });

  it('shows the mistake when JSON was not asked for, after doing what was asked', async () => {
    for (const accept of ['*/*', 'application/xml']) {
      const answer = await client.send('POST', client.orders(), { ...FORM }, { accept });
      assert.equal(answer.headers.get('content-type'), 'application/xml;charset=UTF-8');
      assert.match(answer.text, /^<\?xml .*Accept: application\/json/s);
    }
    assert.equal((await client.get(client.orders())).at('orders.order.length'), 2);
    const axios = await client.send('GET', '/user/profile', undefined, {
      accept: 'application/json, text/plain, */*',
    });
    assert.ok(axios.json);
  });

  it('survives bodies that are too large, broken or of the wrong kind', async () => {
    const { rest, token } = client.simulator;
    const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
    const large = await fetch(`${rest}${client.orders()}`, {
      method: 'POST',
      headers,
      body: 'x'.repeat(1_100_000),
    });
    assert.equal(large.status, 413);
    await large.text();
    const json = { ...headers, 'content-type': 'application/json' };
    const broken = await fetch(`${rest}/accounts/events/session`, {
      method: 'POST',
      headers: json,
      body: '{"a":',
    });
    assert.deepEqual(
      [broken.status, (await broken.text()).startsWith('Invalid parameter, body:')],
      [400, true],
    );
    const empty = await fetch(`${rest}/accounts/events/session`, {
      method: 'POST',
      headers: json,
      body: '{}',
    });
    assert.ok(at(await empty.json(), 'stream.sessionid'));
    // A client that dies in the middle of its request.
    await new Promise<void>((resolve) => {
      const half = request(`${rest}${client.orders()}`, {
        method: 'POST',
        headers: { ...headers, 'content-length': 100 },
      });
      half.on('error', () => {});
      half.on('close', resolve);
      half.write('class=equity');
      setTimeout(() => half.destroy(), 30);
    });
    assert.equal((await client.get('/user/profile')).status, 200);
    assert.equal((await client.get('/nothing/here')).status, 404);
    assert.equal((await client.send('DELETE', '/user/profile')).status, 405);
    assert.equal((await client.get('/accounts/%E0%A4%A/balances')).status, 401);
  });
});

const FORM = {
  class: 'equity',
  symbol: 'AAPL',
  side: 'buy',
  quantity: '1',
  type: 'limit',
  price: '50',
  duration: 'gtc',
};
