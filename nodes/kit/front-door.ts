import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { systemElapsed } from '../../lib/domain/clock.ts';
import { answer, errorReply } from '../../lib/webhook/reply.ts';

/** Answers a request below its path, or calls next for one that is not its own. `req.url` is relative to the path. */
export type RouteHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Handlers by full path in lower case. */
type Door = Map<string, RouteHandler>;

/** A deploy takes less, and TradingView sends again after 5 s. */
const GRACE_MS = 4_000;

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
    door.set(key, sendAgain);
    systemElapsed.after(graceMs, () => {
      if (door.get(key) === sendAgain) door.delete(key);
    });
  };
}

/** What was posted while a deploy replaces the node is asked for again: a 404 would be final for most senders. */
function sendAgain(req: IncomingMessage, res: ServerResponse, next: () => void): void {
  if (req.method !== 'POST') {
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
  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    const pass = () => {
      for (const listener of behind) listener.call(server, req, res);
    };
    const found = door.size > 0 ? find(door, req.url ?? '/') : null;
    if (!found) return pass();
    const asked = req.url;
    req.url = found.rest;
    try {
      found.handler(req, res, () => {
        if (asked !== undefined) req.url = asked;
        pass();
      });
    } catch {
      // Nobody else stands between a throw here and the end of the process.
      res.destroy();
    }
  });
  return door;
}

/** The handler of the path itself or of one above it, and what of the address is below it. */
function find(door: Door, url: string): { handler: RouteHandler; rest: string } | null {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  const lower = path.toLowerCase();
  for (const [key, handler] of door) {
    if (lower !== key && !lower.startsWith(`${key}/`)) continue;
    return { handler, rest: `${path.slice(key.length) || '/'}${query < 0 ? '' : url.slice(query)}` };
  }
  return null;
}
