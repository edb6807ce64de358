/** The house rules, as functions from a file to what is wrong with it. */
import path from 'node:path';
import { type Import, importsOf, readSource } from './source.ts';

/** Paths are relative to the repository, with forward slashes. */
export type Files = ReadonlyMap<string, string>;

export interface Edge {
  from: string;
  /** A path of ours, or the package's name. */
  to: string;
  ours: boolean;
  how: Import['how'];
}

export function edgesOf(file: string, text: string): Edge[] {
  return importsOf(text).map(({ specifier, how }) => {
    if (specifier === null) return { from: file, to: '(computed)', ours: false, how };
    const ours = specifier.startsWith('.') || specifier.startsWith('#');
    const to = ours ? path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier)) : specifier;
    return { from: file, to, ours, how };
  });
}

const inside = (file: string, folder: string) => file.startsWith(`${folder}/`);
const nodeFolder = (file: string) => /^nodes\/([^/]+)\//.exec(file)?.[1];

/** Why this import goes against the direction of dependencies, or null. */
export function wrongDirection({ from, to, ours, how }: Edge): string | null {
  if (inside(from, 'lib')) {
    if (how === 'require' || to === '(computed)')
      return 'lib imports statically or by a literal, so that this test can see it';
    if (ours) return wrongInsideLib(from, to);
    if (/^(node-red|@node-red|@flowfuse|@trader-ops)([/-]|$)/.test(to))
      return 'lib does not know Node-RED, nor our own package';
    if (
      inside(from, 'lib/exchange') &&
      /^(node:)?(http2?|https|net|tls|dgram)$|^(ws|undici|ioredis)$/.test(to)
    ) {
      return 'lib/exchange runs without any socket';
    }
    return null;
  }
  if (!ours) return null;
  if (inside(from, 'simulator'))
    return inside(to, 'lib') || inside(to, 'simulator') ? null : 'simulator builds on lib alone';
  if (inside(from, 'dashboard'))
    return inside(to, 'lib') || inside(to, 'dashboard') ? null : 'dashboard builds on lib alone';
  if (inside(from, 'cli'))
    return ['lib', 'simulator', 'cli'].some((folder) => inside(to, folder))
      ? null
      : 'cli builds on lib and simulator alone';
  const node = nodeFolder(from);
  if (node === undefined) return null;
  if (inside(to, 'lib') || inside(to, `nodes/${node}`)) return null;
  if (inside(to, 'nodes/kit')) return null;
  if (inside(to, 'simulator'))
    return node === 'trader-account' ? null : 'only trader-account starts the simulator';
  return inside(to, 'nodes') ? 'nodes share through nodes/kit alone' : 'nodes build on lib alone';
}

function wrongInsideLib(from: string, to: string): string | null {
  if (!inside(to, 'lib')) return 'lib imports nothing of ours outside lib';
  if (inside(from, 'lib/domain') && !inside(to, 'lib/domain'))
    return 'domain is the ground floor: it imports nothing of ours';
  if (to === 'lib/account.ts') return 'account.ts is the roof: nothing in lib imports it';
  const apart = ['lib/broker/tradier', 'lib/exchange'];
  const [here, there] = [apart.find((side) => inside(from, side)), apart.find((side) => inside(to, side))];
  if (here !== undefined && there !== undefined && here !== there)
    return 'broker/tradier and exchange never import each other';
  return null;
}

/** Imports in a circle, each as the list of its files; type-only imports count too. */
export function cycles(files: Files): string[][] {
  const found: string[][] = [];
  const state = new Map<string, 'open' | 'done'>();
  const trail: string[] = [];
  const visit = (file: string): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push(trail.slice(trail.indexOf(file)));
      return;
    }
    state.set(file, 'open');
    trail.push(file);
    for (const { to, ours } of edgesOf(file, files.get(file) ?? '')) if (ours && files.has(to)) visit(to);
    trail.pop();
    state.set(file, 'done');
  };
  for (const file of files.keys()) visit(file);
  return found;
}

/** Raw time and chance. `new Date(ms)` is arithmetic and stays; `new Date()` asks the wall. */
const rawTimeAndChance: [RegExp, string][] = [
  [/\bDate\s*\??\.\s*now\b/, 'Date.now'],
  [/\bnew\s+Date\b(?!\s*\(\s*[^\s)])/, 'new Date()'],
  [/(?<!new\s+)(?<![\w$.])Date\s*\(/, 'Date()'],
  [/\bTemporal\s*\.\s*Now\b/, 'Temporal.Now'],
  [/\bMath\s*\??\.\s*random\b/, 'Math.random'],
  [/\bset(Timeout|Interval|Immediate)\b/, 'a raw timer'],
  [/\bAbortSignal\s*\.\s*timeout\b/, 'AbortSignal.timeout'],
  [/\bperformance\s*\??\.\s*(now|timeOrigin)\b/, 'performance.now'],
  [/\bprocess\s*\??\.\s*(hrtime|uptime)\b/, 'process.hrtime'],
  [
    /\b(randomBytes|randomUUID|randomInt|randomFill|randomFillSync|getRandomValues)\b/,
    'randomness of crypto',
  ],
  [
    /\}\s*=\s*(globalThis\s*\.\s*)?(Date|Math|performance|process|crypto)\b/,
    'taking a clock or chance apart',
  ],
];
const timeModules = /^(node:)?(timers(\/promises)?|perf_hooks)$/;

/** What this file of lib reads of time or chance by itself; lib/domain alone may. */
export function rawClocks(file: string, text: string): string[] {
  if (!inside(file, 'lib') || inside(file, 'lib/domain')) return [];
  const { code } = readSource(text);
  const named = rawTimeAndChance.filter(([pattern]) => pattern.test(code)).map(([, name]) => name);
  const imported = importsOf(text).flatMap(({ specifier }) =>
    specifier !== null && timeModules.test(specifier) ? [specifier] : [],
  );
  return [...named, ...imported];
}

/** A name that says nothing about what is inside. */
export function emptyName(file: string): boolean {
  return file.split('/').some((part) => /(^|[-_.])(utils?|helpers?|managers?)([-_.]|$)/i.test(part));
}

export const mostLines = 320;

export function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
