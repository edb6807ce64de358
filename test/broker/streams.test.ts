import assert from 'node:assert/strict';
import type { OrderEvent, QuoteUpdate, StreamState } from '../../lib/broker/port.ts';
import type { TradierBroker, TradierOptions } from '../../lib/broker/tradier/broker.ts';
import { endpointsFor, streamUrl } from '../../lib/broker/tradier/endpoints.ts';
import { sharedOrderStream } from '../../lib/broker/tradier/order-stream.ts';
import { systemElapsed, systemWall } from '../../lib/domain/clock.ts';
import type { Trade } from '../../lib/domain/market-data.ts';
import { brokerAt, eventually, TOKEN } from './fixtures.ts';
import { StreamServer } from './stream-server.ts';

const heartbeat = '{"event":"heartbeat","status":"active","timestamp":"2025-12-10T18:02:51.028929606Z"}';
const filled =
  '{"id":1107075,"event":"order","status":"filled","type":"limit","price":10.0,"stop_price":0.0,"avg_fill_price":10.0,"executed_quantity":2.0,"last_fill_quantity":0.0,"remaining_quantity":0.0,"transaction_date":"2021-08-09T20:05:35.277Z","create_date":"2021-08-09T20:05:35.277Z","account":"VA0"}';
const quote =
  '{"type":"quote","symbol":"SPY","bid":281.84,"bidsz":60,"bidexch":"M","biddate":"1557757189000","ask":281.85,"asksz":6,"askexch":"Z","askdate":"1557757190000"}';
const trade =
  '{"type":"trade","symbol":"SPY","exch":"J","price":"281.85","size":"100","cvol":"27978993","date":"1557757190000","last":"281.85"}';

