import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { bearerAccepted } from '../webhook/authenticate.ts';
import { isForwarded } from '../webhook/forwarded.ts';

/** How a page brings its token to a WebSocket, where it can set no header. */
const TOKEN_PROTOCOL = /^token\.(.+)$/;

/** Who may ask. */
export interface AccessRules {
  /** Any of these is accepted; without one nothing that needs a token is ever allowed. */
  tokens: readonly string[];
  /** Pages of other origins that may ask, as browsers name them: `https://charts.example`. */
  origins: readonly string[];
}

/**
 * True for a program or a page of this machine that asked this machine by its own name. A name that somebody made
 * point here, and everything that came through a proxy, is from outside.
 */
export function isLocal(request: IncomingMessage): boolean {
  const { headers, socket } = request;
  if (isForwarded(headers)) return false;
  return isLoopbackAddress(socket.remoteAddress ?? '') && isLoopbackName(hostname(headers.host));
}

/** True when no page asks, a page of the same address, or one that is on the list. */
export function isOriginAllowed({ origin, host }: IncomingHttpHeaders, rules: AccessRules): boolean {
  if (origin === undefined) return true;
  if (rules.origins.includes(origin)) return true;
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}

/** Reading from this machine needs no token; all else does. */
export function isAllowed(request: IncomingMessage, rules: AccessRules, writes: boolean): boolean {
  return (!writes && isLocal(request)) || bearerAccepted(request.headers, rules.tokens);
}

/** The same for a WebSocket, whose token may also come as the subprotocol `token.<token>`. */
export function mayStream(request: IncomingMessage, rules: AccessRules): boolean {
  if (isAllowed(request, rules, false)) return true;
  return protocolsOf(request).some((name) => {
    const token = TOKEN_PROTOCOL.exec(name)?.[1];
    return token !== undefined && bearerAccepted({ authorization: `Bearer ${token}` }, rules.tokens);
  });
}

export function protocolsOf({ headers }: IncomingMessage): string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').flatMap((name) => name.trim() || []);
}

function isLoopbackAddress(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  return plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain);
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name);
}

function hostname(host: string | undefined): string {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return '';
  }
}
