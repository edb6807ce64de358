/**
 * `npm run bench:charts [-- --json] [--rounds N] [--quick]`: how fast the chart feed answers, against bare routes on the
 * same server and bare node:http that send the same bytes, and how fast trades become bars. Everything runs on loopback, in temporary folders.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'undici';
import { type BarFigures, barFigures } from './bar-building.ts';
import { type ChartsDesk, chartsDesk, hold } from './charts-desk.ts';
import { type FirstFigures, firstFigures } from './charts-first.ts';
import type { Child } from './child.ts';
import { quantile } from './load.ts';
import { market } from './programs.ts';

const CONNECTIONS = 10;

interface Row {
  what: string;
  /** Requests in a round. */
  count: number;
  /** Bytes on the wire of one answer. */
  bytes: number;
  /** Requests a second, medians over the rounds. */
  rates: Record<string, number>;
  /** The feed's rate to another's in the same round, medians. */
  ratios: Record<string, number>;
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});
const rounds = Math.max(1, Math.min(25, Number(values.rounds ?? (values.quick ? 1 : 5)) || 1));
const say = (text: string) => void process.stderr.write(`bench: ${text}\n`);

const folder = mkdtempSync(path.join(tmpdir(), 'trader-charts-'));
const children: Child[] = [];

async function run(): Promise<string> {
  say('first answers beside JSON.stringify ...');
  const first = await firstFigures();
  say('bars from prints ...');
  const built = barFigures(rounds);
  say('starting the programs ...');
  const beside = await market();
  children.push(beside.child);
  const desk = await chartsDesk(path.join(folder, 'desk'), beside);
  children.push(...desk.children);
  const rows = [
    await again(desk, '/config', '/config', 4_000, ''),
    await again(desk, '/history, 300 bars', questionOf(300), 3_000, ''),
    await again(desk, '/history, 5,000 bars', questionOf(5_000), 1_500, ''),
    await again(desk, '/history, 300 bars, zstd', questionOf(300), 3_000, 'zstd'),
    await again(desk, '/history, 5,000 bars, zstd', questionOf(5_000), 2_000, 'zstd'),
    await anew(desk, '/history, 300 bars, each new', 300, 2_000),
    await anew(desk, '/history, 5,000 bars, each new', 5_000, 400),
  ];
  return values.json
    ? `${JSON.stringify({ rounds, rows, first, built }, null, 2)}\n`
    : readable(rows, first, built);
}

/** The same question again and again. */
async function again(
  desk: ChartsDesk,
  what: string,
  question: string,
  count: number,
  encoding: string,
): Promise<Row> {
  const name = what.replace(/\W+/g, '-');
  await hold(desk, name, question, encoding);
  const headers: Record<string, string> = encoding === '' ? {} : { 'accept-encoding': encoding };
  return measured(what, count, {
    feed: () => load(desk.desk, () => `/udf${question}`, count, headers),
    route: () => load(desk.desk, () => `/bare/${name}`, count, headers),
    express: () => load(desk.desk, () => `/express/${name}`, count, headers),
    plain: () => load(desk.plain, () => `/bare/${name}`, count, headers),
  });
}

let asked = 0;

/** A question nobody asked before, beside a route that stringifies ready columns each time. */
async function anew(desk: ChartsDesk, what: string, bars: number, count: number): Promise<Row> {
  const name = what.replace(/\W+/g, '-');
  await hold(desk, name, questionOf(bars), '');
  const fresh = () => {
    asked += 1;
    return `/udf${questionOf(bars)}&n=${asked}`;
  };
  return measured(what, count, {
    feed: () => load(desk.desk, fresh, count, {}),
    stringify: () => load(desk.desk, () => `/columns/${name}`, count, {}),
  });
}

/** Minutes before an instant well in the past: `until` of the simulated market's own making. */
function questionOf(bars: number): string {
  return `/history?symbol=AAPL&resolution=1&countback=${bars}&from=0&to=${until}`;
}

const until = Math.floor(Date.now() / 1000) - 4 * 86_400;

async function measured(
  what: string,
  count: number,
  contestants: Record<string, () => Promise<{ rate: number; bytes: number }>>,
): Promise<Row> {
  const names = Object.keys(contestants);
  const found = new Map(names.map((name) => [name, [] as number[]]));
  let bytes = 0;
  // The first round warms up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    say(`${what}, ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`);
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const one = await (contestants[name] as () => Promise<{ rate: number; bytes: number }>)();
      if (name === 'feed') bytes = one.bytes;
      else if (bytes !== 0 && one.bytes !== bytes)
        throw new Error(`${what}: ${name} sends ${one.bytes}, not ${bytes}`);
      if (round > 0) found.get(name)?.push(one.rate);
    }
  }
  const feed = found.get('feed') ?? [];
  const others = names.filter((name) => name !== 'feed');
  return {
    what,
    count,
    bytes,
    rates: Object.fromEntries(names.map((name) => [name, quantile(found.get(name) ?? [], 0.5)])),
    ratios: Object.fromEntries(
      others.map((name) => [
        name,
        quantile(
          feed.map((rate, round) => rate / (found.get(name)?.[round] ?? Number.NaN)),
          0.5,
        ),
      ]),
    ),
  };
}

