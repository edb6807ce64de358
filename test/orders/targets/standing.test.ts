import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { intentId } from '../../../lib/domain/ids.ts';
import type { OrderIntent } from '../../../lib/domain/order.ts';
import { signalSchema } from '../../../lib/domain/signal.ts';
import { Journal } from '../../../lib/orders/journal/journal.ts';
import { obstacles } from '../../../lib/orders/targets/obstacles.ts';
import { enterTarget } from '../../../lib/orders/targets/standing.ts';
import { targetRefusal } from '../../../lib/orders/targets/target-check.ts';

const WALL = 1_772_463_600_000;

describe('targets in the journal', () => {
  let folder: string;
  let journal: Journal;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'targets-'));
    journal = new Journal(join(folder, 'journal.db'), WALL);
  });

  afterEach(() => {
    journal.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const enter = (key: string, quantity: number, firedAt = WALL, previous?: number) =>
    enterTarget(journal, {
      signalKey: key,
      book: 'b',
      symbol: 'AAPL',
      signal: signalSchema.parse({
        id: key,
        source: 's',
        symbol: 'AAPL',
        action: 'target',
        target: quantity,
        ...(previous === undefined ? {} : { previous }),
        book: 'b',
        receivedAt: WALL,
      }),
      quantity,
      firedAt,
      receivedAt: WALL,
      held: 0,
      origin: { nodeId: 'n', passThrough: { note: 'kept' } },
    });

  const intent = (key: string, side: OrderIntent['side'], quantity: number, target: number): OrderIntent => ({
    intentId: intentId(key, 'b', 'main'),
    signalKey: key,
    account: 'simulator:1',
    leg: 'main',
    book: 'b',
    strategy: 'b',
    symbol: 'AAPL',
    side,
    quantity,
    type: 'market',
    duration: 'day',
    reduceOnly: false,
    target,
    reason: '',
  });

  const states = () => ['a', 'b', 'c'].map((key) => journal.targets.find(key)?.state);

  it('lets the newest stand, keeps what goes with it, and refuses the others by name', () => {
    assert.equal(enter('a', 100).refusal, null);
    const newer = enter('b', 50, WALL + 1_000);
    assert.equal(newer.refusal, null);
    assert.equal(newer.displaced?.signalKey, 'a');
    const late = enter('c', 10, WALL + 500);
    assert.equal(late.refusal?.rule, 'superseded');
    assert.match(late.refusal?.message ?? '', /target of book b for AAPL stands: 50, fired at 2026/);
    assert.deepEqual(states(), ['SUPERSEDED', 'OPEN', 'SUPERSEDED']);
    assert.deepEqual(journal.targets.openOf('b', 'AAPL')?.origin, {
      nodeId: 'n',
      passThrough: { note: 'kept' },
    });
    assert.equal(enter('b', 50, WALL + 1_000).refusal, null, 'a copy of what stands is sized again');
    assert.equal(enter('a', 100).refusal?.rule, 'superseded', 'a copy of what stands no more is not');
  });

  it('lets an earlier one stand again when the link that was missing comes last', () => {
    enter('c', 0, WALL, -30);
    journal.targets.settle('c', 'REACHED', '');
    assert.equal(enter('a', 50, WALL, 0).refusal, null);
    const last = enter('b', -30, WALL, 50);
    assert.equal(last.refusal?.rule, 'superseded');
    assert.equal(last.reinstated?.signalKey, 'c');
    assert.deepEqual(states(), ['SUPERSEDED', 'SUPERSEDED', 'OPEN']);
  });

  it('leaves what was reached at rest when an older one comes', () => {
    enter('b', 50, WALL + 1_000);
    journal.targets.settle('b', 'REACHED', '');
    const late = enter('a', 100);
    assert.equal(late.refusal?.rule, 'superseded');
    assert.equal(late.reinstated, null);
    assert.equal(journal.targets.find('b')?.state, 'REACHED');
    assert.equal(enter('b', 50, WALL + 1_000).refusal?.rule, 'target-done');
  });

  it('tries again what was given up before anything was sent', () => {
    enter('a', 100);
    journal.targets.settle('a', 'GIVEN_UP', 'refused');
    assert.equal(enter('a', 100).refusal, null);
    assert.equal(journal.targets.find('a')?.state, 'OPEN');
  });

  it('tells an end until it was said, and no older one', () => {
    enter('a', 100);
    journal.targets.settle('a', 'GIVEN_UP', 'why', true);
    assert.deepEqual(journal.targets.untold('other', 0), []);
    assert.deepEqual(journal.targets.untold('n', WALL + 1), []);
    assert.deepEqual(
      journal.targets.untold('n', WALL).map(({ reason }) => reason),
      ['why'],
    );
    journal.targets.told('a');
    assert.deepEqual(journal.targets.untold('n', 0), []);
  });

  it('survives a restart, and forgets after 30 days what is over', () => {
    enter('a', 100);
    enter('b', 50, WALL + 1_000);
    journal.close();
    journal = new Journal(join(folder, 'journal.db'), WALL + 31 * 24 * 3_600_000);
    assert.deepEqual(states(), [undefined, 'OPEN', undefined]);
  });

  describe('the check of one of their orders', () => {
    const flat = { held: 0, buying: 0, selling: 0 };
    const rule = (...args: Parameters<typeof intent>) => ({
      when: (stand: Parameters<typeof targetRefusal>[2]) =>
        targetRefusal(journal, intent(...args), stand)?.rule ?? 'passes',
    });

    it('passes what stands and ends at most where it was sized for', () => {
      enter('a', 100);
      const buy = rule('a', 'buy', 60, 100);
      assert.equal(buy.when({ ...flat, held: 40 }), 'passes');
      assert.equal(buy.when(flat), 'passes', 'what falls short is made up for in another round');
      assert.equal(buy.when({ ...flat, held: 41 }), 'target-moved');
      assert.equal(buy.when({ held: 0, buying: 60, selling: 0 }), 'target-moved');
      assert.equal(buy.when({ held: 100, buying: 0, selling: 60 }), 'passes');
      assert.equal(buy.when({ ...flat, held: null }), 'target-moved');
    });

    it('counts the other way for what is sold', () => {
      enter('a', -50);
      const short = rule('a', 'sell_short', 50, -50);
      assert.equal(short.when(flat), 'passes');
      assert.equal(short.when({ held: 0, buying: 0, selling: 50 }), 'target-moved');
      const cover = rule('a', 'buy_to_cover', 20, 0);
      assert.equal(cover.when({ ...flat, held: -20 }), 'passes');
      assert.equal(cover.when({ held: -20, buying: 20, selling: 0 }), 'target-moved');
      assert.equal(rule('a', 'sell', 70, 30).when({ ...flat, held: 100 }), 'passes');
      assert.equal(rule('a', 'sell', 70, 30).when({ held: 100, buying: 0, selling: 1 }), 'target-moved');
    });

    it('refuses what does not stand, is over, or was never entered', () => {
      enter('a', 100);
      enter('b', 50, WALL + 1_000);
      assert.equal(rule('a', 'buy', 10, 100).when(flat), 'superseded');
      assert.equal(rule('x', 'buy', 10, 100).when(flat), 'superseded');
      journal.targets.settle('b', 'REACHED', '');
      assert.equal(rule('b', 'buy', 10, 50).when(flat), 'target-done');
      const other = { ...intent('b', 'buy', 10, 50), book: 'other' };
      assert.equal(targetRefusal(journal, other, flat)?.rule, 'superseded');
    });

    it('refuses what was given up once a newer one came, although nothing was sent for it', () => {
      enter('a', 100);
      journal.targets.settle('a', 'GIVEN_UP', 'refused on another branch');
      assert.equal(rule('a', 'buy', 10, 100).when(flat), 'passes');
      enter('b', 50, WALL + 1_000);
      assert.equal(rule('a', 'buy', 10, 100).when(flat), 'superseded');
      journal.targets.settle('b', 'REACHED', '');
      assert.equal(rule('a', 'buy', 10, 100).when(flat), 'superseded');
    });

    it('has nothing to say to other orders', () => {
      const { target: _, ...plain } = intent('x', 'buy', 10, 100);
      assert.equal(targetRefusal(journal, plain, flat), null);
    });
  });

  it('finds in the way what leads past or away from the next step', () => {
    const order = (side: OrderIntent['side'], quantity: number, filled = 0) => ({
      intentId: `${side}${quantity}`,
      symbol: 'AAPL',
      side,
      book: 'b',
      quantity,
      filled,
      amount: 0 as never,
      standsBy: false,
      expiresAt: null,
      seenAt: null,
      endedAt: null,
    });
    const ids = (held: number, aim: number, ...orders: ReturnType<typeof order>[]) =>
      obstacles(held, aim, orders).map((one) => one.intentId);
    assert.deepEqual(ids(0, 100, order('buy', 100)), []);
    assert.deepEqual(ids(0, 100, order('buy', 101)), ['buy101']);
    assert.deepEqual(ids(0, 100, order('buy', 120, 20)), []);
    assert.deepEqual(ids(40, 100, order('sell', 1)), ['sell1']);
    assert.deepEqual(ids(100, 0, order('sell', 100), order('buy', 5)), ['buy5']);
    assert.deepEqual(ids(0, -50, order('sell_short', 60)), ['sell_short60']);
    assert.deepEqual(ids(-20, 0, order('buy_to_cover', 20)), []);
    assert.deepEqual(ids(30, 30), []);
  });
});
