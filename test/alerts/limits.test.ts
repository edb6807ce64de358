import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import type { DayRange } from '../../lib/alerts/watch.ts';
import { AlertDesk } from './alert-desk.ts';

const MINUTE = 60_000;
const BUY = { action: 'buy', quantity: 1 };

describe('what price alerts hold back', () => {
  let desk: AlertDesk;
  beforeEach(() => {
    desk = new AlertDesk();
  });
  afterEach(() => desk.end());

  const told = () => desk.firings.map(({ missed, signal }) => [missed, signal?.action]);
  const until = (time: number) => desk.market.clock.advance(time - desk.market.clock.market.now());

  describe('a signal found late', () => {
    for (const [late, action] of [
      [5 * MINUTE, 'buy'],
      [5 * MINUTE + 1, undefined],
    ] as const) {
      it(`of a price, ${late} ms after the bar that shows it, ${action ? 'goes' : 'does not go'}`, async () => {
        await desk.trades(99);
        desk.add({ condition: 'price_cross_above', value: 100, signal: BUY });
        desk.market.connect(false);
        await desk.market.trade(101, 2 * MINUTE);
        await desk.trades(99);
        await until(desk.market.open + 3 * MINUTE + late);
        desk.market.connect(true);
        await desk.market.clock.advance(0);
        assert.deepEqual(told(), [[true, action]]);
        assert.equal(desk.firings[0]?.at, desk.market.open + 3 * MINUTE);
        assert.match(desk.firings[0]?.text ?? '', /found afterwards/);
      });

      for (const interval of ['1', '60'] as const)
        it(`of a bar of ${interval} min, ${late} ms after its end, ${action ? 'goes' : 'does not go'}`, async () => {
          const length = Number(interval) * MINUTE;
          await desk.market.trade(100, 1_000, 100);
          desk.add({ condition: 'volume_above', value: 500, interval, signal: BUY });
          await desk.market.trade(100, length, 600);
          desk.book.close();
          await until(desk.market.open + 2 * length + late);
          desk.open();
          await desk.market.clock.advance(300);
          assert.deepEqual(told(), [[action === undefined, action]]);
        });
    }
  });

  it('a signal that no flow took for 60 s', async () => {
    for (const [waited, action] of [
      [60_000, 'buy'],
      [60_001, undefined],
    ] as const) {
      desk.end();
      desk = new AlertDesk();
      await desk.trades(101);
      const heard: (string | undefined)[] = [];
      const claim = desk.book.claim('node', {
        ...{ symbol: 'AAPL', condition: 'price_above', value: 100, signal: BUY },
      });
      // Whoever comes is told a moment later.
      await desk.market.clock.advance(waited - 250);
      desk.book.deliveries.on('node', ({ signal }) => heard.push(signal?.action) > 0);
      await desk.market.clock.advance(250);
      assert.deepEqual(heard, [action], `${waited} ms`);
      claim.release();
    }
  });

  it('nothing of a fall that nobody can explain: after five minutes it is told, as missed and without a signal', async () => {
    await desk.trades(198);
    desk.add({ condition: 'price_cross_below', value: 150, signal: { action: 'sell', quantity: 1 } });
    await desk.trades(198);
    desk.market.day = null;
    await desk.trades(120);
    await desk.market.clock.advance(5 * MINUTE);
    assert.deepEqual(told(), []);
    await desk.market.clock.advance(3_000);
    assert.deepEqual(told(), [[true, undefined]]);
    assert.equal(desk.firings[0]?.price, 120);
  });

  it('one price while it asks once; a symbol that leaps without a split is not asked about at every leap', async () => {
    await desk.trades(1);
    desk.add({ condition: 'price_cross_above', value: 1.1, repeat: 'every' });
    await desk.trades(1);
    desk.market.day = { low: 0.9, high: 1.3, close: 1 };
    await desk.trades(1.2, 1, 1.2, 1, 1.2);
    assert.equal(desk.firings.length, 3);
    assert.equal(desk.market.asked, 1);
    await desk.market.trade(1, MINUTE);
    assert.equal(desk.market.asked, 2);
  });

  it('and asks no more once it is closed', async () => {
    await desk.trades(198);
    desk.add({ condition: 'price_below', value: 150 });
    await desk.trades(198);
    desk.market.day = null;
    await desk.trades(120);
    desk.book.close();
    const { asked } = desk.market;
    await desk.market.clock.advance(5 * MINUTE);
    assert.equal(desk.market.asked, asked);
    assert.equal(desk.market.clock.timers, 0);
  });

  it('no crossing among more prices than it keeps while it waits: bars tell of it', async () => {
    await desk.trades(198);
    desk.add({ condition: 'price_cross_above', value: 210, repeat: 'every' });
    await desk.market.trade(198, MINUTE);
    desk.market.day = null;
    for (let n = 0; n < 1_100; n++) await desk.market.trade(150 + (n % 2), 10);
    await desk.trades(211, 150);
    desk.market.day = { low: 150, high: 211, close: 150 };
    await desk.market.clock.advance(14_000);
    await desk.trades(150);
    assert.deepEqual(told(), [[true, undefined]]);
  });

  it('no crossing of a gap that began while it waited for an answer', async () => {
    await desk.trades(198);
    desk.add({ condition: 'price_cross_above', value: 210, repeat: 'every' });
    await desk.market.trade(198, MINUTE);
    let answer = (_: DayRange): void => {};
    desk.market.day = new Promise((resolve) => {
      answer = resolve;
    });
    await desk.trades(150);
    desk.market.connect(false);
    await desk.market.trade(211, MINUTE);
    await desk.trades(150);
    desk.market.failing = 1;
    await desk.market.clock.advance(MINUTE);
    desk.market.connect(true);
    await desk.trades(150);
    answer({ low: 150, high: 211, close: 150 });
    await desk.market.clock.advance(3_000);
    assert.deepEqual(told(), [[true, undefined]]);
  });
});

