import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TradierBroker } from '../../../lib/broker/tradier/broker.ts';
import { systemElapsed, systemWall } from '../../../lib/domain/clock.ts';
import type { Bar } from '../../../lib/domain/market-data.ts';
import { tradingSession } from '../../../lib/market/calendar.ts';
import { MINUTE, toEpoch } from '../../../lib/market/exchange-time.ts';
import { BrokerMarketTime } from '../../../lib/market/market-clock.ts';
import { MarketData } from '../../../lib/market/market-data.ts';
import { type RunningSimulator, startSimulator } from '../../../simulator/server.ts';
import { eventually } from '../../broker/fixtures.ts';

describe('bars over the wire', () => {
  let simulator: RunningSimulator;
  let broker: TradierBroker;
  let time: BrokerMarketTime;
  let market: MarketData;
  const folder = mkdtempSync(join(tmpdir(), 'wire-'));

  beforeEach(async () => {
    simulator = await startSimulator({ seed: 4, start: toEpoch('2026-03-09', '15:54'), speed: 120 });
    const clock = { elapsed: systemElapsed, wall: systemWall };
    broker = new TradierBroker({
      environment: 'simulator',
      baseUrl: simulator.rest,
      token: simulator.token,
      accountId: simulator.account,
      clock,
      log: () => undefined,
      timeouts: { streamBackoffMs: 50 },
    });
    time = new BrokerMarketTime({
      read: () => broker.marketClock(),
      elapsed: systemElapsed,
      closeAfter: (at) => tradingSession(at)?.close ?? Number.POSITIVE_INFINITY,
    });
    await time.start();
    const log = () => undefined;
    market = new MarketData({
      source: broker,
      borrowed: false,
      clock: { ...clock, market: time },
      folder,
      log,
      onStream: log,
    });
    market.start();
    broker.connect();
  });

  afterEach(async () => {
    market.close();
    time.close();
    await broker.close();
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are whole over a close and a night, through one drop of the stream after the other', async () => {
    const heard = new Map<string, Bar[]>(['AAPL', 'BRK/B', 'XLU'].map((symbol) => [symbol, []]));
    for (const [symbol, bars] of heard)
      market.bars.follow(symbol, '1', {}, ({ kind, bar }) => {
        assert.equal(kind, 'closed');
        bars.push(bar);
      });
    const until = toEpoch('2026-03-10', '09:40');
    const dropping = setInterval(() => broker.renewMarketStream('the test drops it'), 700);
    try {
      await eventually(() => time.now() > until, 'the next morning', 30_000);
    } finally {
      clearInterval(dropping);
    }
    await eventually(
      () => [...heard.values()].every((bars) => (bars.at(-1)?.time ?? 0) >= until - MINUTE),
      'every bar came',
      20_000,
    );
    for (const [symbol, bars] of heard) {
      const [first, last] = [bars[0], bars.at(-1)];
      assert.ok(first && last && first.time <= toEpoch('2026-03-09', '15:56'));
      const truth = await broker.timesales(symbol, '1min', first.time, last.time + MINUTE);
      assert.deepEqual(bars, truth, symbol);
    }
  }).timeout(60_000);
});
