import { join } from 'node:path';
import { systemElapsed, type Timer } from '../../lib/domain/clock.ts';
import { type RunningSimulator, startSimulator } from '../../simulator/server.ts';

export interface Simulator {
  restUrl: string;
  token: string;
  /** When the last one gave it back, it stops and frees its port. */
  release(): void;
}

interface Shared {
  running: Promise<RunningSimulator> | null;
  users: number;
  linger: Timer | null;
  /** Stops that are under way: the next start waits, because the state directory has one owner. */
  stopping: Promise<void>;
}

const SHARED = Symbol.for('@trader-ops/node-red-trader/simulator');
const LINGER_MS = 1_000;

/**
 * The market simulator: the one at TRADER_SIM_URL, or one of this process on a free loopback port, started with its
 * first user, so that a palette user needs no command line. Its account is kept below the user directory.
 */
export async function simulatorFor(userDir: string): Promise<Simulator> {
  const url = process.env.TRADER_SIM_URL;
  if (url)
    return { restUrl: restUrl(url), token: process.env.TRADER_SIM_TOKEN ?? '', release: () => undefined };

  const shared = sharedSimulator();
  shared.users += 1;
  shared.linger?.cancel();
  shared.linger = null;
  shared.running ??= shared.stopping.then(() =>
    startSimulator({ stateDir: join(userDir, 'trader-ops', 'simulator') }),
  );
  let held = true;
  const release = () => {
    if (!held) return;
    held = false;
    shared.users -= 1;
    if (shared.users === 0) shared.linger = systemElapsed.after(LINGER_MS, () => stop(shared));
  };
  try {
    const { rest, token } = await shared.running;
    return { restUrl: rest, token, release };
  } catch (error) {
    shared.running = null;
    release();
    throw error;
  }
}

/** Stops the simulator of this process at once, if nobody uses it: for the end of a test. */
export async function stopIdleSimulator(): Promise<void> {
  const shared = sharedSimulator();
  if (shared.users === 0) stop(shared);
  await shared.stopping;
}

function stop(shared: Shared): void {
  shared.linger?.cancel();
  shared.linger = null;
  const { running } = shared;
  shared.running = null;
  if (!running) return;
  shared.stopping = running
    .then((simulator) => simulator.close())
    // What could not be saved is told at the next start, by the state itself.
    .catch(() => undefined);
}

/** `http://127.0.0.1:8181` and `http://127.0.0.1:8181/v1` mean the same. */
function restUrl(url: string): string {
  const plain = url.replace(/\/+$/, '');
  return /\/v1$/.test(plain) ? plain : `${plain}/v1`;
}

function sharedSimulator(): Shared {
  const global = globalThis as { [SHARED]?: Shared };
  global[SHARED] ??= { running: null, users: 0, linger: null, stopping: Promise.resolve() };
  return global[SHARED];
}
