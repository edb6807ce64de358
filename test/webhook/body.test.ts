import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { systemElapsed } from '../../lib/domain/clock.ts';
import { BODY_LIMITS, type BodyLimits, readBody } from '../../lib/webhook/body.ts';
import { receiveAlert } from '../../lib/webhook/receive.ts';
import { answer } from '../../lib/webhook/reply.ts';
import { alert, CONFIG, NOW } from './alerts.ts';
import { MemoryInbox } from './memory-inbox.ts';

const GOOD = JSON.stringify(alert({ ticker: 'AAPL', action: 'buy' }));
const SHORT: BodyLimits = { ...BODY_LIMITS, deadlineMs: 150 };

describe('webhook: reading the body from a socket', () => {
  let server: Server;
  let limits: BodyLimits;
  let inbox: MemoryInbox;
  const failures: unknown[] = [];

  beforeEach(async () => {
    limits = BODY_LIMITS;
    inbox = new MemoryInbox();
    failures.length = 0;
    server = createServer((request, response) => {
      readBody(request, limits, systemElapsed)
        .then((body) => {
          const { headers } = request;
          const deps = { inbox, wall: { now: () => NOW } };
          answer(response, receiveAlert({ headers, body, remoteAddress: '127.0.0.1' }, CONFIG, deps));
        })
        .catch((error: unknown) => failures.push(error));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(failures, []);
  });

  const port = () => (server.address() as AddressInfo).port;
  const url = () => `http://127.0.0.1:${port()}/`;
  const send = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
    fetch(url(), { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

  it('accepts the content types of real senders', async () => {
    const types = [
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON;charset=UTF-8',
      'text/plain',
      'text/plain; charset=utf-8',
      'text/plain; charset=iso-8859-1',
      'application/x-www-form-urlencoded',
      'application/vnd.alert+json',
      '',
    ];
    for (const type of types) {
      inbox = new MemoryInbox();
      const reply = await send(Buffer.from(GOOD), type === '' ? {} : { 'content-type': type });
      assert.equal(reply.status, 200, type);
      assert.match(String(reply.headers.get('content-type')), /^application\/json/);
      assert.equal(((await reply.json()) as { status: string }).status, 'accepted');
    }
  });

  it('refuses other types and encodings with 415 and closes', async () => {
    const rows: Record<string, string>[] = [
      { 'content-type': 'multipart/form-data; boundary=x' },
      { 'content-type': 'image/png' },
      { 'content-type': 'application/xml' },
      { 'content-type': 'application/json, text/plain' },
      { 'content-encoding': 'gzip', 'content-type': 'application/json' },
      { 'content-encoding': 'identity, gzip', 'content-type': 'application/json' },
    ];
    for (const headers of rows) {
      const reply = await send(headers['content-encoding'] ? gzipSync(GOOD) : GOOD, headers);
      assert.equal(reply.status, 415);
      assert.equal(reply.headers.get('connection'), 'close');
      await reply.text();
    }
    const identity = await send(GOOD, { 'content-encoding': 'identity', 'content-type': 'text/plain' });
    assert.equal(identity.status, 200);
    await identity.text();
  });

  it('reads 65,536 bytes and refuses one more, whole or chunked', async () => {
    const padded = (bytes: number) => GOOD + ' '.repeat(bytes - Buffer.byteLength(GOOD));
    const chunked = (text: string) =>
      new ReadableStream({
        start(controller) {
          for (let at = 0; at < text.length; at += 1000)
            controller.enqueue(Buffer.from(text.slice(at, at + 1000)));
          controller.close();
        },
      });
    const full = padded(65_536);
    for (const [body, status] of [
      [full, 200],
      [chunked(full), 200],
      [`${full} `, 413],
      [chunked(`${full} `), 413],
    ] as const) {
      const reply = await send(body, { 'content-type': 'text/plain' });
      assert.equal(reply.status, status);
      if (status === 413) assert.equal(reply.headers.get('connection'), 'close');
      await reply.text();
    }
  });

  it('answers an endless body with 413 and does not keep it', async () => {
    const socket = connect(port(), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const flood = systemElapsed.every(1, () => socket.write(chunk));
    assert.match(await heard(socket), /^HTTP\/1\.1 413 /);
    flood.cancel();
  });

  it('answers a declared 300 MB at once', async () => {
    const socket = connect(port(), '127.0.0.1');
    socket.write(
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 314572800\r\n\r\n',
    );
    assert.match(await heard(socket), /^HTTP\/1\.1 413 [\s\S]*connection: close/i);
  });

  it('answers a slow body with 408 and closes', async () => {
    limits = SHORT;
    const socket = connect(port(), '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${GOOD.length}\r\n\r\n`);
    let sent = 0;
    const drip = systemElapsed.every(20, () => {
      if (socket.writable) socket.write(GOOD[sent++] ?? '');
    });
    const reply = await heard(socket);
    drip.cancel();
    assert.match(reply, /^HTTP\/1\.1 408 [\s\S]*connection: close/i);
    assert.equal(inbox.entries.length, 0);
  });

  it('a sender that hangs up is nobody to answer, and its half alert is not taken', async () => {
    const socket = connect(port(), '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${GOOD.length + 1}\r\n\r\n${GOOD}`);
    await systemElapsed.sleep(50);
    socket.destroy();
    await systemElapsed.sleep(50);
    assert.equal(inbox.entries.length, 0);
    const reply = await send(GOOD);
    assert.equal(reply.status, 200);
    await reply.text();
  });

  it('an empty body is a 400', async () => {
    const reply = await send('');
    assert.equal(reply.status, 400);
    await reply.text();
  });

  it('a good body in single bytes is read', async () => {
    const socket = connect(port(), '127.0.0.1');
    socket.setNoDelay(true);
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${GOOD.length}\r\n\r\n`);
    for (const letter of GOOD) {
      socket.write(letter);
      await systemElapsed.sleep(1);
    }
    assert.match(await heard(socket), /^HTTP\/1\.1 200 /);
  });

  it('200 slow senders are all let go', async () => {
    limits = SHORT;
    const sockets = Array.from({ length: 200 }, () => {
      const socket = connect(port(), '127.0.0.1');
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
      return socket;
    });
    const replies = await Promise.all(sockets.map(heard));
    assert.ok(replies.every((reply) => reply.startsWith('HTTP/1.1 408 ')));
    const open = await new Promise<number>((resolve, reject) => {
      server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
    assert.equal(open, 0);
  });
});

/** Everything the server says until it closes the connection. */
async function heard(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => {
    socket.on('close', resolve);
    socket.on('error', () => {});
  });
  return Buffer.concat(chunks).toString();
}
