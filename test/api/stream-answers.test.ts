import assert from 'node:assert/strict';
import { Emitter } from '../../lib/domain/events.ts';
import type { Bar } from '../../lib/domain/market-data.ts';
import type { Order } from '../../lib/domain/order.ts';
import type { BarUpdate } from '../../lib/market/bars/contract.ts';
import type { TradingAccount } from '../../lib/trading-account.ts';
import { ManualTime } from '../broker/manual-time.ts';
import { ApiDesk, StreamReader } from './api-desk.ts';
import { QuoteSource, type RunningStream, runStream } from './quote-source.ts';

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

  it('tells an order whose stop moves', async () => {
    const time = new ManualTime();
    await running.close();
    running = await runStream(time);
    reader = await StreamReader.open(`ws://127.0.0.1:${running.port}`, {}, []);
    const changes = new Emitter<void>(() => undefined);
    let orders = [order(90)];
    const account = { ...new QuoteSource().account, portfolioChanges: changes, orders: () => orders };
    running.stream.bind(account as unknown as TradingAccount);
    reader.say({ action: 'subscribe', channels: ['orders'] });
    await reader.hears('orders');
    orders = [order(91)];
    changes.emit();
    await time.pass(100);
    const { data } = await reader.hears('order_update');
    assert.equal((data as Order).stop, 91);
    changes.emit();
    await time.pass(100);
    reader.say({ action: 'unsubscribe', channels: ['orders'] });
    await reader.hears('unsubscription_confirmed');
    assert.equal(reader.of('order_update').length, 1, 'what did not change is not told');
  });

  it('tells of an order that works for long, however many came after it', async () => {
    const time = new ManualTime();
    await running.close();
    running = await runStream(time);
    reader = await StreamReader.open(`ws://127.0.0.1:${running.port}`, {}, []);
    const changes = new Emitter<void>(() => undefined);
    // The newest first, and all over but the oldest.
    const all = Array.from({ length: 300 }, (_, n) => ({ ...order(90), tag: `T${n}`, status: 'filled' }));
    all.push({ ...order(80), tag: 'old', status: 'open' });
    const orders = (limit: number) => all.slice(0, limit);
    const account = { ...new QuoteSource().account, portfolioChanges: changes, orders };
    running.stream.bind(account as unknown as TradingAccount);
    reader.say({ action: 'subscribe', channels: ['orders'] });
    await reader.hears('orders');
    all[300] = { ...order(80), tag: 'old', status: 'filled', execQuantity: 5, avgFillPrice: 0.00015 };
    all.unshift({ ...order(90), tag: 'new', status: 'open' });
    for (let n = 0; n < 2; n++) {
      changes.emit();
      await time.pass(100);
    }
    await reader.hears('order_update', ({ data }) => (data as Order).tag === 'new');
    assert.deepEqual(
      reader.told.slice(2).map(({ type, data }) => [type, (data as Order).tag]),
      [
        ['order_update', 'old'],
        ['execution', 'old'],
        ['order_update', 'new'],
      ],
    );
    const [execution] = reader.of('execution').map(({ data }) => data as { price: number });
    assert.equal(execution?.price, 0.00015, 'prices of a hundredth of a cent and what they average to');
  });
});

/** An account of which only the bars are there, told by hand. */
class BarAccount {
  readonly #listeners = new Set<(update: BarUpdate) => void>();
  history: () => Promise<Bar[]>;

  constructor(bars: Bar[]) {
    this.history = async () => bars;
  }

  get account(): TradingAccount {
    const bars = {
      history: () => this.history(),
      follow: (
        _symbol: string,
        _interval: string,
        _options: object,
        listener: (update: BarUpdate) => void,
      ) => {
        this.#listeners.add(listener);
        return { release: () => this.#listeners.delete(listener) };
      },
    };
    return { ...new QuoteSource().account, bars } as unknown as TradingAccount;
  }

  tell(update: BarUpdate): void {
    for (const listener of this.#listeners) listener(update);
  }
}

function bar(minute: number): Bar {
  const time = 1_772_467_200_000 + minute * 60_000;
  return { symbol: 'SPY', time, open: 1, high: 1, low: 1, close: 1, volume: 1, closed: true };
}

function order(stop: number): Order {
  return { tag: 'T1', role: 'stop_loss', symbol: 'SPY', status: 'open', execQuantity: 0, stop } as Order;
}
