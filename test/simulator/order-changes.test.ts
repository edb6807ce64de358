import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, type Client, HandClock, leg, MARKET_BUY, started, stopAll } from './support.ts';

const FIRST = 100_000_000;

describe('simulator: changing orders', () => {
  let clock: HandClock;
  let client: Client;
  let stateDir: string;

  beforeEach(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'simulator-'));
    clock = new HandClock();
    client = await begin();
  });
  afterEach(async () => {
    await stopAll();
    rmSync(stateDir, { recursive: true });
  });

  function begin(): Promise<Client> {
    return started({ stateDir, elapsed: clock, wall: clock.wall, limits: false });
  }

  function put(id: number, form: Record<string, string>): Promise<Answer> {
    return client.send('PUT', client.orders(`/${id}`), form);
  }

  async function terms(id: number): Promise<unknown[]> {
    const order = await client.get(client.orders(`/${id}`));
    return ['type', 'price', 'stop_price', 'duration', 'quantity', 'status'].map((key) =>
      order.at(`order.${key}`),
    );
  }

  it('changes the price; the id stays, the quantity is ignored; a restart remembers it', async () => {
    await client.place();
    const changed = await put(FIRST, { price: '51.25', quantity: '99', symbol: 'MSFT' });
    assert.equal(changed.status, 200);
    assert.deepEqual(
      [changed.at('order.id'), changed.at('order.status'), typeof changed.at('order.partner_id')],
      [FIRST, 'ok', 'string'],
    );
    const expected = ['limit', 51.25, undefined, 'gtc', 10, 'open'];
    assert.deepEqual(await terms(FIRST), expected);
    await stopAll();
    client = await begin();
    assert.deepEqual(await terms(FIRST), expected);
  });

  it('takes parameters from the query too', async () => {
    await client.place();
    await client.send('PUT', client.orders(`/${FIRST}?price=52&duration=day`));
    assert.deepEqual(await terms(FIRST), ['limit', 52, undefined, 'day', 10, 'open']);
  });

  it('changes the type with the prices it needs', async () => {
    await client.place(MARKET_BUY);
    clock.pass(10_000);
    await client.place({ side: 'sell', type: 'stop', stop: '40' });
    await put(FIRST + 1, { type: 'stop_limit', price: '39' });
    assert.deepEqual(await terms(FIRST + 1), ['stop_limit', 39, 40, 'gtc', 10, 'open']);
    await put(FIRST + 1, { type: 'stop', stop: '41' });
    assert.deepEqual(await terms(FIRST + 1), ['stop', undefined, 41, 'gtc', 10, 'open']);
  });

  it('changes a working and a held leg by its own id, not the parent', async () => {
    const form = {
      class: 'otoco',
      duration: 'day',
      ...leg(0, { side: 'buy', type: 'limit', price: '50' }),
      ...leg(1, { type: 'limit', price: '900' }),
      ...leg(2, { type: 'stop', stop: '40' }),
    };
    await client.send('POST', client.orders(), form);
    assert.equal((await put(FIRST + 1, { price: '51' })).status, 200);
    assert.equal((await put(FIRST + 3, { stop: '41.5' })).status, 200);
    assert.deepEqual(await terms(FIRST + 1), ['limit', 51, undefined, 'day', 10, 'open']);
    assert.deepEqual(await terms(FIRST + 3), ['stop', undefined, 41.5, 'day', 10, 'held']);
    const parent = await put(FIRST, { price: '51' });
    assert.deepEqual(
      [parent.status, parent.text],
      [400, 'Invalid parameter, order_id: is that of a group; change one of its legs.'],
    );
  });

  it('refuses parameters with 400, business with 200, what is final in its own words', async () => {
    await client.place(MARKET_BUY);
    clock.pass(10_000);
    await client.place({ side: 'sell', type: 'stop', stop: '40' });
    for (const [form, message] of [
      [{ type: 'trailing' }, 'type: is not valid.'],
      [{ duration: 'ioc' }, 'duration: is not valid.'],
      [{ price: '-1' }, 'price: is not valid.'],
      [{ stop: 'x' }, 'stop: is not valid.'],
    ] as const) {
      const answer = await put(FIRST + 1, form);
      assert.deepEqual([answer.status, answer.text], [400, `Invalid parameter, ${message}`]);
    }
    const pre = await put(FIRST + 1, { duration: 'pre' });
    assert.deepEqual([pre.status, pre.text.startsWith('Invalid parameter, duration:')], [400, true]);
    assert.equal(
      (await put(FIRST + 1, { stop: '900' })).at('errors.error'),
      'SellStopOrderStopPriceGreaterBid',
    );
    assert.equal((await put(FIRST + 1, { type: 'limit' })).at('errors.error'), 'LimitPriceUndefined');
    assert.equal((await put(FIRST + 1, { type: 'market' })).at('errors.error'), 'MarketOrderIsGtc');
    assert.deepEqual(await terms(FIRST + 1), ['stop', undefined, 40, 'gtc', 10, 'open']);
    assert.equal((await put(FIRST, { price: '1' })).text, 'order already in finalized state: filled');
    const { account } = client.simulator;
    assert.equal((await put(99, { price: '1' })).text, `Unauthorized Account: ${account}`);
  });

  it('takes a request that changes nothing', async () => {
    await client.place();
    assert.equal((await put(FIRST, { quantity: '5' })).at('order.id'), FIRST);
    assert.deepEqual(await terms(FIRST), ['limit', 50, undefined, 'gtc', 10, 'open']);
  });

  it('counts changes against the quota of orders', async () => {
    await stopAll();
    client = await started({ elapsed: clock, wall: clock.wall });
    await client.place();
    const changed = await put(FIRST, { price: '51' });
    assert.equal(changed.headers.get('x-ratelimit-used'), '2');
  });
});
