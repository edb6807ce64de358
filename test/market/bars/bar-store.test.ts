import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import type { Bar } from '../../../lib/domain/market-data.ts';
import { DAY, MINUTE } from '../../../lib/market/exchange-time.ts';
import { DiskBarStore } from '../../../lib/market/store/bar-store.ts';
import { MarketDatabase } from '../../../lib/market/store/database.ts';

const BASE = 20_000 * DAY;
const bar = (time: number, close = 1, symbol = 'SPY'): Bar => ({
  symbol,
  time,
  open: 1,
  high: 2,
  low: 0.5,
  close,
  volume: 10,
  closed: true,
});
const minutes = (from: number, count: number, close = 1) =>
  Array.from({ length: count }, (_, n) => bar(BASE + (from + n) * MINUTE, close));
const span = (from: number, to: number) => ({ from: BASE + from * MINUTE, to: BASE + to * MINUTE });

describe('bar store', () => {
  let folder: string;
  let path: string;
  let log: string[];
  let db: MarketDatabase;
  let store: DiskBarStore;

  const open = (limits = {}) => {
    db = new MarketDatabase(path, (_level, message) => log.push(message));
    store = new DiskBarStore(db, limits);
  };
  const reopen = (limits = {}) => {
    store.close();
    db.close();
    open(limits);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bars-'));
    path = join(folder, 'deep', 'market.db');
    log = [];
    open();
  });

  afterEach(() => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives back what was written, and what is missing, also after a restart', () => {
    store.write('SPY', '1', span(10, 20), minutes(10, 8));
    store.write('SPY', '1', span(30, 40), minutes(30, 10));
    for (const _ of [1, 2]) {
      assert.deepEqual(store.read('SPY', '1', span(0, 100)), [...minutes(10, 8), ...minutes(30, 10)]);
      assert.deepEqual(store.read('SPY', '1', span(12, 31)), [...minutes(12, 6), ...minutes(30, 1)]);
      assert.deepEqual(store.missing('SPY', '1', span(0, 50)), [span(0, 10), span(20, 30), span(40, 50)]);
      assert.deepEqual(store.read('SPY', '5', span(0, 100)), []);
      assert.deepEqual(store.read('QQQ', '1', span(0, 100)), []);
      reopen();
    }
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('replaces a range as a whole, so that an empty answer is remembered too', () => {
    store.write('SPY', '1', span(0, 20), minutes(0, 20));
    store.read('SPY', '1', span(0, 20));
    store.write('SPY', '1', span(5, 10), minutes(6, 1, 9));
    store.write('SPY', '1', span(100, 120), []);
    const expected = [...minutes(0, 5), ...minutes(6, 1, 9), ...minutes(10, 10)];
    assert.deepEqual(store.read('SPY', '1', span(0, 200)), expected);
    assert.deepEqual(store.missing('SPY', '1', span(0, 120)), [span(20, 100)]);
    reopen();
    assert.deepEqual(store.read('SPY', '1', span(0, 200)), expected);
  });

  it('refuses a bar outside its range and then keeps nothing of it', () => {
    assert.throws(() => store.write('SPY', '1', span(0, 5), minutes(0, 6)), /outside its range/);
    assert.deepEqual(store.missing('SPY', '1', span(0, 5)), [span(0, 5)]);
    assert.deepEqual(store.read('SPY', '1', span(0, 5)), []);
  });

  it('is the same as a store that keeps every minute in a list, whatever is written in whatever order', () => {
    const step = fc.record({
      from: fc.integer({ min: 0, max: 30 * 24 * 60 }),
      length: fc.integer({ min: 1, max: 200 }),
      close: fc.integer({ min: 1, max: 9 }),
      look: fc.boolean(),
    });
    let n = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const symbol = `S${n++}`;
        const kept = new Map<number, number>();
        for (const { from, length, close, look } of steps) {
          const range = span(from, from + length);
          store.write(
            symbol,
            '1',
            range,
            minutes(from, length, close).map((one) => ({ ...one, symbol })),
          );
          for (let at = from; at < from + length; at++) kept.set(BASE + at * MINUTE, close);
          if (look) store.read(symbol, '1', span(0, 60_000));
        }
        const expected = [...kept].sort(([a], [b]) => a - b);
        assert.deepEqual(
          store.read(symbol, '1', span(0, 60_000)).map(({ time, close }) => [time, close]),
          expected,
        );
      }),
      { numRuns: 40 },
    );
  });

  it('keeps a bounded number of bars in memory, and all of them on disk', () => {
    reopen({ memory: 5_000 });
    for (let week = 0; week < 20; week++) {
      const from = week * 7 * 24 * 60;
      store.write('SPY', '1', span(from, from + 1_950), minutes(from, 1_950));
    }
    assert.equal(store.read('SPY', '1', span(0, 1e6)).length, 20 * 1_950);
    assert.ok(store.inMemory <= 5_000 + 1_950, `${store.inMemory} bars in memory`);
    assert.equal(store.read('SPY', '1', span(0, 1_950)).length, 1_950);
  });

  it('lets go of the series that were unused the longest when the disk holds too many', () => {
    reopen({ disk: 3_000 });
    for (const symbol of ['OLD', 'MID'])
      store.write(
        symbol,
        '1',
        span(0, 1_000),
        minutes(0, 1_000).map((one) => ({ ...one, symbol })),
      );
    reopen({ disk: 3_000 });
    store.read('OLD', '1', span(0, 10));
    reopen({ disk: 3_000 });
    store.write(
      'NEW',
      '1',
      span(0, 1_500),
      minutes(0, 1_500).map((one) => ({ ...one, symbol: 'NEW' })),
    );
    assert.equal(store.read('MID', '1', span(0, 1_000)).length, 0);
    assert.equal(store.missing('MID', '1', span(0, 1_000)).length, 1);
    assert.equal(store.read('OLD', '1', span(0, 1_000)).length, 1_000);
    assert.equal(store.read('NEW', '1', span(0, 1_500)).length, 1_500);
  });

  it('forgets a symbol, and everything after an instant', () => {
    store.write('SPY', '1', span(0, 20), minutes(0, 20));
    store.write('SPY', 'D', span(0, 20), minutes(0, 1));
    store.write(
      'QQQ',
      '1',
      span(0, 20),
      minutes(0, 20).map((one) => ({ ...one, symbol: 'QQQ' })),
    );
    store.forget({ symbol: 'SPY' });
    assert.deepEqual(store.missing('SPY', '1', span(0, 20)), [span(0, 20)]);
    assert.equal(store.read('SPY', 'D', span(0, 20)).length, 0);
    store.forget({ after: BASE + 12 * MINUTE });
    assert.equal(store.read('QQQ', '1', span(0, 20)).length, 12);
    assert.deepEqual(store.missing('QQQ', '1', span(0, 20)), [span(12, 20)]);
  });

  it('syncs less than a journal does, and shares the file with nobody', () => {
    store.write('SPY', '1', span(0, 20), minutes(0, 20));
    const second = new MarketDatabase(path, (_level, message) => log.push(message));
    assert.equal(second.path, ':memory:');
    assert.match(log.join(), /kept in memory/);
    second.close();
    assert.equal(store.read('SPY', '1', span(0, 20)).length, 20);
    assert.equal(Number(db.get('PRAGMA synchronous')?.synchronous), 1);
  });

  it('says in words that the disk is full, holds nothing that it could not write, and goes on when there is room', () => {
    store.write('SPY', '1', span(0, 10), minutes(0, 10));
    const pages = Number(db.get('PRAGMA page_count')?.page_count);
    db.get(`PRAGMA max_page_count = ${pages + 1}`);
    const whole = span(0, 5_000);
    assert.throws(
      () => store.write('SPY', '1', whole, minutes(0, 5_000)),
      (error: { code: string; message: string }) =>
        error.code === 'E_MARKET_DATA' && error.message.includes(path) && /disk is full/.test(error.message),
    );
    assert.deepEqual(store.missing('SPY', '1', whole), [span(10, 5_000)]);
    assert.deepEqual(store.read('SPY', '1', whole), minutes(0, 10));
    db.get('PRAGMA max_page_count = 1000000');
    store.write('SPY', '1', whole, minutes(0, 5_000));
    reopen();
    assert.deepEqual(store.read('SPY', '1', whole), minutes(0, 5_000));
  });

  it('keeps no trace of a question, and answers it on a full disk', () => {
    store.write('SPY', '1', span(0, 10), minutes(0, 10));
    for (let n = 0; n < 50; n++) {
      assert.deepEqual(store.missing(`NONE${n}`, '1', span(0, 5)), [span(0, 5)]);
      assert.deepEqual(store.read(`NONE${n}`, '1', span(0, 5)), []);
    }
    assert.equal(Number(db.get('SELECT count(*) AS n FROM series')?.n), 1);
    reopen();
    db.get('PRAGMA query_only = ON');
    assert.deepEqual(store.read('SPY', '1', span(0, 10)), minutes(0, 10));
    assert.deepEqual(store.missing('KO', 'D', span(0, 5)), [span(0, 5)]);
    assert.throws(() => store.write('KO', '1', span(0, 5), []), { code: 'E_MARKET_DATA' });
  });

  it('begins anew with a damaged file or one of another version, and says so', () => {
    db.close();
    writeFileSync(path, 'this is not a database, and it is long enough to be looked at as one');
    for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true });
    open();
    store.write('SPY', '1', span(0, 5), minutes(0, 5));
    assert.equal(log.length, 1);
    assert.match(log[0] ?? '', /fetched anew/);
    db.close();
    const other = new DatabaseSync(path);
    other.exec('PRAGMA user_version = 99');
    other.close();
    open();
    assert.equal(store.read('SPY', '1', span(0, 5)).length, 0);
    assert.equal(log.length, 2);
    assert.ok(existsSync(path) && readFileSync(path).length > 0);
  });
});
