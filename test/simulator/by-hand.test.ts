import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningSimulator } from '../../simulator/server.ts';
import { startSimulator } from '../../simulator/server.ts';
import { HandClock, MONDAY } from './support.ts';

describe('the simulator by hand', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'by-hand-'));
  const clock = new HandClock();
  let simulator: RunningSimulator;

  const start = async () => {
    simulator = await startSimulator({
      port: 0,
      seed: 1,
      start: MONDAY,
      stateDir,
      elapsed: clock,
      wall: clock.wall,
      onError: (error) => {
        throw error;
      },
    });
  };
  before(start);
  after(async () => {
    await simulator.close();
    rmSync(stateDir, { recursive: true, force: true });
  });

  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${simulator.control}/${path}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, json: (await response.json()) as Record<string, never> };
  };
  const position = async (): Promise<{ quantity: number; cost_basis: number } | undefined> => {
    const response = await fetch(`${simulator.rest}/accounts/${simulator.account}/positions`, {
      headers: { authorization: `Bearer ${simulator.token}`, accept: 'application/json' },
    });
    const { positions } = (await response.json()) as { positions: { position: never } | 'null' };
    return positions === 'null' ? undefined : positions.position;
  };

  it('places an order without a tag, splits and pays dividends, and has it all after a restart', async () => {
    const order = await post('orders', { symbol: 'aapl', side: 'buy', quantity: 10 });
    assert.equal(order.status, 200, JSON.stringify(order));
    clock.pass(5_000);
    const before = await position();
    assert.equal(before?.quantity, 10);
    assert.equal((await post('splits', { symbol: 'AAPL', new_shares: 2, old_shares: 1 })).status, 200);
    const after = await position();
    assert.deepEqual([after?.quantity, after?.cost_basis], [20, before?.cost_basis]);
    assert.equal((await post('dividends', { symbol: 'AAPL', per_share: 0.5, reinvest: true })).status, 200);
    const reinvested = await position();
    assert.ok((reinvested?.quantity ?? 0) > 20);
    const truth = (await (await fetch(`${simulator.control}/truth`)).json()) as { orders: { tag: null }[] };
    assert.equal(truth.orders[0]?.tag, null);
    await simulator.close();
    await start();
    assert.deepEqual(await position(), reinvested);
  });

  it('says what is wrong with a request', async () => {
    for (const [path, body, status, field] of [
      ['orders', '{"symbol"', 400, 'order'],
      ['orders', { symbol: 'AAPL', side: 'buy', quantity: 1.5 }, 400, 'quantity'],
      ['orders', { symbol: 'AAPL', side: 'buy', quantity: 1, tag: 'mine' }, 400, 'tag'],
      ['splits', { symbol: 'AAPL', new_shares: 2 }, 400, 'old_shares'],
      ['splits', { symbol: 'AAPL', new_shares: 2, old_shares: 2 }, 400, 'new_shares'],
      ['dividends', { symbol: 'MSFT', per_share: 1 }, 400, 'symbol'],
    ] as const) {
      const answer = await post(path, body);
      assert.deepEqual(
        [answer.status, (answer.json as { error?: { field: string } }).error?.field],
        [status, field],
      );
    }
    const refused = await post('orders', { symbol: 'MSFT', side: 'sell', quantity: 1 });
    assert.equal(refused.status, 422);
    assert.match(JSON.stringify(refused.json), /UnexpectedSellOrder/);
  });
});
