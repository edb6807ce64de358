import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Firing } from '../../lib/alerts/alert.ts';
import { AlertBook } from '../../lib/alerts/alert-book.ts';
import { AlertStore } from '../../lib/alerts/store.ts';
import { TraderError } from '../../lib/domain/errors.ts';
import { TapeMarket } from './tape-market.ts';

describe('price alerts', () => {
  let folder: string;
  let market: TapeMarket;
  let book: AlertBook;
  let firings: Firing[];

  const openBook = () => {
    book = new AlertBook(new AlertStore(path.join(folder, 'alerts.db'), market.log), market);
    book.start();
    book.deliveries.on('', (firing) => firings.push(firing) > 0);
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'alerts-'));
    market = new TapeMarket();
    firings = [];
    openBook();
  });
  afterEach(() => {
    book.close();
    assert.equal(market.listeners, 0, 'nothing listens after the close');
    rmSync(folder, { recursive: true, force: true });
  });

  const trades = async (...prices: number[]) => {
    for (const price of prices) await market.trade(price);
  };
  const add = (fields: Record<string, unknown>) => book.add({ symbol: 'AAPL', ...fields });

  it('fires a level at once where the market is there already, a crossing only when it crosses', async () => {
    await trades(101);
    const level = add({ condition: 'price_above', value: 100 });
    const crossing = add({ condition: 'price_cross_above', value: 100 });
    await trades(102, 99);
    assert.deepEqual(
      firings.map(({ alertId }) => alertId),
      [level.id],
    );
    assert.equal(book.get(level.id)?.status, 'triggered');
    await trades(100, 100.5);
    assert.deepEqual(firings.at(-1)?.alertId, crossing.id);
    assert.equal(firings.at(-1)?.price, 100.5);
    assert.match(firings.at(-1)?.text ?? '', /^Simulated: AAPL crosses above 100, at 100\.50$/);
    assert.equal(firings.length, 2);
  });

  it('fires once for each crossing when it repeats, and not while it stays there', async () => {
    await trades(99);
    add({ condition: 'price_cross_above', value: 100, repeat: 'every' });
    add({ condition: 'price_below', value: 95, repeat: 'every' });
    await trades(101, 102, 101, 99.9, 101, 94, 93, 96, 94);
    assert.deepEqual(
      firings.map(({ condition, n }) => `${condition} ${n}`),
      ['price_cross_above 1', 'price_cross_above 2', 'price_below 1', 'price_below 2'],
    );
  });

  it('finds a crossing that came and went while the stream was down, once, from bars', async () => {
    await trades(99, 99);
    add({ condition: 'price_cross_above', value: 100, repeat: 'every' });
    await trades(99);
    market.connect(false);
    for (let n = 0; n < 90; n++) await trades(99);
    await trades(101, 99);
    for (let n = 0; n < 90; n++) await trades(98);
    assert.deepEqual(firings, []);
    market.connect(true);
    await trades(98, 98);
    assert.deepEqual(
      firings.map(({ missed, price }) => ({ missed, price })),
      [{ missed: true, price: 100 }],
    );
    market.connect(false);
    market.connect(true);
    await trades(98);
    assert.equal(firings.length, 1);
  });

  it('finds what a restart missed, and repeats nothing it had seen', async () => {
    await trades(99);
    add({ condition: 'price_cross_above', value: 100, repeat: 'every' });
    await trades(101, 99);
    assert.equal(firings.length, 1);
    book.close();
    for (let n = 0; n < 90; n++) await trades(99);
    await trades(102, 99);
    for (let n = 0; n < 90; n++) await trades(99);
    openBook();
    await trades(99);
    assert.equal(firings.length, 2);
    assert.equal(firings[1]?.missed, true);
    book.close();
    openBook();
    await trades(99);
    await market.clock.advance(1_000);
    assert.equal(firings.length, 2);
  });

  it('carries levels and sizes over a split, fires by new shares only, and says what it changed', async () => {
    await trades(198);
    const cross = add({ condition: 'price_cross_above', value: 200, repeat: 'every' });
    const below = add({
      condition: 'price_below',
      value: 150,
      signal: { action: 'buy', quantity: 5, book: 'dips' },
    });
    const volume = add({ condition: 'volume_above', value: 1_000, interval: '1' });
    const move = add({ condition: 'rsi_overbought', value: 70 });
    await trades(198);
    book.split('MSFT', { newShares: 10, oldShares: 1 });
    book.split('AAPL', { newShares: 2, oldShares: 1 });
    await trades(99, 98);
    assert.deepEqual(firings, []);
    assert.equal(book.get(cross.id)?.value, 100);
    assert.equal(book.get(cross.id)?.note, 'AAPL was split 2 for 1: the level is now 100 instead of 200.');
    assert.deepEqual(
      [book.get(below.id)?.value, book.get(below.id)?.signal?.quantity, book.get(volume.id)?.value],
      [75, 10, 2_000],
    );
    assert.deepEqual([book.get(move.id)?.value, book.get(move.id)?.note], [70, '']);
    book.close();
    openBook();
    await trades(98, 101);
    assert.deepEqual(
      firings.map(({ alertId, price }) => [alertId, price]),
      [[cross.id, 101]],
    );
    assert.match(book.get(cross.id)?.note ?? '', /2 for 1/);
    assert.equal(book.change(cross.id, { value: 120 })?.note, '');
  });

  it("pauses an alert of a node's dialog at a split, and one of whose signal no share is left", async () => {
    const terms = { symbol: 'AAPL', condition: 'price_above', value: 200 };
    await trades(150);
    const claim = book.claim('node', terms);
    const moving = book.claim('moving', { symbol: 'AAPL', condition: 'percent_move', value: 20 });
    const small = add({ condition: 'price_above', value: 200, signal: { action: 'buy', quantity: 3 } });
    book.split('AAPL', { newShares: 1, oldShares: 10 });
    await trades(1_500);
    assert.deepEqual(firings, []);
    const own = book.get('node');
    assert.deepEqual([own?.status, own?.value], ['paused', 200]);
    assert.match(own?.note ?? '', /split 1 for 10.*level to 2000 instead of 200 in its dialog/);
    assert.deepEqual([book.get(small.id)?.status, book.get(small.id)?.signal?.quantity], ['paused', 3]);
    claim.release();
    const again = book.claim('node', terms);
    assert.equal(book.get('node')?.status, 'paused', 'until a person changes it');
    again.release();
    const changed = book.claim('node', { ...terms, value: 2_000 });
    assert.deepEqual([book.get('node')?.status, book.get('node')?.note], ['active', '']);
    changed.release();
    moving.release();
  });

  it('pauses an alert whose level a split would take beyond what can be said, and keeps it readable', async () => {
    await trades(150);
    const high = add({ condition: 'price_cross_above', value: 9e6 });
    const low = add({ condition: 'price_cross_below', value: 0.0001 });
    book.split('AAPL', { newShares: 1, oldShares: 10 });
    assert.match(
      book.get(high.id)?.note ?? '',
      /the level would be 90000000 instead of 9000000, .* waits as it is/,
    );
    assert.deepEqual([book.get(high.id)?.status, book.get(high.id)?.value], ['paused', 9e6]);
    assert.equal(book.get(low.id)?.value, 0.001);
    book.split('AAPL', { newShares: 250, oldShares: 1 });
    assert.deepEqual([book.get(low.id)?.status, book.get(low.id)?.value], ['paused', 0.001]);
    book.close();
    openBook();
    assert.equal(book.list().length, 2);
  });

  it('notes what a split changed once for each alert that stands, and not for one that is over', async () => {
    const notes: string[] = [];
    await trades(101);
    add({ condition: 'price_above', value: 100 });
    add({ condition: 'price_above', value: 300, expiresAt: market.clock.market.now() + 500 });
    add({ condition: 'price_cross_above', value: 200, repeat: 'every' });
    await market.clock.advance(1_000);
    book.notes.on(({ note }) => notes.push(note));
    book.split('AAPL', { newShares: 2, oldShares: 1 });
    await trades(99, 101, 99);
    assert.equal(firings.length, 2);
    assert.deepEqual(notes, ['AAPL was split 2 for 1: the level is now 100 instead of 200.']);
  });

  it('forgets what a condition did not use when the condition changes', () => {
    const terms = { condition: 'percent_move', value: 5, direction: 'up', windowMinutes: 9 };
    const { id } = add(terms);
    const changed = book.change(id, { condition: 'price_above', value: 5 });
    assert.deepEqual([changed?.value, changed?.direction, changed?.windowMinutes], [5, 'any', 5]);
    assert.throws(() => book.change(id, { direction: 'up' }), { code: 'E_INPUT', field: 'direction' });
  });

  it('reads what an earlier version kept', async () => {
    await trades(150);
    const kept = add({ condition: 'price_above', value: 200 });
    book.close();
    const db = new DatabaseSync(path.join(folder, 'alerts.db'));
    for (const name of ['note', 'split_at', 'series', 'last', 'carried_at'])
      db.exec(`ALTER TABLE alert DROP COLUMN ${name}`);
    db.exec('PRAGMA user_version = 1');
    db.close();
    openBook();
    assert.deepEqual(book.get(kept.id)?.note, '');
    await trades(151, 170, 195, 201);
    assert.equal(firings.length, 1);
    assert.equal(firings[0]?.id, `${kept.id}:1`);
  });

  it('asks again for bars that could not be read, and goes on without them in the end', async () => {
    await trades(99);
    add({ condition: 'price_cross_above', value: 100 });
    market.connect(false);
    market.failing = 2;
    market.connect(true);
    await trades(101, 99);
    assert.deepEqual(firings, [], 'the crossing waits for the bars before it');
    await market.clock.advance(5_000);
    assert.equal(firings.length, 1);
  });

  it('fires with the next price when the first could not be recorded, once, also behind bars nobody could read', async () => {
    book.close();
    const store = new AlertStore(path.join(folder, 'alerts.db'), market.log);
    const fire = store.fire.bind(store);
    let failing = 0;
    store.fire = (...asked) => {
      failing -= 1;
      if (failing >= 0) throw new TraderError('E_RECORD', 'the disk is full');
      fire(...asked);
    };
    book = new AlertBook(store, market);
    book.start();
    book.deliveries.on('', (firing) => firings.push(firing) > 0);
    await trades(99);
    add({ condition: 'price_cross_above', value: 100, repeat: 'every' });
    failing = 1;
    await market.trade(101).catch((error: unknown) => assert.match(String(error), /disk is full/));
    assert.equal(firings.length, 0);
    await trades(101.5, 102);
    assert.equal(firings.length, 1);
    await trades(99);
    market.failing = 100;
    market.connect(false);
    market.connect(true);
    await trades(103);
    failing = 1;
    await trades(...Array.from({ length: 15 }, () => 103));
    assert.match(market.said.at(-1) ?? '', /disk is full/);
    await trades(104);
    assert.deepEqual(
      firings.map(({ n }) => n),
      [1, 2],
    );
  });

  it('never names two firings alike, also when an alert is removed and made anew under its id', async () => {
    const terms = { symbol: 'AAPL', condition: 'price_above', value: 100, signal: { action: 'buy' } };
    const heard: Firing[] = [];
    book.deliveries.on('node', (firing) => heard.push(firing) > 0);
    await trades(101);
    const claim = book.claim('node', terms);
    await market.clock.advance(300);
    claim.release();
    book.remove('node');
    book.claim('node', terms);
    book.change('node', { status: 'active' });
    await market.clock.advance(300);
    assert.deepEqual(
      heard.map(({ n }) => n),
      [1, 1, 2],
    );
    assert.equal(new Set(heard.map(({ id }) => id)).size, 3);
    assert.deepEqual(
      heard.map(({ signal }) => signal?.id),
      heard.map(({ id }) => id),
    );
  });

  it('judges a bar again whose firing could not be recorded, once', async () => {
    book.close();
    const store = new AlertStore(path.join(folder, 'alerts.db'), market.log);
    const fire = store.fire.bind(store);
    let failing = 2;
    store.fire = (...asked) => {
      failing -= 1;
      if (failing >= 0) throw new TraderError('E_RECORD', 'the disk is full');
      fire(...asked);
    };
    book = new AlertBook(store, market);
    book.start();
    book.deliveries.on('', (firing) => firings.push(firing) > 0);
    await trades(100);
    add({ condition: 'volume_above', value: 500, interval: '1', repeat: 'every' });
    await market.trade(100, 60_000, 600);
    await market.trade(100, 60_000, 100);
    assert.deepEqual(firings, []);
    await market.trade(100, 60_000, 100);
    const quiet = market.said.filter((line) => line.includes('the disk is full'));
    assert.equal(quiet.length, 2);
    assert.deepEqual(
      firings.map(({ n, at }) => [n, at]),
      [[1, market.open + 2 * 60_000]],
    );
    await market.trade(100, 60_000, 700);
    await market.trade(100, 60_000, 100);
    await market.trade(100, 60_000, 100);
    assert.deepEqual(
      firings.map(({ n }) => n),
      [1, 2],
    );
  });

  it('keeps a quote that comes behind a bar that waits, also at the price that bar began with', async () => {
    book.close();
    const store = new AlertStore(path.join(folder, 'alerts.db'), market.log);
    const fire = store.fire.bind(store);
    let failing = 0;
    store.fire = (...asked) => {
      failing -= 1;
      if (failing >= 0) throw new TraderError('E_RECORD', 'the disk is full');
      fire(...asked);
    };
    book = new AlertBook(store, market);
    book.start();
    book.deliveries.on('', (firing) => firings.push(firing) > 0);
    await trades(100);
    add({ condition: 'price_cross_above', value: 105, repeat: 'every' });
    await market.trade(100, 58_000);
    await market.trade(100, 1_000);
    market.connect(false);
    await market.trade(110, 1_000);
    failing = 1;
    market.connect(true);
    await market.trade(100, 500);
    await market.trade(110, 5_000);
    assert.deepEqual(
      firings.map(({ n, missed }) => [n, missed]),
      [
        [1, true],
        [2, false],
      ],
    );
  });

  it('keeps a crossing that could not be recorded although the price went back since', async () => {
    book.close();
    const store = new AlertStore(path.join(folder, 'alerts.db'), market.log);
    const fire = store.fire.bind(store);
    let failing = true;
    store.fire = (...asked) => {
      if (failing) throw new TraderError('E_RECORD', 'the disk is full');
      fire(...asked);
    };
    book = new AlertBook(store, market);
    book.start();
    book.deliveries.on('', (firing) => firings.push(firing) > 0);
    await trades(99);
    add({ condition: 'price_cross_above', value: 100, repeat: 'every' });
    await trades(101, 99);
    failing = false;
    await trades(98, 98, 98);
    assert.deepEqual(
      firings.map(({ n, price }) => [n, price]),
      [[1, 101]],
    );
  });

  it('keeps firings nobody took for the flow that comes later, also over a restart', async () => {
    book.close();
    book = new AlertBook(new AlertStore(path.join(folder, 'alerts.db'), market.log), market);
    book.start();
    await trades(101);
    add({ condition: 'price_above', value: 100, signal: { action: 'buy', quantity: 5 } });
    await trades(102);
    book.close();
    openBook();
    await market.clock.advance(1_000);
    assert.equal(firings.length, 1);
    assert.equal(firings[0]?.signal?.action, 'buy');
    assert.equal(firings[0]?.signal?.id, firings[0]?.id);
    book.close();
    firings = [];
    openBook();
    await market.clock.advance(1_000);
    assert.deepEqual(firings, [], 'what was told is told');
  });

  it('does not let a signal go that waited too long, but still tells of the firing', async () => {
    book.close();
    book = new AlertBook(new AlertStore(path.join(folder, 'alerts.db'), market.log), market);
    book.start();
    await trades(101);
    add({ condition: 'price_above', value: 100, signal: { action: 'buy', quantity: 5 } });
    await market.clock.advance(61_000);
    book.deliveries.on('', (firing) => firings.push(firing) > 0);
    await market.clock.advance(1_000);
    assert.equal(firings.length, 1);
    assert.equal(firings[0]?.signal, null);
  });

  it('keeps what it is when only its text, its tags, its signal or its expiry change', async () => {
    await trades(101);
    const fired = add({ condition: 'price_above', value: 100, signal: { action: 'buy', quantity: 5 } });
    assert.equal(firings.length, 1);
    assert.equal(book.change(fired.id, { message: 'typo' })?.status, 'triggered');
    assert.equal(book.change(fired.id, { tags: ['mine'] })?.status, 'triggered');
    await trades(101, 102);
    assert.equal(firings.length, 1);
    const paused = add({ condition: 'price_above', value: 200 });
    book.change(paused.id, { status: 'paused' });
    assert.equal(book.change(paused.id, { value: 90 })?.status, 'paused');
    await trades(103);
    assert.equal(firings.length, 1);
    assert.equal(book.change(fired.id, { value: 99 })?.status, 'triggered');
    assert.equal(firings.length, 2);
  });

  it('pauses, goes on without what happened meanwhile, expires and can be removed', async () => {
    await trades(99);
    const { id } = add({ condition: 'price_cross_above', value: 100, repeat: 'every' });
    book.change(id, { status: 'paused' });
    await trades(101, 99);
    book.change(id, { status: 'active' });
    await trades(99);
    assert.deepEqual(firings, []);
    await trades(101);
    assert.equal(firings.length, 1);
    const expiresAt = market.clock.market.now() + 10_000;
    book.change(id, { expiresAt });
    assert.throws(() => book.change(id, { expiresAt: 1 }), { code: 'E_INPUT', field: 'expiresAt' });
    await market.clock.advance(11_000);
    assert.equal(book.get(id)?.status, 'expired');
    await trades(99, 101);
    assert.equal(firings.length, 1);
    assert.equal(book.remove(id), true);
    assert.equal(book.remove(id), false);
    assert.deepEqual(book.list(), []);
  });

  it('keeps a node’s alert over deploys while its terms stay, and looks only while the node is there', async () => {
    const terms = { symbol: 'AAPL', condition: 'price_cross_above', value: 100, repeat: 'every' };
    const heard: number[] = [];
    book.deliveries.on('node', ({ n }) => heard.push(n) > 0);
    await trades(99);
    let claim = book.claim('node', terms);
    await market.clock.advance(300);
    await trades(101);
    claim.release();
    assert.deepEqual(book.list(), []);
    claim = book.claim('node', terms);
    await trades(101.5);
    assert.deepEqual(heard, [1], 'it stands above since before the deploy');
    claim.release();
    claim = book.claim('node', { ...terms, condition: 'price_above' });
    await trades(102);
    assert.deepEqual(heard, [1, 2], 'other terms begin anew');
    assert.throws(() => book.change('node', { value: 5 }), { code: 'E_INPUT', field: 'value' });
    assert.equal(book.change('node', { status: 'paused' })?.status, 'paused');
    claim.release();
  });

  it('names what is wrong with an alert', () => {
    const wrong: [Record<string, unknown>, string][] = [
      [{ condition: 'price_above' }, 'value'],
      [{ condition: 'price_above', value: -1 }, 'value'],
      [{ condition: 'price_above', value: '5' }, 'value'],
      [{ condition: 'somehow', value: 5 }, 'condition'],
      [{ condition: 'price_above', value: 5, symbol: 'no such' }, 'symbol'],
      [{ condition: 'price_above', value: 5, symbol: '::' }, 'symbol'],
      [{ condition: 'rsi_overbought', value: 120 }, 'value'],
      [{ condition: 'macd_signal', fast: 30 }, 'fast'],
      [{ condition: 'price_above', value: 5, color: 'red' }, 'color'],
      [{ condition: 'price_above', value: 5, signal: { action: 'target' } }, 'signal.target'],
      [{ condition: 'price_above', value: 5, expiresAt: 5 }, 'expiresAt'],
      [{ condition: 'price_above', value: 5, expiresAt: 'tomorrow' }, 'expiresAt'],
      [{ condition: 'price_above', value: 5, expiresAt: '2026-02-30' }, 'expiresAt'],
      [{ condition: 'price_above', value: 5, expiresAt: '2026-04-31T10:00Z' }, 'expiresAt'],
      [{ condition: 'price_above', value: 5, expiresAt: '2026-03-01T10:00' }, 'expiresAt'],
    ];
    for (const [fields, field] of wrong) assert.throws(() => add(fields), { code: 'E_INPUT', field });
    assert.deepEqual(book.list(), []);
  });

  it('reads an expiry in market time, and names the time of the market when it is over already', () => {
    const until = (expiresAt: unknown) =>
      add({ condition: 'price_above', value: 500, expiresAt }).expiresAt ?? Number.NaN;
    const at = (text: string) => Date.parse(text);
    assert.equal(until('2026-03-02T16:00'), at('2026-03-02T21:00:00Z'));
    assert.equal(until('2026-07-01T16:00:30'), at('2026-07-01T20:00:30Z'));
    assert.equal(until('2026-03-02T16:00:00Z'), at('2026-03-02T16:00:00Z'));
    assert.equal(until('2026-03-02T16:00:00.5+01:00'), at('2026-03-02T15:00:00.5Z'));
    assert.equal(until('2026-03-08'), at('2026-03-09T03:59:59.999Z'), 'the end of the day in New York');
    assert.equal(until(at('2026-03-02T21:00:00Z')), at('2026-03-02T21:00:00Z'));
    assert.throws(() => until('2026-03-01'), {
      field: 'expiresAt',
      value: '2026-03-01',
      expected:
        'an instant after now in the market, 2026-03-02 09:30:00 in New York (1772461800000): epoch ms, ' +
        'or ISO 8601 such as 2026-12-31T16:00',
    });
  });
});
