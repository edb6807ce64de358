import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import { cleanUp, DeskRun, temporaryDirectory } from './desk-run.ts';

describe('an editor without login, for pages of other sites', function () {
  this.timeout(90_000);
  let run: DeskRun;

  before(async () => {
    run = await DeskRun.start({ userDir: temporaryDirectory() });
  });
  after(async () => {
    await run?.stop();
    await cleanUp();
  });

  it('does not open its socket, which tells statuses and debug messages', async () => {
    const { host } = new URL(run.ready.editor);
    assert.equal(await opens('comms', { origin: `http://${host}` }), true);
    assert.equal(await opens('comms', {}), true, 'programs of this machine send no origin');
    assert.equal(await opens('comms', { origin: 'http://evil.example' }), false);
    assert.equal(await opens('comms', { origin: 'http://evil.example', host: 'evil.example' }), false);
  });

  it('does not open the socket of the dashboard either', async () => {
    const path = 'dashboard/socket.io/?EIO=4&transport=websocket';
    assert.equal(await opens(path, { origin: 'http://evil.example' }), false);
  });

  it('is not there at all over HTTP', async () => {
    const headers = { origin: 'http://evil.example' };
    assert.equal((await fetch(`${run.ready.editor}flows`, { headers })).status, 404);
    assert.equal((await fetch(`${run.ready.editor}flows`)).status, 200);
  });

  function opens(path: string, headers: Record<string, string>): Promise<boolean> {
    const socket = new WebSocket(`${run.ready.editor.replace('http', 'ws')}${path}`, { headers });
    return new Promise((resolve) => {
      socket.once('open', () => {
        socket.terminate();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
  }
});
