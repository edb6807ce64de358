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

  it('tells the newer events all the same when the list cannot be read', async () => {
    await connect({ timeouts: { readBudgetMs: 50, readTryMs: 50 } });
    server.ordersFail = true;
    await drop();
    newest()?.socket.send(event(7, 'filled', 10));
    await eventually(() => told.length === 1, 'told');
    assert.match(log.join('\n'), /Orders that changed while the stream was down could not be read/);
  });

  it('loses no order event over a thousand drops, and never has two sockets', async () => {
    await connect({ timeouts: { streamBackoffMs: 1, streamBackoffMaxMs: 2 } });
    let filled = 0;
    for (let n = 1; n <= 1_000; n++) {
      // The order is made and filled while the stream is down, or its event is cut off with it.
      server.orders = [...server.orders.slice(-50), row(n, 'filled', 10)];
      if (n % 3 === 0) newest()?.socket.send(event(n, 'filled', 10));
      await drop();
      filled = n;
    }
    await eventually(() => new Set(told.map(({ id }) => id)).size === filled, 'every order was told');
    assert.equal(told.length, filled, 'and each of them once');
    assert.deepEqual(server.mostOpen, { market: 0, account: 1 });
    assert.equal(new Set(server.sessions).size, server.sessions.length);
  }).timeout(60_000);

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
