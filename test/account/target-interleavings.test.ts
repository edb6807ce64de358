import assert from 'node:assert/strict';
import type { Signal } from '../../lib/domain/signal.ts';
import { type Message, TargetWalk } from './target-walk.ts';

/** Every order in which the steps of several messages can follow each other; each takes its own in turn. */
function* interleavings(steps: readonly number[]): Generator<number[]> {
  if (steps.every((left) => left === 0)) yield [];
  for (const [index, left] of steps.entries()) {
    if (left === 0) continue;
    const rest = steps.map((one, at) => (at === index ? one - 1 : one));
    for (const tail of interleavings(rest)) yield [index, ...tail];
  }
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [index, item] of items.entries()) {
    for (const tail of permutations(items.filter((_, at) => at !== index))) yield [item, ...tail];
  }
}

/** Alerts in the order they were fired: the last is what the sender wants in the end. */
interface Story {
  start: number;
  alerts: { target: number; wish: (walk: TargetWalk) => Partial<Signal> }[];
}

const now = (walk: TargetWalk) => walk.desk.clock.wall.now();
const second = (walk: TargetWalk) => Math.floor(now(walk) / 1000) * 1000;

/** Stamped a second apart. */
const apart = (start: number, ...targets: number[]): Story => ({
  start,
  alerts: targets.map((target, n) => ({
    target,
    wish: (walk) => ({ firedAt: second(walk) - (targets.length - n) * 1000 }),
  })),
});

/** Stamped with the same second: what each started from tells their order. */
const together = (start: number, ...targets: number[]): Story => ({
  start,
  alerts: targets.map((target, n) => ({
    target,
    wish: (walk) => ({ firedAt: second(walk), previous: targets[n - 1] ?? start }),
  })),
});

/** Brings the book to its start and lets the alerts come in this order. */
async function begin(walk: TargetWalk, story: Story, arrival: readonly number[]): Promise<Signal[]> {
  await walk.anew();
  if (story.start !== 0) {
    walk.alert(story.start, { firedAt: second(walk) - 20_000 });
    await walk.flow();
    assert.equal(await walk.held(), story.start);
    await walk.desk.run(1_000);
  }
  const signals: Signal[] = [];
  for (const index of arrival) {
    const { target, wish } = story.alerts[index] as Story['alerts'][number];
    signals[index] = walk.alert(target, wish(walk));
    // Received one after the other.
    await walk.desk.clock.advance(1);
  }
  return signals;
}

const next = (walk: TargetWalk, signal: Signal | undefined): Message | undefined =>
  walk.messages.find((message) => message.signal === signal || message.signal.id === signal?.id);

/** No order failed, and at no fill was the book outside of where it stood and what was ever wanted of it. */
function assertSane(walk: TargetWalk, story: Story, label: string): void {
  const wanted = [0, story.start, ...story.alerts.map(({ target }) => target)];
  let position = 0;
  const orders = walk.placed().sort((a, b) => a.updatedAt - b.updatedAt || a.id - b.id);
  for (const { status, side, execQuantity } of orders) {
    assert.ok(status === 'filled' || status === 'canceled', `${label}: ${walk.orders()}`);
    position += side === 'buy' || side === 'buy_to_cover' ? execQuantity : -execQuantity;
    const within = position <= Math.max(...wanted) && position >= Math.min(...wanted);
    assert.ok(within, `${label}: at ${position} after ${walk.orders()}`);
  }
}

type Move = (walk: TargetWalk, message: Message) => Promise<void>;

async function run(walk: TargetWalk, story: Story, arrival: number[], order: number[], move: Move) {
  const signals = await begin(walk, story, arrival);
  for (const index of order) {
    const message = next(walk, signals[index]);
    if (message) await move(walk, message);
  }
  await walk.flow();
  const wanted = story.alerts.at(-1)?.target;
  const label = JSON.stringify({ arrival, order });
  assert.equal(await walk.held(), wanted, `${label}: ${walk.orders()} ${JSON.stringify(walk.refused)}`);
  assert.equal(walk.atBroker(), wanted, label);
  assertSane(walk, story, label);
}

