import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { TraderError } from '../../lib/domain/errors.ts';
import type { Emitter } from '../../lib/domain/events.ts';
import { ACCOUNT, type FlowNode, node, probe, until } from '../nodes/flow-desk.ts';
import { ApiDesk, type StreamReader, TOKEN, type Told } from './api-desk.ts';

describe('WS /stream', () => {
  const desk = new ApiDesk();
  before(async () => {
    await desk.start();
    await desk.open({ origins: 'https://charts.example', name: '' });
  });
  after(async () => {
    await desk.unload();
    await desk.stop();
  });

  const subscribed = async (wish: object): Promise<StreamReader> => {
    const reader = await desk.stream();
    reader.say({ action: 'subscribe', ...wish });
    await reader.hears('subscription_confirmed');
    return reader;
  };
  const symbolOf = ({ data }: Told) => (data as { symbol: string }).symbol;

  it('confirms, sends what is known at once and then each change, numbered without a hole', async () => {
    const first = await subscribed({ symbols: ['AAPL', 'BRK.B', ...SYMBOLS] });
    await first.hears('quotes', ({ data }) => JSON.stringify(data).includes('"BRK/B","ticker":"BRK.B"'));
    await first.hears('quote', (told) => symbolOf(told) === 'AAPL');
    const second = await subscribed({ symbols: ['AAPL'], id: 7 });
    const snapshot = await second.hears('quotes');
    const [confirmed] = second.told;
    assert.equal(second.told[1], snapshot, 'the snapshot comes next');
    assert.deepEqual(confirmed, {
      type: 'subscription_confirmed',
      symbols: ['AAPL'],
      names: { AAPL: 'AAPL' },
      channels: ['quotes'],
      id: 7,
    });
    assert.equal(snapshot.snapshot, true);
    await until(() => (second.of('quote').length >= 5 ? true : undefined), 'five quotes', 20_000);
    const seqs = second.of('quote').map(({ seq }) => Number(seq));
    const began = (snapshot.seq as Record<string, number>).AAPL ?? 0;
    assert.deepEqual(
      seqs,
      seqs.map((_, n) => began + 1 + n),
    );
    second.say({ action: 'unsubscribe', symbols: ['AAPL'] });
    await second.hears('unsubscription_confirmed');
    const count = second.of('quote').length;
    await until(() => (first.of('quote').length > 20 ? true : undefined), 'more quotes');
    assert.equal(second.of('quote').length, count, 'nothing after the unsubscribe');
    await Promise.all([first.close(), second.close()]);
  });

  it('sends bars: those before, the one that forms, none twice', async () => {
    const reader = await subscribed({ channels: ['bars'], symbols: ['SPY'], interval: '1', count: 10 });
    const { data } = await reader.hears('bars');
    const times = (data as { time: number }[]).map(({ time }) => time);
    assert.ok(times.length > 0 && times.length <= 10);
    assert.deepEqual(
      times,
      [...new Set(times)].sort((a, b) => a - b),
    );
    const update = await reader.hears('bar');
    assert.equal(update.symbol, 'SPY');
    assert.ok((update.data as { time: number }).time >= (times.at(-1) ?? 0));
    await reader.close();
  });

  it('sends bars to who came before the account did', async () => {
    const fields = { prefix: '', origins: 'https://charts.example', name: '' };
    await desk.unload();
    await desk.load([ACCOUNT, node('trader-api', 'api', fields)], { api: { token: TOKEN } });
    const reader = await desk.stream();
    reader.say({
      action: 'subscribe',
      channels: ['bars', 'orders'],
      symbols: ['SPY'],
      interval: '1',
      count: 10,
    });
    await reader.hears('subscription_confirmed');
    const { data } = await reader.hears('bars');
    assert.ok((data as object[]).length > 0);
    await reader.hears('orders');
    await reader.hears('bar');
    assert.equal(reader.of('bars').length, 1);
    await reader.close();
  });

  it('answers every mistake with what is wrong, and goes on', async () => {
    const reader = await desk.stream();
    const mistakes: [object | string, string][] = [
      ['{', 'message'],
      ['7', 'message'],
      ['[]', 'message'],
      [{}, 'action'],
      [{ action: 'buy' }, 'action'],
      [{ action: 'subscribe' }, 'symbols'],
      [{ action: 'subscribe', symbols: 'AAPL' }, 'symbols'],
      [{ action: 'subscribe', symbols: [] }, 'symbols'],
      [{ action: 'subscribe', symbols: ['no such'] }, 'symbols'],
      [{ action: 'subscribe', symbols: ['NOPE'] }, 'symbols'],
      [{ action: 'subscribe', channels: ['everything'] }, 'channels.0'],
      [{ action: 'subscribe', channels: ['bars'], symbols: ['SPY'], interval: '7' }, 'interval'],
      [{ action: 'subscribe', symbols: ['SPY'], surprise: 1 }, 'surprise'],
      [{ action: 'subscribe', symbols: Array.from({ length: 201 }, (_, n) => `S${n}`) }, 'symbols'],
    ];
    for (const [wish, field] of mistakes) {
      reader.told.length = 0;
      reader.say(wish);
      const error = await reader.hears('error');
      assert.equal(error.field, field, JSON.stringify(wish));
      assert.equal(typeof error.expected, 'string');
      assert.equal(typeof error.message, 'string');
    }
    reader.told.length = 0;
    reader.say('{');
    assert.equal((await reader.hears('error')).message, 'Invalid JSON message');
    reader.told.length = 0;
    reader.say(`{"action":"subscribe","symbols":["SPY"],"id":7${' '.repeat(20_000)}}`);
    const long = await reader.hears('error');
    assert.deepEqual([long.field, Number(long.value) > 20_000, long.id], ['message', true, 7]);
    assert.match(String(long.expected), /at most 16384 bytes/);
    reader.say({ action: 'subscribe', symbols: ['SPY'] });
    await reader.hears('subscription_confirmed');
    reader.say({ action: 'subscribe', channels: ['bars'], symbols: ['SPY'], interval: 5 });
    assert.equal((await reader.hears('bars')).interval, '5');
    await reader.close();
  });

  it('ends what is binary, huge, malformed or never stops talking, and nobody else notices', async () => {
    const watcher = await subscribed({ symbols: SYMBOLS });
    const binary = await desk.stream();
    binary.say(Buffer.from([1, 2, 3]));
    assert.equal((await binary.ends()).code, 1003);

    const huge = await desk.stream();
    huge.say('x'.repeat(65_537));
    assert.equal((await huge.ends()).code, 1009);

    const chatty = await desk.stream();
    for (let n = 0; n < 130; n++) chatty.say({ action: 'unsubscribe' });
    assert.equal((await chatty.ends()).code, 1008);
    assert.equal(
      chatty.of('error').some(({ field }) => field === 'messages'),
      true,
    );
    assert.match(
      String(chatty.of('error')[0]?.message),
      /^Too many messages: at most 60 messages in 10 s\. This one was not read\.$/,
    );

    for (const bytes of [
      Buffer.from([0xff, 0xff, 0, 0, 0, 0]),
      randomBytes(64),
      Buffer.from([0x81, 0x05, 1, 2, 3, 4, 5]),
    ]) {
      const socket = await rawUpgrade(desk.origin);
      socket.write(bytes);
      await until(() => socket.destroyed || undefined, 'the end of a malformed connection', 25_000);
    }
    const before = watcher.of('quote').length;
    await until(() => (watcher.of('quote').length > before + 2 ? true : undefined), 'more quotes');
    await watcher.close();
  }).timeout(60_000);

  it('counts nothing of what comes after its goodbye', async () => {
    const chatty = await rawUpgrade(desk.origin);
    let told = '';
    chatty.on('data', (chunk) => {
      told += chunk.toString('latin1');
    });
    // Masked with zeros: one character, no JSON.
    const said = Buffer.alloc(7 * 200_000, Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x7b]));
    const began = performance.now();
    chatty.write(said);
    await until(() => (chatty.destroyed ? true : undefined), 'the end of the connection', 8_000);
    assert.ok(performance.now() - began < 4_000, 'the desk was held up');
    assert.ok(told.split('"type":"error"').length - 1 <= 121);
  }).timeout(20_000);

  it('reports an account that cannot tell its orders, and goes on', async () => {
    const account = await desk.account();
    const reader = await subscribed({ channels: ['orders'] });
    await reader.hears('orders');
    const { promise, resolve } = Promise.withResolvers<void>();
    Object.defineProperty(account, 'orders', {
      configurable: true,
      value: () => {
        resolve();
        throw new TraderError('E_JOURNAL');
      },
    });
    try {
      (account.portfolioChanges as Emitter<void>).emit();
      await promise;
      reader.say({ action: 'unsubscribe', id: 'still-there' });
      await reader.hears('unsubscription_confirmed');
    } finally {
      Reflect.deleteProperty(account, 'orders');
    }
    await reader.close();
  });

  it('keeps the bars that are followed when an earlier snapshot of them fails late', async () => {
    const { bars } = await desk.account();
    const failing = Promise.withResolvers<never>();
    const reader = await desk.stream();
    const wish = { channels: ['bars'], symbols: ['QQQ'], interval: '1' };
    Object.defineProperty(bars, 'history', { configurable: true, value: () => failing.promise });
    try {
      reader.say({ action: 'subscribe', ...wish });
      await reader.hears('subscription_confirmed');
    } finally {
      Reflect.deleteProperty(bars, 'history');
    }
    reader.say({ action: 'unsubscribe', channels: ['bars'] });
    reader.say({ action: 'subscribe', ...wish });
    await reader.hears('bars');
    failing.reject(new TraderError('E_BROKER_UNREACHABLE'));
    await reader.hears('bar');
    assert.deepEqual(reader.of('error'), [], 'what failed is wanted no more');
    reader.say({ action: 'unsubscribe', channels: ['bars'], id: 'over' });
    await reader.hears('unsubscription_confirmed', ({ id }) => id === 'over');
    const count = reader.of('bar').length;
    await new Promise((done) => setTimeout(done, 1_500));
    assert.equal(reader.of('bar').length, count, 'nothing after the unsubscribe');
    await reader.close();
  });

  it('lets nobody in from a foreign page, nor from elsewhere without the token', async () => {
    const { host } = new URL(desk.origin);
    assert.equal(await desk.knock({ headers: { origin: `http://${host}` } }), 101);
    assert.equal(await desk.knock({ headers: { origin: 'https://charts.example' } }), 101);
    assert.equal(await desk.knock({ headers: { origin: 'https://evil.example' } }), 403);
    const outside = { 'x-forwarded-for': '203.0.113.7' };
    assert.equal(await desk.knock({ headers: outside }), 401);
    assert.equal(await desk.knock({ headers: { host: 'desk.example' } }), 401);
    assert.equal(await desk.knock({ headers: { ...outside, authorization: 'Bearer wrong' } }), 401);
    assert.equal(await desk.knock({ headers: { ...outside, authorization: `Bearer ${TOKEN}` } }), 101);
    assert.equal(await desk.knock({ headers: outside }, ['trader.v1', `token.${TOKEN}`]), 101);
    assert.equal(await desk.knock({ headers: outside }, ['trader.v1', 'token.wrong']), 401);
    assert.equal(await desk.knock({ headers: { authorization: 'Bearer wrong' } }), 401);
    assert.equal(await desk.knock({}, ['trader.v1', 'token.wrong']), 401);
  });

  it('bounds what one client follows', async () => {
    const reader = await desk.stream();
    const bars = (interval: string, from: number, count: number) => ({
      action: 'subscribe',
      channels: ['bars'],
      symbols: SYMBOLS.slice(from, from + count),
      interval,
    });
    reader.say(bars('D', 0, 30));
    await reader.hears('subscription_confirmed');
    reader.say(bars('W', 0, 21));
    const error = await reader.hears('error');
    assert.match(String(error.message), /at most 50 series/);
    await reader.close();
  });

  it('stays open over a deploy of other nodes, and says goodbye when it is deployed itself', async () => {
    const reader = await subscribed({ symbols: SYMBOLS });
    const flow = (name: string, ...more: FlowNode[]) => [
      ACCOUNT,
      node('trader-api', 'api', { prefix: '', origins: 'https://charts.example', name }),
      ...more,
    ];
    await desk.deploy(flow('', probe('other')), 'nodes');
    const before = reader.of('quote').length;
    await until(() => (reader.of('quote').length > before + 2 ? true : undefined), 'more quotes');
    await desk.deploy(flow('renamed', probe('other')), 'nodes');
    assert.equal((await reader.ends()).code, 1012);
    await (await subscribed({ symbols: ['AAPL'] })).close();
  });
});

const SYMBOLS =
  'AAPL,MSFT,NVDA,AMD,INTC,ORCL,CRM,CSCO,GOOGL,META,NFLX,DIS,T,AMZN,TSLA,HD,F,JPM,BAC,V,MA,BRK/B,XOM,SPY,QQQ,IWM,DIA,GLD,TLT,KO'.split(
    ',',
  );

/** A WebSocket by hand, for frames that no library would send. */
function rawUpgrade(origin: string): Promise<Socket> {
  const { hostname, port, host } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    `GET /stream HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
  );
  return new Promise((resolve, reject) => {
    socket.once('data', (chunk) =>
      /^HTTP\/1\.1 101/.test(String(chunk)) ? resolve(socket) : reject(new Error(String(chunk))),
    );
  });
}
