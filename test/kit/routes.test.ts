import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { NodeAPI } from 'node-red';
import { openDoor } from '../../nodes/kit/front-door.ts';
import { claimPath, plainPath, type RouteHandler, type RouteState } from '../../nodes/kit/routes.ts';

const express = createRequire(import.meta.url)('express') as () => Parameters<typeof createServer>[1] &
  object;

describe('kit: routes', () => {
  let app: ReturnType<typeof express>;
  let server: Server;
  let RED: NodeAPI;
  let origin: string;

  beforeEach(async () => {
    app = express();
    server = createServer(app);
    RED = { server, settings: { httpNodeRoot: '/' } } as unknown as NodeAPI;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const says =
    (text: string): RouteHandler =>
    (req, res, next) =>
      req.url === '/' ? res.end(text) : next();
  const get = async (path: string) => {
    const response = await fetch(`${origin}${path}`);
    return response.ok ? response.text() : response.status;
  };
  const claim = (path: string, id: string, states: RouteState[] = []) =>
    claimPath(RED, path, { id, label: `node ${id}` }, says(id), (state) => states.push(state));

  const opened = async (states: RouteState[]) => {
    for (let waits = 0; waits < 100 && states.at(-1)?.kind !== 'open'; waits += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal(states.at(-1)?.kind, 'open');
  };

  it('answers on its path until released, and leaves one listener', async () => {
    const release = claim('/hook', 'one');
    assert.equal(await get('/hook'), 'one');
    assert.equal(await get('/hook/'), 'one');
    assert.equal(await get('/hook/other'), 404);
    assert.equal(await get('/hooked'), 404);
    release();
    release();
    assert.equal(await get('/hook'), 404);
    assert.equal(server.listenerCount('request'), 1);
  });

  it('gets the raw body, although an app in front parses JSON for everybody', async () => {
    const { json } = createRequire(import.meta.url)('express') as { json(): RouteHandler };
    (app as unknown as { use(handler: RouteHandler): void }).use(json());
    const release = claimPath(
      RED,
      '/raw',
      { id: 'raw', label: 'raw' },
      (req, res) => {
        let text = '';
        req.on('data', (chunk) => {
          text += chunk;
        });
        req.on('end', () => res.end(text));
      },
      () => undefined,
    );
    const body = '{ "spaces":  "kept" }';
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${origin}/raw`, { method: 'POST', headers, body });
    assert.equal(await response.text(), body);
    release();
  });

  it('asks to send again what would change something while a deploy replaces the node, for a moment', async () => {
    const shut = openDoor(server, '/brief', says('brief'), 500);
    shut();
    const response = await fetch(`${origin}/brief`, { method: 'POST', body: '{}' });
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '5');
    for (const method of ['PUT', 'PATCH', 'DELETE'])
      assert.equal((await fetch(`${origin}/brief`, { method })).status, 503, method);
    assert.equal(await get('/brief'), 404, 'what only reads is not asked for again');
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal((await fetch(`${origin}/brief`, { method: 'POST' })).status, 404);
  });

  it('keeps the first of two on one path, names it to the second, and hands over', async () => {
    const first: RouteState[] = [];
    const second: RouteState[] = [];
    const third: RouteState[] = [];
    const releaseFirst = claim('/hook', 'one', first);
    const releaseSecond = claim('/HOOK/', 'two', second);
    const releaseThird = claim('hook', 'three', third);
    assert.deepEqual(first, [{ kind: 'open' }]);
    assert.deepEqual(second, [{ kind: 'taken', by: { id: 'one', label: 'node one' } }]);
    assert.equal(await get('/hook'), 'one');
    releaseFirst();
    assert.equal(second.at(-1)?.kind, 'taken', 'a deploy only replaces the first');
    const releaseAgain = claim('/hook', 'one', first);
    assert.equal(first.at(-1)?.kind, 'open');
    assert.equal(await get('/hook'), 'one');
    releaseAgain();
    await opened(second);
    assert.deepEqual(third.at(-1), { kind: 'taken', by: { id: 'two', label: 'node two' } });
    assert.equal(await get('/hook'), 'two');
    releaseThird();
    assert.equal(await get('/hook'), 'two', 'removing one never removes the other');
    releaseSecond();
    assert.equal(await get('/hook'), 404);
  });

  it('removes by identity: what others put on the same path stays', async () => {
    const own = claim('/hook', 'one');
    (app as unknown as { use: (path: string, handler: RouteHandler) => void }).use('/hook', says('other'));
    own();
    assert.equal(await get('/hook'), 'other');
  });

  it('stands below the root of the HTTP nodes', async () => {
    Object.assign(RED, { settings: { httpNodeRoot: '/red/' } });
    const release = claim('/hook', 'one');
    assert.equal(await get('/red/hook'), 'one');
    assert.equal(await get('/hook'), 404);
    release();
  });

  it('does not let a throw end the process', async () => {
    const broken = () => {
      throw new Error('broken');
    };
    const release = claimPath(RED, '/hook', { id: 'one', label: 'one' }, broken, () => undefined);
    await assert.rejects(get('/hook'));
    release();
  });

  it('says so when Node-RED serves no HTTP nodes', () => {
    const states: RouteState[] = [];
    Object.assign(RED, { settings: { httpNodeRoot: false } });
    claim('/hook', 'one', states)();
    assert.deepEqual(states, [{ kind: 'off' }]);
  });

  it('lets the nearest of two nested paths answer, whoever came first', async () => {
    const outer = claim('/web', 'outer');
    const inner = claim('/web/hook', 'inner');
    assert.equal(await get('/web/hook'), 'inner');
    assert.equal(await get('/web'), 'outer');
    inner();
    outer();
  });

  it('leaves the paths of the editor to the editor', () => {
    for (const path of ['/flows', '/Settings/x', 'inject', '/dashboard/hook', '/trader-account']) {
      assert.throws(() => plainPath(path), { code: 'E_INPUT', field: 'path' }, path);
    }
  });

  it('says what is wrong with the setting of that node, with an example of its own', () => {
    for (const path of ['/a b', '/flows']) {
      assert.throws(() => plainPath(path, '/desk', 'prefix'), {
        field: 'prefix',
        message: /^prefix: .* such as \/desk\b/,
      });
    }
  });

  it('takes plain paths only', () => {
    assert.equal(plainPath(' webhook/tradingview/ '), '/webhook/tradingview');
    for (const path of ['', '/', '/a/:id', '/a*', '/a b', '//', '/a?x']) {
      assert.throws(() => plainPath(path), { code: 'E_INPUT', field: 'path' }, path);
    }
  });
});
