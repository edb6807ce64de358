/**
 * Tells when the npm above this process has gone. Its death sends us nothing: we, or the shell between us, are merely
 * given a new parent. So the links of the chain are looked at again and again.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Watches only when npm (or its like) started us: a desk started by hand may outlive its terminal. */
export async function watchAncestors(onGone, everyMs = 200) {
  if (process.env.npm_lifecycle_event === undefined) return () => {};
  const links = await chainToRunner();
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    const broken = await anyBroken(links).catch(() => false);
    looking = false;
    if (!broken) return;
    clearInterval(timer);
    onGone();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** The links (child, parent) from this process up to the first ancestor that is no shell: that is npm. */
async function chainToRunner() {
  const links = [{ child: process.pid, parent: process.ppid }];
  for (let pid = process.ppid; links.length < 5 && (await isShell(pid)); ) {
    const parent = await parentOf(pid);
    if (parent === undefined || parent <= 1) break;
    links.push({ child: pid, parent });
    pid = parent;
  }
  return links;
}

async function anyBroken(links) {
  for (const { child, parent } of links) {
    if (process.platform === 'win32') {
      if (!alive(parent)) return true;
    } else if ((child === process.pid ? process.ppid : await parentOf(child)) !== parent) {
      return true;
    }
  }
  return false;
}

/** Undefined when the process is gone. */
async function parentOf(pid) {
  if (process.platform === 'linux') {
    try {
      // The name in parentheses may hold anything, also spaces and parentheses: the parent is counted from its end.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    } catch {
      return undefined;
    }
  }
  if (process.platform === 'win32') return undefined;
  try {
    return Number((await run('ps', ['-o', 'ppid=', '-p', String(pid)])).stdout.trim());
  } catch {
    return undefined;
  }
}

async function isShell(pid) {
  if (process.platform === 'win32') return false;
  try {
    const name =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/comm`, 'utf8')
        : (await run('ps', ['-o', 'comm=', '-p', String(pid)])).stdout;
    return /^-?(sh|bash|dash|zsh|ash|ksh|fish|busybox)$/.test(name.trim().split('/').at(-1) ?? '');
  } catch {
    return false;
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
