import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import type { PlaceOutcome } from '../../lib/broker/port.ts';
import type { TradierBroker, TradierOptions } from '../../lib/broker/tradier/broker.ts';
import { anOrder, brokerAt, eventually, TOKEN } from './fixtures.ts';
import { http, json, type WireRequest, WireServer } from './wire-server.ts';

const accepted = json(200, { order: { id: 4711, status: 'ok', partner_id: 'p' } });

describe('order writes on the wire', () => {
  let wire: WireServer | null = null;
  let broker: TradierBroker | null = null;

  afterEach(async () => {
    await broker?.close();
    await wire?.close();
    broker = null;
    wire = null;
  });

  async function placeAgainst(
    answer: (socket: Socket, request: WireRequest) => void,
    more: Partial<TradierOptions> = {},
    accept?: (socket: Socket) => void,
  ): Promise<{ outcome: PlaceOutcome; wire: WireServer }> {
    wire = await WireServer.start(answer, accept);
    broker = brokerAt(wire.base, more);
    return { outcome: await broker.place(anOrder()), wire };
  }

  it('sends one form over a connection of its own and reads the id', async () => {
    const { outcome, wire } = await placeAgainst((socket) => socket.end(accepted));
    assert.deepEqual(outcome, { kind: 'acknowledged', orderId: 4711 });
    assert.equal(wire.requests.length, 1);
    const [request] = wire.requests;
    assert.equal(request?.method, 'POST');
    assert.equal(request?.path, '/v1/accounts/VA00000001/orders');
    assert.equal(request?.headers.authorization, `Bearer ${TOKEN}`);
    assert.equal(request?.headers.connection, 'close');
    assert.equal(request?.headers.accept, 'application/json');
    assert.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(
      request?.body,
      'class=equity&symbol=AAPL&side=buy&quantity=10&type=market&duration=day&tag=abcd-test-1',
    );
  });

  it('takes a new connection for every order, even when the server would keep one', async () => {
    const { wire } = await placeAgainst((socket) =>
      socket.write(json(200, { order: { id: 1 } }, { Connection: 'keep-alive' })),
    );
    await broker?.place(anOrder({ type: 'limit', price: 150.05 }));
    assert.equal(wire.connections, 2);
    assert.match(wire.requests[1]?.body ?? '', /price=150.05/);
  });

  const ambiguous: [string, (socket: Socket) => void][] = [
    ['a reset once the request was read', (socket) => socket.resetAndDestroy()],
    ['a close once the request was read', (socket) => socket.end()],
    [
      '500 after accepting',
      (socket) => socket.end(http(500, 'An error occurred while communicating with the backend.')),
    ],
    ['a redirect', (socket) => socket.end(http(307, '', { Location: '/v1/accounts/VA00000001/orders' }))],
    [
      'a web page with 200',
      (socket) => socket.end(http(200, '<html>maintenance</html>', { 'Content-Type': 'text/html' })),
    ],
    ['an empty 200', (socket) => socket.end(http(200, ''))],
    ['JSON cut by its length', (socket) => socket.end(http(200, '{"order":{"id":47'))],
    [
      'JSON cut by a close',
      (socket) => socket.end(http(200, '{"order":{"id":4711}}', { 'Content-Length': 500 })),
    ],
    [
      'JSON cut by a reset',
      (socket) =>
        void socket.write(http(200, '{"order":{"id":4711}}', { 'Content-Length': 500 }), () =>
          socket.resetAndDestroy(),
        ),
    ],
    ['half a status line', (socket) => socket.end('HTTP/1.1 20')],
    ['no HTTP at all', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    [
      'another protocol',
      (socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    ],
    [
      'an answer of more than 1 MB',
      (socket) => socket.end(http(200, `{"order":{"id":1},"x":"${'y'.repeat(1_100_000)}"}`)),
    ],
    [
      '200 with errors in an array',
      (socket) => socket.end(json(200, { errors: { error: ['a', 'InitialMargin'] } })),
    ],
    ['200 with a bare error', (socket) => socket.end(json(200, { errors: { error: 'InitialMargin' } }))],
  ];
  for (const [name, answer] of ambiguous) {
    it(`${name}: unknown, and exactly one request`, async () => {
      const { outcome, wire } = await placeAgainst(answer);
      assert.equal(outcome.kind, 'unknown');
      assert.equal(outcome.kind === 'unknown' && outcome.expectRejected, name.startsWith('200 with'));
      // Whoever repeated it would do so within moments.
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(wire.requests.length, 1);
      assert.equal(wire.connections, 1);
    });
  }

  it('a reset before the server read anything: never called rejected or acknowledged, and not repeated', async () => {
    const { outcome, wire } = await placeAgainst(
      () => undefined,
      {},
      (socket) => socket.resetAndDestroy(),
    );
    assert.ok(outcome.kind === 'unknown' || outcome.kind === 'not_sent');
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(wire.connections, 1);
    assert.equal(wire.requests.length, 0);
  });

  it('an answer slower than the limit: unknown, and exactly one request', async () => {
    const begun = performance.now();
    const { outcome, wire } = await placeAgainst(
      (socket) => void setTimeout(() => socket.end(accepted), 400),
      { timeouts: { requestMs: 100 } },
    );
    assert.equal(outcome.kind, 'unknown');
    assert.ok(performance.now() - begun < 350);
    assert.equal(wire.requests.length, 1);
  });

  it('an answer that trickles past the limit: unknown', async () => {
    const { outcome } = await placeAgainst((socket) => void socket.write(accepted.slice(0, -3)), {
      timeouts: { requestMs: 100 },
    });
    assert.equal(outcome.kind, 'unknown');
  });

  it('a refused connection: not sent', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    broker = brokerAt(`http://127.0.0.1:${port}/v1`);
    const outcome = await broker.place(anOrder());
    assert.equal(outcome.kind, 'not_sent');
    assert.match(outcome.kind === 'not_sent' ? outcome.reason : '', /refused/);
  });

  it('a host that does not exist: not sent', async () => {
    broker = brokerAt('http://no-such-host.invalid/v1');
    assert.equal((await broker.place(anOrder())).kind, 'not_sent');
  });

  it('a TLS handshake that fails: not sent', async () => {
    wire = await WireServer.start(
      () => undefined,
      (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    broker = brokerAt(wire.base.replace('http:', 'https:'));
    assert.equal((await broker.place(anOrder())).kind, 'not_sent');
    assert.equal(wire.requests.length, 0);
  });

  it('a definitive refusal is told in the words of the broker, without the token', async () => {
    const { outcome } = await placeAgainst((socket) =>
      socket.end(http(401, `Invalid Access Token ${TOKEN}`)),
    );
    assert.equal(outcome.kind, 'rejected');
    assert.ok(!JSON.stringify(outcome).includes(TOKEN));
  });

  it('what is locally wrong is never sent', async () => {
    wire = await WireServer.start((socket) => socket.end(accepted));
    broker = brokerAt(wire.base);
    for (const wrong of [
      anOrder({ tag: 'with_underscore' }),
      anOrder({ tag: '' }),
      anOrder({ quantity: 0 }),
      anOrder({ quantity: 1.5 }),
      anOrder({ quantity: Number.NaN }),
      anOrder({ type: 'limit' }),
      anOrder({ type: 'limit', price: Number.POSITIVE_INFINITY }),
      anOrder({ price: 10 }),
      anOrder({ type: 'stop', stop: -1 }),
      anOrder({ symbol: 'AAPL&side=sell' }),
    ]) {
      assert.equal((await broker.place(wrong)).kind, 'not_sent');
    }
    assert.equal(wire.connections, 0);
  });

  it('keeps one placement in flight, in order, and gives up what waited too long unsent', async () => {
    wire = await WireServer.start((socket) => void setTimeout(() => socket.end(accepted), 60));
    broker = brokerAt(wire.base);
    const tags = ['a-1', 'b-1', 'c-1', 'd-1'];
    const outcomes = await Promise.all(
      tags.map((tag) => broker?.place(anOrder({ tag }), { queueMs: tag === 'd-1' ? 80 : 5_000 })),
    );
    assert.deepEqual(
      outcomes.map((outcome) => outcome?.kind),
      ['acknowledged', 'acknowledged', 'acknowledged', 'not_sent'],
    );
    assert.equal(wire.mostAtOnce, 1);
    assert.deepEqual(
      wire.requests.map((request) => /tag=(.*)/.exec(request.body)?.[1]),
      ['a-1', 'b-1', 'c-1'],
    );
  });

  it('cancels beside a placement that hangs', async () => {
    wire = await WireServer.start((socket, request) => {
      if (request.method === 'DELETE') socket.end(json(200, { order: { id: 9, status: 'ok' } }));
    });
    broker = brokerAt(wire.base, { timeouts: { requestMs: 300 } });
    const placing = broker.place(anOrder());
    await eventually(() => wire?.requests.length === 1, 'the placement is on the wire');
    assert.deepEqual(await broker.cancel(9), { kind: 'acknowledged' });
    assert.equal(wire.requests[1]?.path, '/v1/accounts/VA00000001/orders/9');
    assert.equal((await placing).kind, 'unknown');
  });

  it('tells a cancellation that came too late', async () => {
    wire = await WireServer.start((socket) =>
      socket.end(http(400, 'order already in finalized state: filled')),
    );
    broker = brokerAt(wire.base);
    assert.deepEqual(await broker.cancel(9), { kind: 'already_final', status: 'filled' });
    assert.equal(wire.requests.length, 1);
  });

  it('leaves the last 30 % of a minute to exits', async () => {
    const headers = {
      'X-Ratelimit-Allowed': 10,
      'X-Ratelimit-Available': 3,
      'X-Ratelimit-Expiry': Date.now() + 60_000,
    };
    wire = await WireServer.start((socket) => socket.end(json(200, { order: { id: 1 } }, headers)));
    broker = brokerAt(wire.base);
    assert.equal((await broker.place(anOrder())).kind, 'acknowledged');
    assert.equal((await broker.place(anOrder())).kind, 'not_sent');
    assert.equal((await broker.place(anOrder({ side: 'sell' }))).kind, 'acknowledged');
    assert.equal((await broker.cancel(1)).kind, 'acknowledged');
    assert.equal(wire.requests.length, 3);
  });

  it('closing cuts a placement that hangs: unknown', async () => {
    wire = await WireServer.start(() => undefined);
    broker = brokerAt(wire.base, { timeouts: { closeMs: 30 } });
    const placing = broker.place(anOrder());
    const queued = broker.place(anOrder());
    await eventually(() => wire?.requests.length === 1, 'the placement is on the wire');
    await broker.close();
    assert.equal((await placing).kind, 'unknown');
    assert.equal((await queued).kind, 'not_sent');
    assert.equal(wire.requests.length, 1);
  });

  it('previews without leaving an order', async () => {
    const shown = { status: 'ok', commission: 0, cost: 1500.5, margin_change: 750.25, result: true };
    wire = await WireServer.start((socket) => socket.end(json(200, { order: shown })));
    broker = brokerAt(wire.base);
    assert.deepEqual(await broker.preview(anOrder()), {
      ok: true,
      cost: 1500.5,
      commission: 0,
      marginChange: 750.25,
      reasons: [],
    });
    assert.match(wire.requests[0]?.body ?? '', /preview=true/);
  });

  it('previews a refusal', async () => {
    wire = await WireServer.start((socket) => socket.end(json(200, { errors: { error: 'InitialMargin' } })));
    broker = brokerAt(wire.base);
    const preview = await broker.preview(anOrder());
    assert.equal(preview.ok, false);
    assert.deepEqual(preview.reasons, ['InitialMargin']);
  });
});

describe('tradier-live', () => {
  it('is read-only: no order write leaves the process', async () => {
    const wire = await WireServer.start((socket) => socket.end(accepted));
    const broker = brokerAt(wire.base, { environment: 'tradier-live' });
    const placed = await broker.place(anOrder());
    assert.equal(placed.kind, 'not_sent');
    assert.match(placed.kind === 'not_sent' ? placed.reason : '', /locked/);
    const canceled = await broker.cancel(1);
    assert.equal(canceled.kind, 'failed');
    await assert.rejects(broker.preview(anOrder()), { code: 'E_LIVE_LOCKED' });
    assert.equal(wire.connections, 0);
    await broker.close();
    await wire.close();
  });
});
