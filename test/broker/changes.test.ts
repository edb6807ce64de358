import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import type { ChangeOutcome } from '../../lib/broker/port.ts';
import type { TradierBroker, TradierOptions } from '../../lib/broker/tradier/broker.ts';
import { classifyChange, type WriteObservation } from '../../lib/broker/tradier/outcome.ts';
import { anOrder, brokerAt, eventually } from './fixtures.ts';
import { http, json, type WireRequest, WireServer } from './wire-server.ts';

const accepted = json(200, { order: { id: 9, status: 'ok', partner_id: 'p' } });

describe('order changes on the wire', () => {
  let wire: WireServer | null = null;
  let broker: TradierBroker | null = null;

  afterEach(async () => {
    await broker?.close();
    await wire?.close();
    broker = null;
    wire = null;
  });

  async function changeAgainst(
    answer: (socket: Socket, request: WireRequest) => void,
    more: Partial<TradierOptions> = {},
    accept?: (socket: Socket) => void,
  ): Promise<{ outcome: ChangeOutcome; wire: WireServer }> {
    wire = await WireServer.start(answer, accept);
    broker = brokerAt(wire.base, more);
    return { outcome: await broker.change(9, { stop: 141.25 }), wire };
  }

  it('puts one form over a connection of its own', async () => {
    const { outcome, wire } = await changeAgainst((socket) => socket.end(accepted));
    assert.deepEqual(outcome, { kind: 'acknowledged' });
    assert.equal(wire.requests.length, 1);
    const [request] = wire.requests;
    assert.deepEqual(
      [request?.method, request?.path, request?.body],
      ['PUT', '/v1/accounts/VA00000001/orders/9', 'stop=141.25'],
    );
    assert.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(request?.headers.connection, 'close');
  });

  const ambiguous: [string, (socket: Socket) => void][] = [
    ['a reset once the request was read', (socket) => socket.resetAndDestroy()],
    ['a close once the request was read', (socket) => socket.end()],
    ['500', (socket) => socket.end(http(500, 'An error occurred while communicating with the backend.'))],
    ['a redirect', (socket) => socket.end(http(307, '', { Location: '/v1/accounts/VA00000001/orders/9' }))],
    ['a web page with 200', (socket) => socket.end(http(200, '<html>maintenance</html>'))],
    ['an empty 200', (socket) => socket.end(http(200, ''))],
    ['half a status line', (socket) => socket.end('HTTP/1.1 20')],
    ['200 about another order', (socket) => socket.end(json(200, { order: { id: 10, status: 'ok' } }))],
    [
      '200 with a bare error',
      (socket) => socket.end(json(200, { errors: { error: 'SellStopOrderStopPriceGreaterBid' } })),
    ],
  ];
  for (const [name, answer] of ambiguous) {
    it(`${name}: unknown, and exactly one request`, async () => {
      const { outcome, wire } = await changeAgainst(answer);
      assert.equal(outcome.kind, 'unknown');
      assert.equal(outcome.kind === 'unknown' && outcome.expectRejected, name === '200 with a bare error');
      // Whoever repeated it would do so within moments.
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual([wire.requests.length, wire.connections], [1, 1]);
    });
  }

  it('an answer slower than the limit: unknown, and exactly one request', async () => {
    const { outcome, wire } = await changeAgainst(() => undefined, { timeouts: { requestMs: 100 } });
    assert.equal(outcome.kind, 'unknown');
    assert.deepEqual([wire.requests.length, wire.connections], [1, 1]);
  });

  it('a refused connection: not sent', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    broker = brokerAt(`http://127.0.0.1:${port}/v1`);
    assert.equal((await broker.change(9, { stop: 1 })).kind, 'not_sent');
  });

  it('tells an order that is final, and a parameter that was refused', async () => {
    const final = await changeAgainst((socket) =>
      socket.end(http(400, 'order already in finalized state: filled')),
    );
    assert.deepEqual(final.outcome, { kind: 'already_final', status: 'filled' });
    await broker?.close();
    await wire?.close();
    const refused = await changeAgainst((socket) =>
      socket.end(http(400, 'Invalid parameter, stop: is not valid.')),
    );
    assert.equal(refused.outcome.kind, 'rejected');
  });

  it('sends nothing that is locally wrong, and nothing after the end', async () => {
    wire = await WireServer.start((socket) => socket.end(accepted));
    broker = brokerAt(wire.base);
    assert.equal((await broker.change(0, { stop: 1 })).kind, 'not_sent');
    assert.equal((await broker.change(1.5, { stop: 1 })).kind, 'not_sent');
    assert.equal((await broker.change(9, {})).kind, 'not_sent');
    assert.equal((await broker.change(9, { stop: -1 })).kind, 'not_sent');
    await broker.close();
    assert.equal((await broker.change(9, { stop: 1 })).kind, 'not_sent');
    assert.equal(wire.connections, 0);
  });

  it('goes beside a placement that hangs, one at a time for each order', async () => {
    const changes: Socket[] = [];
    wire = await WireServer.start((socket, request) => {
      if (request.method === 'PUT') changes.push(socket);
    });
    broker = brokerAt(wire.base, { timeouts: { requestMs: 1_000 } });
    const placing = broker.place(anOrder());
    await eventually(() => wire?.requests.length === 1, 'the placement is on the wire');
    const first = broker.change(9, { stop: 140 });
    await eventually(() => changes.length === 1, 'the change is on the wire');
    const second = await broker.change(9, { stop: 141 });
    assert.equal(second.kind, 'not_sent');
    changes[0]?.end(accepted);
    assert.equal((await first).kind, 'acknowledged');
    const third = broker.change(9, { stop: 141 });
    await eventually(() => changes.length === 2, 'the next change is on the wire');
    changes[1]?.end(accepted);
    assert.equal((await third).kind, 'acknowledged');
    assert.equal((await placing).kind, 'unknown');
  });

  it('is locked where the account is live: no byte leaves', async () => {
    wire = await WireServer.start((socket) => socket.end(accepted));
    broker = brokerAt(wire.base, { environment: 'tradier-live' });
    const outcome = await broker.change(9, { stop: 1 });
    assert.equal(outcome.kind, 'not_sent');
    assert.match(outcome.kind === 'not_sent' ? outcome.reason : '', /locked/);
    assert.equal(wire.connections, 0);
  });
});

