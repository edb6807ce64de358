import assert from 'node:assert/strict';
import type { Bar } from '../../lib/domain/market-data.ts';
import { ManualTime } from '../broker/manual-time.ts';
import { ApiDesk, StreamReader } from './api-desk.ts';
import { BarAccount, bar } from './bar-account.ts';
import { type RunningStream, runStream } from './quote-source.ts';

describe('what WS /stream answers', () => {
  const desk = new ApiDesk();
  before(async () => {
    await desk.start();
    await desk.open();
  });
  after(async () => {
    await desk.unload();
    await desk.stop();
  });

  it('confirms what holds, names what does not, and says which symbol each spelling means', async () => {
    const reader = await desk.stream();
    reader.say({ action: 'subscribe', symbols: ['BRK.B', 'NOPE', 'AMEX:SPY'], id: 1 });
    const confirmed = await reader.hears('subscription_confirmed');
    assert.deepEqual(confirmed, {
      type: 'subscription_confirmed',
      symbols: ['BRK/B', 'SPY'],
      names: { 'BRK.B': 'BRK/B', 'AMEX:SPY': 'SPY' },
      unknown: ['NOPE'],
      channels: ['quotes'],
      id: 1,
    });
    const { data } = await reader.hears('quotes');
    const rows = data as { symbol: string; ticker: string; ageMs: number }[];
    assert.deepEqual(
      rows.map(({ symbol, ticker }) => [symbol, ticker]),
      [
        ['BRK/B', 'BRK.B'],
        ['SPY', 'SPY'],
      ],
    );
    assert.ok(rows.every(({ ageMs }) => Number.isInteger(ageMs)));

    reader.say({ action: 'subscribe', symbols: ['NOPE'], id: 2 });
    const refused = await reader.hears('error');
    assert.deepEqual([refused.field, refused.value, refused.id], ['symbols', 'NOPE', 2]);
    reader.say({ action: 'subscribe', channels: ['bars', 'alerts'], symbols: ['NOPE'], id: 3 });
    const half = await reader.hears('subscription_confirmed', ({ id }) => id === 3);
    assert.deepEqual([half.symbols, half.unknown, half.channels], [[], ['NOPE'], ['alerts']]);
    assert.equal(reader.of('error').length, 1);
    await reader.close();
  });

  it('obeys in the order in which it was told', async () => {
    const reader = await desk.stream();
    reader.say({ action: 'subscribe', symbols: ['GLD', 'NOPE2'], id: 1 });
    reader.say({ action: 'unsubscribe', symbols: ['GLD'], id: 2 });
    await reader.hears('unsubscription_confirmed');
    assert.deepEqual(
      reader.told.filter(({ id }) => id !== undefined).map(({ type, id }) => [type, id]),
      [
        ['subscription_confirmed', 1],
        ['unsubscription_confirmed', 2],
      ],
    );
    await reader.close();
  });
});

describe('WS /stream over its account', () => {
  let running: RunningStream;
  let reader: StreamReader;
  beforeEach(async () => {
    running = await runStream(new ManualTime());
    reader = await StreamReader.open(`ws://127.0.0.1:${running.port}`, {}, []);
  });
  afterEach(async () => {
    reader.ws.terminate();
    await running.close();
  });

  it('sends the bars again after a time without one, so that none is missing', async () => {
    const accounts = [new BarAccount([bar(1)]), new BarAccount([bar(1), bar(2), bar(3)])];
    running.stream.bind(accounts[0]?.account ?? null);
    reader.say({ action: 'subscribe', channels: ['bars'], symbols: ['SPY'], interval: '1' });
    const first = await reader.hears('bars');
    accounts[0]?.tell({ kind: 'closed', bar: bar(2) });
    const { seq } = await reader.hears('bar');
    assert.deepEqual([first.seq, seq], [0, 1]);
    running.stream.bind(null);
    running.stream.bind(accounts[1]?.account ?? null);
    const second = await reader.hears('bars', (told) => told !== first);
    assert.deepEqual([second.seq, (second.data as Bar[]).length], [1, 3]);
    accounts[1]?.tell({ kind: 'closed', bar: bar(4) });
    assert.equal((await reader.hears('bar', (told) => told.seq === 2)).seq, 2);
  });

  it('gives a client that asks for much all of it', async () => {
    // More than the buffers of the system take at once.
    const symbol = 'S'.repeat(400);
    const source = new BarAccount(Array.from({ length: 500 }, (_, n) => ({ ...bar(n), symbol })));
    running.stream.bind(source.account);
    const symbols = Array.from({ length: 50 }, (_, n) => `S${n}`);
    reader.say({ action: 'subscribe', channels: ['bars'], symbols, count: 500 });
    for (const symbol of symbols) await reader.hears('bars', (told) => told.symbol === symbol);
    assert.equal(reader.closed, null);
  });

  it('numbers a snapshot by when its reading began, so that nothing told since seems older', async () => {
    const slow = Promise.withResolvers<Bar[]>();
    const source = new BarAccount([]);
    source.history = () => slow.promise;
    running.stream.bind(source.account);
    reader.say({ action: 'subscribe', channels: ['bars'], symbols: ['SPY'], interval: '1' });
    await reader.hears('subscription_confirmed');
    for (let n = 0; n < 50; n++) source.tell({ kind: 'forming', bar: bar(2) });
    source.tell({ kind: 'closed', bar: bar(2) });
    slow.resolve([bar(1)]);
    const closed = await reader.hears('bar', ({ kind }) => kind === 'closed');
    assert.equal(reader.of('bars')[0]?.seq, 0);
    assert.deepEqual([closed.seq, reader.of('bar').length], [51, 1], 'what formed is closed by then');
  });

  it('tells what was corrected while a snapshot was on its way, also of a bar before its newest', async () => {
    const slow = Promise.withResolvers<Bar[]>();
    const source = new BarAccount([]);
    source.history = () => slow.promise;
    running.stream.bind(source.account);
    reader.say({ action: 'subscribe', channels: ['bars'], symbols: ['SPY'], interval: '1' });
    await reader.hears('subscription_confirmed');
    source.tell({ kind: 'closed', bar: bar(1) });
    source.tell({ kind: 'corrected', bar: { ...bar(1), close: 2 } });
    slow.resolve([bar(0), bar(1), { ...bar(2), closed: false }]);
    const corrected = await reader.hears('bar');
    assert.deepEqual([corrected.kind, (corrected.data as Bar).close], ['corrected', 2]);
    source.tell({ kind: 'closed', bar: bar(2) });
    await reader.hears('bar', ({ kind }) => kind === 'closed');
    assert.equal(reader.of('bar').length, 2, 'the rest is in the snapshot');
  });
});
