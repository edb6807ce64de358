/** What the rounds say together: medians, ratios within one run, and whether each target is met. */
import type { GateFigures } from './gate.ts';
import { type Measured, quantile } from './load.ts';

export type Programs = Record<'product' | 'plain' | 'stock', Measured>;

export interface Level {
  connections: number;
  count: number;
  /** Medians over the rounds. */
  medians: Programs;
  /** Medians over the rounds of the ratio within each round. */
  ratios: { toPlain: Measured; toStock: Measured };
}

export interface Target {
  what: string;
  wanted: string;
  found: number;
  met: boolean;
}

export interface Report {
  node: string;
  rounds: number;
  levels: Level[];
  gate: GateFigures;
  idle: { product: { rss: number; cpu: number }; bare: { rss: number; cpu: number } };
  targets: Target[];
}

const FIGURES = [
  'answers',
  'answerP50',
  'answerP99',
  'orders',
  'acknowledgedP50',
  'acknowledgedP99',
] as const satisfies (keyof Measured)[];

export function level(connections: number, count: number, rounds: Programs[]): Level {
  const median = (of: (round: Programs, figure: keyof Measured) => number) =>
    Object.fromEntries(
      FIGURES.map((figure) => [
        figure,
        quantile(
          rounds.map((round) => of(round, figure)),
          0.5,
        ),
      ]),
    ) as unknown as Measured;
  return {
    connections,
    count,
    medians: {
      product: median((round, figure) => round.product[figure]),
      plain: median((round, figure) => round.plain[figure]),
      stock: median((round, figure) => round.stock[figure]),
    },
    ratios: {
      toPlain: median((round, figure) => round.product[figure] / round.plain[figure]),
      toStock: median((round, figure) => round.product[figure] / round.stock[figure]),
    },
  };
}

export function targets(levels: Level[], gate: GateFigures): Target[] {
  const at = (connections: number) => levels.find((one) => one.connections === connections);
  const least = (what: string, wanted: number, found = Number.NaN) => ({
    what,
    wanted: `at least ${wanted}`,
    found,
    met: found >= wanted,
  });
  const most = (what: string, wanted: number, found = Number.NaN) => ({
    what,
    wanted: `at most ${wanted}`,
    found,
    met: found <= wanted,
  });
  return [
    least('durable 200, 50 connections, rate to plain node:http', 0.6, at(50)?.ratios.toPlain.answers),
    least("durable 200, 50 connections, rate to Node-RED's own nodes", 1.2, at(50)?.ratios.toStock.answers),
    most(
      'acknowledgement, 1 connection, p50 to plain node:http',
      1.25,
      at(1)?.ratios.toPlain.acknowledgedP50,
    ),
    most(`one gate decision with ${gate.positions} positions, p50, microseconds`, 10, gate.decisionP50),
  ];
}

export function readable({ node, rounds, levels, gate, idle, targets: wanted }: Report): string {
  const lines = [
    `Node ${node}; medians of ${rounds} interleaved rounds. Trust the ratios, not the figures.`,
    '',
  ];
  for (const { connections, count, medians, ratios } of levels) {
    lines.push(`${connections} connection${connections === 1 ? '' : 's'}, ${count} alerts a round`);
    lines.push('           durable 200: 1/s  p50 ms  p99 ms   acknowledged: 1/s  p50 ms  p99 ms');
    for (const [name, one] of Object.entries(medians)) lines.push(`  ${name.padEnd(9)}${row(one)}`);
    lines.push(`  to plain ${ratioRow(ratios.toPlain)}`, `  to stock ${ratioRow(ratios.toStock)}`, '');
  }
  lines.push(
    `gate       ${gate.decisionP50.toFixed(2)} us p50, ${gate.decisionP99.toFixed(2)} us p99 a decision ` +
      `(${gate.rules} rules, ${gate.positions} positions; the rules alone ${gate.rulesP50.toFixed(2)} us)`,
    `idle       shipped flow ${idleText(idle.product)}; bare Node-RED ${idleText(idle.bare)}`,
    '',
  );
  for (const { what, wanted: limit, found, met } of wanted)
    lines.push(`  ${met ? 'met   ' : 'MISSED'}  ${what}: ${found.toFixed(2)} (${limit})`);
  return `${lines.join('\n')}\n`;
}

function idleText({ rss, cpu }: { rss: number; cpu: number }): string {
  return `${(rss / 2 ** 20).toFixed(0)} MB resident, ${(cpu * 100).toFixed(2)} % of a core`;
}

const WIDTHS = [18, 8, 8, 20, 8, 8];

function row(one: Measured): string {
  const shown = FIGURES.map((figure) =>
    /P\d\d$/.test(figure) ? (one[figure] / 1e3).toFixed(2) : one[figure].toFixed(0),
  );
  return shown.map((text, n) => text.padStart(WIDTHS[n] ?? 8)).join('');
}

function ratioRow(one: Measured): string {
  return FIGURES.map((figure, n) => one[figure].toFixed(2).padStart(WIDTHS[n] ?? 8)).join('');
}
