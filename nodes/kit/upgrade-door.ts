import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemElapsed } from '../../lib/domain/clock.ts';

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A deploy takes less: until then a client is asked to come again instead of being left without an answer. */
const GRACE_MS = 4_000;

/** Handlers of WebSocket requests by full path in lower case, of each server. `scripts/doors.mjs` reads it too. */
type UpgradeDoors = WeakMap<Server, Map<string, UpgradeHandler>>;

const DOORS = Symbol.for('@trader-ops/node-red-trader/upgrades');

/** Takes the WebSocket requests of one path, and lets all others pass. The handler checks the origin itself. */
export function openUpgrade(
  server: Server,
  path: string,
  handler: UpgradeHandler,
  graceMs = GRACE_MS,
): () => void {
  const door = doorOf(server);
  const key = path.toLowerCase();
  door.set(key, handler);
  return () => {
    if (door.get(key) !== handler) return;
    const again: UpgradeHandler = (_request, socket) => comeAgain(socket);
    door.set(key, again);
    systemElapsed.after(graceMs, () => {
      if (door.get(key) === again) door.delete(key);
    });
  };
}

function comeAgain(socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  // A caller that keeps its half open would hold the socket for ever.
  socket.once('finish', () => socket.destroy());
  socket.end(
    'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n',
  );
}

function doorOf(server: Server): Map<string, UpgradeHandler> {
  const shared = globalThis as { [DOORS]?: UpgradeDoors };
  shared[DOORS] ??= new WeakMap();
  const known = shared[DOORS].get(server);
  if (known) return known;
  const door = new Map<string, UpgradeHandler>();
  shared[DOORS].set(server, door);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    door.get(path.replace(/(?<=.)\/+$/, '').toLowerCase())?.(request, socket, head);
  });
  return door;
}
