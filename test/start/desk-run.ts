/** Runs `npm start` as a person would and keeps book of every process it brings, so that a test can see them go. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = path.resolve(import.meta.dirname, '../..');

export interface Ready {
  ready: true;
  editor: string;
  webhook: string;
  secret?: string;
  secretFile?: string;
  simulator: string;
  api?: string;
  udf?: string;
  pid: number;
}

interface Options {
  userDir: string;
  args?: string[];
  env?: Record<string, string>;
}

const everStarted = new Set<number>();
const directories: string[] = [];

/** A user directory of this test alone; cleanUp removes it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'desk-'));
  directories.push(directory);
  return directory;
}

/** For `after`: whatever a failed test left behind ends here, by its pid. */
export async function cleanUp(): Promise<void> {
  for (const pid of everStarted) if (running(pid)) process.kill(pid, 'SIGKILL');
  await eventually('everything that was started ended', () => ![...everStarted].some(running), 5000);
  everStarted.clear();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

export class DeskRun {
  readonly npm: ChildProcess;
  readonly exited: Promise<number | NodeJS.Signals>;
  stdout = '';
  stderr = '';
  private line: Ready | undefined;

  constructor({ userDir, args = [], env = {} }: Options) {
    this.npm = spawn('npm', ['start', ...(args.length > 0 ? ['--', ...args] : [])], {
      cwd: root,
      // Its own group, as a terminal gives one to each command.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...outsideEnvironment(), PORT: '0', TRADER_USER_DIR: userDir, ...env },
    });
    everStarted.add(this.npmPid);
    this.exited = new Promise((resolve) => {
      this.npm.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
    });
    this.npm.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
    });
    this.npm.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
  }

  /** Resolves with a running desk. */
  static async start(options: Options): Promise<DeskRun> {
    const run = new DeskRun(options);
    let ended = false;
    void run.exited.then(() => {
      ended = true;
    });
    await eventually('the ready line', () => ended || run.readyLines().length > 0, 60_000).catch((error) => {
      throw new Error(`${error.message}\n${run.stdout}\n${run.stderr}`);
    });
    assert.ok(!ended, `npm start ended:\n${run.stdout}\n${run.stderr}`);
    run.line = JSON.parse(run.readyLines()[0] ?? '');
    for (const pid of run.tree()) everStarted.add(pid);
    return run;
  }

  get npmPid(): number {
    assert.ok(this.npm.pid, 'npm did not start');
    return this.npm.pid;
  }

  get ready(): Ready {
    assert.ok(this.line, 'not ready yet');
    return this.line;
  }

  readyLines(): string[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{"ready"'));
  }

  /** npm and everything below it. */
  tree(): number[] {
    return [this.npmPid, ...descendants(this.npmPid)];
  }

  ports(): number[] {
    return [this.ready.editor, this.ready.simulator].map((url) => Number(new URL(url).port));
  }

  /** Stops as the issue asks: SIGTERM to the printed pid. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.endsBy(() => process.kill(this.ready.pid, signal));
  }

  /** Does it, and proves that within 3 s nothing is left: no process, no port. */
  async endsBy(action: () => void): Promise<void> {
    const pids = this.tree();
    const ports = this.ports();
    assert.ok(pids.length >= 4, `npm, start, desk and simulator were expected, found ${pids.length}`);
    const started = performance.now();
    action();
    await eventually('all processes ended', () => !pids.some(running), 3000).catch((error) => {
      throw new Error(
        `${error.message}; left: ${pids.filter(running).map(describeProcess).join('; ')}\n${this.stderr}`,
      );
    });
    for (const port of ports) {
      // A process counts as ended a moment before the last of its threads lets go of the port.
      const left = 3000 - (performance.now() - started);
      await eventually(`port ${port} is free`, async () => !(await answers(port)), left);
    }
  }
}

export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(25);
  }
}

/** As from a terminal: without what the npm above this test set, and without the clone's own node on the path. */
export function outsideEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined && !/^(npm_|TRADER_|SIM_|NODE_(?!EXTRA_CA_CERTS)|INIT_CWD$|PORT$)/.test(name),
  ) as [string, string][];
  const env = Object.fromEntries(kept);
  env.PATH = (env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(path.delimiter);
  return env;
}

function descendants(pid: number): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const parents = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    parents.flatMap(([child = 0, of]) => (of === parent ? [child, ...below(child)] : []));
  return below(pid);
}

/** A process that ended but was not yet collected by its parent is not running. */
function running(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return process.platform !== 'linux';
  }
}

function describeProcess(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'pid=,ppid=,args=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return String(pid);
  }
}

export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
