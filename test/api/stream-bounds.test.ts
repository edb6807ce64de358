import assert from 'node:assert/strict';
import { ManualTime } from '../broker/manual-time.ts';
import { until } from '../nodes/flow-desk.ts';
import { StreamReader } from './api-desk.ts';
import { BarAccount, bar } from './bar-account.ts';
import { FrameReader } from './frame-reader.ts';
import { QuoteSource, type RunningStream, runStream } from './quote-source.ts';

describe('the bounds of WS /stream', () => {
  let running: RunningStream;
  const readers: { ws: { terminate(): void } }[] = [];

  beforeEach(async () => {
    running = await runStream(new ManualTime());
  });
  afterEach(async () => {
    for (const { ws } of readers.splice(0)) ws.terminate();
    await running.close();
  });

  const open = async () => {
    const reader = await StreamReader.open(`ws://127.0.0.1:${running.port}`, {}, []);
    readers.push(reader);
    return reader;
  };
  const named = (from: number, count: number) => Array.from({ length: count }, (_, n) => `S${from + n}`);
  let wishes = 0;
  /** What is answered to a wish for quotes. */
  const wish = async (reader: StreamReader, symbols: string[]) => {
    const id = ++wishes;
    reader.say({ action: 'subscribe', symbols, id });
    const answer = await until(() => reader.told.find((one) => one.id === id), 'an answer');
    return answer.type === 'error' ? `${answer.field} ${answer.value}: ${answer.expected}` : answer.type;
  };

  it('gives one client 200 symbols, in one wish or in several, and adds nothing beyond', async () => {
    const source = new QuoteSource();
    running.stream.bind(source.account);
    const reader = await open();
    const refusal = 'symbols 201: at most 200 symbols a client';
    assert.equal(await wish(reader, named(0, 201)), refusal);
    assert.equal(running.stream.figures().symbols, 0);
    assert.equal(await wish(reader, named(0, 150)), 'subscription_confirmed');
    assert.equal(await wish(reader, named(149, 52)), refusal);
    assert.equal(running.stream.figures().symbols, 150);
    assert.equal(await wish(reader, named(149, 51)), 'subscription_confirmed');
    assert.equal(running.stream.figures().symbols, 200);
  });

  it('follows 500 symbols for all clients together', async () => {
    running.stream.bind(new QuoteSource().account);
    for (const [from, count] of [
      [0, 200],
      [200, 200],
      [400, 99],
    ] as const)
      assert.equal(await wish(await open(), named(from, count)), 'subscription_confirmed');
    const late = await open();
    const refusal = 'symbols 501: at most 500 symbols of all clients together';
    assert.equal(await wish(late, named(499, 2)), refusal);
    assert.equal(
      await wish(late, named(0, 200)),
      'subscription_confirmed',
      'what others follow costs nothing',
    );
    const [one, two] = await Promise.all([open(), open()]);
    const both = await Promise.all([wish(one, ['ONE']), wish(two, ['TWO'])]);
    assert.deepEqual(both.sort(), ['subscription_confirmed', refusal].sort());
    assert.equal(running.stream.figures().symbols, 500);
  });

  it('asks the broker for no more symbols than may be followed', async () => {
    let asked = 0;
    const { account } = new QuoteSource();
    const quote = (symbol: string) => {
      asked += 1;
      return account.quote(symbol, 0);
    };
    running.stream.bind({ ...account, quote });
    assert.match(String(await wish(await open(), named(0, 2_000))), /at most 200 symbols a client/);
    assert.equal(asked, 0);
  });

  it('lets 2,000 clients in, and the next when one left', async () => {
    const clients: FrameReader[] = [];
    const enter = async () => {
      const client = await FrameReader.open(running.port);
      readers.push({ ws: { terminate: () => client.socket.destroy() } });
      clients.push(client);
    };
    for (let n = 0; n < 40; n++) await Promise.all(Array.from({ length: 50 }, enter));
    assert.equal(running.stream.figures().clients, 2_000);
    await assert.rejects(enter(), /503 Service Unavailable[\s\S]*Retry-After: 5/);
    clients[0]?.socket.destroy();
    await until(() => (running.stream.figures().clients < 2_000 ? true : undefined), 'one that left');
    await enter();
    assert.equal(running.stream.figures().clients, 2_000);
  }).timeout(60_000);

  it('lets go of a client for which a megabyte waits that must arrive, and of no other', async () => {
    const symbol = 'S'.repeat(2_000);
    const source = new BarAccount([]);
    running.stream.bind(source.account);
    const deaf = await FrameReader.open(running.port);
    readers.push({ ws: { terminate: () => deaf.socket.destroy() } });
    const well = await open();
    const subscribe = { action: 'subscribe', channels: ['bars'], symbols: ['SPY'], interval: '1' };
    deaf.say(subscribe);
    well.say(subscribe);
    await well.hears('bars');
    await until(() => (deaf.frames >= 2 ? true : undefined), 'its snapshot');
    deaf.socket.pause();
    let most = 0;
    let told = 0;
    while (running.stream.figures().clients === 2 && told < 20_000) {
      for (let n = 0; n < 20; n++) source.tell({ kind: 'closed', bar: { ...bar(++told), symbol } });
      const seen = told;
      await until(() => (well.of('bar').length === seen ? true : undefined), 'the one that reads');
      most = Math.max(most, ...running.stream.backlogs().map(({ bytes }) => bytes));
    }
    assert.equal(running.stream.figures().clients, 1, `${told} bars and it is still there`);
    assert.ok(most > 500_000 && most <= 1_048_576, `${most} bytes waited`);
    deaf.socket.resume();
    await until(() => deaf.socket.destroyed || undefined, 'the end of its socket');
    assert.equal(well.closed, null);
    assert.deepEqual(
      well.of('bar').map(({ seq }) => seq),
      Array.from({ length: told }, (_, n) => n + 1),
      'every closed bar, each once',
    );
  }).timeout(60_000);
});
