import assert from 'node:assert/strict';
import { join } from 'node:path';
import { isTerminal } from '../../lib/domain/order.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import type { NewOrder } from '../../lib/exchange/contract.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { Journal } from '../../lib/orders/journal/journal.ts';
import { SimulatedDesk } from './simulated-desk.ts';

const SYMBOLS = ['AAPL', 'MSFT', 'SPY'] as const;
const DAYS = ['2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05', '2026-03-06'];
/** One step of the week, elapsed and market ms alike. */
const STEP_MS = 60_000;
/** Other weeks, with their figures: `WEEK_SEEDS=3,4,5`. */
const SEEDS = (process.env.WEEK_SEEDS ?? '2').split(',').map(Number);

/** A small generator of its own, so that a failing week can be lived again by its seed. */
function chance(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    below: (limit: number) => Math.floor(next() * limit),
    happens: (probability: number) => next() < probability,
    pick: <T>(list: readonly T[]) => list[Math.floor(next() * list.length)] as T,
  };
}

/** Four strategies, each in its way, on one account. */
const BOOKS: Record<string, (random: ReturnType<typeof chance>) => Partial<Signal>> = {
  /** Long, with a stop and a target at the broker. */
  bracketed: (random) =>
    random.happens(0.6)
      ? {
          action: 'buy',
          symbol: 'AAPL',
          quantity: 5 + random.below(20),
          stopLoss: { percent: 0.6 },
          takeProfit: { percent: 0.8 },
        }
      : { action: random.pick(['sell', 'close']), symbol: 'AAPL', quantity: 1 + random.below(20) },
  /** Long with a trailing stop. */
  trailing: (random) =>
    random.happens(0.6)
      ? { action: 'buy', symbol: 'SPY', quantity: 1 + random.below(10), trail: { percent: 0.2 } }
      : { action: 'close', symbol: 'SPY' },
  /** Targets on both sides, of its own symbol. */
  reversing: (random) => ({
    action: 'target',
    symbol: 'MSFT',
    target: random.pick([-20, -10, 0, 10, 20]),
    mayShort: true,
  }),
  /** Plain orders in symbols others trade as well. */
  plain: (random) =>
    random.happens(0.5)
      ? { action: 'buy', symbol: random.pick(['AAPL', 'SPY']), quantity: 1 + random.below(10) }
      : { action: 'sell', symbol: random.pick(['AAPL', 'SPY']), quantity: 1 + random.below(10) },
};

/** Books whose positions always have a stop. */
const STOPPED = new Set(['bracketed', 'trailing']);

describe('account: a week of four books', function () {
  this.timeout(600_000);

  for (const seed of SEEDS) {
    it(`books and external are the broker's positions, every order is known, nothing crosses zero (${seed})`, () =>
      live(seed));
  }
});

async function live(seed: number): Promise<void> {
  const random = chance(seed);
  const desk = new SimulatedDesk();
  desk.policy = { ...desk.policy, duplicateWindowSeconds: 0, maxDailyLossPercent: 100 };
  const byHand = new Set<number>();
  const placed = { orders: 0, refused: 0, deaths: 0, restarts: 0 };
  try {
    await desk.open();
    attach(desk, placed);
    for (const day of DAYS) {
      if (day !== DAYS[0]) {
        await nextMorning(desk, day);
        attach(desk, placed);
      }
      const end = toEpoch(day, '15:55');
      while (desk.clock.market.now() < end) {
        await step(desk);
        if (random.happens(0.16)) await alert(desk, random, placed);
        if (random.happens(0.02)) handOrder(desk, random, byHand);
        if (random.happens(0.01)) cancelByHand(desk, random);
        if (random.happens(0.006)) {
          placed.deaths += 1;
          desk.die();
          await desk.open();
          attach(desk, placed);
        }
        if (random.happens(0.006)) {
          placed.restarts += 1;
          await desk.reopen();
          attach(desk, placed);
        }
        if (random.happens(0.05)) await reconciled(desk);
      }
    }
    for (let i = 0; i < 30; i += 1) await desk.run(1_000);
    await reconciled(desk);
    const { protection, haltState } = await desk.account.snapshot();
    assert.equal(haltState, 'active', desk.log.join('\n'));
    assert.deepEqual(
      protection.missing.filter(({ book }) => STOPPED.has(book)),
      [],
    );
    await desk.account.close();
    const counts = accounted(desk, byHand);
    nothingCrossed(desk);
    assert.ok(placed.orders > 100 && placed.deaths > 1 && placed.restarts > 1, JSON.stringify(placed));
    if (process.env.WEEK_SEEDS)
      console.log(JSON.stringify({ ...placed, ...counts, protection: protection.seconds }));
    for (const [what, count] of Object.entries(counts)) assert.ok(count > 2, `${what}: ${count}`);
  } finally {
    await desk.dispose();
  }
}

