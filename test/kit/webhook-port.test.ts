import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { openOnWebhookPort, type PortSettings, webhookPortSettings } from '../../nodes/kit/webhook-port.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = await listening(createServer());
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listening(server: Server, port = 0): Promise<Server> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

describe('kit: the webhook port', () => {
  let settings: PortSettings;
  const closers: (() => void)[] = [];
  const faults: string[] = [];

  beforeEach(async () => {
    settings = { host: '127.0.0.1', port: await freePort() };
    faults.length = 0;
  });

  afterEach(async () => {
    for (const close of closers.splice(0)) close();
    await pause(60);
  });

  const open = (path: string, text: string) => {
    const shut = openOnWebhookPort(
      settings,
      path,
      (req, res, next) => (req.url === '/' ? res.end(text) : next()),
      (because) => faults.push(because),
      30,
    );
    closers.push(shut);
    return shut;
  };
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${settings.port}${path}`);
    return response.ok ? response.text() : response.status;
  };

  it('serves the paths that were opened, and 404 for everything else', async () => {
    open('/webhook/one', 'one');
    open('/webhook/two', 'two');
    await pause(20);
    assert.equal(await get('/webhook/one'), 'one');
    assert.equal(await get('/webhook/two'), 'two');
    for (const path of ['/', '/webhook', '/webhook/one/more', '/settings', '/%2e%2e/', '/webhook/one/../x']) {
      assert.equal(await get(path), 404, path);
    }
  });

  it('stays open over a deploy and closes after the last', async () => {
    const first = open('/one', 'one');
    await pause(20);
    first();
    open('/one', 'again');
    await pause(60);
    assert.equal(await get('/one'), 'again');
    closers.pop()?.();
    await pause(80);
    await assert.rejects(get('/one'));
    open('/one', 'later');
    await pause(20);
    assert.equal(await get('/one'), 'later');
  });

  it('names a port that is taken, and tries again with the next node', async () => {
    const other = await listening(createServer(), settings.port);
    open('/one', 'one');
    await pause(30);
    assert.match(faults.join(), new RegExp(`WEBHOOK_PORT=${settings.port} is taken`));
    await new Promise((resolve) => other.close(resolve));
    open('/two', 'two');
    await pause(30);
    assert.equal(faults.length, 1);
    assert.equal(await get('/two'), 'two');
  });

  it('has little patience: long headers are refused, silent callers cut off', async function () {
    this.timeout(15_000);
    open('/one', 'one');
    await pause(20);
    const long = await fetch(`http://127.0.0.1:${settings.port}/one`, { headers: { x: 'x'.repeat(9_000) } });
    assert.equal(long.status, 431);
    const socket = connect(settings.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /one HTTP/1.1\r\nhost: x\r\n');
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    await new Promise((resolve) => socket.once('close', resolve));
    assert.match(heard, /^HTTP\/1\.1 408 /);
  });

  it('reads its variables', () => {
    assert.equal(webhookPortSettings({}), null);
    assert.equal(webhookPortSettings({ WEBHOOK_PORT: ' ' }), null);
    assert.deepEqual(webhookPortSettings({ WEBHOOK_PORT: '8088' }), { port: 8088, host: '127.0.0.1' });
    assert.deepEqual(webhookPortSettings({ WEBHOOK_PORT: '8088', WEBHOOK_HOST: '::' }), {
      port: 8088,
      host: '::',
    });
    for (const WEBHOOK_PORT of ['0', '65536', '-1', 'http', '80.5']) {
      assert.throws(() => webhookPortSettings({ WEBHOOK_PORT }), { code: 'E_INPUT', field: 'WEBHOOK_PORT' });
    }
  });
});
