/**
 * `npm run bench [-- --json] [--rounds N] [--quick] [--connections 1,50] [--profile DIR]`: how fast an alert is durable and an order
 * acknowledged through the shipped flow, against the same work in plain node:http and against Node-RED's own nodes.
 * Everything runs on loopback, in temporary folders, with a bounded number of alerts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Child } from './child.ts';
import { gateFigures } from './gate.ts';
import { filled, measure, prepare, type Target } from './load.ts';
import { bare, footprint, market, plain, product, stock } from './programs.ts';
import { level, type Programs, type Report, readable, targets } from './report.ts';

const SECRET = 'a-secret-of-the-bench';
const COUNTS: [connections: number, count: number][] = [
  [1, 150],
  [10, 300],
  [50, 500],
];
const IDLE_MS = 10_000;
const SHARES_TO_SELL = 300;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    connections: { type: 'string' },
    profile: { type: 'string' },
  },
});
const rounds = Math.max(1, Math.min(25, Number(values.rounds ?? (values.quick ? 1 : 5)) || 1));
const asked = values.connections?.split(',').map(Number);
const say = (text: string) => void process.stderr.write(`bench: ${text}\n`);

const folder = mkdtempSync(path.join(tmpdir(), 'trader-bench-'));
const children: Child[] = [];
const keep = <T extends { child: Child }>(program: T): T => {
  children.push(program.child);
  return program;
};

async function run(): Promise<Report> {
  say('one gate decision ...');
  const gate = gateFigures(folder);
  say('starting the programs ...');
  const at = (name: string) => path.join(folder, name);
  const [ours, theirs] = [keep(await market()), keep(await market())];
  const profile =
    values.profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', path.resolve(values.profile)];
  const contestants = {
    product: keep(await product(at('product'), ours, SECRET, profile)),
    plain: keep(await plain(at('plain'), theirs, SECRET)),
    stock: keep(await stock(at('stock'), theirs, SECRET)),
  };
  const idle = await idleFigures(contestants.product.child, at('bare'));
  for (const target of Object.values(contestants)) {
    await prepare(target, SHARES_TO_SELL, SECRET);
    await filled(target);
  }

  const levels = [];
  for (const [connections, count] of COUNTS) {
    if (asked && !asked.includes(connections)) continue;
    const measured: Programs[] = [];
    // The first round warms up and is not counted.
    for (let round = 0; round <= rounds; round++) {
      say(`${connections} connections, ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`);
      const one = await oneRound(contestants, connections, count, round % 2 === 1);
      if (round > 0) measured.push(one);
    }
    levels.push(level(connections, count, measured));
  }
  return { node: process.version, rounds, levels, gate, idle, targets: targets(levels, gate) };
}

/** One after the other, in turned order every other round. */
async function oneRound(
  contestants: Record<keyof Programs, Target>,
  connections: number,
  count: number,
  turned: boolean,
): Promise<Programs> {
  const found: Partial<Programs> = {};
  const names: (keyof Programs)[] = ['product', 'plain', 'stock'];
  for (const name of turned ? names.reverse() : names)
    found[name] = await measure(contestants[name], connections, count, SECRET);
  return found as Programs;
}

async function idleFigures(running: Child, at: string): Promise<Report['idle']> {
  const empty = keep({ child: await bare(at) }).child;
  const ms = values.quick ? IDLE_MS / 5 : IDLE_MS;
  say(`idle for ${ms / 1000} s ...`);
  const [ours, theirs] = await Promise.all([footprint(running, ms), footprint(empty, ms)]);
  await empty.stop();
  return { product: ours, bare: theirs };
}

try {
  const report = await run();
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : readable(report));
} finally {
  // What uses a market stops before it.
  for (const child of children.reverse()) await child.stop();
  rmSync(folder, { recursive: true, force: true });
}