describe('prices that move', () => {
  let desk: AlertDesk;
  beforeEach(() => {
    desk = new AlertDesk();
  });
  afterEach(() => desk.end());

  for (const [direction, prices, fires] of [
    ['up', [100, 97, 101.8, 101.9], [101.9]],
    ['down', [100, 103, 97.9, 97.8], [97.8]],
    ['any', [100, 97, 101.9, 96.8], [101.9, 96.8]],
  ] as const)
    it(`fire a move ${direction} by 5 % when it is complete`, async () => {
      await desk.trades(100);
      desk.add({ condition: 'percent_move', value: 5, direction, repeat: 'every' });
      for (const price of prices) await desk.market.trade(price, 20_000);
      assert.deepEqual(
        desk.firings.map(({ price, missed }) => [price, missed]),
        fires.map((price) => [price, false]),
      );
    });

  it('count what they did before the alert was made, as far as the window reaches', async () => {
    for (const [minutes, fires] of [
      [5, 1],
      [2, 0],
    ]) {
      desk.end();
      desk = new AlertDesk();
      await desk.trades(100);
      for (const price of [101, 102, 103]) await desk.market.trade(price, MINUTE);
      desk.add({ condition: 'percent_move', value: 5, windowMinutes: minutes });
      await desk.trades(103, 104.9);
      assert.equal(desk.firings.length, 0);
      await desk.trades(105.1);
      assert.equal(desk.firings.length, fires, `within ${minutes} min`);
    }
  });

  it('count what they did in the minute of a restart', async () => {
    await desk.trades(100);
    desk.add({ condition: 'percent_move', value: 5, direction: 'up' });
    await desk.trades(100, 96, 98);
    desk.book.close();
    await desk.market.clock.advance(MINUTE);
    desk.open();
    await desk.trades(100.7);
    assert.deepEqual(desk.firings, []);
    await desk.trades(100.9);
    await desk.market.clock.advance(300);
    assert.equal(desk.firings.length, 1);
  });

  it('find in the bars of a gap what they did there, each once', async () => {
    await desk.trades(100);
    desk.add({ condition: 'percent_move', value: 5, repeat: 'every' });
    await desk.trades(100);
    desk.market.connect(false);
    for (const price of [100, 105.1, 105, 104, 98.9]) await desk.market.trade(price, MINUTE);
    await desk.market.clock.advance(MINUTE);
    desk.market.connect(true);
    await desk.trades(99);
    assert.deepEqual(
      desk.firings.map(({ missed, price }) => [missed, price]),
      [
        [true, 105.1],
        [true, 98.9],
      ],
    );
  });

  it('fire a crossing and a level below, and not above', async () => {
    await desk.trades(101);
    const cross = desk.add({ condition: 'price_cross_below', value: 100, repeat: 'every' });
    const level = desk.add({ condition: 'price_below', value: 99 });
    await desk.trades(102, 100, 99.9, 99.5, 101, 98);
    assert.deepEqual(
      desk.firings.map(({ alertId, price }) => [alertId, price]),
      [
        [cross.id, 99.9],
        [cross.id, 98],
        [level.id, 98],
      ],
    );
  });

  it('are read from bars after a silence, though the stream was never down', async () => {
    await desk.trades(99);
    desk.add({ condition: 'price_cross_above', value: 100, repeat: 'every' });
    await desk.trades(99);
    desk.market.mute = true;
    await desk.market.trade(101, MINUTE);
    await desk.trades(99);
    await desk.market.clock.advance(MINUTE);
    desk.market.mute = false;
    assert.deepEqual(desk.firings, []);
    await desk.trades(99);
    assert.deepEqual(
      desk.firings.map(({ missed, at }) => [missed, at]),
      [[true, desk.market.open + 2 * MINUTE]],
    );
  });
});

