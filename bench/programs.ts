/** The programs that are compared: the product, plain Node and Node-RED's own nodes, each beside a market of its own kind. */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { Child, type Usage } from './child.ts';
import type { Target } from './load.ts';
import { type FlowNode, shippedFlow, stockFlow, userDirectory } from './user-directory.ts';

const READY_MS = 60_000;

export interface Market {
  child: Child;
  rest: string;
  token: string;
  account: string;
}

export async function market(program = 'simulator.ts'): Promise<Market> {
  const child = new Child('the simulator', [path.join(import.meta.dirname, program)]);
  return { child, ...(await child.ask<Omit<Market, 'child'>>()) };
}

export async function product(
  at: string,
  beside: Market,
  secret: string,
  node: string[],
  flow = shippedFlow(),
): Promise<Target> {
  const { rest, token } = beside;
  const env = { TRADER_SIM_URL: rest, TRADER_SIM_TOKEN: token, TRADER_WEBHOOK_SECRET: secret };
  const { child, base } = await nodeRed('product', at, flow, env, node);
  const url = `${base}/webhook/tradingview`;
  // 503 until the account is open, then the secret is asked for.
  await until(async () => (await fetch(`${url}/signals/none`)).status === 401);
  return { name: 'product', url, child, truth: truthOf(beside) };
}

export async function stock(at: string, beside: Market, secret: string): Promise<Target> {
  const { rest, token, account } = beside;
  const { child, base } = await nodeRed('stock', at, stockFlow(rest, token, account, secret), {}, []);
  await until(async () => (await fetch(`${base}/alert`, { method: 'POST' })).status === 401);
  return { name: 'stock', url: `${base}/alert`, child, truth: truthOf(beside) };
}

export async function bare(at: string): Promise<Child> {
  return (await nodeRed('bare', at, [], {}, [])).child;
}

export async function plain(at: string, beside: Market, secret: string): Promise<Target> {
  mkdirSync(at, { recursive: true });
  const { rest, token, account } = beside;
  const entry = path.join(import.meta.dirname, 'plain.ts');
  const child = new Child('plain', [entry, path.join(at, 'plain.db'), rest, token, account, secret]);
  return { name: 'plain', child, url: (await child.ask<{ url: string }>()).url, truth: truthOf(beside) };
}

function truthOf(beside: Market): string {
  return new URL('/_sim/truth', beside.rest).href;
}

/** Memory now, and the share of one core over a while of doing nothing. */
export async function footprint(child: Child, ms: number): Promise<{ rss: number; cpu: number }> {
  const before = await child.ask<Usage>('usage');
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const after = await child.ask<Usage>('usage');
  return { rss: after.rss, cpu: (after.cpu - before.cpu) / 1e3 / (performance.now() - began) };
}

async function nodeRed(
  name: string,
  at: string,
  flow: FlowNode[],
  env: Record<string, string>,
  node: string[],
): Promise<{ child: Child; base: string }> {
  const port = await freePort();
  const args = userDirectory(at, flow, port, name === 'product');
  const child = new Child(name, [...node, ...args], env);
  const base = `http://127.0.0.1:${port}`;
  try {
    await until(async () => (await fetch(`${base}/settings`)).ok);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { child, base };
}

async function until(check: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + READY_MS;
  while (!(await check().catch(() => false))) {
    if (performance.now() > end) throw new Error('a program did not get ready');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
