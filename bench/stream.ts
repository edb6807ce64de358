/**
 * `npm run bench:stream [-- --json] [--rounds N] [--quick]`: how fast quotes reach the clients of `/stream`, against a
 * bare `ws` broadcast of the same bytes, and what arriving quotes cost an order. Servers and clients are processes of
 * their own, on loopback, in temporary folders.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Child } from './child.ts';
import { quantile } from './load.ts';
import { type UnderQuotes, underQuotes } from './under-quotes.ts';

const CLIENTS = 1_000;
const FEW = 100;
const BURST = 40;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});
const rounds = Math.max(1, Math.min(25, Number(values.rounds ?? (values.quick ? 1 : 5)) || 1));
const say = (text: string) => void process.stderr.write(`bench: ${text}\n`);
const at = (name: string) => path.join(import.meta.dirname, name);
const children: Child[] = [];
const folder = mkdtempSync(path.join(tmpdir(), 'trader-stream-'));

type Kind = 'product' | 'bare';

interface Side {
  server: Child;
  clients: Child;
  count: number;
}

async function side(kind: Kind, count: number): Promise<Side> {
  const server = new Child(kind, [at('stream-server.ts'), kind]);
  children.push(server);
  const { port, symbols } = await server.ask<{ port: number; symbols: string[] }>();
  const clients = new Child(`clients of ${kind}`, [
    at('stream-clients.ts'),
    String(port),
    String(count),
    symbols.join(','),
  ]);
  children.push(clients);
  await clients.ask();
  return { server, clients, count };
}

/** Messages a second: so many quotes at once, and the next when everybody has them all. */
async function throughput({ server, clients, count }: Side, bursts: number): Promise<number> {
  const began = process.hrtime.bigint();
  for (let n = 0; n < bursts; n++) {
    await clients.ask(`expect ${BURST * count}`);
    const all = clients.ask<{ frames: number }>();
    await server.ask(`burst ${BURST}`);
    await all;
  }
  return (BURST * count * bursts) / (Number(process.hrtime.bigint() - began) / 1e9);
}

interface Delays {
  p50: number;
  p99: number;
  /** Share of one core. */
  cpu: number;
}

/** Microseconds from the making of a quote to its reading, at a steady rate. */
async function delays({ server, clients, count }: Side, rate: number, ms: number): Promise<Delays> {
  await clients.ask('expect 0');
  const { sent, cpu } = await server.ask<{ sent: number; cpu: number }>(`rate ${rate} ${ms}`);
  let heard = { frames: 0, latencies: [] as number[] };
  for (let n = 0; n < 100 && heard.frames < sent * count; n++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    heard = await clients.ask('heard');
  }
  if (heard.frames !== sent * count) throw new Error(`${heard.frames} of ${sent * count} messages arrived`);
  return { p50: quantile(heard.latencies, 0.5), p99: quantile(heard.latencies, 0.99), cpu: cpu / 1e3 / ms };
}

type Pair = Record<Kind, number>;

/** Medians of each, and of the ratio within each round. */
function medians(pairs: Pair[]) {
  const of = (pick: (pair: Pair) => number) => quantile(pairs.map(pick), 0.5);
  return {
    product: of(({ product }) => product),
    bare: of(({ bare }) => bare),
    ratio: of(({ product, bare }) => product / bare),
  };
}

async function both<T>(sides: Record<Kind, Side>, turned: boolean, run: (side: Side) => Promise<T>) {
  const found: Partial<Record<Kind, T>> = {};
  const kinds: Kind[] = turned ? ['bare', 'product'] : ['product', 'bare'];
  for (const kind of kinds) found[kind] = await run(sides[kind]);
  return found as Record<Kind, T>;
}

