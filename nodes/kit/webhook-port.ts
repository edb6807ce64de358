import { createServer, type Server } from 'node:http';
import { systemElapsed } from '../../lib/domain/clock.ts';
import { inputError } from '../../lib/domain/errors.ts';
import { answer } from '../../lib/webhook/reply.ts';
import { openDoor, type RouteHandler } from './front-door.ts';

/** Where the second listener stands: `WEBHOOK_PORT`, and `WEBHOOK_HOST` for another address than this machine's own. */
export interface PortSettings {
  host: string;
  port: number;
}

/** Tight, because this port may face the internet: an alert is one small request. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8_192,
} as const;
const MOST_CONNECTIONS = 100;
const MOST_HEADERS = 50;
const MOST_REQUESTS = 100;
/** A deploy closes a node before it opens the next: the port stays open in between. */
const LINGER_MS = 4_000;

interface OpenPort {
  server: Server;
  settings: PortSettings;
  users: Set<(because: string) => void>;
  /** Why it does not listen. */
  fault: string | null;
}

const PORT = Symbol.for('@trader-ops/node-red-trader/webhook-port');

/** From the environment; null when no second listener is wanted. Throws E_INPUT naming the variable. */
export function webhookPortSettings(env: NodeJS.ProcessEnv = process.env): PortSettings | null {
  const text = env.WEBHOOK_PORT?.trim() ?? '';
  if (text === '') return null;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw inputError('WEBHOOK_PORT', text, 'a port number from 1 to 65535');
  return { port, host: env.WEBHOOK_HOST?.trim() || '127.0.0.1' };
}

/**
 * Serves a path on the second listener, which knows the webhooks and nothing else. It opens with the first path and
 * closes some seconds after the last. `onFault` hears when the port cannot be listened on.
 */
export function openOnWebhookPort(
  settings: PortSettings,
  path: string,
  handler: RouteHandler,
  onFault: (because: string) => void,
  lingerMs = LINGER_MS,
): () => void {
  const port = portOf(settings);
  port.users.add(onFault);
  if (port.fault !== null) onFault(port.fault);
  const shut = openDoor(port.server, path, handler, lingerMs);
  return () => {
    shut();
    port.users.delete(onFault);
    systemElapsed.after(lingerMs, () => {
      if (port.users.size === 0) close(port);
    });
  };
}

function portOf(settings: PortSettings): OpenPort {
  const shared = globalThis as { [PORT]?: OpenPort };
  const known = shared[PORT];
  const same = known?.settings.port === settings.port && known.settings.host === settings.host;
  // One that failed is tried again with the next node.
  if (known && same && known.fault === null) return known;
  if (known) known.server.close();
  const opened: OpenPort = { server: listening(settings), settings, users: new Set(), fault: null };
  opened.server.on('error', (error: NodeJS.ErrnoException) => {
    opened.fault = faultOf(settings, error);
    for (const tell of opened.users) tell(opened.fault);
  });
  shared[PORT] = opened;
  return opened;
}

function listening({ host, port }: PortSettings): Server {
  const server = createServer(LIMITS, (_req, res) => {
    answer(res, { status: 404, body: 'Not found' });
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.maxHeadersCount = MOST_HEADERS;
  server.maxRequestsPerSocket = MOST_REQUESTS;
  server.listen(port, host);
  // Node-RED decides how long the process lives.
  server.unref();
  return server;
}

function close(port: OpenPort): void {
  port.server.close();
  port.server.closeAllConnections();
  const shared = globalThis as { [PORT]?: OpenPort | undefined };
  if (shared[PORT] === port) shared[PORT] = undefined;
}

function faultOf({ host, port }: PortSettings, error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE')
    return `WEBHOOK_PORT=${port} is taken: another program listens on ${host}:${port}`;
  if (error.code === 'EACCES') return `WEBHOOK_PORT=${port} may not be opened by this user`;
  return `WEBHOOK_PORT=${port} on ${host} cannot be opened (${error.code ?? error.message})`;
}
