/** A first answer by itself: reading the bars, which are held, and writing them, beside JSON.stringify of ready columns. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemElapsed } from '../lib/domain/clock.ts';
import { Emitter } from '../lib/domain/events.ts';
import { Bars } from '../lib/market/bars/bar-service.ts';
import { BrokerCalendar } from '../lib/market/broker-calendar.ts';
import { sessionsBetween, toEpoch } from '../lib/market/calendar.ts';
import { MINUTE } from '../lib/market/exchange-time.ts';
import type { MarketSource } from '../lib/market/market-source.ts';
import { DiskBarStore } from '../lib/market/store/bar-store.ts';
import { MarketDatabase } from '../lib/market/store/database.ts';
import { historyBody } from '../lib/udf/columns.ts';
import { UdfFeed } from '../lib/udf/feed.ts';
import type { ChartSource } from '../lib/udf/feed-parts.ts';
import { quantile } from './load.ts';

const NOW = toEpoch('2026-03-06', '16:30');
const SAMPLES = 200;

/** Microseconds, medians. */
export interface FirstFigures {
  bars: number;
  /** From the question to the body. */
  answer: number;
  /** Of that, making the body of the bars. */
  writer: number;
  stringify: number;
}

export async function firstFigures(): Promise<FirstFigures[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'trader-first-'));
  const db = new MarketDatabase(path.join(folder, 'market.db'), () => undefined);
  try {
    const source = chartSource(db);
    const figures = [];
    for (const bars of [300, 5_000]) figures.push(await oneSize(source, bars));
    return figures;
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function oneSize(source: ChartSource, count: number): Promise<FirstFigures> {
  const feed = new UdfFeed(source, { marks: false });
  const to = Math.floor(toEpoch('2026-03-05', '16:00') / 1000);
  const query = new URLSearchParams({
    symbol: 'AAPL',
    resolution: '1',
    countback: String(count),
    from: '0',
    to: String(to),
  });
  const body = (await feed.answer('/history', query)).body;
  const columns: unknown = JSON.parse(body.toString());
  const bars = await source.bars.history('AAPL', '1', { count, to: to * 1000 });
  if (bars.length !== count) throw new Error(`${bars.length} bars instead of ${count}`);
  const samples = { answer: [] as number[], writer: [] as number[], stringify: [] as number[] };
  const timed = (name: keyof typeof samples, began: bigint, n: number) => {
    // The first ones warm up.
    if (n >= SAMPLES / 2) samples[name].push(Number(process.hrtime.bigint() - began) / 1e3);
  };
  for (let n = 0; n < SAMPLES; n++) {
    let began = process.hrtime.bigint();
    await feed.answer('/history', query);
    timed('answer', began, n);
    began = process.hrtime.bigint();
    historyBody(bars, '1');
    timed('writer', began, n);
    began = process.hrtime.bigint();
    Buffer.from(JSON.stringify(columns));
    timed('stringify', began, n);
  }
  return {
    bars: count,
    answer: quantile(samples.answer, 0.5),
    writer: quantile(samples.writer, 0.5),
    stringify: quantile(samples.stringify, 0.5),
  };
}

/** The real bar service over a store that holds twenty sessions of minutes; nothing is read from anybody. */
function chartSource(db: MarketDatabase): ChartSource {
  const clock = { market: { now: () => NOW }, elapsed: systemElapsed, wall: { now: () => NOW } };
  const never = async () => {
    throw new Error('everything is held');
  };
  const onError = (error: unknown) => {
    throw error;
  };
  const source: MarketSource = {
    environment: 'simulator',
    quoteDelayMs: 0,
    quotes: never,
    history: never,
    timesales: never,
    calendar: never,
    searchSymbols: never,
    lookupSymbols: never,
    companySector: never,
    watchQuotes: () => undefined,
    quoteUpdates: new Emitter(onError),
    trades: new Emitter(onError),
    streamStates: new Emitter(onError),
    renewMarketStream: () => undefined,
  };
  const log = () => undefined;
  const calendar = new BrokerCalendar({ source, db: null, clock, log });
  const store = new DiskBarStore(db);
  const sessions = sessionsBetween('2026-02-05', '2026-03-05');
  let price = 15_000;
  let random = 1;
  const step = () => {
    random = (random * 48_271) % 2_147_483_647;
    return (random % 21) - 10;
  };
  const [first, last] = [sessions[0], sessions.at(-1)];
  if (!first || !last) throw new Error('no sessions');
  const bars = sessions.flatMap(({ open, close }) =>
    Array.from({ length: (close - open) / MINUTE }, (_, n) => {
      const opened = price;
      price += step();
      const [low, high] = [Math.min(opened, price) - 3, Math.max(opened, price) + 4];
      const volume = 1_000 + (random % 90_000);
      const time = open + n * MINUTE;
      return {
        symbol: 'AAPL',
        time,
        open: opened / 100,
        high: high / 100,
        low: low / 100,
        close: price / 100,
        volume,
        closed: true,
      };
    }),
  );
  store.write('AAPL', '1', { from: first.open, to: toEpoch('2026-03-06', '09:30') }, bars);
  const service = new Bars({ source, store, calendar, clock, watch: () => ({ release() {} }), log });
  return {
    simulated: false,
    clock,
    bars: service,
    symbols: { search: never, lookup: never },
    calendar,
    feed: { mode: 'streaming', delayMs: 0, simulated: false, borrowed: false },
    watchedSymbols: () => [],
    quote: never,
    annotations: () => [],
  };
}
