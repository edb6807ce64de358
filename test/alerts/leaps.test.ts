import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Firing } from '../../lib/alerts/alert.ts';
import { AlertBook } from '../../lib/alerts/alert-book.ts';
import { splitBehind } from '../../lib/alerts/leap.ts';
import { AlertStore } from '../../lib/alerts/store.ts';
import { TapeMarket } from './tape-market.ts';

const TWO_FOR_ONE = { newShares: 2, oldShares: 1 };

describe('a leap of the price', () => {
  const day = (low: number, high: number, close: number) => ({ low, high, close });
  const behind = (from: number, to: number, ...now: [number, number, number]) =>
    splitBehind({ from: { price: from, at: 0 }, to }, day(...now));

  it('is a split when the broker tells that day in other shares', () => {
    assert.deepEqual(behind(198, 99, 97, 100, 99), TWO_FOR_ONE);
    assert.deepEqual(behind(198, 93, 98, 100.5, 99.1), TWO_FOR_ONE, 'and moved besides');
    assert.deepEqual(behind(150, 101, 97, 103, 100), { newShares: 3, oldShares: 2 });
    assert.deepEqual(behind(500, 25, 24.5, 25.4, 25.02), { newShares: 20, oldShares: 1 });
    assert.deepEqual(behind(1_000, 19.9, 19.6, 20.5, 20.01), { newShares: 50, oldShares: 1 });
    assert.deepEqual(behind(0.4, 4.1, 3.9, 4.2, 4), { newShares: 1, oldShares: 10 });
  });

  it('is none while the old price is one of that day, or where no split explains both', () => {
    assert.equal(behind(198, 99, 195, 201, 198), null);
    assert.equal(behind(198, 132, 131, 199, 132), null, 'it fell on that very day');
    assert.equal(behind(198, 230, 97, 100, 99), null, 'the new price is none of new shares');
  });
});

describe('price alerts when shares are split that nobody holds', () => {
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
    folder = mkdtempSync(path.join(tmpdir(), 'leaps-'));
    market = new TapeMarket();
    firings = [];
    openBook();
  });
  afterEach(() => {
    book.close();
    assert.equal(market.listeners, 0);
    rmSync(folder, { recursive: true, force: true });
  });

  const trades = async (...prices: number[]) => {
    for (const price of prices) await market.trade(price);
  };
  const add = (fields: Record<string, unknown>) => book.add({ symbol: 'AAPL', ...fields });
  const split = () => {
    market.split(TWO_FOR_ONE);
    market.day = { low: 98, high: 100, close: 99 };
  };

  it('does not fire by the first new price, is carried over, and fires by new shares', async () => {
    await trades(198);
    const below = add({ condition: 'price_cross_below', value: 150, repeat: 'every' });
    const move = add({ condition: 'percent_move', value: 20 });
    const asleep = add({ condition: 'price_above', value: 300 });
    book.change(asleep.id, { status: 'paused' });
    await trades(198, 199);
    split();
    await trades(99, 98.5, 98);
    assert.deepEqual(firings, []);
    assert.deepEqual(
      [below, asleep].map(({ id }) => book.get(id)?.value),
      [75, 150],
    );
    assert.match(book.get(below.id)?.note ?? '', /split 2 for 1: the level to 75 instead of 150/);
    assert.equal(book.get(move.id)?.status, 'active');
    await trades(85, 74);
    assert.deepEqual(
      firings.map(({ alertId, price }) => [alertId, price]),
      [
        [below.id, 74],
        [move.id, 74],
      ],
    );
  });

  it('over a restart, too', async () => {
    await trades(198);
    const below = add({ condition: 'price_below', value: 150 });
    await trades(198);
    book.close();
    split();
    openBook();
    await trades(99, 98);
    assert.deepEqual(firings, []);
    assert.equal(book.get(below.id)?.value, 75);
  });

  it('is carried once when a position tells of the same split, whoever is first', async () => {
    await trades(198);
    const { id } = add({ condition: 'price_below', value: 150 });
    await trades(198);
    split();
    await trades(99, 98);
    assert.equal(book.get(id)?.value, 75);
    book.split('AAPL', TWO_FOR_ONE);
    await trades(98);
    assert.equal(book.get(id)?.value, 75);
    book.split('AAPL', TWO_FOR_ONE);
    assert.equal(book.get(id)?.value, 37.5, 'another one');
    market.split(TWO_FOR_ONE);
    market.day = { low: 49, high: 50, close: 49.5 };
    await trades(49, 49.5);
    assert.equal(book.get(id)?.value, 37.5);
    assert.deepEqual(firings, []);
  });

  it('fires by a real fall, once it is known to be one', async () => {
    await trades(198);
    add({ condition: 'price_cross_below', value: 150, signal: { action: 'sell', quantity: 1 } });
    await trades(198);
    market.day = null;
    await trades(120, 121, 122);
    assert.equal(firings.length, 0, 'nobody says what it is');
    assert.match(
      market.said.join(),
      /waits, and tries again: whether AAPL was split is not known: nobody answers/,
    );
    market.day = { low: 120, high: 201, close: 122 };
    await market.clock.advance(8_000);
    assert.deepEqual(
      firings.map(({ price, missed, signal }) => [price, missed, signal?.action]),
      [[120, false, 'sell']],
    );
    await trades(200, 119);
    assert.equal(firings.length, 1);
  });

  it('nor does an alert on bars, whose figures mixed old and new shares', async () => {
    await trades(198);
    const volume = add({ condition: 'volume_above', value: 500, interval: '1' });
    const bands = add({ condition: 'bollinger_break', interval: '1', direction: 'down' });
    for (let n = 0; n < 30; n++) await market.trade(198 + (n % 2), 60_000);
    assert.deepEqual(firings, []);
    split();
    await market.trade(99, 60_000, 800);
    await market.trade(99.4, 60_000, 300);
    await market.trade(99.2, 60_000, 100);
    assert.deepEqual(firings, []);
    assert.equal(book.get(volume.id)?.value, 1_000);
    assert.equal(book.get(bands.id)?.status, 'active');
    await market.trade(99.2, 60_000, 1_200);
    await market.trade(99.2, 60_000, 100);
    assert.deepEqual(
      firings.map(({ alertId }) => alertId),
      [volume.id],
    );
  });

  it('keeps an alert that was made by new prices as it is', async () => {
    await trades(198);
    const old = add({ condition: 'price_below', value: 150 });
    await trades(198);
    market.day = null;
    market.split(TWO_FOR_ONE);
    await trades(99);
    const made = add({ condition: 'price_below', value: 80 });
    await trades(99);
    split();
    market.day = { low: 98, high: 100, close: 99 };
    await market.clock.advance(5_000);
    assert.deepEqual([book.get(old.id)?.value, book.get(made.id)?.value], [75, 80]);
  });
});