async function step(desk: SimulatedDesk): Promise<void> {
  await desk.clock.advance(STEP_MS);
  desk.broker.pulse();
  await desk.clock.advance(0);
}

interface Placed {
  orders: number;
  refused: number;
}

async function alert(desk: SimulatedDesk, random: ReturnType<typeof chance>, placed: Placed): Promise<void> {
  const book = random.pick(Object.keys(BOOKS));
  const wish = BOOKS[book]?.(random) ?? {};
  await flow(desk, desk.signal({ book, ...wish }), placed);
  await desk.run(random.pick([0, 250, 2_000]));
}

/** The nodes come: what the account carries on goes the same way as an alert. */
function attach(desk: SimulatedDesk, placed: Placed): void {
  const { account } = desk;
  account.continuations.on('size', (of) => {
    // A process that died asks nobody any more.
    if (account === desk.account && of.kind === 'size') void dying(() => flow(desk, of.signal, placed));
  });
}

async function flow(desk: SimulatedDesk, signal: Signal, placed: Placed): Promise<void> {
  const { account } = desk;
  const origin = { nodeId: 'size', passThrough: {} };
  const size = await account.size(signal, { method: 'as_signal' }, origin);
  if (size.kind !== 'sized') {
    placed.refused += size.kind === 'refused' ? 1 : 0;
    return;
  }
  const decision = await account.check(size.intent);
  if (decision.kind === 'refused') {
    placed.refused += 1;
    return;
  }
  placed.orders += 1;
  const { intent } = decision;
  void dying(() => account.place(intent, { nodeId: 'place', passThrough: {} }));
}

/** As a node does it: what happens to the process is not its business. */
async function dying(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!/shut|clos/i.test(String(error))) throw error;
  }
}

function handOrder(desk: SimulatedDesk, random: ReturnType<typeof chance>, byHand: Set<number>): void {
  const symbol = random.pick(SYMBOLS);
  const held = desk.held(symbol);
  const side: NewOrder['side'] = held > 0 && random.happens(0.5) ? 'sell' : 'buy';
  const quantity = side === 'sell' ? 1 + random.below(Math.min(held, 5)) : 1 + random.below(5);
  if (held < 0) return;
  const order = desk.exchange.place({ symbol, side, quantity, type: 'market', duration: 'day' });
  if (order.ok) byHand.add(order.id);
}

function cancelByHand(desk: SimulatedDesk, random: ReturnType<typeof chance>): void {
  const working = desk.working();
  if (working.length > 0) desk.exchange.cancel(random.pick(working).id);
}

async function nextMorning(desk: SimulatedDesk, day: string): Promise<void> {
  await desk.account.close();
  const morning = toEpoch(day, '09:35');
  await desk.clock.advance(morning - desk.clock.market.now());
  desk.exchange.advance(morning);
  await desk.open();
}