describe('streams', () => {
  let server: StreamServer;
  let broker: TradierBroker;
  let states: StreamState[];
  let quotes: QuoteUpdate[];
  let trades: Trade[];
  let events: OrderEvent[];

  beforeEach(async () => {
    server = await StreamServer.start();
  });

  afterEach(async () => {
    await broker?.close();
    await server.close();
  });

  function connect(more: Partial<TradierOptions> = {}): void {
    broker = brokerAt(server.base, more);
    states = [];
    quotes = [];
    trades = [];
    events = [];
    broker.streamStates.on((state) => states.push(state));
    broker.quoteUpdates.on((update) => quotes.push(update));
    broker.trades.on((print) => trades.push(print));
    broker.orderEvents.on((event) => events.push(event));
    broker.connect();
  }

  const of = (stream: 'market' | 'account') =>
    states.filter((state) => state.stream === stream).map((state) => state.state);
  const frames = (kind: 'market' | 'account', n = 0) => server.of(kind)[n]?.frames ?? [];

  it('subscribes to order events and passes them on', async () => {
    connect();
    await eventually(() => frames('account').length === 1, 'subscribed');
    assert.deepEqual(frames('account')[0], {
      events: ['order'],
      sessionid: 'accounts-1',
      excludeAccounts: [],
    });
    server
      .of('account')[0]
      ?.socket.send(
        `${heartbeat}\n${filled}\n{"event":"order","id":"x"}\nnot json\n${filled.replace('"VA0"', '"VA99999999"')}\n`,
      );
    await eventually(() => events.length === 1, 'heard the order');
    assert.deepEqual(events, [
      {
        id: 1107075,
        status: 'filled',
        execQuantity: 2,
        remainingQuantity: 0,
        avgFillPrice: 10,
        updatedAt: Date.UTC(2021, 7, 9, 20, 5, 35, 277),
      },
    ]);
    assert.deepEqual(of('account'), ['connecting', 'open']);
    assert.equal(server.of('market').length, 0, 'no market stream without watched symbols');
  });

  it('streams the watched symbols, replaces them on the open socket, and idles without any', async () => {
    connect();
    broker.watchQuotes(['SPY']);
    await eventually(() => frames('market').length === 1, 'subscribed');
    assert.deepEqual(frames('market')[0], {
      symbols: ['SPY'],
      sessionid: frames('market')[0]?.sessionid,
      filter: ['trade', 'quote'],
      linebreak: true,
      validOnly: true,
      advancedDetails: false,
    });
    broker.watchQuotes(['SPY', 'AAPL']);
    broker.watchQuotes(['AAPL', 'SPY']);
    await eventually(() => frames('market').length === 2, 'resubscribed');
    assert.deepEqual(frames('market')[1]?.symbols, ['AAPL', 'SPY']);
    assert.equal(frames('market')[1]?.sessionid, frames('market')[0]?.sessionid);
    broker.watchQuotes([]);
    await eventually(() => server.of('market')[0]?.closed === true, 'closed');
    broker.watchQuotes(['QQQ']);
    await eventually(() => frames('market', 1).length === 1, 'opened anew');
    assert.equal(server.mostOpen.market, 1);
  });

  it('reads several objects of a frame and tolerates what has no price', async () => {
    connect();
    broker.watchQuotes(['SPY']);
    await eventually(() => frames('market').length === 1, 'subscribed');
    const socket = server.of('market')[0]?.socket;
    socket?.send(
      [
        quote,
        trade,
        trade.replace('"price":"281.85"', '"price":"NaN"'),
        trade.replace('"price":"281.85",', ''),
        trade.replace('"size":"100"', '"size":"0"'),
        quote.replace('281.84', '"NaN"'),
        '{"type":"summary","symbol":"SPY","open":"282.42"}',
        '{"error":"1234 is not a valid symbol"}',
        '[1]',
        '',
      ].join('\n'),
    );
    await eventually(() => quotes.length === 2, 'two quotes');
    assert.deepEqual(quotes[0], {
      symbol: 'SPY',
      bid: 281.84,
      ask: 281.85,
      bidSize: 60,
      askSize: 6,
      bidTime: 1557757189000,
      askTime: 1557757190000,
    });
    assert.equal(quotes[1]?.bid, null);
    assert.deepEqual(trades, [
      {
        symbol: 'SPY',
        time: 1557757190000,
        price: 281.85,
        size: 100,
        exchange: 'J',
        cumulativeVolume: 27978993,
      },
    ]);
    assert.equal(server.of('market').length, 1, 'nothing of this ended the stream');
  });

  it('reconnects with a new session, resubscribes, and tells the gap', async () => {
    connect();
    broker.watchQuotes(['SPY']);
    await eventually(() => frames('market').length === 1 && frames('account').length === 1, 'subscribed');
    for (const client of [...server.clients]) client.socket.terminate();
    await eventually(
      () => frames('market', 1).length === 1 && frames('account', 1).length === 1,
      'subscribed again',
    );
    assert.equal(new Set(server.sessions).size, 4);
    assert.deepEqual(frames('market', 1)[0]?.symbols, ['SPY']);
    assert.notEqual(frames('market', 1)[0]?.sessionid, frames('market')[0]?.sessionid);
    await eventually(() => states.filter((state) => state.state === 'open').length === 4, 'open again');
    assert.deepEqual(of('account'), ['connecting', 'open', 'down', 'connecting', 'open']);
    assert.deepEqual(
      states
        .filter((state) => state.state === 'open')
        .map((state) => state.gap)
        .sort(),
      [false, false, true, true],
    );
    assert.deepEqual(server.mostOpen, { market: 1, account: 1 });
  });

  it('shares one account stream among the accounts of a token', async () => {
    const clock = { elapsed: systemElapsed, wall: systemWall };
    const log = () => undefined;
    const shared = sharedOrderStream({
      ...{ environment: 'simulator', baseUrl: server.base, token: TOKEN, clock, log },
      timeouts: { readBackoffMs: 5, streamBackoffMs: 5 },
    });
    const told: [string, number][] = [];
    const heard: [string, StreamState['state'], boolean][] = [];
    const open = (accountId: string) => {
      const one = brokerAt(server.base, { accountId, orderStream: shared.stream });
      one.orderEvents.on(({ id }) => told.push([accountId, id]));
      one.streamStates.on(({ state, gap }) => heard.push([accountId, state, gap]));
      one.connect();
      return one;
    };
    const say = (account: string, id: number) =>
      server
        .of('account')
        .at(-1)
        ?.socket.send(filled.replace('"VA0"', `"${account}"`).replace('1107075', String(id)));
    try {
      broker = open('VA00000001');
      await eventually(() => frames('account').length === 1, 'subscribed');
      const other = open('VA00000002');
      assert.deepEqual(heard.at(-1), ['VA00000002', 'open', false], 'it hears that the stream is open');
      say('VA00000001', 1);
      say('VA00000002', 2);
      await eventually(() => told.length === 2, 'each its own');
      assert.deepEqual(told, [
        ['VA00000001', 1],
        ['VA00000002', 2],
      ]);

      server.of('account')[0]?.socket.terminate();
      await eventually(
        () => server.of('account').length === 2 && server.orderReads >= 2,
        'both fill the gap',
      );
      await other.close();
      await eventually(
        () => heard.filter(([, state, gap]) => state === 'open' && gap).length === 2,
        'open again',
      );
      say('VA00000002', 3);
      say('VA00000001', 4);
      await eventually(() => told.length === 3, 'the one that is left');
      assert.deepEqual(told.at(-1), ['VA00000001', 4]);
      assert.equal(server.mostOpen.account, 1);
      await broker.close();
      assert.equal(server.of('account').filter(({ closed }) => !closed).length, 1, 'its owner closes it');
    } finally {
      await shared.close();
    }
    await eventually(() => server.of('account').every(({ closed }) => closed), 'closed');
    assert.equal(server.sessions.filter((id) => id.startsWith('accounts')).length, 2);
  });

  it('drops a session the broker does not know and takes another', async () => {
    connect();
    await eventually(() => frames('account').length === 1, 'subscribed');
    server.of('account')[0]?.socket.send('{"error":"session not found"}');
    await eventually(() => frames('account', 1).length === 1, 'subscribed again');
    assert.match(states.find((state) => state.state === 'down')?.reason ?? '', /session not found/);
  });

  it('drops an account stream that is silent, not one that beats', async () => {
    connect({ timeouts: { accountSilenceMs: 120 } });
    await eventually(() => frames('account').length === 1, 'subscribed');
    for (let n = 0; n < 5; n++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      server.of('account')[0]?.socket.send(heartbeat);
    }
    assert.equal(server.of('account').length, 1);
    await eventually(() => frames('account', 1).length === 1, 'reconnected');
    assert.match(states.find((state) => state.state === 'down')?.reason ?? '', /nothing was heard/);
  });

  it('keeps asking for a session, each time later', async () => {
    server.sessionStatus = 500;
    connect({ timeouts: { streamBackoffMs: 20, streamBackoffMaxMs: 80 }, chance: { fraction: () => 0.999 } });
    await new Promise((resolve) => setTimeout(resolve, 260));
    assert.ok(
      server.sessions.length >= 3 && server.sessions.length <= 6,
      `${server.sessions.length} requests`,
    );
    server.sessionStatus = 200;
    await eventually(() => frames('account').length === 1, 'subscribed at last');
  });

  it('does not follow a session to a foreign host', async () => {
    server.announced = 'wss://ws.tradier.com.evil.example/v1/accounts/events';
    connect();
    await eventually(() => of('account').includes('down'), 'down');
    assert.match(states.find((state) => state.state === 'down')?.reason ?? '', /foreign host/);
  });

  it('knows the address of the WebSocket from that of the HTTP stream', () => {
    const live = endpointsFor('tradier-live');
    const at = (named: string) => streamUrl(named, live).href;
    assert.equal(
      at('https://stream.tradier.com/v1/markets/events'),
      'wss://ws.tradier.com/v1/markets/events',
    );
    assert.equal(
      at('wss://sandbox-ws.tradier.com/v1/accounts/events'),
      'wss://sandbox-ws.tradier.com/v1/accounts/events',
    );
    assert.throws(() => at('ws://ws.tradier.com/v1/accounts/events'), { code: 'E_STREAM' });
    const simulator = endpointsFor('simulator', 'http://10.0.0.5:8181/v1/');
    assert.equal(
      streamUrl('http://10.0.0.5:8181/v1/markets/events', simulator).href,
      'ws://10.0.0.5:8181/v1/markets/events',
    );
  });

  it('reads quotes regularly where there is no market stream', async () => {
    server.quotes = [
      { symbol: 'SPY', bid: 1, ask: 2, last: 1.5, last_volume: 7, volume: 70, trade_date: 1000, exch: 'P' },
    ];
    connect({ environment: 'tradier-sandbox', timeouts: { quotePollMs: 20 } });
    broker.watchQuotes(['SPY']);
    await eventually(() => quotes.length >= 2, 'quotes came');
    assert.equal(trades.length, 0, 'a print from before is not news');
    server.quotes = [{ ...server.quotes[0], last: 1.6, trade_date: 2000 }];
    await eventually(() => trades.length === 1, 'a print came');
    assert.deepEqual(trades[0], {
      symbol: 'SPY',
      time: 2000,
      price: 1.6,
      size: 7,
      exchange: 'P',
      cumulativeVolume: 70,
    });
    assert.deepEqual(of('market'), ['connecting', 'open']);
    assert.equal(server.of('market').length, 0);
    broker.watchQuotes([]);
    const reads = server.quoteReads;
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.ok(server.quoteReads <= reads + 1);
  });

  it('leaves nothing behind when it is closed', async () => {
    connect();
    broker.watchQuotes(['SPY']);
    await eventually(() => frames('market').length === 1 && frames('account').length === 1, 'subscribed');
    await broker.close();
    await eventually(() => server.clients.every((client) => client.closed), 'sockets closed');
    const sessions = server.sessions.length;
    broker.watchQuotes(['AAPL']);
    broker.connect();
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.equal(server.sessions.length, sessions);
  });
});
