import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrderEvent } from '../../lib/broker/port.ts';
import type { TradierBroker } from '../../lib/broker/tradier/broker.ts';
import { systemElapsed, systemWall } from '../../lib/domain/clock.ts';
import type { Bar } from '../../lib/domain/market-data.ts';
import { isTerminal } from '../../lib/domain/order.ts';
import { tradingSession } from '../../lib/market/calendar.ts';
import { MINUTE, toEpoch } from '../../lib/market/exchange-time.ts';
import { BrokerMarketTime } from '../../lib/market/market-clock.ts';
import { MarketData } from '../../lib/market/market-data.ts';
import { type RunningSimulator, startSimulator } from '../../simulator/server.ts';
import { BrokenLine, type End, type Kind } from './broken-line.ts';
import { anOrder, brokerAt, eventually } from './fixtures.ts';

const EACH = 500;
const SYMBOLS = ['AAPL', 'F'];

/** The same numbers every time, in [0, 1). */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Truth {
  orders: { id: number; status: string; exec_quantity: number }[];
  fills: { order_id: number; quantity: number }[];
}

describe('a thousand drops of the streams', () => {
  const folder = mkdtempSync(join(tmpdir(), 'drops-'));
  const told = new Map<number, OrderEvent[]>();
  const bars = new Map<string, Bar[]>();
  const drops: Record<Kind, Record<End, number>> = {
    market: { reset: 0, close: 0, mute: 0 },
    account: { reset: 0, close: 0, mute: 0 },
  };
  let simulator: RunningSimulator;
  let line: BrokenLine;
  let broker: TradierBroker;
  let time: BrokerMarketTime;
  let market: MarketData;
  let placed: number[] = [];

  before(async function () {
    this.timeout(60_000);
    simulator = await startSimulator({
      seed: 4,
      start: toEpoch('2026-03-09', '11:00'),
      speed: 120,
      limits: false,
    });
    line = await BrokenLine.to(simulator.port);
    const clock = { elapsed: systemElapsed, wall: systemWall };
    broker = brokerAt(line.base, {
      token: simulator.token,
      accountId: simulator.account,
      timeouts: { accountSilenceMs: 120, marketSilenceMs: 120, streamBackoffMs: 1, streamBackoffMaxMs: 4 },
    });
    time = new BrokerMarketTime({
      read: () => broker.marketClock(),
      elapsed: systemElapsed,
      closeAfter: (at) => tradingSession(at)?.close ?? Number.POSITIVE_INFINITY,
    });
    await time.start();
    const log = () => undefined;
    const parts = { source: broker, borrowed: false, clock: { ...clock, market: time }, folder };
    market = new MarketData({ ...parts, log, onStream: log });
    market.start();
    broker.orderEvents.on((event) => {
      told.set(event.id, [...(told.get(event.id) ?? []), event]);
    });
    for (const symbol of SYMBOLS) follow(symbol);
    broker.connect();

    const chance = chanceOf(11);
    let dropping = true;
    const orders = trade(() => dropping, chance);
    await Promise.all([drop('market', chance), drop('account', chance)]);
    dropping = false;
    placed = await orders;
    // A calm minute more: what the last drop cost is made good without another one.
    const until = time.now() + 2 * MINUTE;
    await eventually(
      () => [...bars.values()].every((heard) => (heard.at(-1)?.time ?? 0) >= until),
      'every bar came',
      20_000,
    );
  });

  after(async () => {
    market.close();
    time.close();
    await broker.close();
    await line.close();
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function follow(symbol: string): void {
    const heard: Bar[] = [];
    bars.set(symbol, heard);
    market.bars.follow(symbol, '1', {}, ({ kind, bar }) => {
      assert.equal(kind, 'closed');
      heard.push(bar);
    });
  }

  /** Ends the stream of a kind again and again: most often at once, now and then after it ran for a while. */
  async function drop(kind: Kind, chance: () => number): Promise<void> {
    for (let n = 0; n < EACH; ) {
      await pause(chance() < 0.008 ? 300 + chance() * 600 : chance() * 8);
      const how = chance() < 0.06 ? 'mute' : chance() < 0.5 ? 'reset' : 'close';
      if (!line.end(kind, how)) continue;
      drops[kind][how] += 1;
      n += 1;
      // Sometimes the way back is cut as well.
      if (chance() < 0.05) await fault(kind, chance);
    }
  }

  async function fault(kind: Kind, chance: () => number): Promise<void> {
    const path = `/${kind === 'market' ? 'markets' : 'accounts'}/events/session`;
    const body = JSON.stringify({
      kind: chance() < 0.5 ? 'close_before' : 'error_after',
      match: { method: 'POST', path },
    });
    const { ok } = await fetch(`${simulator.control}/faults`, { method: 'POST', body });
    assert.ok(ok);
  }

  /** Orders that fill at once, orders that fill when the price comes, and some that are canceled. */
  async function trade(goOn: () => boolean, chance: () => number): Promise<number[]> {
    const ids: number[] = [];
    while (goOn()) {
      const [quote] = (await broker.quotes(['F'])).quotes;
      const limit = { type: 'limit', price: quote?.bid ?? 1 } as const;
      const tag = `drops-${ids.length}`;
      const outcome = await broker.place(
        anOrder({ symbol: 'F', quantity: 1 + (ids.length % 40), tag, ...(chance() < 0.5 ? limit : {}) }),
      );
      assert.equal(outcome.kind, 'acknowledged', JSON.stringify(outcome));
      if (outcome.kind === 'acknowledged') ids.push(outcome.orderId);
      await pause(chance() * 100);
      if (chance() < 0.2) await broker.cancel(ids.at(-1) as number);
    }
    return ids;
  }

  it('were a thousand, in every way there is, on both streams', () => {
    for (const kind of ['market', 'account'] as const) {
      const { reset, close, mute } = drops[kind];
      assert.equal(reset + close + mute, EACH);
      assert.ok(Math.min(reset, close, mute) > EACH / 40, `${kind}: ${JSON.stringify(drops[kind])}`);
    }
  });

  it('never left two sockets of one kind open', () => {
    assert.deepEqual(line.mostOpen, { market: 1, account: 1 });
  });

  it('cost no bar: those that were told are the whole tape', async () => {
    for (const [symbol, heard] of bars) {
      const [first, last] = [heard[0], heard.at(-1)];
      assert.ok(first && last && first.time <= toEpoch('2026-03-09', '11:01'));
      const truth = await broker.timesales(symbol, '1min', first.time, last.time + MINUTE);
      assert.ok(truth.length > 10, `${truth.length} bars`);
      assert.deepEqual(heard, truth, symbol);
    }
  });

  it('cost no order event: each order was told to its end, in order, nothing twice', async () => {
    const truth = (await (await fetch(`${simulator.control}/truth`)).json()) as Truth;
    assert.ok(placed.length > 50, `${placed.length} orders`);
    assert.deepEqual(
      truth.orders.map(({ id }) => id),
      placed,
    );
    for (const order of truth.orders) {
      const events = told.get(order.id) ?? [];
      const last = events.at(-1);
      assert.deepEqual(
        [last?.status, last?.execQuantity],
        [order.status, order.exec_quantity],
        `${order.id}`,
      );
      const steps = [0];
      for (const { order_id, quantity } of truth.fills)
        if (order_id === order.id) steps.push((steps.at(-1) ?? 0) + quantity);
      let before: OrderEvent | undefined;
      for (const event of events) {
        assert.ok(steps.includes(event.execQuantity), `${event.execQuantity} of ${steps}`);
        if (before !== undefined) {
          assert.ok(!isTerminal(before.status), `${order.id}: ${event.status} after ${before.status}`);
          assert.ok(event.execQuantity >= before.execQuantity);
          assert.notDeepEqual({ ...event, updatedAt: 0 }, { ...before, updatedAt: 0 });
        }
        before = event;
      }
    }
  });
});