/** The snapshot's positions, external among them, add up to the broker's. */
async function reconciled(desk: SimulatedDesk): Promise<void> {
  await desk.run(3_000);
  const { positions } = await desk.account.snapshot();
  for (const symbol of SYMBOLS) {
    const rows = positions.filter((position) => position.symbol === symbol);
    const sum = rows.reduce((total, { quantity }) => total + quantity, 0);
    assert.equal(sum, desk.held(symbol), `${symbol}: ${JSON.stringify(rows)}`);
  }
}

/**
 * Every order of the exchange is one of ours and is in the journal as it is at the exchange, or was placed by hand; and
 * no book ever crossed zero. Counts what happened, so that a quiet week proves nothing.
 */
function accounted(desk: SimulatedDesk, byHand: ReadonlySet<number>) {
  const journal = new Journal(join(desk.folder, 'journal.db'), desk.clock.wall.now());
  const counts = {
    byHand: byHand.size,
    entries: 0,
    exits: 0,
    stops: 0,
    targets: 0,
    reversals: 0,
    shorts: 0,
    covers: 0,
    put: 0,
  };
  try {
    for (const order of desk.exchange.orders()) {
      const tagged = order.tag?.startsWith('test-') ?? false;
      assert.notEqual(tagged, byHand.has(order.id), `order ${order.id} belongs to nobody or to two`);
      if (!tagged) continue;
      const row = journal.orders.find(order.id);
      assert.ok(row, `order ${order.id} is not in the journal`);
      assert.equal(row.closed, isTerminal(order.status), `order ${order.id} is ${order.status}`);
      if (row.role !== 'group') assert.equal(row.cumQuantity, order.execQuantity, `order ${order.id}`);
      const leg = journal.intents.find(row.intentId)?.intent.leg ?? '';
      if (leg.startsWith('protect-') && row.role === 'stop_loss') counts.put += 1;
      if (order.execQuantity === 0 || row.role === 'group') continue;
      if (row.role === 'stop_loss') counts.stops += 1;
      else if (row.role === 'take_profit') counts.targets += 1;
      else if (order.side === 'sell_short') counts.shorts += 1;
      else if (order.side === 'buy_to_cover') counts.covers += 1;
      else if (order.side === 'buy') counts.entries += 1;
      else counts.exits += 1;
    }
    const reversed = journal.db.all(
      `SELECT signal_key FROM intent WHERE leg = 'exit' AND state = 'DONE' AND signal_key IN
         (SELECT signal_key FROM intent JOIN target USING (signal_key) WHERE leg = 'main' AND intent.state = 'DONE')`,
    );
    counts.reversals = reversed.length;
    const held = new Map<string, number>();
    for (const { book, symbol, side, quantity } of journal.orders.fills()) {
      const before = held.get(`${book} ${symbol}`) ?? 0;
      const after = before + (side === 'buy' || side === 'buy_to_cover' ? quantity : -quantity);
      assert.ok(before * after >= 0, `book ${book} went from ${before} to ${after} ${symbol}`);
      held.set(`${book} ${symbol}`, after);
    }
    assert.equal(journal.attempts.unknown().length, 0);
    const last = journal.targets.lastFired('reversing', 'MSFT').at(-1);
    assert.notEqual(last?.state, 'OPEN');
    if (last?.state === 'REACHED') assert.equal(held.get('reversing MSFT') ?? 0, last.quantity);
  } finally {
    journal.close();
  }
  return counts;
}

/** No execution turned the sign of the account's position. */
function nothingCrossed(desk: SimulatedDesk): void {
  const held = new Map<string, number>();
  for (const { symbol, side, quantity, orderId } of desk.exchange.fills()) {
    const before = held.get(symbol) ?? 0;
    const after = before + (side === 'buy' || side === 'buy_to_cover' ? quantity : -quantity);
    assert.ok(before * after >= 0, `order ${orderId} took ${symbol} from ${before} to ${after}`);
    held.set(symbol, after);
  }
}
