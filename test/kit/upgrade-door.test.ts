import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { openUpgrade } from '../../nodes/kit/upgrade-door.ts';
import { until } from '../nodes/flow-desk.ts';

describe('the door for WebSocket requests', () => {
  let server: Server;
  const callers: Socket[] = [];
  beforeEach(async () => {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    for (const caller of callers.splice(0)) caller.destroy();
    server.close();
  });

  const connections = () =>
    new Promise<number>((resolve, reject) =>
      server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );

  /** A caller that never closes its own half. */
  function ask(path: string) {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    callers.push(socket);
    socket.on('error', () => undefined);
    const lines = [`GET ${path} HTTP/1.1`, 'Host: desk', 'Connection: Upgrade', 'Upgrade: websocket'];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    return socket;
  }

  it('asks to come again while a deploy replaces the node, and holds no socket for it', async () => {
    openUpgrade(server, '/stream', () => assert.fail('it is closed'))();
    const socket = ask('/stream/');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(String(answer), /^HTTP\/1\.1 503 [\s\S]*Retry-After: 5\r\n/);
    await until(async () => ((await connections()) === 0 ? true : undefined), 'the end of the connection');
  });

  it('leads to who opened it last, by path in any case, and the first that closes changes nothing', async () => {
    const heard: string[] = [];
    const first = openUpgrade(server, '/Stream', () => heard.push('first'));
    const second = openUpgrade(server, '/stream', (_request, socket) => {
      heard.push('second');
      socket.destroy();
    });
    first();
    ask('/STREAM?x=1');
    await until(() => (heard.length > 0 ? true : undefined), 'a handler');
    assert.deepEqual(heard, ['second']);
    second();
  });
});