/** One node at a time; fills wait. */
const node: Move = (walk, message) => walk.move(message);
/** One node at a time, with time to fill in between. */
const nodeAndTime: Move = async (walk, message) => {
  await walk.move(message);
  await walk.desk.run(500);
};
/** Sizing, then the rest of the way at once. */
const sizeThenRest: Move = async (walk, message) => {
  await walk.move(message);
  if (message.at === 'size') return;
  const rest = next(walk, message.signal);
  if (rest?.at === 'place') await walk.move(rest);
};

describe('account: targets in every order of events', function () {
  this.timeout(300_000);
  let walk: TargetWalk;
  let runs: number;

  beforeEach(async () => {
    runs = 0;
    walk = await new TargetWalk().open();
  });

  afterEach(() => walk.dispose());

  /** A simulated day is long enough for some hundred runs. */
  async function all(
    story: Story,
    steps: number[],
    arrivals: Iterable<number[]>,
    move: Move,
    every = 1,
  ): Promise<number> {
    let nth = 0;
    for (const arrival of arrivals) {
      for (const order of interleavings(steps)) {
        nth += 1;
        if (nth % every !== 0) continue;
        await run(walk, story, arrival, order, move);
        runs += 1;
        if (runs % 100 !== 0) continue;
        await walk.dispose();
        walk = await new TargetWalk().open();
      }
    }
    return runs;
  }

  const two: Record<string, Story> = {
    'out and in again': apart(100, 0, 40),
    'a reversal taken back': apart(100, -50, 30),
    'a reversal, then more of it': apart(40, -20, -50),
    'same second: close, then short': together(100, 0, -50),
    'same second: round trip': together(0, 60, 0),
    'short to long, then less': apart(-30, 50, 20),
  };
  for (const [name, story] of Object.entries(two)) {
    it(`two alerts, ${name}`, async () => {
      assert.equal(await all(story, [3, 3], permutations([0, 1]), node), 40);
      assert.equal(await all(story, [3, 3], permutations([0, 1]), nodeAndTime), 80);
    });
  }

  const three: Record<string, Story> = {
    'there and back': apart(0, 60, -40, 20),
    'same second, a chain through zero': together(0, 100, 40, -50),
    'same second, a circle': together(0, 50, -30, 0),
  };
  for (const [name, story] of Object.entries(three)) {
    it(`three alerts, ${name}`, async () => {
      const arrivals = name.includes('circle')
        ? permutations([0, 1, 2])
        : [
            [0, 1, 2],
            [2, 1, 0],
          ];
      const count = await all(story, [2, 2, 2], arrivals, sizeThenRest);
      assert.equal(count, name.includes('circle') ? 540 : 180);
    });
  }

  it('three alerts, every eighth order of nine steps', async () => {
    assert.equal(await all(apart(50, -40, 0, 30), [3, 3, 3], [[2, 0, 1]], node, 8), 210);
  });

  it('two alerts of which the broker refuses one step: the right end, or words for another', async () => {
    const story = apart(60, -40, 20);
    let refusals = 0;
    for (const nth of [0, 1, 2]) {
      for (const order of interleavings([3, 3])) {
        const signals = await begin(walk, story, [0, 1]);
        const before = walk.placements.length;
        const refused = () => walk.placements.slice(before).includes('rejected');
        const moveOrRefuse = async (message: Message) => {
          const last = message.at === 'place' && walk.placements.length - before === nth;
          if (last) walk.desk.broker.trouble.push('rejected');
          await walk.move(message);
          // A permit that was taken back meets no broker.
          walk.desk.broker.trouble.length = 0;
        };
        for (const index of order) {
          const message = next(walk, signals[index]);
          if (message) await moveOrRefuse(message);
        }
        for (let quiet = 0; quiet < 4; quiet += 1) {
          for (let message = walk.messages[0]; message; message = walk.messages[0]) {
            await moveOrRefuse(message);
            quiet = 0;
          }
          await walk.desk.run(1_000);
        }
        const held = await walk.held();
        const label = JSON.stringify({ nth, order, orders: walk.orders(), refused: walk.refused });
        if (refused()) refusals += 1;
        else assert.equal(held, 20, label);
        assert.ok([60, 0, 20, -40].includes(held), label);
        assert.equal(walk.atBroker(), held, label);
        assertSane(walk, story, label);
      }
    }
    assert.ok(refusals >= 20, String(refusals));
  });
});
