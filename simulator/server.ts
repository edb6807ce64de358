import { createServer, type Server } from 'node:http';
import type { Timer } from '../lib/domain/clock.ts';
import { Exchange } from '../lib/exchange/exchange.ts';
import { chosenAccount, latestInstant } from './account-record.ts';
import { accountRoutes } from './accounts.ts';
import { SimulatedClock } from './clock.ts';
import { Control } from './control.ts';
import { Faults } from './faults.ts';
import { type Faces, serve } from './front.ts';
import { fundamentalsRoutes } from './fundamentals.ts';
import { Gateway } from './gateway.ts';
import { listen, reachable, shut } from './listening.ts';
import { marketRoutes } from './markets.ts';
import { type ResolvedOptions, resolveOptions, type SimulatorOptions } from './options.ts';
import { orderRoutes } from './orders.ts';
import { RateLimits } from './rate-limits.ts';
import { Router } from './router.ts';
import { StateFile } from './state.ts';
import { Streams } from './streams.ts';
import { Venue } from './venue.ts';

export type { SimulatorOptions } from './options.ts';

/** A simulator that answers. */
export interface RunningSimulator {
  /** REST base, `http://host:port/v1`. */
  rest: string;
  /** `ws://host:port`; the streams are `/v1/markets/events` and `/v1/accounts/events` there. */
  ws: string;
  token: string;
  account: string;
  /** `http://host:port/_sim`. */
  control: string;
  port: number;
  /** True when it goes on with an account kept on disk. */
  resumed: boolean;
  /** Saves, ends every connection and frees the port. */
  close(): Promise<void>;
}

const TICK_MS = 100;
const SAVE_MS = 1_000;
/** Clients reuse a connection long after Node's default of five idle seconds. */
const KEEP_ALIVE_MS = 70_000;

/**
 * Starts a Tradier-compatible market on a port of this machine. Throws `E_INPUT` for options that cannot work,
 * also for a taken port and for a state directory that is in use or of another seed.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  const settings = resolveOptions(options);
  const state = StateFile.open(settings.stateDir);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  try {
    // The port comes first: without one, a fresh start would have wiped the old account for nothing.
    const port = await listen(server, settings.host, settings.port);
    return run(settings, state, server, port);
  } catch (error) {
    if (server.listening) await shut(server);
    state.close();
    throw error;
  }
}

/** All at once, so that no request can come before everything is there to answer it. */
function run(settings: ResolvedOptions, state: StateFile, server: Server, port: number): RunningSimulator {
  const { wall, elapsed, onError } = settings;
  const { stored, resumed } = chosenAccount(settings, state);
  const { account, opened, seed } = stored.account;
  const token = settings.token ?? stored.account.token;

  const exchange = new Exchange({
    seed,
    accountId: account,
    start: opened,
    accountType: stored.account.type,
    // Always: what an earlier run of the account placed in those hours must end with them, whatever this run skips.
    extendedHours: true,
    ...(stored.snapshot ? { resume: stored.snapshot } : {}),
    onError,
  });
  const clock = new SimulatedClock({
    start: latestInstant(stored),
    speed: settings.speed,
    hours: settings.hours,
    elapsed,
  });
  const venue = new Venue({ exchange, clock, state, elapsed, replay: stored.commands, onError });
  const streams = new Streams({ venue, account, elapsed, onError });
  const faults = new Faults();
  const closing = new AbortController();
  const gateway = new Gateway({
    router: new Router({
      '/v1': [
        ...accountRoutes(venue, { account, opened }),
        ...orderRoutes(venue, account),
        ...marketRoutes(venue),
        ...streams.routes(),
      ],
      '/beta': fundamentalsRoutes(venue),
    }),
    venue,
    limits: new RateLimits({ quotas: settings.quotas, enforced: settings.limits, elapsed, wall }),
    faults,
    token,
    elapsed,
    closing: closing.signal,
    onError,
  });
  attach(server, { gateway, control: new Control({ venue, account, faults }) }, streams, {
    closing: closing.signal,
    onError,
  });

  const timers = [
    regularly(settings, TICK_MS, () => venue.catchUp()),
    regularly(settings, SAVE_MS, () => venue.save()),
  ];
  const end = async () => {
    for (const timer of timers) timer.cancel();
    closing.abort();
    streams.close();
    // What is on disk matters more than who is still connected.
    try {
      venue.save('now');
    } finally {
      state.close();
      await shut(server);
    }
  };
  let ended: Promise<void> | undefined;
  const origin = reachable(settings.host, port);
  return {
    rest: `http://${origin}/v1`,
    ws: `ws://${origin}`,
    token,
    account,
    control: `http://${origin}/_sim`,
    port,
    resumed,
    close() {
      ended ??= end();
      return ended;
    },
  };
}

function attach(
  server: Server,
  faces: Faces,
  streams: Streams,
  { closing, onError }: { closing: AbortSignal; onError: (error: unknown) => void },
): void {
  server.on('request', (request, response) => {
    serve(request, response, faces).catch((error: unknown) => {
      // A client that left in the middle is no fault of ours.
      if (!closing.aborted && !request.destroyed) onError(error);
      request.socket.destroy();
    });
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    streams.upgrade(request, socket, head);
  });
  server.on('error', onError);
}

function regularly({ elapsed, onError }: ResolvedOptions, ms: number, work: () => void): Timer {
  return elapsed.every(ms, () => {
    try {
      work();
    } catch (error) {
      onError(error);
    }
  });
}
