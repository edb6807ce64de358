import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { systemElapsed } from '../../lib/domain/clock.ts';
import { answer, errorReply } from '../../lib/webhook/reply.ts';

/** As Express has it: `url` is relative to the path, `originalUrl` is what was asked for. */
export type RoutedRequest = IncomingMessage & { originalUrl?: string };

/** Answers a request below its path, or calls next for one that is not its own. */
export type RouteHandler = (req: RoutedRequest, res: ServerResponse, next: (error?: unknown) => void) => void;

/** Handlers by full path in lower case. */
type Door = Map<string, RouteHandler>;

/** A deploy takes less, and TradingView sends again after 5 s. */
const GRACE_MS = 4_000;

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
const DOORS = Symbol.for('@trader-ops/node-red-trader/doors');

/**
 * Answers a path before Node-RED does. The editor's app stands in front of the HTTP nodes and reads every JSON body
 * on its way, up to its own limit; a route that counts raw bytes and reads them once has to come first.
 * The listener that is put before the server's own stays for the life of the server; without paths it only passes on.
 */
export function openDoor(
  server: Server,
  path: string,
  handler: RouteHandler,
  graceMs = GRACE_MS,
): () => void {
  const door = doorOf(server);
  const key = path.toLowerCase();
  door.set(key, handler);
  return () => {
    if (door.get(key) !== handler) return;
    // Its own for each closing, so that the timer of an earlier one cannot end it.
    const again: RouteHandler = (req, res, next) => sendAgain(req, res, next);
    door.set(key, again);
    systemElapsed.after(graceMs, () => {
      if (door.get(key) === again) door.delete(key);
    });
  };
}

/** What was to change something while a deploy replaces the node is asked for again: a 404 would be final for most senders. */
function sendAgain(req: IncomingMessage, res: ServerResponse, next: () => void): void {
  if (READS.has(req.method ?? '')) {
    next();
    return;
  }
  answer(
    res,
    errorReply(
      503,
      { message: 'Nothing answers here at the moment; send it again.' },
      { 'retry-after': '5' },
    ),
  );
}

function doorOf(server: Server): Door {
  const shared = globalThis as { [DOORS]?: WeakMap<Server, Door> };
  shared[DOORS] ??= new WeakMap();
  const known = shared[DOORS].get(server);
  if (known) return known;
  const door: Door = new Map();
  shared[DOORS].set(server, door);
  const behind = server.listeners('request') as ((req: IncomingMessage, res: ServerResponse) => void)[];
  server.removeAllListeners('request');
  server.on('request', (req: RoutedRequest, res: ServerResponse) => {
    const pass = () => {
      for (const listener of behind) listener.call(server, req, res);
    };
    const asked = req.url ?? '/';
    req.originalUrl = asked;
    const found = door.size > 0 ? find(door, asked) : [];
    const next = () => {
      const one = found.shift();
      req.url = one ? one.rest : asked;
      if (!one) return pass();
      try {
        one.handler(req, res, next);
      } catch {
        // Nobody else stands between a throw here and the end of the process.
        res.destroy();
      }
    };
    next();
  });
  return door;
}

interface Found {
  handler: RouteHandler;
  /** What of the address is below the path. */
  rest: string;
}

/** The handlers of the path itself and of those above it, the nearest first. */
function find(door: Door, url: string): Found[] {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  const lower = path.toLowerCase();
  return [...door]
    .filter(([key]) => lower === key || lower.startsWith(`${key}/`))
    .sort(([a], [b]) => b.length - a.length)
    .map(([key, handler]) => ({
      handler,
      rest: `${path.slice(key.length) || '/'}${query < 0 ? '' : url.slice(query)}`,
    }));
}
