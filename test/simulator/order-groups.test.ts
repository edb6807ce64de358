import assert from 'node:assert/strict';
import { at, type Client, HandClock, Listener, leg, MARKET_BUY, started, stopAll } from './support.ts';

type Form = Record<string, string>;
const PARENT = 100_000_000;

describe('simulator: groups of orders', () => {
  let clock: HandClock;
  let client: Client;

  beforeEach(async () => {
    clock = new HandClock();
    client = await started({ elapsed: clock, wall: clock.wall, limits: false });
  });
  afterEach(stopAll);

  async function send(form: Form): Promise<number> {
    const answer = await client.send('POST', client.orders(), form);
    assert.equal(answer.at('order.status'), 'ok', answer.text);
    return Number(answer.at('order.id'));
  }

  async function order(id: number): Promise<unknown> {
    return (await client.get(client.orders(`/${id}?includeTags=true`))).at('order');
  }

  async function statuses(first: number, count: number): Promise<unknown[]> {
    const seen: unknown[] = [];
    for (let id = first; id < first + count; id++) seen.push(at(await order(id), 'status'));
    return seen;
  }

  async function quote(side: 'bid' | 'ask'): Promise<number> {
    return Number((await client.get('/markets/quotes?symbols=AAPL')).at(`quotes.quote.${side}`));
  }

  /** A bracket whose entry trades at once, or never. */
  async function bracket(entry: 'now' | 'never', more: Form = {}): Promise<Form> {
    const price = entry === 'now' ? (await quote('ask')) + 1 : 50;
    return {
      class: 'otoco',
      duration: 'day',
      tag: 'bracket-1',
      ...leg(0, { side: 'buy', type: 'limit', price: price.toFixed(2) }),
      ...leg(1, { type: 'limit', price: '900' }),
      ...leg(2, { type: 'stop', stop: '40' }),
      ...more,
    };
  }

  it('shows a bracket as a parent without terms and its legs, the dependent ones held', async () => {
    assert.equal(await send(await bracket('never')), PARENT);
    const parent = (await client.get(client.orders('?includeTags=true'))).at('orders.order');
    assert.deepEqual(Object.keys(parent as object), [
      'id',
      'class',
      'status',
      'create_date',
      'transaction_date',
      'tag',
      'leg',
    ]);
    assert.deepEqual(
      [at(parent, 'class'), at(parent, 'tag'), at(parent, 'leg.length')],
      ['otoco', 'bracket-1', 3],
    );
    for (const [index, expected] of [
      ['limit', 'buy', 'open', 50, undefined],
      ['limit', 'sell', 'held', 900, undefined],
      ['stop', 'sell', 'held', undefined, 40],
    ].entries()) {
      const row = at(parent, `leg.${index}`);
      assert.equal(at(row, 'id'), PARENT + 1 + index);
      assert.deepEqual(
        ['type', 'side', 'status', 'price', 'stop_price'].map((key) => at(row, key)),
        expected,
      );
      assert.equal(at(row, 'tag'), undefined);
      assert.equal(at(row, 'class'), 'equity');
    }
  });

  it('takes a group from the query, with encoded keys, and from durations of the legs', async () => {
    const form = await bracket('never', { duration: '' });
    for (const index of [0, 1, 2]) form[`duration[${index}]`] = index === 0 ? 'day' : 'gtc';
    const answer = await client.send('POST', client.orders(`?${new URLSearchParams(form)}`));
    assert.equal(answer.at('order.id'), PARENT, answer.text);
    const parent = await order(PARENT);
    assert.deepEqual(
      [0, 1, 2].map((index) => at(parent, `leg.${index}.duration`)),
      ['day', 'gtc', 'gtc'],
    );
  });

  it('takes keys whose brackets were not encoded', async () => {
    const { rest, token } = client.simulator;
    const form = await bracket('never');
    const answer = await fetch(`${rest}${client.orders()}`, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: Object.entries(form)
        .map((pair) => pair.join('='))
        .join('&'),
    });
    assert.equal(at(await answer.json(), 'order.id'), PARENT);
  });

  it('lets the entry of a bracket fill, then works its two exits', async () => {
    await send(await bracket('now'));
    clock.pass(10_000);
    assert.deepEqual((await statuses(PARENT + 1, 3)).slice(0, 1), ['filled']);
    assert.deepEqual((await statuses(PARENT + 1, 3)).slice(1), ['open', 'open']);
    const alone = await order(PARENT + 2);
    assert.deepEqual([at(alone, 'symbol'), at(alone, 'leg')], ['AAPL', undefined], 'a leg comes alone');
  });

  it('cancels the other leg of an OCO with the fill of one, and ends the parent', async () => {
    await client.place(MARKET_BUY);
    clock.pass(10_000);
    const below = ((await quote('bid')) - 1).toFixed(2);
    const parent = await send({
      class: 'oco',
      duration: 'day',
      ...leg(0, { type: 'limit', price: below }),
      ...leg(1, { type: 'stop', stop: '40' }),
    });
    clock.pass(10_000);
    assert.deepEqual(await statuses(parent, 3), ['filled', 'filled', 'canceled']);
    const positions = await client.get(`/accounts/${client.simulator.account}/positions`);
    assert.equal(positions.text, '{"positions":"null"}');
  });

  it('places the second order of an OTO when the first is filled', async () => {
    const ask = await quote('ask');
    await send({
      class: 'oto',
      duration: 'day',
      ...leg(0, { side: 'buy', type: 'limit', price: (ask + 1).toFixed(2) }),
      ...leg(1, { type: 'market' }),
    });
    assert.deepEqual((await statuses(PARENT + 1, 2))[1], 'held');
    clock.pass(30_000);
    assert.deepEqual(await statuses(PARENT, 3), ['filled', 'filled', 'filled']);
  });

  it('cancels a whole group by its parent, and one leg by its own id', async () => {
    await send(await bracket('never'));
    const deleted = await client.send('DELETE', client.orders(`/${PARENT}`));
    assert.deepEqual(deleted.json, { order: { id: PARENT, status: 'ok' } });
    assert.deepEqual(await statuses(PARENT, 4), ['canceled', 'canceled', 'canceled', 'canceled']);
    const again = await client.send('DELETE', client.orders(`/${PARENT}`));
    assert.equal(again.text, 'order already in finalized state: canceled');

    const second = await send(await bracket('now'));
    clock.pass(10_000);
    const leg2 = await client.send('DELETE', client.orders(`/${second + 3}`));
    assert.deepEqual(leg2.json, { order: { id: second + 3, status: 'ok' } });
    assert.equal((await statuses(second + 3, 1))[0], 'canceled');
    assert.equal((await statuses(second + 1, 1))[0], 'filled');
  });

  it('tells parents and legs on the account stream', async () => {
    const session = await client.send('POST', '/accounts/events/session');
    const listener = await Listener.open(`${client.simulator.ws}/v1/accounts/events`, {
      events: ['order'],
      sessionid: session.at('stream.sessionid'),
    });
    try {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await send(await bracket('now'));
      clock.pass(10_000);
      await client.get('/markets/clock');
      await new Promise((resolve) => setTimeout(resolve, 100));
      const events = listener.of('order');
      const told = (id: number) => events.filter((event) => at(event, 'id') === id);
      assert.ok(told(PARENT).length > 0);
      assert.equal(at(told(PARENT)[0], 'parent_id'), undefined);
      for (const id of [PARENT + 1, PARENT + 2, PARENT + 3]) {
        assert.ok(told(id).length > 0, `leg ${id}`);
        assert.ok(told(id).every((event) => at(event, 'parent_id') === PARENT));
      }
      assert.equal(at(told(PARENT + 1).at(-1), 'status'), 'filled');
      assert.deepEqual(
        [at(told(PARENT + 3)[0], 'status'), at(told(PARENT + 3).at(-1), 'status')],
        ['held', 'open'],
      );
    } finally {
      listener.close();
    }
  });

  it('tells the truth flat, each leg a row with its parent', async () => {
    await send(await bracket('never'));
    const rows = (await client.control('GET', '/truth')).at('orders') as unknown[];
    assert.deepEqual(
      rows.map((row) => ['id', 'parent_id', 'class', 'symbol', 'tag'].map((key) => at(row, key))),
      [
        [PARENT, null, 'otoco', null, 'bracket-1'],
        [PARENT + 1, PARENT, 'equity', 'AAPL', 'bracket-1'],
        [PARENT + 2, PARENT, 'equity', 'AAPL', 'bracket-1'],
        [PARENT + 3, PARENT, 'equity', 'AAPL', 'bracket-1'],
      ],
    );
    assert.deepEqual([at(rows[3], 'stop'), at(rows[3], 'price'), at(rows[3], 'status')], [40, null, 'held']);
  });

  it('previews a group without placing it', async () => {
    const shown = await client.send('POST', client.orders(), {
      ...(await bracket('never')),
      preview: 'true',
    });
    assert.deepEqual(
      ['class', 'result', 'cost', 'symbol'].map((key) => shown.at(`order.${key}`)),
      ['otoco', true, 500, undefined],
    );
    assert.equal((await client.get(client.orders())).text, '{"orders":"null"}');
  });

  it('lists groups by the status of the parent', async () => {
    await send(await bracket('never'));
    await client.place();
    assert.equal((await client.get(client.orders('?status=open'))).at('orders.order.length'), 2);
    await client.send('DELETE', client.orders(`/${PARENT}`));
    assert.equal((await client.get(client.orders('?status=canceled'))).at('orders.order.id'), PARENT);
    assert.equal((await client.get(client.orders('?limit=1&page=2'))).at('orders.order.id'), PARENT + 4);
  });
});