describe('alerts on a disk that refuses', () => {
  let desk: AlertDesk;
  beforeEach(() => {
    desk = new AlertDesk();
  });
  afterEach(() => desk.end());
  const full = { code: 'E_RECORD', message: 'the disk is full' };

  it('are not changed, and go on as they were', async () => {
    await desk.trades(99);
    const { id } = desk.add({ condition: 'price_cross_above', value: 100 });
    await desk.trades(99);
    for (const patch of [{ value: 90 }, { status: 'paused' }, { message: 'new' }]) {
      desk.refusing = 1;
      assert.throws(() => desk.book.change(id, patch), full);
    }
    desk.refusing = 1;
    assert.throws(() => desk.book.remove(id), full);
    const { value, status, message } = desk.book.get(id) ?? {};
    assert.deepEqual([value, status, message], [100, 'active', '']);
    await desk.trades(101);
    assert.equal(desk.firings.length, 1);
  });

  it('are not made', () => {
    desk.refusing = 1;
    assert.throws(() => desk.add({ condition: 'price_above', value: 100 }), full);
    assert.deepEqual(desk.book.list(), []);
  });

  it('of a node keep the terms they had, and its next claim counts', async () => {
    const terms = { symbol: 'AAPL', condition: 'price_cross_above', value: 100 };
    await desk.trades(99);
    const first = desk.book.claim('node', terms);
    desk.refusing = 1;
    assert.throws(() => desk.book.claim('node', { ...terms, value: 95 }), full);
    assert.equal(desk.book.get('node')?.value, 100);
    await desk.trades(99, 101);
    assert.equal(desk.book.get('node')?.status, 'triggered');
    const second = desk.book.claim('node', { ...terms, value: 95 });
    first.release();
    assert.equal(desk.book.get('node')?.value, 95, 'the older claim ended nothing');
    second.release();
    assert.equal(desk.book.get('node'), null);
  });

  it('are carried over a split all the same, and that is written later', async () => {
    await desk.trades(198);
    const { id } = desk.add({ condition: 'price_cross_above', value: 200 });
    await desk.trades(198);
    desk.refusing = 1;
    desk.book.split('AAPL', { newShares: 2, oldShares: 1 });
    assert.equal(desk.book.get(id)?.value, 100);
    assert.match(desk.market.said.join(), /after a split.*the disk is full/);
    await desk.market.clock.advance(5_000);
    await desk.restart();
    assert.equal(desk.book.get(id)?.value, 100);
    await desk.trades(99, 101);
    assert.equal(desk.firings.length, 1);
  });

  it('expire each for itself, those that could not a second later', async () => {
    const expiresAt = desk.market.clock.market.now() + 10_000;
    const ids = [1, 2, 3].map((n) => desk.add({ condition: 'price_above', value: 100 + n, expiresAt }).id);
    await desk.market.clock.advance(9_500);
    desk.refusing = 1;
    await desk.market.clock.advance(500);
    const states = () => ids.map((id) => desk.book.get(id)?.status);
    assert.deepEqual(states(), ['active', 'expired', 'expired']);
    await desk.trades(200);
    assert.deepEqual(states(), ['expired', 'expired', 'expired']);
    assert.deepEqual(desk.firings, [], 'what could not expire does not fire either');
  });

  it('close all the same', async () => {
    await desk.trades(99);
    desk.add({ condition: 'price_above', value: 100 });
    await desk.trades(99);
    desk.refusing = 100;
    desk.book.close();
    assert.match(desk.market.said.join(), /the disk is full/);
    // What is closed does not hold the file: another one opens it.
    desk.refusing = 0;
    desk.open();
    assert.equal(desk.book.list().length, 1);
  });
});

