import assert from 'node:assert/strict';
import type { OrderEvent, StreamState } from '../../lib/broker/port.ts';
import type { TradierBroker, TradierOptions } from '../../lib/broker/tradier/broker.ts';
import { TradierMarketClient } from '../../lib/broker/tradier/market-client.ts';
import { systemElapsed, systemWall } from '../../lib/domain/clock.ts';
import { brokerAt, eventually, TOKEN } from './fixtures.ts';
import { StreamServer } from './stream-server.ts';

type Told = Pick<OrderEvent, 'id' | 'status' | 'execQuantity'>;

const STAMP = '2026-03-09T15:00:00.000Z';

/** A message of the account stream and a row of the list about the same order. */
function event(id: number, status: string, executed: number, at = STAMP): string {
  return JSON.stringify({
    id,
    event: 'order',
    status,
    type: 'market',
    avg_fill_price: executed > 0 ? 10 : 0,
    executed_quantity: executed,
    remaining_quantity: 10 - executed,
    transaction_date: at,
    account: 'VA00000001',
  });
}

function row(id: number, status: string, executed: number, at = STAMP): object {
  return {
    id,
    type: 'market',
    symbol: 'AAPL',
    side: 'buy',
    quantity: 10,
    status,
    duration: 'day',
    avg_fill_price: executed > 0 ? 10 : 0,
    exec_quantity: executed,
    last_fill_price: 0,
    last_fill_quantity: 0,
    remaining_quantity: 10 - executed,
    create_date: STAMP,
    transaction_date: at,
    class: 'equity',
  };
}