/** Closed loop on ten connections; every answer must be 200 and equally long. */
async function load(
  origin: string,
  question: () => string,
  count: number,
  headers: Record<string, string>,
): Promise<{ rate: number; bytes: number }> {
  const clients = Array.from({ length: CONNECTIONS }, () => new Client(origin, { pipelining: 1 }));
  let left = count;
  let bytes = -1;
  const began = performance.now();
  const work = async (client: Client) => {
    while (left > 0) {
      left -= 1;
      const reply = await client.request({ method: 'GET', path: question(), headers });
      let length = 0;
      for await (const chunk of reply.body) length += (chunk as Buffer).length;
      if (reply.statusCode !== 200) throw new Error(`${origin} answered ${reply.statusCode}`);
      if (bytes >= 0 && length !== bytes)
        throw new Error(`${origin} answered ${length} bytes after ${bytes}`);
      bytes = length;
    }
  };
  await Promise.all(clients.map(work));
  const rate = (count * 1_000) / (performance.now() - began);
  await Promise.all(clients.map((client) => client.close()));
  return { rate, bytes };
}

function readable(rows: Row[], first: FirstFigures[], built: BarFigures): string {
  const lines = [
    `Node ${process.version}; medians of ${rounds} interleaved rounds, ${CONNECTIONS} connections. Trust the ratios.`,
    '',
    `${'requests a second'.padEnd(34)}   bytes     feed    route  express    plain  stringify`,
  ];
  const names = ['route', 'express', 'plain', 'stringify'];
  for (const { what, bytes, rates, ratios } of rows) {
    const shown = ['feed', ...names].map((name) => rates[name]?.toFixed(0) ?? '');
    const of = names.map((name) => ratios[name]?.toFixed(2) ?? '');
    lines.push(`  ${what.padEnd(32)}${String(bytes).padStart(8)}${columns(shown)}`);
    lines.push(`  ${'  the feed to it'.padEnd(40)}${columns(['', ...of])}`);
  }
  lines.push('');
  for (const { bars, answer, stringify, writer } of first)
    lines.push(
      `first answer of ${bars} bars: ${answer.toFixed(0)} us with its reading, ${writer.toFixed(0)} us to write, ` +
        `JSON.stringify of the columns ${stringify.toFixed(0)} us`,
    );
  lines.push(barsInWords(built), '', ...targets(rows, first));
  return `${lines.join('\n')}\n`;
}

function barsInWords({ trades, rates, ratios }: BarFigures): string {
  const millions = (rate: number) => `${(rate / 1e6).toFixed(2)} million trades/s`;
  return (
    `bars of a session's ${trades} trades: ${millions(rates.builder)}, ${ratios.builder.toFixed(2)} of a bare fold into ` +
    `minutes (${millions(rates.fold)}); kept on disk as well ${millions(rates.kept)}, ${ratios.kept.toFixed(2)} of it`
  );
}

function columns(texts: string[]): string {
  return texts.map((text, n) => text.padStart(n === 4 ? 11 : 9)).join('');
}

function targets(rows: Row[], first: FirstFigures[]): string[] {
  const line = (met: boolean, text: string) => `  ${met ? 'met   ' : 'MISSED'}  ${text}`;
  const held = rows.filter(({ ratios }) => ratios.route !== undefined);
  return [
    ...held.flatMap(({ what, ratios: { route = 0, plain = 0 } }) => [
      line(route >= 0.85, `${what}, to a bare route of the same server: ${route.toFixed(2)} (at least 0.85)`),
      line(plain >= 0.4, `${what}, to bare node:http: ${plain.toFixed(2)} (at least 0.4)`),
    ]),
    ...first.map(({ bars, answer, stringify }) =>
      line(
        answer <= stringify,
        `first answer of ${bars} bars, to JSON.stringify of the columns: ${(answer / stringify).toFixed(2)} (at most 1)`,
      ),
    ),
  ];
}

try {
  process.stdout.write(await run());
} finally {
  for (const child of children.reverse()) await child.stop();
  rmSync(folder, { recursive: true, force: true });
}
