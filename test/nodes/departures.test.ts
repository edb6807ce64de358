import assert from 'node:assert/strict';
import { type Signal, signalSchema } from '../../lib/domain/signal.ts';
import { Departures } from '../../nodes/webhook-in/departures.ts';
import { ManualTime } from '../broker/manual-time.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('webhook-in: signals leave', () => {
  let time: ManualTime;
  let unanswered: number;
  let left: string[];
  let leaving: boolean;
  let crowded: boolean;
  let late: Set<string>;
  let stayed: number;
  let departures: Departures;

  beforeEach(async () => {
    time = new ManualTime();
    unanswered = 0;
    left = [];
    leaving = false;
    crowded = false;
    late = new Set();
    stayed = 0;
    departures = new Departures({
      isLate: ({ id }) => late.has(id),
      onLate: () => {
        stayed += 1;
      },
      unanswered: () => unanswered,
      elapsed: time,
      depart: (signal) => {
        crowded ||= leaving;
        leaving = true;
        process.nextTick(() => {
          leaving = false;
        });
        left.push(signal.id);
      },
    });
    await time.pass(1_000);
  });

  const signal = (id: string): Signal =>
    signalSchema.parse({
      id,
      source: 'hook',
      symbol: 'AAPL',
      action: 'buy',
      quantity: 1,
      book: 'b',
      receivedAt: 1,
    });
  const add = (...ids: string[]) => {
    for (const id of ids) departures.add(signal(id));
  };

  it('at once when they come alone', async () => {
    add('a');
    assert.deepEqual(left, ['a']);
    await time.pass(3);
    add('b');
    assert.deepEqual(left, ['a', 'b']);
  });

  it('one by one, in the order they came, when a burst is over', async () => {
    add('a', 'b', 'c');
    assert.deepEqual(left, ['a']);
    await turn();
    await time.pass(1);
    assert.deepEqual(left, ['a']);
    await time.pass(2);
    await turn();
    assert.deepEqual(left, ['a', 'b', 'c']);
    assert.equal(crowded, false);
  });

  it('after alerts that have no answer yet', async () => {
    add('a', 'b');
    unanswered = 1;
    await turn();
    await time.pass(10);
    assert.deepEqual(left, ['a']);
    unanswered = 0;
    await time.pass(3);
    assert.deepEqual(left, ['a', 'b']);
  });

  it('however many alerts keep coming', async () => {
    add('a', 'b', 'c');
    unanswered = 5;
    await turn();
    for (let ms = 0; ms < 60; ms++) {
      add(`later-${ms}`);
      await time.pass(1);
    }
    assert.deepEqual(left, ['a', 'b', 'c']);
  });

  it('not when they waited until they were too old, and holds up none for them', async () => {
    add('a', 'b', 'c', 'd', 'e');
    late = new Set(['b', 'c']);
    await turn();
    await time.pass(3);
    await turn();
    assert.deepEqual(left, ['a', 'd', 'e']);
    assert.equal(stayed, 1);
    late.add('f');
    await time.pass(3);
    add('f');
    await time.pass(3);
    add('g');
    assert.deepEqual([left, stayed], [['a', 'd', 'e', 'g'], 2]);
  });
});
