import assert from 'node:assert/strict';
import { at, type Client, HandClock, Listener, MARKET_BUY, started, stopAll, until } from './support.ts';

describe('simulator: streams', () => {
  let clock: HandClock;
  let client: Client;
  let market: string;
  let account: string;
  const listeners: Listener[] = [];

  beforeEach(async () => {
    clock = new HandClock();
    client = await started({ elapsed: clock, wall: clock.wall, limits: false, speed: 1 });
    market = `${client.simulator.ws}/v1/markets/events`;
    account = `${client.simulator.ws}/v1/accounts/events`;
  });
  afterEach(async () => {
    for (const listener of listeners.splice(0)) listener.close();
    await stopAll();
  });

  async function session(kind: 'markets' | 'accounts'): Promise<string> {
    return String((await client.send('POST', `/${kind}/events/session`)).at('stream.sessionid'));
  }

  async function listen(url: string, frame: unknown): Promise<Listener> {
    const listener = await Listener.open(url, frame);
    listeners.push(listener);
    return listener;
  }

  /** Lets time pass in the steps a real clock would; what was sent arrives before and after. */
  async function pass(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 30));
    for (let passed = 0; passed < ms; passed += 250) clock.pass(Math.min(250, ms - passed));
    await new Promise((resolve) => setTimeout(resolve, 30));
  }

  it('names its own addresses: HTTP for the market, WebSocket for the account', async () => {
    const { port } = client.simulator;
    const first = await client.send('POST', '/markets/events/session');
    assert.equal(first.at('stream.url'), `http://127.0.0.1:${port}/v1/markets/events`);
    const second = await client.send('POST', '/accounts/events/session');
    assert.equal(second.at('stream.url'), `ws://127.0.0.1:${port}/v1/accounts/events`);
    assert.notEqual(first.at('stream.sessionid'), second.at('stream.sessionid'));
  });

  it('leaves out no print at a thousand times real time', async () => {
    const fast = await started({ elapsed: clock, wall: clock.wall, limits: false, speed: 1_000 });
    await pass(1_000);
    const sessionid = String((await fast.send('POST', '/markets/events/session')).at('stream.sessionid'));
    const frame = { symbols: ['AAPL', 'NVDA', 'SPY', 'F', 'T'], sessionid, filter: ['trade', 'quote'] };
    const listener = await listen(`${fast.simulator.ws}/v1/markets/events`, frame);
    await until(() => listener.of('quote').length >= 5, 'the subscription');
    await pass(5_000);
    for (const symbol of frame.symbols) {
      const prints = listener.of('trade').filter((one) => at(one, 'symbol') === symbol);
      assert.ok(prints.length > 80, `${symbol}: ${prints.length} prints of 83 minutes`);
      for (const [n, print] of prints.entries()) {
        if (n === 0) continue;
        const before = Number(at(prints[n - 1], 'cvol'));
        assert.equal(Number(at(print, 'cvol')) - Number(at(print, 'size')), before, `${symbol}, print ${n}`);
      }
    }
  });

  it('tells summary, quote and prints of the symbols asked for, and replaces the list', async () => {
    await pass(2_000);
    const sessionid = await session('markets');
    const listener = await listen(market, { symbols: ['AAPL', 'spy'], sessionid, linebreak: true });
    await until(() => listener.of('quote').length >= 2, 'two quotes');
    await pass(10_000);
    for (const type of ['quote', 'trade', 'summary', 'timesale', 'tradex']) {
      assert.ok(listener.of(type).length > 0, type);
    }
    assert.ok(listener.frames.every((frame) => frame.endsWith('\n')));
    const quote = listener.of('quote')[0];
    assert.equal(typeof at(quote, 'bid'), 'number');
    assert.equal(typeof at(quote, 'biddate'), 'string');
    const trade = listener.of('trade').at(-1);
    assert.equal(typeof at(trade, 'price'), 'string');
    const volumes = listener
      .of('trade')
      .filter((one) => at(one, 'symbol') === 'AAPL')
      .map((one) => Number(at(one, 'cvol')));
    assert.deepEqual(
      volumes,
      [...volumes].sort((a, b) => a - b),
      'each print once, in order',
    );
    assert.equal(new Set(volumes).size, volumes.length);

    listener.say({ symbols: ['SPY'], sessionid, filter: ['quote'] });
    await pass(500);
    listener.heard.length = 0;
    await pass(5_000);
    assert.deepEqual(
      [...new Set(listener.heard.map((one) => `${at(one, 'type')} ${at(one, 'symbol')}`))],
      ['quote SPY'],
    );
  });

  it('confirms a quote at least every two seconds and speaks at most four times a second', async () => {
    const listener = await listen(market, {
      symbols: ['AAPL'],
      sessionid: await session('markets'),
      filter: ['quote'],
    });
    await until(() => listener.of('quote').length > 0, 'the first quote');
    for (let seconds = 0; seconds < 10; seconds += 2) {
      listener.heard.length = 0;
      await pass(2_000);
      const count = listener.of('quote').length;
      assert.ok(count >= 1 && count <= 9, `${count} quotes in two seconds`);
    }
  });

  it('answers mistakes in the stream', async () => {
    const unknown = await listen(market, { symbols: ['SPY'], sessionid: 'no-such' });
    await until(() => unknown.errors.length > 0, 'an error');
    assert.deepEqual(unknown.errors, ['session not found']);
    const wrongKind = await listen(account, { events: ['order'], sessionid: await session('markets') });
    await until(() => wrongKind.errors.length > 0, 'an error');
    assert.deepEqual(wrongKind.errors, ['session not found']);
    for (const frame of ['{"symbols":', '[]', { symbols: ['SPY'] }, { sessionid: 'x', symbols: [] }]) {
      const listener = await listen(market, frame);
      await until(() => listener.errors.length > 0, JSON.stringify(frame));
    }
    const bad = await listen(market, {
      symbols: ['1234', '$empty$', 'AAPL'],
      sessionid: await session('markets'),
    });
    await until(() => bad.of('quote').length > 0, 'the good symbol is served');
    assert.deepEqual(bad.errors, ['1234 is not a valid symbol']);
  });

  it('a session is good for one connection and five minutes', async () => {
    const sessionid = await session('accounts');
    const first = await listen(account, { sessionid });
    await pass(60_000);
    assert.equal(first.of('heartbeat').length, 1);
    first.close();
    const again = await listen(account, { sessionid });
    await until(() => again.errors.length > 0, 'used up');
    assert.deepEqual(again.errors, ['session not found']);
    const stale = await session('accounts');
    clock.pass(300_000);
    const late = await listen(account, { sessionid: stale });
    await until(() => late.errors.length > 0, 'too late');
    assert.deepEqual(late.errors, ['session not found']);
  });

  it('one live connection of each kind; a closed one frees its place at once', async () => {
    const first = await listen(account, { sessionid: await session('accounts') });
    await pass(60_000);
    assert.equal(first.of('heartbeat').length, 1);
    const second = await listen(account, { sessionid: await session('accounts') });
    await until(() => second.errors.length > 0, 'refused');
    assert.deepEqual(second.errors, ['too many sessions requested']);
    const other = await listen(market, { symbols: ['SPY'], sessionid: await session('markets') });
    await until(() => other.of('quote').length > 0, 'the other kind has its own place');

    first.close();
    const third = await listen(account, { sessionid: await session('accounts') });
    await pass(60_000);
    assert.equal(third.of('heartbeat').length, 1);
    assert.deepEqual(third.errors, []);
  });

  it('a connection whose client does not answer any more loses its place', async () => {
    const frozen = await listen(account, { sessionid: await session('accounts') });
    await pass(60_000);
    assert.equal(frozen.of('heartbeat').length, 1);
    frozen.socket.pause();
    const next = await listen(account, { sessionid: await session('accounts') });
    await pass(0);
    await pass(1_000);
    await pass(60_000);
    assert.deepEqual([next.errors, next.of('heartbeat').length], [[], 1]);
  });

  it('a socket that never says anything is sent away', async () => {
    const silent = new Listener(market);
    listeners.push(silent);
    await until(() => silent.socket.readyState === silent.socket.OPEN, 'open');
    await pass(31_000);
    await until(() => silent.socket.readyState === silent.socket.CLOSED, 'closed');
    const lost = new Listener(`${client.simulator.ws}/v1/elsewhere`);
    listeners.push(lost);
    await until(() => lost.socket.readyState === lost.socket.CLOSED, 'refused');
  });

  it('tells the life of an order on the account stream', async () => {
    const listener = await listen(account, {
      events: ['order'],
      sessionid: await session('accounts'),
      excludeAccounts: [],
    });
    await pass(60_000);
    const id = (await client.place(MARKET_BUY)).at('order.id');
    await pass(5_000);
    await until(() => listener.of('order').length >= 2, 'open and filled');
    const events = listener.of('order');
    assert.deepEqual([at(events[0], 'status'), at(events.at(-1), 'status')], ['open', 'filled']);
    const filled = events.at(-1);
    assert.equal(at(filled, 'id'), id);
    assert.equal(at(filled, 'executed_quantity'), 10);
    assert.equal(at(filled, 'account'), client.simulator.account);
    assert.equal(at(filled, 'symbol'), undefined);
    assert.match(String(at(listener.of('heartbeat')[0], 'timestamp')), /^2026-03-02T14:3\d:\d\d\.\d{9}Z$/);
  });

  it('tells nothing about an excluded account', async () => {
    const listener = await listen(account, {
      sessionid: await session('accounts'),
      excludeAccounts: [client.simulator.account],
    });
    await pass(60_000);
    await client.place();
    await pass(500);
    assert.equal(listener.of('heartbeat').length, 1);
    assert.equal(listener.of('order').length, 0);
  });
});
