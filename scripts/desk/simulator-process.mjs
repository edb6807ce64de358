/** The simulator as a child: it gets its state directory, answers with its addresses, and never outlives us. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { root, SettingError } from '../environment.mjs';

const readyWithinMs = 60_000;
const stopWithinMs = 600;

/** @param {{port: number, speed: number, seed: number | undefined, stateDir: string, fresh: boolean}} options */
export async function startSimulator({ port, speed, seed, stateDir, fresh }) {
  const options = { port, speed, seed, state: stateDir };
  const args = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
  const child = spawn(
    process.execPath,
    [path.join(root, 'dist/simulator/main.js'), ...args, ...(fresh ? ['--fresh'] : [])],
    {
      cwd: root,
      // Its own group: Ctrl-C must not take the market away while Node-RED still closes its nodes. The channel's end,
      // which comes however we die, stops it. Its words for people and its ready line are not ours to show.
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));

  let timer;
  const ready = await Promise.race([
    new Promise((resolve) => {
      child.on('message', (message) => {
        if (message?.ready === true) resolve(message);
      });
    }),
    new Promise((_, reject) => child.once('error', reject)),
    exited.then((code) => {
      throw new SettingError(
        `The simulator ended before it was ready (${code}); its own words are above.`,
        1,
      );
    }),
    new Promise((_, reject) => {
      timer = setTimeout(
        () => reject(new SettingError('The simulator was not ready within a minute.', 1)),
        readyWithinMs,
      );
    }),
  ]).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  clearTimeout(timer);

  return {
    pid: child.pid,
    ready,
    exited,
    kill: () => child.kill('SIGKILL'),
    /** Politely, then not. */
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
      await exited;
      clearTimeout(late);
    },
  };
}
