/** settings.js by itself, as `node-red -s settings.js` uses it: what is closed, what is open, and for whom. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import path from 'node:path';
import WebSocket from 'ws';
import { answers, cleanUp, eventually, freePort, root, temporaryDirectory } from './desk-run.ts';

const dashboardFlow = [
  { id: 'tab', type: 'tab', label: 'Page' },
  { id: 'base', type: 'ui-base', name: 'Base', path: '/dashboard' },
  { id: 'theme', type: 'ui-theme', name: 'Theme', colors: {}, sizes: {} },
  {
    id: 'page',
    type: 'ui-page',
    name: 'Page',
    ui: 'base',
    path: '/page',
    layout: 'grid',
    theme: 'theme',
    breakpoints: [],
  },
  { id: 'group', type: 'ui-group', name: 'Group', page: 'page', width: 6, height: 1 },
  { id: 'text', type: 'ui-text', z: 'tab', group: 'group', label: 'Equity', x: 100, y: 80, wires: [] },
];

class NodeRed {
  log = '';
  readonly userDir = temporaryDirectory();
  private readonly child: ChildProcess;
  readonly port: number;

  constructor(port: number, env: Record<string, string>) {
    this.port = port;
    writeFileSync(path.join(this.userDir, 'flows.json'), JSON.stringify(dashboardFlow));
    const own = { PORT: String(port), TRADER_USER_DIR: this.userDir, ...env };
    this.child = spawn(process.execPath, ['node_modules/node-red/red.js', '-s', 'settings.js'], {
      cwd: root,
      env: { ...process.env, ...own },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk) => (this.log += chunk));
  }

  async started(): Promise<this> {
    await eventually(
      'Node-RED started',
      () => /Started flows/.test(this.log) && answers(this.port),
      30_000,
    ).catch((error) => {
      throw new Error(`${error.message}\n${this.log}`);
    });
    return this;
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'close');
    return this.child.exitCode;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended();
  }

  ask(
    method: string,
    at: string,
    headers: IncomingHttpHeaders = {},
    body = '',
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const asked = request({ port: this.port, host: '127.0.0.1', method, path: at, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      asked.once('error', reject);
      asked.end(body);
    });
  }

  /** Engine.IO by hand: open by polling, ask for the namespace, read the verdict: 40 lets in, 44 refuses. */
  async socket(headers: IncomingHttpHeaders = {}): Promise<string> {
    const at = '/dashboard/socket.io/?EIO=4&transport=polling';
    const opened = await this.ask('GET', at, headers);
    const { sid } = JSON.parse(opened.text.slice(1));
    await this.ask('POST', `${at}&sid=${sid}`, { ...headers, 'content-type': 'text/plain' }, '40');
    return (await this.ask('GET', `${at}&sid=${sid}`, headers)).text.slice(0, 2);
  }

  /** A socket that skips the handshake by polling, as a page of another site would try. */
  async directSocket(headers: Record<string, string>): Promise<string> {
    const socket = new WebSocket(
      `ws://127.0.0.1:${this.port}/dashboard/socket.io/?EIO=4&transport=websocket`,
      { headers },
    );
    socket.on('error', () => {});
    const verdict = await new Promise<string>((resolve) => {
      socket.once('close', () => resolve('closed'));
      socket.on('message', (data) => {
        const text = String(data);
        if (text.startsWith('0')) socket.send('40');
        else resolve(text.slice(0, 2));
      });
    });
    socket.terminate();
    return verdict;
  }
}

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('settings.js', function () {
  this.timeout(60_000);
  after(cleanUp);

  describe('with logins', () => {
    let red: NodeRed;
    const authorization = basic('viewer', 'see: but do not touch');
    before(async () => {
      red = await new NodeRed(await freePort(), {
        TRADER_EDITOR_USER: 'me',
        TRADER_EDITOR_PASSWORD: 'a password',
        TRADER_DASHBOARD_USER: 'viewer',
        TRADER_DASHBOARD_PASSWORD: 'see: but do not touch',
        TRADER_CREDENTIAL_SECRET: 'mine',
      }).started();
    });
    after(() => red.stop());

    it('lets nobody at the flows without a token, and gives one for the password', async () => {
      assert.equal((await red.ask('GET', '/flows')).status, 401);
      assert.equal((await red.ask('POST', '/inject/any')).status, 401);
      const login = (password: string) =>
        red.ask(
          'POST',
          '/auth/token',
          { 'content-type': 'application/json' },
          JSON.stringify({
            client_id: 'node-red-admin',
            grant_type: 'password',
            scope: '*',
            username: 'me',
            password,
          }),
        );
      assert.equal((await login('wrong')).status, 403);
      const { access_token } = JSON.parse((await login('a password')).text);
      assert.equal((await red.ask('GET', '/flows', { authorization: `Bearer ${access_token}` })).status, 200);
    });

    it('shows the dashboard page and what it last showed to its user alone', async () => {
      for (const at of [
        '/dashboard/',
        '/dashboard/page',
        '/dashboard/_setup',
        '/dashboard/_debug/datastore/text',
      ]) {
        assert.equal((await red.ask('GET', at)).status, 401, at);
        assert.equal((await red.ask('GET', at, { authorization: basic('viewer', 'guess') })).status, 401, at);
        assert.equal((await red.ask('GET', at, { authorization })).status, 200, at);
      }
    });

    it('lets its user alone at the dashboard socket, from its own page alone', async () => {
      assert.equal(await red.socket(), '44');
      assert.equal(await red.socket({ authorization: basic('viewer', 'guess') }), '44');
      assert.equal(await red.socket({ authorization, origin: 'http://elsewhere.example' }), '44');
      assert.equal(await red.socket({ authorization }), '40');
      assert.notEqual(await red.directSocket({ authorization }), '40');
    });

    it('says nothing of an open door', () => {
      assert.doesNotMatch(red.log, /Open:/);
    });
  });

  describe('without logins', () => {
    let red: NodeRed;
    before(async () => {
      red = await new NodeRed(await freePort(), {}).started();
    });
    after(() => red.stop());

    it('says what is open and how to close it', () => {
      assert.match(red.log, /Open: the editor .*TRADER_EDITOR_USER/);
      assert.match(red.log, /Open: the dashboard .*TRADER_DASHBOARD_USER/);
    });

    it('makes its secrets once, for its owner alone', () => {
      for (const name of ['credential-secret', 'webhook-secret', 'api-token']) {
        const file = path.join(red.userDir, name);
        assert.match(readFileSync(file, 'utf8'), /^[\w-]{43}\n$/);
        assert.equal(statSync(file).mode & 0o777, 0o600);
      }
    });

    it('serves the editor to its own page and to programs, and hides it from pages of other sites', async () => {
      assert.equal((await red.ask('GET', '/flows')).status, 200);
      assert.equal((await red.ask('GET', '/flows', { origin: `http://127.0.0.1:${red.port}` })).status, 200);
      assert.equal((await red.ask('GET', '/flows', { origin: 'http://elsewhere.example' })).status, 404);
      assert.equal((await red.ask('GET', '/flows', { origin: 'null' })).status, 404);
      assert.equal((await red.ask('GET', '/flows', { host: 'elsewhere.example' })).status, 404);
      assert.equal((await red.ask('GET', '/', { host: 'elsewhere.example' })).status, 404);
    });

    it("keeps the nodes' own routes reachable under other names, as a tunnel to the webhook needs", async () => {
      assert.equal((await red.ask('GET', '/dashboard/', { host: 'elsewhere.example' })).status, 200);
    });
  });

  it('refuses to open an editor without login to the network', async () => {
    const red = new NodeRed(await freePort(), { TRADER_HOST: '0.0.0.0' });
    assert.notEqual(await red.ended(), 0);
    assert.match(red.log, /TRADER_HOST=0\.0\.0\.0 would open the editor/);
  });
});
