import assert from 'node:assert/strict';
import { type Client, LIMIT_BUY, started, stopAll, until } from './support.ts';

const ORDERS = { method: 'POST', path: '/orders' };

describe('simulator: faults', () => {
  let client: Client;

  beforeEach(async () => {
    client = await started({ limits: false });
  });
  afterEach(stopAll);

  async function placed(): Promise<unknown> {
    return (await client.control('GET', '/truth')).at('orders.length');
  }

  it('delays the answer of an order that is already placed', async () => {
    await client.control('POST', '/faults', { match: ORDERS, kind: 'delay', ms: 300 });
    const began = performance.now();
    const answer = client.place();
    await until(async () => (await placed()) === 1, 'the order is placed');
    assert.ok(performance.now() - began < 290);
    assert.equal((await answer).status, 200);
    assert.ok(performance.now() - began >= 290);
  });

  it('delays before anything is done, when told so', async () => {
    await client.control('POST', '/faults', { match: ORDERS, kind: 'delay', ms: 200, when: 'before' });
    const answer = client.place();
    await new Promise((resolve) => setTimeout(resolve, 80));
    assert.equal(await placed(), 0);
    assert.equal((await answer).status, 200);
  });

  it('places a delayed order even when its client gave up waiting', async () => {
    await client.control('POST', '/faults', { match: ORDERS, kind: 'delay', ms: 150, when: 'before' });
    const { rest, token } = client.simulator;
    const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
    const asked = fetch(`${rest}${client.orders()}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(LIMIT_BUY),
      signal: AbortSignal.timeout(50),
    });
    await assert.rejects(asked, { name: 'TimeoutError' });
    assert.equal(await placed(), 0);
    await until(async () => (await placed()) === 1, 'the order arrives late');
  });

  it('closes before accepting: nothing is placed', async () => {
    await client.control('POST', '/faults', { match: ORDERS, kind: 'close_before' });
    await assert.rejects(client.place());
    assert.equal(await placed(), 0);
    assert.equal((await client.place()).status, 200, 'once only');
  });

  it('closes after accepting: the order is there', async () => {
    await client.control('POST', '/faults', { match: ORDERS, kind: 'close_after' });
    await assert.rejects(client.place({ tag: 'lost-reply' }));
    assert.equal((await client.get(client.orders('?includeTags=true'))).at('orders.order.tag'), 'lost-reply');
  });

  it('answers 500 after accepting', async () => {
    await client.control('POST', '/faults', { match: ORDERS, kind: 'error_after', times: 2 });
    for (let count = 1; count <= 2; count++) {
      const answer = await client.place();
      assert.deepEqual(
        [answer.status, answer.text],
        [500, 'An error occurred while communicating with the backend.'],
      );
      assert.equal(await placed(), count);
    }
    assert.equal((await client.place()).status, 200);
  });

  it('hits only what it is made for; is listed and cleared', async () => {
    const made = await client.control('POST', '/faults', {
      match: { method: 'delete' },
      kind: 'close_before',
      times: 3,
    });
    assert.deepEqual(made.json, {
      fault: { id: 1, kind: 'close_before', match: { method: 'DELETE' }, times: 3 },
    });
    assert.equal((await client.place()).status, 200);
    await assert.rejects(client.send('DELETE', client.orders('/100000000')));
    assert.equal((await client.control('GET', '/faults')).at('faults.0.times'), 2);
    assert.deepEqual((await client.control('DELETE', '/faults')).json, { cleared: 1 });
    assert.equal((await client.control('GET', '/faults')).at('faults.length'), 0);
    assert.equal((await client.send('DELETE', client.orders('/100000000'))).status, 200);
  });

  const bad: [unknown, string, unknown][] = [
    ['{"kind":', 'fault', '{"kind":'],
    [[], 'fault', []],
    [{ kind: 'explode' }, 'kind', 'explode'],
    [{ kind: 'delay' }, 'ms', null],
    [{ kind: 'delay', ms: -1 }, 'ms', -1],
    [{ kind: 'delay', ms: 10, when: 'never' }, 'when', 'never'],
    [{ kind: 'close_after', times: 0 }, 'times', 0],
    [{ kind: 'close_after', tiems: 2 }, 'tiems', 2],
    [{ kind: 'close_after', match: 'POST' }, 'match', 'POST'],
    [{ kind: 'close_after', match: { url: 'x' } }, 'match.url', 'x'],
  ];
  for (const [body, field, value] of bad) {
    it(`refuses ${JSON.stringify(body)}`, async () => {
      const answer = await client.control('POST', '/faults', body);
      assert.equal(answer.status, 400);
      assert.equal(answer.at('error.field'), field);
      assert.deepEqual(answer.at('error.value'), value);
      assert.ok(String(answer.at('error.expected')).length > 3);
      assert.equal((await client.control('GET', '/faults')).at('faults.length'), 0);
    });
  }

  it('does not hold up the end: a delayed answer is given up', async () => {
    await client.control('POST', '/faults', { kind: 'delay', ms: 60_000, match: ORDERS });
    const answer = client.place().then(
      () => 'answered',
      () => 'cut',
    );
    await until(async () => (await placed()) === 1, 'the order is placed');
    const began = performance.now();
    await stopAll();
    assert.equal(await answer, 'cut');
    assert.ok(performance.now() - began < 1_000);
  });
});
