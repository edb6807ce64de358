import assert from 'node:assert/strict';
import { ApiDesk, AUTHORIZED } from '../api/api-desk.ts';
import { until } from './flow-desk.ts';

interface Refused {
  field: string;
  value: unknown;
  expected: string;
}

describe('the words of trader-api', () => {
  const desk = new ApiDesk();
  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  it('says of Authorization whether it is missing, malformed or of another', async () => {
    await desk.open();
    const outside = { host: 'desk.example' };
    const expected = async (headers: Record<string, string>, method = 'GET') => {
      const { status, text, body } = await desk.ask(method, '/api/v1/alerts/none', headers);
      assert.equal(status, 401, text);
      assert.ok(!text.includes(AUTHORIZED.authorization.slice(7)) && !text.includes('mistyped'), text);
      const { field, expected } = (body as { error: Refused }).error;
      assert.equal(field, 'Authorization');
      assert.match(expected, /npm start keeps it in the file api-token .* TRADER_API_TOKEN/);
      return expected;
    };
    assert.match(await expected({}, 'DELETE'), /none was brought/);
    assert.match(await expected(outside), /none was brought/);
    // A proxy's password is not for us.
    assert.match(await expected({ ...outside, authorization: 'Basic bWU6eW91' }), /none was brought/);
    assert.equal((await desk.ask('GET', '/health', { authorization: 'Basic bWU6eW91' })).status, 200);
    assert.match(await expected({ authorization: 'Bearer mistyped' }), /another.*webhook's secret/);
    for (const authorization of ['mistyped', 'Bearer', 'Token mistyped', AUTHORIZED.authorization.slice(7)])
      assert.match(
        await expected({ authorization }),
        /the word Bearer, a blank and the token/,
        authorization,
      );
  });

  it('says what an alert waits for, from the price there is', async () => {
    await desk.open();
    const add = async (condition: string, value: number) => {
      const { status, body } = await desk.send('POST', '/api/v1/alerts', {
        symbol: 'AAPL',
        condition,
        value,
      });
      assert.equal(status, 201);
      return body as { price: number; outlook: string; alert: { simulated: boolean } };
    };
    const crossed = await add('price_cross_above', 1);
    assert.equal(crossed.alert.simulated, true);
    assert.ok(crossed.price > 1);
    assert.equal(
      crossed.outlook,
      `AAPL is at ${crossed.price}, above 1 already: it waits for the price to come from the other side, so the price must ` +
        'first fall below 1. price_above fires at once.',
    );
    assert.match((await add('price_cross_below', 9_999)).outlook, /below 9999 already.*rise above 9999/);
    assert.match((await add('price_below', 1)).outlook, /it fires when the price is below 1\.$/);
    assert.match((await add('percent_move', 5)).outlook, /judged on each quote/);
    assert.match((await add('volume_above', 5)).outlook, /each bar that closes/);
    const { outlook, alert } = await add('price_above', 1);
    assert.match(outlook, /above 1: it fires at once\.$/);
    const { id } = alert as unknown as { id: string };
    const firings = await until(async () => {
      const { body } = await desk.ask('GET', `/api/v1/alerts/${id}`);
      const found = (body as { firings: { simulated: boolean }[] }).firings;
      return found.length > 0 ? found : undefined;
    }, 'the firing');
    assert.deepEqual([firings.length, firings[0]?.simulated], [1, true]);
  });

  it('labels what the stream tells of alerts', async () => {
    await desk.open();
    const reader = await desk.stream();
    reader.say({ action: 'subscribe', channels: ['alerts'] });
    await reader.hears('alerts');
    const made = await desk.send('POST', '/api/v1/alerts', {
      symbol: 'AAPL',
      condition: 'price_above',
      value: 1,
    });
    const { alert_id: id } = made.body as { alert_id: string };
    type Labelled = { id: string; simulated: boolean };
    const fired = await reader.hears('alert', ({ kind }) => kind === 'fired');
    assert.deepEqual(
      [(fired.data as Labelled).simulated, (fired.firing as Labelled).simulated],
      [true, true],
    );
    reader.told.length = 0;
    reader.say({ action: 'subscribe', channels: ['alerts'] });
    const { data } = await reader.hears('alerts');
    assert.equal((data as Labelled[]).find((one) => one.id === id)?.simulated, true);
    await reader.close();
  });

  it('says what it expects in the words of an address and of JSON', async () => {
    await desk.open();
    const refused = async (answer: Promise<{ status: number; body: object }>) => {
      const { status, body } = await answer;
      assert.equal(status, 422);
      const { field, value, expected } = (body as { error: Refused }).error;
      return { field, value, expected };
    };
    const { field, value, expected } = await refused(desk.ask('GET', '/api/v1/quotes'));
    assert.deepEqual([field, value], ['symbols', null]);
    assert.match(expected, /separated by commas/);
    for (const text of ['', ',']) {
      const empty = await refused(desk.ask('GET', `/api/v1/quotes?symbols=${text}`));
      assert.deepEqual([empty.field, empty.value], ['symbols', text]);
      assert.match(empty.expected, /separated by commas/);
    }
    const add = (fields: object) => desk.send('POST', '/api/v1/alerts', fields);
    const terms = { symbol: 'nasdaq:aapl', condition: 'rsi_overbought' };
    const { status, body } = await add({ ...terms, interval: 15 });
    assert.equal(status, 201);
    const { id, symbol, interval, updatedAt } = (body as { alert: Record<string, unknown> }).alert;
    assert.deepEqual([symbol, interval], ['AAPL', '15']);
    const seven = await refused(add({ ...terms, interval: 7 }));
    assert.deepEqual([seven.field, seven.value], ['interval', 7]);
    assert.match(seven.expected, /^one of 1, 3, 5,/);
    const nothing = await refused(desk.send('PATCH', `/api/v1/alerts/${id}`, {}));
    assert.deepEqual([nothing.field, nothing.expected], ['body', 'at least one field to change']);
    const after = await desk.ask('GET', `/api/v1/alerts/${id}`);
    assert.equal((after.body as { alert: { updatedAt: number } }).alert.updatedAt, updatedAt);
  });
});