async function run() {
  const ms = values.quick ? 1_000 : 3_000;
  say(`connecting 2 x ${CLIENTS} clients ...`);
  const many = { product: await side('product', CLIENTS), bare: await side('bare', CLIENTS) };
  const few = { product: await side('product', FEW), bare: await side('bare', FEW) };
  const rates: Pair[] = [];
  const late: Record<Kind, Delays>[] = [];
  const quick: Record<Kind, Delays>[] = [];
  // The first round warms up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? 'warming up ...' : `round ${round} of ${rounds}`);
    const turned = round % 2 === 1;
    const one = await both(many, turned, (side) => throughput(side, values.quick ? 5 : 15));
    const two = await both(many, turned, (side) => delays(side, 50, ms));
    const three = await both(few, turned, (side) => delays(side, 500, ms));
    if (round === 0) continue;
    rates.push(one);
    late.push(two);
    quick.push(three);
  }
  const of = (rows: Record<Kind, Delays>[], figure: keyof Delays) =>
    medians(rows.map(({ product, bare }) => ({ product: product[figure], bare: bare[figure] })));
  const steady = (rows: Record<Kind, Delays>[]) => ({
    p50: of(rows, 'p50'),
    p99: of(rows, 'p99'),
    cpu: of(rows, 'cpu'),
  });
  await stopAll();
  const orders = await underQuotes({ folder, rounds, orders: values.quick ? 100 : 300, children, say });
  const stream = { messages: medians(rates), many: steady(late), few: steady(quick) };
  return { node: process.version, rounds, ...stream, orders };
}

type Report = Awaited<ReturnType<typeof run>>;

function readable({ node, rounds, messages, many, few, orders }: Report): string {
  const line = (what: string, { product, bare, ratio }: ReturnType<typeof medians>, digits = 2) =>
    `  ${what.padEnd(44)}${product.toFixed(digits).padStart(12)}${bare.toFixed(digits).padStart(12)}${ratio.toFixed(2).padStart(8)}`;
  const thousandth = ({ product, bare, ratio }: ReturnType<typeof medians>) => ({
    product: product / 1e3,
    bare: bare / 1e3,
    ratio,
  });
  const met = (fits: boolean) => (fits ? 'met   ' : 'MISSED');
  return [
    `Node ${node}; medians of ${rounds} interleaved rounds. Trust the ratios, not the figures.`,
    `  ${''.padEnd(44)}${'/stream'.padStart(12)}${'bare ws'.padStart(12)}${'ratio'.padStart(8)}`,
    line(`${CLIENTS} clients, as fast as they read: messages/s`, messages, 0),
    line(`${CLIENTS} clients, 50 quotes/s: p50 ms`, thousandth(many.p50)),
    line(`${CLIENTS} clients, 50 quotes/s: p99 ms`, thousandth(many.p99)),
    line(`${CLIENTS} clients, 50 quotes/s: share of a core`, many.cpu),
    line(`${FEW} clients, 500 quotes/s: p50 ms`, thousandth(few.p50)),
    line(`${FEW} clients, 500 quotes/s: p99 ms`, thousandth(few.p99)),
    '',
    ...ordersInWords(orders),
    '',
    `  ${met(messages.ratio >= 0.8)}  fan-out, messages/s to a bare ws broadcast: ${messages.ratio.toFixed(2)} (at least 0.8)`,
    `  ${met(many.p99.ratio <= 1.3)}  fan-out, p99 to a bare ws broadcast: ${many.p99.ratio.toFixed(2)} (at most 1.3)`,
    `  ${met(orders.ratio.p99 <= 1.5)}  an order's p99 under quotes to idle: ${orders.ratio.p99.toFixed(2)} (at most 1.5)`,
    '',
  ].join('\n');
}

function ordersInWords({ quotes, idle, quoted, ratio }: UnderQuotes): string[] {
  const row = (what: string, under: number, without: number, to: number) =>
    `  ${what.padEnd(44)}${(under / 1e3).toFixed(2).padStart(12)}${(without / 1e3).toFixed(2).padStart(12)}${to.toFixed(2).padStart(8)}`;
  const title = 'an order, from alert to acknowledgement';
  return [
    `  ${title.padEnd(44)}${`${quotes.toFixed(0)} quotes/s`.padStart(12)}${'idle'.padStart(12)}${'ratio'.padStart(8)}`,
    row('  p50 ms', quoted.p50, idle.p50, ratio.p50),
    row('  p99 ms', quoted.p99, idle.p99, ratio.p99),
  ];
}

async function stopAll(): Promise<void> {
  // What uses a market stops before it.
  for (const child of children.splice(0).reverse()) await child.stop();
}

try {
  const report = await run();
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : readable(report));
} finally {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}