describe('alerts that are kept', () => {
  let desk: AlertDesk;
  beforeEach(() => {
    desk = new AlertDesk();
  });
  afterEach(() => desk.end());
  const damage = (...statements: string[]) => {
    desk.book.close();
    const db = new DatabaseSync(desk.file);
    for (const statement of statements) db.exec(statement);
    db.close();
    desk.open();
  };

  it('remember the last 1,000 firings', async () => {
    await desk.trades(99);
    const { id } = desk.add({ condition: 'price_cross_above', value: 100, repeat: 'every' });
    for (let n = 0; n < 1_003; n++) {
      await desk.market.trade(101, 10);
      await desk.market.trade(99, 10);
    }
    const numbers = desk.book.firings(id, 5_000).map(({ n }) => n);
    assert.deepEqual([numbers.length, numbers[0], numbers.at(-1)], [1_000, 1_003, 4]);
  });

  it('are left out where they cannot be read, by name, and stay on disk; the others work', async () => {
    await desk.trades(99);
    const [broken, strange, well] = [1, 2, 3].map(() => desk.add({ condition: 'price_above', value: 100 }));
    const lost = `UPDATE alert SET terms = '{"symbol":' WHERE id = '${broken?.id}'`;
    damage(
      lost,
      `UPDATE alert SET terms = json_set(terms, '$.condition', 'moon') WHERE id = '${strange?.id}'`,
    );
    assert.deepEqual(
      desk.book.list().map(({ id }) => id),
      [well?.id],
    );
    const said = desk.market.said.join('\n');
    assert.match(said, new RegExp(`alert ${broken?.id} in .*alerts.db is left out: it cannot be read`));
    assert.match(said, new RegExp(`alert ${strange?.id} in .*left out.*condition: "moon" is not accepted`));
    await desk.trades(101);
    assert.equal(desk.firings.length, 1);
    damage(
      `UPDATE alert SET terms = json_set(terms, '$.condition', 'price_above') WHERE id = '${strange?.id}'`,
    );
    assert.deepEqual(new Set(desk.book.list().map(({ id }) => id)), new Set([strange?.id, well?.id]));
  });

  it('are made anew by their node when they cannot be read, and fire again', async () => {
    const terms = { symbol: 'AAPL', condition: 'price_above', value: 100 };
    await desk.trades(101);
    desk.book.claim('node', terms);
    assert.equal(desk.book.get('node')?.firings, 1);
    damage("UPDATE alert SET terms = '?'");
    desk.book.claim('node', terms);
    assert.equal(desk.book.get('node')?.status, 'triggered');
  });

  it('go without a firing that cannot be read', async () => {
    await desk.trades(101);
    desk.book.claim('node', { symbol: 'AAPL', condition: 'price_above', value: 100 });
    damage("UPDATE firing SET body = '{'");
    assert.match(desk.market.said.join(), /firing 1 of alert node in .*left out/);
    assert.deepEqual(desk.book.firings('node'), []);
  });

  it('are not armed by a status alone when their time is over', async () => {
    const expiresAt = desk.market.clock.market.now() + 5_000;
    await desk.trades(99);
    const { id } = desk.add({ condition: 'price_above', value: 100, expiresAt });
    await desk.market.clock.advance(6_000);
    for (const status of ['active', 'paused'])
      assert.throws(() => desk.book.change(id, { status }), {
        code: 'E_INPUT',
        field: 'status',
        value: status,
        expected: `a later expiresAt with it: 2026-03-02 09:30:05 in New York (${expiresAt}) has passed`,
      });
    assert.equal(desk.book.get(id)?.status, 'expired');
    desk.book.change(id, { status: 'active', expiresAt: expiresAt + 60_000 });
    await desk.trades(101);
    assert.equal(desk.firings.length, 1);
  });
});
