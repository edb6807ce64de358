/** What quotes cost an order: alerts through the shipped flow, one after the other, while quotes arrive and while none do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { INSTRUMENTS } from '../lib/exchange/listings.ts';
import type { Child, Usage } from './child.ts';
import { filled, type Measured, measure, prepare, quantile } from './load.ts';
import { market, product } from './programs.ts';
import { quotedFlow } from './user-directory.ts';

const QUOTES = 500;
const SHARES_TO_SELL = 500;
const SETTLE_MS = 500;
const SECRET = 'a-secret-of-the-bench';

export interface UnderQuotes {
  orders: number;
  /** Quotes a second that reached a node behind `tradier-quote`. */
  quotes: number;
  /** From the alert to the order's acknowledgement, microseconds, medians over the rounds. */
  idle: { p50: number; p99: number };
  quoted: { p50: number; p99: number };
  /** Quoted to idle within a round, medians. */
  ratio: { p50: number; p99: number };
}

interface Phase {
  measured: Measured;
  quotes: number;
}

/** One desk for both: first without quotes and then with them, and the other way round in the next round. */
export async function underQuotes(options: {
  folder: string;
  rounds: number;
  orders: number;
  children: Child[];
  say: (text: string) => void;
}): Promise<UnderQuotes> {
  const { folder, rounds, orders, children, say } = options;
  const beside = await market('quoted-market.ts');
  children.push(beside.child);
  const desk = await product(folder, beside, SECRET, [], quotedFlow(INSTRUMENTS.map(({ symbol }) => symbol)));
  children.push(desk.child);
  await prepare(desk, SHARES_TO_SELL, SECRET);
  await filled(desk);
  const phase = async (rate: number): Promise<Phase> => {
    const { symbols } = await beside.child.ask<{ symbols: number }>(`rate ${rate}`);
    if (symbols < INSTRUMENTS.length - 1) throw new Error(`${symbols} symbols are quoted`);
    await sleep(SETTLE_MS);
    const [before, began] = [await desk.child.ask<Usage>('usage'), performance.now()];
    const measured = await measure(desk, 1, orders, SECRET);
    const after = await desk.child.ask<Usage>('usage');
    return { measured, quotes: ((after.quotes - before.quotes) * 1e3) / (performance.now() - began) };
  };
  const found: { idle: Phase; quoted: Phase }[] = [];
  // The first round warms up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    say(`orders under quotes, ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`);
    const first = await phase(round % 2 === 0 ? 0 : QUOTES);
    const second = await phase(round % 2 === 0 ? QUOTES : 0);
    const both = round % 2 === 0 ? { idle: first, quoted: second } : { idle: second, quoted: first };
    if (round > 0) found.push(both);
  }
  const median = (of: (one: { idle: Phase; quoted: Phase }) => number) => quantile(found.map(of), 0.5);
  const figures = (kind: 'idle' | 'quoted') => ({
    p50: median((one) => one[kind].measured.acknowledgedP50),
    p99: median((one) => one[kind].measured.acknowledgedP99),
  });
  return {
    orders,
    quotes: median(({ quoted }) => quoted.quotes),
    idle: figures('idle'),
    quoted: figures('quoted'),
    ratio: {
      p50: median(({ idle, quoted }) => quoted.measured.acknowledgedP50 / idle.measured.acknowledgedP50),
      p99: median(({ idle, quoted }) => quoted.measured.acknowledgedP99 / idle.measured.acknowledgedP99),
    },
  };
}
