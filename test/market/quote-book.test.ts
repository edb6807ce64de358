import assert from 'node:assert/strict';
import type { QuoteUpdate, StreamState } from '../../lib/broker/port.ts';
import { Emitter } from '../../lib/domain/events.ts';
import type { ConfirmedQuote, Quote, Trade } from '../../lib/domain/market-data.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { QuoteBook } from '../../lib/market/quote-book.ts';
import { ManualTime, settle } from '../broker/manual-time.ts';

const raise = (error: unknown): never => {
  throw error;
};

function quoteOf(symbol: string, more: Partial<Quote> = {}): Quote {
  return {
    symbol,
    description: '',
    exchange: 'Q',
    kind: 'stock',
    bid: 100,
    ask: 100.1,
    bidSize: 100,
    askSize: 100,
    last: 100.05,
    lastSize: 10,
    volume: 1_000,
    averageVolume: 0,
    open: 99,
    high: 101,
    low: 98,
    close: null,
    previousClose: 100,
    change: 0.05,
    changePercent: 0.05,
    week52High: null,
    week52Low: null,
    tradeTime: 1_000,
    bidTime: 1_000,
    askTime: 1_000,
    ...more,
  };
}

class FakeFeed {
  readonly environment = 'simulator';
  readonly quoteDelayMs = 0;
  readonly quoteUpdates = new Emitter<QuoteUpdate>(raise);
  readonly trades = new Emitter<Trade>(raise);
  readonly streamStates = new Emitter<StreamState>(raise);
  readonly watched: string[][] = [];
  readonly asked: string[][] = [];
  readonly known = new Map<string, Quote>();
  failure: Error | null = null;
  /** Held back answers. */
  hold: Promise<void> | null = null;

  readonly renewed: string[] = [];

  renewMarketStream(reason: string): void {
    this.renewed.push(reason);
  }

  watchQuotes(symbols: string[]): void {
    this.watched.push(symbols);
  }

  async quotes(symbols: string[]): Promise<{ quotes: Quote[]; unmatched: string[] }> {
    this.asked.push(symbols);
    const found = symbols.flatMap((symbol) => this.known.get(symbol) ?? []);
    await this.hold;
    if (this.failure) throw this.failure;
    return { quotes: found, unmatched: symbols.filter((symbol) => !this.known.has(symbol)) };
  }

  update(symbol: string, more: Partial<QuoteUpdate> = {}): void {
    this.quoteUpdates.emit({
      symbol,
      bid: 102,
      ask: 102.1,
      bidSize: 1,
      askSize: 2,
      bidTime: 2_000,
      askTime: 2_000,
      ...more,
    });
  }
}

