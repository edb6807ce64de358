/**
 * `npm start`: makes the clone ready, then runs the desk on Node 24 and lives exactly as long as it.
 * Runs on Node 20. stdout is left to the desk, all of ours goes to stderr.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { watchAncestors } from './ancestors.mjs';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, fail, findNode } from './ensure.mjs';
import { readArguments, readEnvironment, root } from './environment.mjs';

/** Beyond this a desk that was asked to stop is killed; it gives itself a little less. */
const deskStopMs = 2400;

const preparing = new AbortController();
let desk;
let simulatorPid;

function stop() {
  // Ends a npm or tsc that we run; what waits for it below then ends us.
  preparing.abort();
  desk?.kill('SIGTERM');
  setTimeout(() => {
    desk?.kill('SIGKILL');
    if (desk === undefined) process.exit(143);
  }, deskStopMs).unref();
}

try {
  const args = process.argv.slice(2);
  readArguments(args);
  readEnvironment();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, stop);
  await watchAncestors(stop);

  await ensureInstalled(preparing.signal);
  await ensureBuilt(preparing.signal);
  if (preparing.signal.aborted) process.exit(143);
  runDesk(args);
} catch (error) {
  if (preparing.signal.aborted) process.exit(143);
  fail(error);
}

function runDesk(args) {
  desk = spawn(findNode(), [path.join(root, 'scripts/desk.mjs'), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  desk.on('message', (message) => {
    if (typeof message?.simulatorPid === 'number') simulatorPid = message.simulatorPid;
  });
  desk.once('error', fail);
  desk.once('exit', async (code, signal) => {
    await endSimulator();
    process.exit(code ?? (signal === 'SIGKILL' ? 137 : 143));
  });
}

/** The simulator ends by itself when its desk is gone. If it could not, it would hold the account and the port. */
async function endSimulator() {
  if (simulatorPid === undefined) return;
  for (let left = 8; left > 0; left--) {
    try {
      process.kill(simulatorPid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  try {
    process.kill(simulatorPid, 'SIGKILL');
  } catch {
    // It ended just now.
  }
}
