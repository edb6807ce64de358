/**
 * Runs one of the clone's tools on Node 24 after making sure it is installed: `node scripts/run.mjs [--built] FILE ARGS`.
 * With --built, dist is brought up to date first.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { watchAncestors } from './ancestors.mjs';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, fail, findNode } from './ensure.mjs';
import { root } from './environment.mjs';

try {
  const args = process.argv.slice(2);
  const built = args[0] === '--built';
  const [file = '', ...rest] = built ? args.slice(1) : args;
  await ensureInstalled();
  if (built) await ensureBuilt();

  // The channel tells a program of ours that we are gone; the others ignore it.
  const child = spawn(findNode(), [path.join(root, file), ...rest], { cwd: root, stdio: [0, 1, 2, 'ipc'] });
  const stop = () => child.kill('SIGTERM');
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, stop);
  await watchAncestors(stop);
  child.once('exit', (code) => process.exit(code ?? 1));
  child.once('error', fail);
} catch (error) {
  fail(error);
}