describe('outcome of one transmission of a change', () => {
  function answered(status: number, body: string, bytesWritten = 200, whole = true): WriteObservation {
    return { bytesWritten, failure: null, reply: { status, headers: {}, body, whole } };
  }
  const final = 'order already in finalized state: canceled';
  const rows: [string, WriteObservation, ChangeOutcome['kind']][] = [
    ['200 with the id', answered(200, '{"order":{"id":9,"status":"ok"}}'), 'acknowledged'],
    ['200 with another id', answered(200, '{"order":{"id":8}}'), 'unknown'],
    ['200 without an id', answered(200, '{"order":{"status":"ok"}}'), 'unknown'],
    ['400 final', answered(400, final), 'already_final'],
    ['400 final, broken off', answered(400, final, 200, false), 'unknown'],
    ['500 final', answered(500, final), 'unknown'],
    ['400 with a parameter', answered(400, 'Invalid parameter, price: is not valid.'), 'rejected'],
    ['400 with errors', answered(400, '{"errors":{"error":"LimitPriceUndefined"}}'), 'rejected'],
    ['401 foreign', answered(401, 'Unauthorized Account: VA1'), 'rejected'],
    ['404', answered(404, 'Not Found'), 'unknown'],
    ['429 of the gateway', answered(429, 'Quota Violation until 1'), 'rejected'],
    [
      'nothing sent',
      { bytesWritten: 0, failure: { code: 'ECONNREFUSED', words: 'refused' }, reply: null },
      'not_sent',
    ],
    ['a reset', { bytesWritten: 9, failure: { code: 'ECONNRESET', words: 'reset' }, reply: null }, 'unknown'],
  ];
  for (const [name, seen, kind] of rows) {
    it(`${name}: ${kind}`, () => assert.equal(classifyChange(seen, 9).kind, kind));
  }
});
