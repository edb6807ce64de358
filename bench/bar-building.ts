/**
 * How fast prints become bars: a session of the simulated exchange's own tape through the product, with its proof that no
 * print is missing and its store on disk, beside the least that could be done with it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemElapsed } from '../lib/domain/clock.ts';
import { Emitter } from '../lib/domain/events.ts';
import type { Trade } from '../lib/domain/market-data.ts';
import { Exchange } from '../lib/exchange/exchange.ts';
import { BarBuilder } from '../lib/market/bars/bar-builder.ts';
import { LiveTape } from '../lib/market/bars/live-tape.ts';
import { sessionOn } from '../lib/market/calendar.ts';
import { MINUTE } from '../lib/market/exchange-time.ts';
import { DiskBarStore } from '../lib/market/store/bar-store.ts';
import { MarketDatabase } from '../lib/market/store/database.ts';
import { quantile } from './load.ts';

const DAY = '2026-03-05';
const SYMBOLS = ['AAPL', 'MSFT', 'NVDA', 'SPY', 'XLE'];
const MINUTES = 390;
const HOUR = 60 * MINUTE;

type Way = 'builder' | 'kept' | 'fold';

export interface BarFigures {
  trades: number;
  /** Trades a second, medians: bars with their proof, the same kept on disk, and a bare fold into minutes. */
  rates: Record<Way, number>;
  /** To the bare fold in the same round, medians. */
  ratios: Record<'builder' | 'kept', number>;
}

export function barFigures(rounds: number): BarFigures {
  const trades = tape();
  const ways: Record<Way, () => number> = {
    builder: () => built(trades),
    kept: () => kept(trades),
    fold: () => folded(trades),
  };
  const names = Object.keys(ways) as Way[];
  const found: Record<Way, number[]> = { builder: [], kept: [], fold: [] };
  // The first round warms up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const rate = ways[name]();
      if (round > 0) found[name].push(rate);
    }
  }
  const median = (of: (round: number) => number) =>
    quantile(
      found.fold.map((_, round) => of(round)),
      0.5,
    );
  const rate = (way: Way) => median((round) => found[way][round] ?? 0);
  const ratio = (way: Way) => median((round) => (found[way][round] ?? 0) / (found.fold[round] ?? 0));
  return {
    trades: trades.length,
    rates: { builder: rate('builder'), kept: rate('kept'), fold: rate('fold') },
    ratios: { builder: ratio('builder'), kept: ratio('kept') },
  };
}

const raise = (error: unknown): never => {
  throw error;
};

function openSession() {
  const session = sessionOn(DAY);
  if (session === null) throw new Error(`${DAY} is no trading day`);
  return session;
}

/** Every print of the session, as a stream would bring them. */
function tape(): Trade[] {
  const { open, close } = openSession();
  const exchange = new Exchange({ seed: 3, accountId: 'VA1', start: open, onError: raise });
  exchange.advance(close);
  // By the hour, because an answer has 10,000 prints at most; what is printed at its beginning is not in it.
  const hours = Array.from({ length: Math.ceil((close - open) / HOUR) }, (_, n) => open + n * HOUR - 1);
  return SYMBOLS.flatMap((symbol) =>
    hours.flatMap((from) => exchange.tape(symbol, from, Math.min(from + HOUR, close))),
  ).sort((a, b) => a.time - b.time);
}

function timed(trades: readonly Trade[], add: (trade: Trade) => void, bars: () => number): number {
  const began = process.hrtime.bigint();
  for (const trade of trades) add(trade);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const made = bars();
  if (made !== SYMBOLS.length * MINUTES) throw new Error(`${made} bars were made`);
  return trades.length / seconds;
}

function built(trades: readonly Trade[]): number {
  const builders = new Map(SYMBOLS.map((symbol) => [symbol, new BarBuilder(symbol, sessionOn)]));
  const { open: from, close: to } = openSession();
  return timed(
    trades,
    (trade) => builders.get(trade.symbol)?.add(trade),
    () => [...builders.values()].reduce((sum, builder) => sum + builder.bars({ from, to }).length, 0),
  );
}

/** As in the product: heard from the stream, and what is proven written into the store. */
function kept(trades: readonly Trade[]): number {
  const folder = mkdtempSync(path.join(tmpdir(), 'trader-bars-'));
  const db = new MarketDatabase(path.join(folder, 'market.db'), () => undefined);
  const store = new DiskBarStore(db);
  const heard = new Emitter<Trade>(raise);
  let now = 0;
  const live = new LiveTape({
    source: { trades: heard },
    store,
    elapsed: systemElapsed,
    watch: () => ({ release() {} }),
    sessionOn,
    now: () => now,
    onPrint: () => undefined,
    onDoubt: () => undefined,
    onError: raise,
  });
  try {
    for (const symbol of SYMBOLS) live.follow(symbol);
    const { open: from, close: to } = openSession();
    // The last minute of a session is proven by what is printed after it.
    const held = () =>
      SYMBOLS.reduce((sum, symbol) => sum + store.read(symbol, '1', { from, to }).length + 1, 0);
    const hear = (trade: Trade) => {
      now = trade.time;
      heard.emit(trade);
    };
    return timed(trades, hear, held);
  } finally {
    live.close();
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nothing is looked at but price and size: no missed print is noticed, no repeated one left out. */
function folded(trades: readonly Trade[]): number {
  const minutes = new Map<
    string,
    Map<number, { open: number; high: number; low: number; close: number; volume: number }>
  >(SYMBOLS.map((symbol) => [symbol, new Map()]));
  const add = ({ symbol, time, price, size }: Trade) => {
    const bars = minutes.get(symbol);
    const at = time - (time % MINUTE);
    const bar = bars?.get(at);
    if (bar === undefined) {
      bars?.set(at, { open: price, high: price, low: price, close: price, volume: size });
      return;
    }
    if (price > bar.high) bar.high = price;
    if (price < bar.low) bar.low = price;
    bar.close = price;
    bar.volume += size;
  };
  return timed(trades, add, () => [...minutes.values()].reduce((sum, bars) => sum + bars.size, 0));
}