describe('QuoteBook', () => {
  let feed: FakeFeed;
  let elapsed: ManualTime;
  let book: QuoteBook;
  let logged: string[];

  beforeEach(() => {
    feed = new FakeFeed();
    for (const symbol of ['AAPL', 'MSFT', 'SPY']) feed.known.set(symbol, quoteOf(symbol));
    elapsed = new ManualTime();
    logged = [];
    book = new QuoteBook({
      broker: feed,
      clock: { elapsed },
      log: (_level, message) => logged.push(message),
    });
  });

  afterEach(() => book.close());

  it('subscribes once for all who ask, and once for all changes of a turn', async () => {
    const first = book.watch(['AAPL', 'aapl '], () => undefined);
    const second = book.watch(['AAPL', 'MSFT'], () => undefined);
    await settle();
    assert.deepEqual(feed.watched, [['AAPL', 'MSFT']]);
    assert.deepEqual(feed.asked, [['AAPL', 'MSFT']]);
    first.release();
    first.release();
    await elapsed.pass(10_000);
    assert.equal(feed.watched.length, 1, 'AAPL still has somebody');
    second.release();
    await elapsed.pass(4_900);
    assert.equal(feed.watched.length, 1, 'it lingers');
    await elapsed.pass(200);
    assert.deepEqual(feed.watched[1], []);
    assert.equal(elapsed.timers, 0);
  });

  it('does not touch the subscription when a symbol is asked for again at once', async () => {
    for (let n = 0; n < 100; n++) {
      const watch = book.watch(['AAPL'], () => undefined);
      await elapsed.pass(100);
      watch.release();
    }
    assert.deepEqual(feed.watched, [['AAPL']]);
  });

  it('tells what is known at once, then every confirmation, until released', async () => {
    const heard: ConfirmedQuote[] = [];
    await book.confirmed('AAPL', 0);
    const watch = book.watch(['AAPL'], (quote) => heard.push(quote));
    assert.equal(heard.length, 1);
    assert.deepEqual([heard[0]?.ageMs, heard[0]?.delayMs, heard[0]?.simulated], [0, 0, true]);
    feed.update('AAPL');
    assert.equal(heard.at(-1)?.bid, 102);
    assert.equal(heard.at(-1)?.last, 100.05);
    watch.release();
    feed.update('AAPL', { bid: 103 });
    assert.equal(heard.length, 2);
  });

  it('does not let one bad listener stop the others', async () => {
    const heard: string[] = [];
    book.watch(['AAPL'], () => raise(new Error('bad')));
    book.watch(['AAPL'], (quote) => heard.push(quote.symbol));
    await settle();
    assert.deepEqual(heard, ['AAPL']);
    assert.match(logged[0] ?? '', /bad/);
  });

  it('merges prints and ignores replayed ones', async () => {
    book.watch(['AAPL'], () => undefined);
    await settle();
    const print: Trade = {
      symbol: 'AAPL',
      time: 2_000,
      price: 101.5,
      size: 7,
      exchange: 'Q',
      cumulativeVolume: 1_007,
    };
    feed.trades.emit(print);
    const { quote } = book.peek('AAPL') ?? {};
    assert.deepEqual(
      [
        quote?.last,
        quote?.lastSize,
        quote?.volume,
        quote?.high,
        quote?.low,
        quote?.change,
        quote?.changePercent,
      ],
      [101.5, 7, 1_007, 101.5, 98, 1.5, 1.5],
    );
    await elapsed.pass(1_000);
    feed.trades.emit({ ...print, time: 1_500, price: 55 });
    feed.update('AAPL', { bid: 55, bidTime: 500, askTime: 500 });
    assert.equal(book.peek('AAPL')?.quote.last, 101.5);
    assert.equal(book.peek('AAPL')?.quote.bid, 100);
    assert.equal(book.peek('AAPL')?.ageMs, 1_000, 'old news confirms nothing');
  });

  it('peeks without asking', async () => {
    assert.equal(book.peek('AAPL'), null);
    await book.confirmed('AAPL', 0);
    await elapsed.pass(700);
    assert.equal(book.peek('aapl')?.ageMs, 700);
    assert.equal(feed.asked.length, 1);
  });

  it('confirms from what is fresh, and reads once for all who ask together', async () => {
    const [a, b, c] = await Promise.all([
      book.confirmed('AAPL', 500),
      book.confirmed('AAPL', 500),
      book.confirmed('MSFT', 500),
    ]);
    assert.deepEqual([a?.symbol, b?.symbol, c?.symbol], ['AAPL', 'AAPL', 'MSFT']);
    assert.deepEqual(feed.asked, [['AAPL', 'MSFT']]);
    await elapsed.pass(500);
    assert.equal((await book.confirmed('AAPL', 500)).ageMs, 500);
    assert.equal(feed.asked.length, 1);
    await elapsed.pass(1);
    assert.equal((await book.confirmed('AAPL', 500)).ageMs, 0);
    assert.equal(feed.asked.length, 2);
  });

  it('counts an answer from its question', async () => {
    feed.hold = elapsed.sleep(300);
    const asking = book.confirmed('AAPL', 1_000);
    await elapsed.pass(300);
    assert.equal((await asking).ageMs, 300);
  });

  it('raises E_NO_QUOTE for a symbol the broker does not know, and what the read raises', async () => {
    await assert.rejects(book.confirmed('NOPE', 1_000), { code: 'E_NO_QUOTE', value: 'NOPE' });
    feed.failure = new Error('down');
    await assert.rejects(book.confirmed('AAPL', 1_000), /down/);
    feed.failure = null;
    assert.equal((await book.confirmed('AAPL', 1_000)).symbol, 'AAPL');
  });

  it('keeps what the stream said while an older answer was on its way', async () => {
    book.watch(['AAPL'], () => undefined);
    await settle();
    await elapsed.pass(100);
    feed.hold = elapsed.sleep(200);
    const asking = book.confirmed('AAPL', 10);
    await elapsed.pass(100);
    feed.known.set('AAPL', quoteOf('AAPL', { averageVolume: 77 }));
    feed.update('AAPL');
    await elapsed.pass(100);
    const quote = await asking;
    assert.equal(quote.bid, 102);
    assert.equal(quote.ageMs, 100);
  });

  it('reads quiet symbols again, together, and lets the age grow while that fails', async () => {
    book.watch(['AAPL', 'MSFT', 'SPY'], () => undefined);
    await settle();
    for (let n = 0; n < 10; n++) {
      await elapsed.pass(1_000);
      feed.update('SPY', { bidTime: 3_000 + n, askTime: 3_000 + n });
    }
    assert.ok(feed.asked.length >= 2 && feed.asked.length <= 4, `${feed.asked.length} reads`);
    assert.deepEqual(feed.asked[1], ['AAPL', 'MSFT'], 'the one that ticks is left out');
    feed.failure = new Error('down');
    await elapsed.pass(20_000);
    assert.ok((book.peek('AAPL')?.ageMs ?? 0) >= 20_000);
    assert.equal(logged.length, 1, 'said once');
    feed.failure = null;
    await elapsed.pass(2_000);
    assert.ok((book.peek('AAPL')?.ageMs ?? 99_999) <= 2_000);
  });

  it('takes a whole snapshot of symbols that only tick', async () => {
    book.watch(['AAPL'], () => undefined);
    await settle();
    feed.known.set('AAPL', quoteOf('AAPL', { previousClose: 102 }));
    for (let n = 0; n < 62; n++) {
      await elapsed.pass(1_000);
      feed.update('AAPL', { bidTime: 3_000 + n, askTime: 3_000 + n });
    }
    assert.equal(book.peek('AAPL')?.quote.previousClose, 102);
    assert.equal(feed.asked.length, 2);
  });

  it('takes a snapshot when the volume of the day begins anew', async () => {
    book.watch(['AAPL'], () => undefined);
    await settle();
    feed.trades.emit({
      symbol: 'AAPL',
      time: 90_000,
      price: 103,
      size: 7,
      exchange: 'Q',
      cumulativeVolume: 7,
    });
    await settle();
    assert.equal(feed.asked.length, 2);
  });

  it('takes the previous close in new shares when a price leaps as in a split', async () => {
    book.watch(['AAPL'], () => undefined);
    await settle();
    const print = { symbol: 'AAPL', size: 7, exchange: 'Q', cumulativeVolume: 0 };
    let answer = () => {};
    feed.hold = new Promise((resolve) => {
      answer = resolve;
    });
    // An answer from before the split is on its way when the price leaps.
    const reading = book.confirmed('AAPL', -1);
    await elapsed.pass(100);
    feed.trades.emit({ ...print, time: 90_000, price: 50.1 });
    answer();
    feed.hold = null;
    await reading;
    feed.known.set('AAPL', quoteOf('AAPL', { previousClose: 50, last: 50.1, high: 50.5, tradeTime: 90_000 }));
    await elapsed.pass(2_000);
    const { previousClose, high, last, changePercent } = book.peek('AAPL')?.quote ?? {};
    assert.deepEqual([previousClose, high, last, changePercent], [50, 50.5, 50.1, 0.05]);
    assert.equal(feed.asked.length, 3);
    feed.trades.emit({ ...print, time: 91_000, price: 50.2 });
    await elapsed.pass(3_000);
    assert.equal(feed.asked.length, 3, 'asked once');
  });

  it('tells the change against the close it tells, when an answer is older than the last print', async () => {
    book.watch(['AAPL'], () => undefined);
    await settle();
    let answer = () => {};
    feed.hold = new Promise((resolve) => {
      answer = resolve;
    });
    feed.known.set('AAPL', quoteOf('AAPL', { previousClose: 50, last: 50, change: 0, changePercent: 0 }));
    const reading = book.confirmed('AAPL', -1);
    await elapsed.pass(100);
    const print = { symbol: 'AAPL', size: 7, exchange: 'Q', cumulativeVolume: 0 };
    feed.trades.emit({ ...print, time: 90_000, price: 101 });
    answer();
    const { previousClose, last, change, changePercent } = await reading;
    assert.deepEqual([previousClose, last, change, changePercent], [50, 101, 51, 102]);
  });

  it('does not read at every print where the stream counts the volume otherwise, or not at all', async () => {
    book.watch(['AAPL'], () => undefined);
    await settle();
    const print = { symbol: 'AAPL', price: 103, size: 7, exchange: 'Q' };
    for (let n = 0; n < 40; n++) {
      feed.trades.emit({ ...print, time: 90_000 + n, cumulativeVolume: n % 2 ? 0 : 7 + n });
      await elapsed.pass(100);
    }
    assert.equal(feed.asked.length, 2);
  });

  it('judges what is known, not an answer that is older than it', async () => {
    book.watch(['AAPL'], () => undefined);
    await settle();
    feed.known.set('AAPL', quoteOf('AAPL', { bid: 101, ask: 100.9 }));
    let answer = () => {};
    feed.hold = new Promise((resolve) => {
      answer = resolve;
    });
    const reading = book.confirmed('AAPL', -1);
    await elapsed.pass(100);
    feed.update('AAPL', { bidTime: 3_000, askTime: 3_000 });
    answer();
    assert.equal((await reading).condition, 'normal');
  });

  it('asks rarely for a watched symbol the broker does not know', async () => {
    book.watch(['NOPE'], () => undefined);
    await elapsed.pass(59_000);
    assert.equal(feed.asked.length, 1);
    await elapsed.pass(5_000);
    assert.equal(feed.asked.length, 2);
  });

  it('reads everything watched after a gap in the stream', async () => {
    book.watch(['AAPL', 'MSFT'], () => undefined);
    await settle();
    const state: StreamState = { stream: 'market', state: 'open', gap: true, reason: '' };
    feed.streamStates.emit({ ...state, stream: 'account' });
    feed.streamStates.emit({ ...state, gap: false });
    await settle();
    assert.equal(feed.asked.length, 1);
    feed.streamStates.emit(state);
    await settle();
    assert.deepEqual(feed.asked[1], ['AAPL', 'MSFT']);
  });

  it('is bounded: the least recently used unwatched entries go first', async () => {
    book.watch(['AAPL'], () => undefined);
    await settle();
    for (let n = 0; n < 600; n++) {
      feed.known.set(`S${n}`, quoteOf(`S${n}`));
      await book.confirmed(`S${n}`, 0);
      if (n === 300) await book.confirmed('S0', 1e9);
    }
    assert.ok(book.peek('AAPL'), 'watched');
    assert.ok(book.peek('S599'));
    assert.ok(book.peek('S0'), 'used since');
    assert.equal(book.peek('S1'), null);
  });

  it('keeps what was just asked for beside as many as are watched', async () => {
    const many = Array.from({ length: 520 }, (_, n) => `W${n}`);
    for (const symbol of [...many, 'ONE']) feed.known.set(symbol, quoteOf(symbol));
    book.watch(many, () => undefined);
    await settle();
    assert.equal((await book.confirmed('ONE', 1_000)).symbol, 'ONE');
    assert.ok(book.peek('ONE'));
  });

  it('is asked for and known by any spelling of a symbol', async () => {
    feed.known.set('BRK/B', quoteOf('BRK/B'));
    book.watch(['brk.b', 'NYSE:BRK.B'], () => undefined);
    await settle();
    assert.deepEqual(feed.watched, [['BRK/B']]);
    assert.equal((await book.confirmed('BRK-B', 1e9)).symbol, 'BRK/B');
    assert.ok(book.peek('BRK.B'));
  });

  describe('tells what is unusual', () => {
    const at = toEpoch('2026-03-09', '11:00');
    const busy = { averageVolume: 5_000_000, tradeTime: at, bidTime: at, askTime: at };
    const conditionOf = async (symbol: string, more: Partial<Quote>) => {
      feed.known.set(symbol, quoteOf(symbol, { ...busy, ...more }));
      return (await book.confirmed(symbol, -1)).condition;
    };

    it('a crossed or one-sided market, from a snapshot and from the stream alike', async () => {
      assert.equal(await conditionOf('AAPL', {}), 'normal');
      assert.equal(await conditionOf('AAPL', { bid: 101, ask: 100.9 }), 'crossed');
      assert.equal(await conditionOf('AAPL', { bid: 101, ask: 101 }), 'normal');
      assert.equal(await conditionOf('AAPL', { bid: null }), 'one_sided');
      const heard: string[] = [];
      book.watch(['AAPL'], ({ condition }) => heard.push(condition));
      feed.update('AAPL', { bid: 103, ask: 102, bidTime: at + 1, askTime: at + 1 });
      feed.update('AAPL', { bidTime: at + 2, askTime: at + 2 });
      assert.deepEqual(heard.slice(-2), ['crossed', 'normal']);
    });

    it('a halt: no market at all, or a busy symbol that stands still while others move', async () => {
      assert.equal(await conditionOf('AAPL', { bid: null, ask: null }), 'halted');
      assert.equal(await conditionOf('AAPL', {}), 'normal');
      const later = at + 6 * 60_000;
      await conditionOf('SPY', { tradeTime: later });
      assert.equal(await conditionOf('AAPL', {}), 'halted');
      assert.equal(await conditionOf('AAPL', { bidTime: later - 60_000 }), 'normal');
      assert.equal(await conditionOf('AAPL', { averageVolume: 5_000 }), 'normal', 'one that seldom trades');
    });

    it('nothing outside regular hours, right after the open, and for what has no sides', async () => {
      const night = toEpoch('2026-03-09', '20:30');
      assert.equal(await conditionOf('AAPL', { bid: null, ask: null, kind: 'index' }), 'normal');
      await conditionOf('SPY', { tradeTime: night });
      assert.equal(await conditionOf('AAPL', { bid: null, ask: null }), 'normal');
      await conditionOf('SPY', { tradeTime: toEpoch('2026-03-10', '09:33') });
      assert.equal(
        await conditionOf('AAPL', {}),
        'normal',
        'its last print is of yesterday, three minutes after the open',
      );
      await conditionOf('SPY', { tradeTime: toEpoch('2026-03-10', '09:36') });
      assert.equal(await conditionOf('AAPL', {}), 'halted');
    });
  });

  it('renews a stream that is open but mute while quotes change, ever more seldom while that does not help', async () => {
    book.watch(['AAPL'], () => undefined);
    await settle();
    feed.streamStates.emit({ stream: 'market', state: 'open', gap: false, reason: '' });
    let time = 5_000;
    const minutes = async (count: number) => {
      for (let n = 0; n < count * 30; n++) {
        feed.known.set('AAPL', quoteOf('AAPL', { tradeTime: time++ }));
        await elapsed.pass(2_000);
      }
    };
    await minutes(0.3);
    assert.deepEqual(feed.renewed, [], 'it may only be quiet');
    await minutes(10);
    assert.deepEqual(
      feed.renewed,
      Array.from({ length: 3 }, () => 'quotes change, but the stream is silent'),
    );
    feed.update('AAPL', { bidTime: time, askTime: time });
    await minutes(1);
    assert.equal(feed.renewed.length, 4, 'it had spoken in between');
    feed.streamStates.emit({ stream: 'market', state: 'down', gap: false, reason: '' });
    await minutes(30);
    assert.equal(feed.renewed.length, 4, 'what is down is not mute');
  });

  it('leaves a silent stream alone while nothing changes', async () => {
    book.watch(['AAPL'], () => undefined);
    feed.streamStates.emit({ stream: 'market', state: 'open', gap: false, reason: '' });
    await elapsed.pass(600_000);
    assert.ok(feed.asked.length > 100);
    assert.deepEqual(feed.renewed, []);
  });

  it('leaves nothing behind when it is closed', async () => {
    book.watch(['AAPL'], () => undefined);
    await settle();
    book.close();
    assert.deepEqual(feed.watched.at(-1), []);
    assert.equal(elapsed.timers, 0);
    assert.equal(feed.quoteUpdates.size + feed.trades.size + feed.streamStates.size, 0);
  });
});
