/** One decision of the risk gate by itself: gathering what the rules look at, and all rules, with 50 positions held. */
import path from 'node:path';
import { systemElapsed, systemWall } from '../lib/domain/clock.ts';
import type { OrderIntent } from '../lib/domain/order.ts';
import { BrokerCalendar } from '../lib/market/broker-calendar.ts';
import { calendarMonth, toEpoch } from '../lib/market/calendar.ts';
import type { QuoteBook } from '../lib/market/quote-book.ts';
import { Exposure } from '../lib/orders/exposure.ts';
import { Journal } from '../lib/orders/journal/journal.ts';
import type { Holdings } from '../lib/portfolio/holdings.ts';
import { Ledger } from '../lib/portfolio/ledger.ts';
import { evaluate } from '../lib/risk/evaluate.ts';
import { PRESETS } from '../lib/risk/policy.ts';
import { type SituationParts, situation } from '../lib/risk/situation.ts';
import { quantile } from './load.ts';

const POSITIONS = 50;
const SAMPLES = 400;
const BATCH = 50;

export interface GateFigures {
  positions: number;
  rules: number;
  /** Microseconds: gathering and rules together, and the rules alone. */
  decisionP50: number;
  decisionP99: number;
  rulesP50: number;
}

export function gateFigures(folder: string): GateFigures {
  const journal = new Journal(path.join(folder, 'gate.db'), systemWall.now());
  try {
    const parts = situationParts(journal);
    const policy = { ...PRESETS.rebalancer, maxOpenPositions: POSITIONS + 1 };
    const context = situation(parts, intent, null);
    const { checks, refusals } = evaluate(context, policy);
    if (refusals.length > 0) throw new Error(`the gate refused: ${JSON.stringify(refusals)}`);
    const decisions = timed(() => evaluate(situation(parts, intent, null), policy));
    const rules = timed(() => evaluate(context, policy));
    return {
      positions: POSITIONS,
      rules: checks.length,
      decisionP50: quantile(decisions, 0.5),
      decisionP99: quantile(decisions, 0.99),
      rulesP50: quantile(rules, 0.5),
    };
  } finally {
    journal.close();
  }
}

/** Microseconds of one call; each sample is the mean of a few, or the clock itself would be what is measured. */
function timed(call: () => unknown): number[] {
  const samples: number[] = [];
  for (let sample = -SAMPLES; sample < SAMPLES; sample++) {
    const began = process.hrtime.bigint();
    for (let n = 0; n < BATCH; n++) call();
    const micros = Number(process.hrtime.bigint() - began) / 1e3 / BATCH;
    if (sample >= 0) samples.push(micros);
  }
  return samples;
}

const symbolOf = (n: number) =>
  `S${String.fromCharCode(65 + (n % 26))}${String.fromCharCode(65 + Math.floor(n / 26))}`;

const intent: OrderIntent = {
  intentId: 'abcdefghijklmnopqrstuvwx',
  signalKey: 'key',
  account: 'simulator:VA1',
  leg: 'main',
  book: 'tradingview',
  strategy: 'bench',
  symbol: symbolOf(7),
  side: 'buy',
  quantity: 10,
  type: 'market',
  duration: 'day',
  reduceOnly: false,
  reason: '',
};

/** The real books, exposure and journal; only what comes from the broker is given. */
function situationParts(journal: Journal): SituationParts {
  const now = toEpoch('2026-03-02', '11:00');
  const ledger = new Ledger(
    Array.from({ length: POSITIONS }, (_, n) => ({
      orderId: n + 1,
      intentId: `intent-${n}`,
      symbol: symbolOf(n),
      side: 'buy' as const,
      book: 'tradingview',
      quantity: 20,
      cumQuantity: 20,
      price: 40 + n,
      at: now,
    })),
  );
  const holdings = {
    asked: systemElapsed.now(),
    external: () => 0,
    externalSymbols: () => [],
    equity: () => 2_000_000_000,
    buyingPower: () => 1_000_000_000,
  };
  const quote = { bid: 49.99, ask: 50.01, last: 50 };
  const clock = { market: { now: () => now }, elapsed: systemElapsed, wall: systemWall };
  journal.baselines.keep(
    '2026-03-02',
    2_000_000_000 as Parameters<Journal['baselines']['keep']>[1],
    clock as never,
  );
  return {
    journal,
    exposure: new Exposure(),
    holdings: holdings as unknown as Holdings,
    ledger,
    calendar: calendarOf(clock.market),
    quotes: { peek: () => ({ quote, ageMs: 200 }) } as unknown as QuoteBook,
    clock: clock as unknown as SituationParts['clock'],
    quoteDelayMs: 0,
    live: false,
    session: () => '2026-03-02',
  };
}

/** As an account has it: the built-in days with what a broker said of some of them. */
function calendarOf(market: { now(): number }): BrokerCalendar {
  const calendar = new BrokerCalendar({
    source: { calendar: async () => [] },
    db: null,
    clock: { market: market as never, elapsed: systemElapsed },
    log: () => undefined,
  });
  calendar.learn(calendarMonth(2026, 3));
  return calendar;
}