describe('gaps in the streams', () => {
  let server: StreamServer;
  let broker: TradierBroker;
  let told: Told[];
  let states: StreamState[];
  let log: string[];

  beforeEach(async () => {
    server = await StreamServer.start();
    told = [];
    states = [];
    log = [];
  });

  afterEach(async () => {
    await broker?.close();
    await server.close();
  });

  async function connect(more: Partial<TradierOptions> = {}): Promise<void> {
    broker = brokerAt(server.base, { log: (_level, message) => log.push(message), ...more });
    broker.orderEvents.on(({ id, status, execQuantity }) => told.push({ id, status, execQuantity }));
    broker.streamStates.on((state) => states.push(state));
    broker.connect();
    await eventually(() => newest()?.frames.length === 1, 'subscribed');
  }

  const newest = () => server.of('account').at(-1);

  async function drop(): Promise<void> {
    const before = server.of('account').length;
    newest()?.socket.terminate();
    await eventually(
      () => server.of('account').length > before && newest()?.frames.length === 1,
      'subscribed again',
    );
  }

  it('tells what orders did meanwhile before anything newer', async () => {
    await connect();
    newest()?.socket.send(event(1, 'open', 0));
    newest()?.socket.send(event(2, 'open', 0));
    await eventually(() => told.length === 2, 'heard');
    assert.equal(server.orderReads, 0, 'the first connection has no gap');
    let answer: () => void = () => undefined;
    server.ordersWait = new Promise((resolve) => {
      answer = resolve;
    });
    server.orders = [row(1, 'filled', 10), row(2, 'open', 0), row(3, 'partially_filled', 4)];
    await drop();
    newest()?.socket.send(event(3, 'filled', 10, '2026-03-09T15:00:05.000Z'));
    newest()?.socket.send(event(1, 'partially_filled', 3, '2026-03-09T14:59:00.000Z'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(told.length, 2, 'what is newer waits');
    answer();
    await eventually(() => told.length >= 5, 'told');
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(told.slice(2), [
      { id: 1, status: 'filled', execQuantity: 10 },
      { id: 3, status: 'partially_filled', execQuantity: 4 },
      { id: 3, status: 'filled', execQuantity: 10 },
    ]);
  });

  it('holds a thousand events back at most, and then still tells all that the list knows', async () => {
    await connect();
    newest()?.socket.send(event(1, 'open', 0));
    await eventually(() => told.length === 1, 'heard');
    let answer: () => void = () => undefined;
    server.ordersWait = new Promise((resolve) => {
      answer = resolve;
    });
    const later = '2026-03-09T15:00:05.000Z';
    server.orders = [row(1, 'filled', 10), row(2, 'filled', 10), row(101, 'open', 0)];
    await drop();
    await eventually(() => server.orderReads === 1, 'the list is asked for');
    for (let id = 101; id <= 1_100; id++) newest()?.socket.send(event(id, 'filled', 10, later));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(told.length, 1, 'a thousand wait');
    newest()?.socket.send(event(1_101, 'filled', 10, later));
    newest()?.socket.send(event(1_102, 'filled', 10, later));
    await eventually(() => told.length === 1_003, 'more are told without the list');
    answer();
    await eventually(() => told.length === 1_005, 'what the list alone knows');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const order = told.slice(1).map(({ id, execQuantity }) => `${id} ${execQuantity}`);
    const streamed = Array.from({ length: 1_002 }, (_, n) => `${n + 101} 10`);
    assert.deepEqual(order, [...streamed, '1 10', '2 10'], 'nothing twice, nothing that was overtaken');
    newest()?.socket.send(event(1_103, 'filled', 10, later));
    await eventually(() => told.length === 1_006, 'nothing waits any more');
  });

  it('looks at the list once more, for what happened while the subscription was on its way', async () => {
    await connect({ timeouts: { streamSettleMs: 60 } });
    newest()?.socket.send(event(1, 'open', 0));
    await eventually(() => told.length === 1, 'heard');
    server.orders = [row(1, 'open', 0)];
    await drop();
    await eventually(() => server.orderReads === 2, 'both pages of the list were read');
    server.orders = [row(1, 'filled', 10), row(2, 'open', 0)];
    newest()?.socket.send(event(2, 'open', 0));
    await eventually(() => told.length === 3, 'told');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(
      told.slice(1).map(({ id, status }) => `${id} ${status}`),
      ['2 open', '1 filled'],
    );
    assert.equal(server.orderReads, 4, 'once');
    await drop();
    await broker.close();
    const reads = server.orderReads;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(server.orderReads, reads, 'nobody reads after the end');
  });

  it('takes no late word for a newer one', async () => {
    await connect();
    for (const text of [
      event(1, 'filled', 10),
      event(2, 'open', 0),
      event(3, 'partially_filled', 4),
      event(4, 'canceled', 3),
    ])
      newest()?.socket.send(text);
    await eventually(() => told.length === 4, 'heard');
    const later = '2026-03-09T15:00:05.000Z';
    server.orders = [
      row(1, 'open', 0),
      row(2, 'open', 0),
      row(3, 'partially_filled', 2, later),
      row(4, 'partially_filled', 3, later),
      row(5, 'open', 0),
    ];
    await drop();
    await eventually(() => told.length === 6, 'told');
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(told.slice(4), [
      // The exchange took an execution back.
      { id: 3, status: 'partially_filled', execQuantity: 2 },
      { id: 5, status: 'open', execQuantity: 0 },
    ]);
  });

  it('tells the newer events all the same when the list cannot be read', async () => {
    await connect({ timeouts: { readBudgetMs: 50, readTryMs: 50 } });
    server.ordersFail = true;
    await drop();
    newest()?.socket.send(event(7, 'filled', 10));
    await eventually(() => told.length === 1, 'told');
    assert.match(log.join('\n'), /Orders that changed while the stream was down could not be read/);
  });

  it('replaces a connection that has grown old, and one that is given up as mute', async () => {
    await connect({ timeouts: { streamRenewMs: 60 } });
    broker.watchQuotes(['SPY']);
    await eventually(
      () => server.of('account').length >= 2 && server.of('market').length >= 2,
      'both renewed',
    );
    assert.match(states.find(({ state }) => state === 'down')?.reason ?? '', /renewed/);
    await broker.close();
    await connect();
    broker.watchQuotes(['SPY']);
    const before = server.of('market').length;
    await eventually(() => server.of('market').length === before + 1, 'market stream');
    await eventually(() => server.of('market').at(-1)?.frames.length === 1, 'subscribed');
    states = [];
    broker.renewMarketStream('quotes change, but the stream is silent');
    await eventually(() => server.of('market').length === before + 2, 'a new one');
    await eventually(() => states.some(({ state, gap }) => state === 'open' && gap), 'with a gap');
    assert.equal(states[0]?.reason, 'quotes change, but the stream is silent');
    assert.deepEqual(server.mostOpen, { market: 1, account: 1 });
  });

  it('gives market data alone to an account that has none of its own', async () => {
    server.quotes = [{ symbol: 'SPY', bid: 1, ask: 2, last: 1.5, trade_date: 1000, exch: 'P' }];
    const client = new TradierMarketClient({
      environment: 'tradier-live',
      baseUrl: server.base,
      token: TOKEN,
      clock: { elapsed: systemElapsed, wall: systemWall },
      log: (_level, message) => log.push(message),
      timeouts: { streamBackoffMs: 5 },
    });
    const heard: string[] = [];
    client.streamStates.on(({ stream, state }) => heard.push(`${stream} ${state}`));
    const { quotes } = await client.quotes(['SPY']);
    assert.equal(quotes[0]?.ask, 2);
    client.watchQuotes(['SPY']);
    await eventually(() => server.of('market')[0]?.frames.length === 1, 'subscribed');
    assert.deepEqual(heard, ['market connecting', 'market open']);
    assert.equal(server.of('account').length, 0);
    await client.close();
    await eventually(() => server.clients.every(({ closed }) => closed), 'closed');
    client.watchQuotes(['QQQ']);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(server.of('market').length, 1);
  });
});
