import type { IncomingMessage } from 'node:http';
import type { NodeAPI } from 'node-red';
import { isForwarded } from '../../lib/webhook/forwarded.ts';

const NAMES = new Set(['localhost', '::1', '[::1]']);

/** An address or a name by which a machine calls itself. */
export function isLoopback(host: string): boolean {
  return NAMES.has(host.toLowerCase()) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Whether only programs of this machine reach Node-RED's server. Before it listens its settings tell; Node-RED's own
 * default is every address.
 */
export function listensOnLoopback(RED: NodeAPI): boolean {
  const bound = RED.server.address();
  const host = typeof bound === 'object' && bound !== null ? bound.address : RED.settings.uiHost;
  return typeof host === 'string' && isLoopback(host);
}

const MOST_REMEMBERED = 100;
const asked = new Map<string, boolean>();

/**
 * Whether it was asked for by this machine's own name, and by nobody behind a proxy: a page of another site can make its
 * name point at us, and a proxy on this machine may ask by ours.
 */
export function asksLoopback(req: IncomingMessage): boolean {
  if (isForwarded(req)) return false;
  const host = req.headers.host ?? '';
  const known = asked.get(host);
  if (known !== undefined) return known;
  const url = `http://${host}`;
  const own = URL.canParse(url) && isLoopback(new URL(url).hostname);
  if (asked.size >= MOST_REMEMBERED) asked.clear();
  asked.set(host, own);
  return own;
}
