/** The API and price alerts on the desk that `npm start` brings up. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { WebSocket } from 'ws';
import { cleanUp, DeskRun, eventually, temporaryDirectory } from './desk-run.ts';

interface Message {
  type: string;
  kind?: string;
  data?: { symbol?: string };
}

describe('the API of a running desk', function () {
  this.timeout(120_000);
  const userDir = temporaryDirectory();
  let run: DeskRun;

  before(async () => {
    run = await DeskRun.start({ userDir });
  });
  after(async () => {
    await run?.stop();
    await cleanUp();
  });

  const token = () => readFileSync(path.join(userDir, 'api-token'), 'utf8').trim();
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${run.ready.api}${path}`, init);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const post = (body: object) =>
    ask('/api/v1/alerts', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token()}` },
      body: JSON.stringify(body),
    });

  it('is where the ready line says, and healthy', async () => {
    assert.equal(run.ready.api, new URL(run.ready.editor).origin);
    await eventually('health', async () => (await ask('/health')).status === 200);
    const { body } = await ask('/health');
    assert.equal(body.simulated, true);
    for (const [name, version] of Object.entries(body.versions as Record<string, string>))
      assert.match(version, /^\d+\.\d+/, name);
  });

  it('has a token of its own, kept for its owner alone: the secret of the webhook opens nothing', async () => {
    assert.match(token(), /^[\w-]{43}$/);
    assert.notEqual(token(), run.ready.secret);
    assert.ok(run.stdout.includes(path.join(userDir, 'api-token')), run.stdout);
    const authorization = `Bearer ${run.ready.secret}`;
    for (const init of [{}, { method: 'DELETE' }]) {
      const path = init.method ? '/api/v1/alerts/none' : '/api/v1/portfolio';
      assert.equal((await ask(path, { ...init, headers: { authorization } })).status, 401);
    }
  });

  it('opens its stream to this machine and to no foreign page', async () => {
    const told: Message[] = [];
    const ws = new WebSocket(`${run.ready.api?.replace('http', 'ws')}/stream`);
    ws.on('message', (data) => told.push(JSON.parse(String(data)) as Message));
    ws.on('open', () => ws.send(JSON.stringify({ action: 'subscribe', symbols: ['AAPL', 'SPY'] })));
    await eventually('quotes of both', () =>
      ['AAPL', 'SPY'].every((symbol) =>
        told.some(({ type, data }) => type === 'quote' && data?.symbol === symbol),
      ),
    );
    ws.terminate();
    const foreign = new WebSocket(`${run.ready.api?.replace('http', 'ws')}/stream`, {
      headers: { origin: 'https://evil.example' },
    });
    const refused = await new Promise((resolve) => {
      foreign.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
      foreign.on('open', () => resolve('open'));
      foreign.on('error', () => undefined);
    });
    foreign.terminate();
    assert.equal(refused, 403);
  });

  it('fires an alert once, and keeps it over a restart', async () => {
    const made = await post({ symbol: 'AAPL', condition: 'price_above', value: 1, message: 'up' });
    assert.equal(made.status, 201);
    const waiting = await post({ symbol: 'SPY', condition: 'price_cross_above', value: 100_000 });
    const path = `/api/v1/alerts/${made.body.alert_id}`;
    const fired = async () => ((await ask(path)).body.alert as { firings: number }).firings;
    await eventually('the alert fired', async () => (await fired()) === 1);
    await run.stop();
    run = await DeskRun.start({ userDir });
    await eventually('the account is there', async () => (await ask(path)).status === 200);
    assert.equal(await fired(), 1);
    const { alert } = (await ask(`/api/v1/alerts/${waiting.body.alert_id}`)).body as {
      alert: { status: string };
    };
    assert.equal(alert.status, 'active');
    assert.equal((await ask(path, { method: 'DELETE' })).status, 401);
  });
});
