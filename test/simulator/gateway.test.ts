import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { type Answer, type Client, HandClock, LIMIT_BUY, started, stopAll } from './support.ts';

function window(answer: Answer): (string | null)[] {
  return ['Allowed', 'Used', 'Available'].map((name) => answer.headers.get(`X-Ratelimit-${name}`));
}

describe('simulator: tokens and quotas', () => {
  afterEach(stopAll);

  it('refuses a wrong or missing token as the gateway does', async () => {
    const client = await started();
    for (const authorization of ['Bearer wrong', '', 'Basic eDp5']) {
      const answer = await client.send('GET', '/user/profile', undefined, { authorization });
      assert.equal(answer.status, 401);
      assert.deepEqual(answer.json, {
        fault: {
          faultstring: 'Invalid Access Token',
          detail: { errorcode: 'keymanagement.service.invalid_access_token' },
        },
      });
    }
  });

  it('takes the token it is given', async () => {
    const client = await started({ token: 'chosen-by-me' });
    assert.equal(client.simulator.token, 'chosen-by-me');
    assert.equal((await client.get('/user/profile')).status, 200);
  });

  it('counts each category in its own window, tells it on every reply, refuses beyond, opens again', async () => {
    const clock = new HandClock();
    const quotas = { standard: 2, market: 3, trading: 1 };
    const client = await started({ elapsed: clock, wall: clock.wall, quotas });
    assert.deepEqual(window(await client.get('/user/profile')), ['2', '1', '1']);
    assert.deepEqual(window(await client.get('/accounts/other/balances')), ['2', '2', '0'], 'on errors too');
    const expiry = clock.wall.now() + 60_000;
    const refused = await client.get('/user/profile');
    assert.equal(refused.status, 429);
    assert.ok(refused.text.startsWith('Quota Violation'));
    assert.equal(Number(refused.text.split(/\s/).at(-1)), expiry);
    assert.equal(refused.headers.get('x-ratelimit-expiry'), String(expiry));
    assert.deepEqual(window(refused), ['2', '2', '0']);

    assert.deepEqual(window(await client.get('/markets/clock')), ['3', '1', '2']);
    assert.deepEqual(window(await client.send('POST', '/markets/events/session')), ['3', '2', '1']);
    assert.deepEqual(window(await client.place()), ['1', '1', '0']);
    const beyond = await client.place();
    assert.equal(beyond.status, 429);
    assert.equal((await client.send('DELETE', client.orders('/100000000'))).status, 429);
    assert.equal(
      (await client.control('GET', '/truth')).at('orders.length'),
      1,
      'what was refused was not placed',
    );

    clock.pass(60_000);
    assert.deepEqual(window(await client.get('/user/profile')), ['2', '1', '1']);
    assert.deepEqual(window(await client.place()), ['1', '1', '0']);
  });

  it('allows as much as production does', async () => {
    const client = await started();
    assert.deepEqual(window(await client.send('POST', client.orders(), LIMIT_BUY)), ['60', '1', '59']);
    assert.deepEqual(window(await client.get('/user/profile')), ['120', '1', '119']);
    assert.deepEqual(window(await client.get('/markets/clock')), ['120', '1', '119']);
  });

  it('refuses nothing without limits, and tells none', async () => {
    const client = await started({ limits: false });
    let last: Answer | undefined;
    for (let count = 0; count < 62; count++) last = await client.send('POST', client.orders(), LIMIT_BUY);
    assert.equal(last?.status, 200);
    assert.equal(last?.headers.get('x-ratelimit-available'), null);
  });
});

describe('simulator: control', () => {
  afterEach(stopAll);

  it('tells its clock, which skips the night', async () => {
    const clock = new HandClock();
    const client = await started({ elapsed: clock, wall: clock.wall, speed: 60 });
    assert.deepEqual((await client.control('GET', '/clock')).json, {
      now_ms: Date.UTC(2026, 2, 2, 14, 30),
      speed: 60,
      skips_closed: true,
    });
    clock.pass(391_000);
    assert.equal((await client.control('GET', '/clock')).at('now_ms'), Date.UTC(2026, 2, 3, 14, 31));
  });

  it('answers on loopback only, and not under a foreign name', async () => {
    const client = await started({ host: '0.0.0.0' });
    const outside = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .find((one) => one.family === 'IPv4' && !one.internal)?.address;
    if (outside) {
      const answer = await fetch(`http://${outside}:${client.simulator.port}/_sim/clock`);
      assert.equal(answer.status, 403);
      await answer.text();
    }
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const asked = request(
        `${client.simulator.control}/clock`,
        { headers: { host: 'evil.example:80' } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      asked.on('error', reject);
      asked.end();
    });
    assert.equal(status, 403);
    assert.equal((await client.control('GET', '/clock')).status, 200);
  });

  it('names what it can when asked for something else', async () => {
    const client: Client = await started();
    const answer = await client.control('GET', '/nothing');
    assert.equal(answer.status, 404);
    assert.equal(answer.at('error.value'), 'GET /_sim/nothing');
  });
});
