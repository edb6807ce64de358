/** The load: closed loop, one request at a time on each of so many connections, a bounded number of alerts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import type { Child, Collected } from './child.ts';

export interface Target {
  name: string;
  url: string;
  child: Child;
  /** What really happened at its market. */
  truth: string;
}

export interface Measured {
  /** Durable answers a second. */
  answers: number;
  answerP50: number;
  answerP99: number;
  /** Acknowledged orders a second, from the first alert to the last acknowledgement. */
  orders: number;
  acknowledgedP50: number;
  acknowledgedP99: number;
}

/** By then its fill is told and recorded. */
const PAUSE_MS = 10;
const SETTLE_MS = 300;
const STALL_MS = 15_000;
const FILL_MS = 60_000;
let serial = 0;

/**
 * Sends `count` alerts and waits until each is acknowledged. Times in microseconds. With one connection the next alert
 * goes a pause after the order of the last one was acknowledged, so that what follows an order is not counted against
 * the next; with more, when its answer came, so that orders may queue.
 */
export async function measure(
  target: Target,
  connections: number,
  count: number,
  secret: string,
): Promise<Measured> {
  const { origin, pathname } = new URL(target.url);
  const clients = Array.from({ length: connections }, () => new Client(origin, { pipelining: 1 }));
  const sentAt = new Map<string, bigint>();
  const answered: number[] = [];
  const acknowledged: Collected['acknowledged'] = [];
  const began = process.hrtime.bigint();
  let left = count;
  const work = async (client: Client) => {
    while (left > 0) {
      left -= 1;
      serial += 1;
      const id = `a${serial}-${began}`;
      const body = JSON.stringify(alert(id, serial % 2 === 0 ? 'buy' : 'sell', 1, secret));
      const at = process.hrtime.bigint();
      sentAt.set(id, at);
      const reply = await client.request({ method: 'POST', path: pathname, headers: JSON_BODY, body });
      const text = await reply.body.text();
      if (reply.statusCode !== 200) throw new Error(`${target.name} answered ${reply.statusCode}: ${text}`);
      answered.push(micros(at, process.hrtime.bigint()));
      if (connections > 1) continue;
      acknowledged.push(...(await acknowledgements(target, 1, 'next')));
      await sleep(PAUSE_MS);
    }
  };
  await Promise.all(clients.map(work));
  const answeredBy = process.hrtime.bigint();
  acknowledged.push(...(await acknowledgements(target, sentAt.size - acknowledged.length)));
  await Promise.all(clients.map((client) => client.close()));
  await sleep(SETTLE_MS);

  const late = acknowledged.map(([id, at]) => {
    const sent = sentAt.get(id);
    if (sent === undefined) throw new Error(`${target.name} acknowledged ${id}, which was not sent now`);
    return micros(sent, BigInt(at));
  });
  const last = acknowledged.reduce((most, [, at]) => (BigInt(at) > most ? BigInt(at) : most), began);
  return {
    answers: (count * 1e6) / micros(began, answeredBy),
    answerP50: quantile(answered, 0.5),
    answerP99: quantile(answered, 0.99),
    orders: (count * 1e6) / micros(began, last),
    acknowledgedP50: quantile(late, 0.5),
    acknowledgedP99: quantile(late, 0.99),
  };
}

/** One alert ahead of the bench, so that there is something to sell. */
export async function prepare(target: Target, quantity: number, secret: string): Promise<void> {
  const body = JSON.stringify(alert(`seed-${target.name}`, 'buy', quantity, secret));
  const reply = await fetch(target.url, { method: 'POST', headers: JSON_BODY, body });
  if (reply.status !== 200) throw new Error(`${target.name} answered ${reply.status}: ${await reply.text()}`);
  await acknowledgements(target, 1);
}

/** Nothing is open at its market, and what was filled had time to be told. */
export async function filled(target: Target): Promise<void> {
  const end = performance.now() + FILL_MS;
  for (;;) {
    const { orders } = (await (await fetch(target.truth)).json()) as { orders: { status: string }[] };
    if (orders.length > 0 && orders.every(({ status }) => status === 'filled')) break;
    if (performance.now() > end) throw new Error(`the first order of ${target.name} was not filled`);
    await sleep(100);
  }
  await sleep(1_000);
}

async function acknowledgements(
  target: Target,
  count: number,
  question = 'collect',
): Promise<Collected['acknowledged']> {
  const all: Collected['acknowledged'] = [];
  let heard = performance.now();
  while (all.length < count) {
    const { acknowledged, failed, why } = await target.child.ask<Collected>(question);
    if (failed > 0) throw new Error(`${target.name} did not order everything: ${why}`);
    all.push(...acknowledged);
    if (acknowledged.length > 0) heard = performance.now();
    if (performance.now() - heard > STALL_MS)
      throw new Error(`${target.name} acknowledged ${all.length} of ${count} and then no more`);
    if (all.length < count) await sleep(20);
  }
  return all;
}

const JSON_BODY = { 'content-type': 'application/json' };

/** About 400 bytes, as TradingView's placeholders fill them. */
function alert(id: string, action: 'buy' | 'sell', contracts: number, secret: string): object {
  return {
    secret,
    id,
    ticker: 'AAPL',
    action,
    contracts,
    interval: '5',
    price: 187.25,
    exchange: 'NASDAQ',
    comment: 'crossing of the fast and the slow average, as the strategy tester says it',
    alert_name: 'bench',
  };
}

function micros(from: bigint, to: bigint): number {
  return Number(to - from) / 1e3;
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
