import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ElapsedTime } from '../domain/clock.ts';
import { bearerAccepted } from '../webhook/authenticate.ts';
import { isForwarded } from '../webhook/forwarded.ts';
import { RateLimit } from '../webhook/rate-limit.ts';

/** Refused attempts of one address within a minute. */
const MOST_ATTEMPTS = 60;

/** How a page brings its token to a WebSocket, where it can set no header. */
const TOKEN_PROTOCOL = /^token\.(.+)$/;

type Caller = Pick<IncomingMessage, 'headers' | 'httpVersion' | 'socket'>;

/** Who may ask. */
export interface AccessRules {
  /** Any of these is accepted; without one nothing that needs a token is ever allowed. */
  tokens: readonly string[];
  /** Pages of other origins that may ask, as browsers name them: `https://charts.example`. */
  origins: readonly string[];
}

/** Callers without a right token, by address: over HTTP and the stream together. */
export class Attempts {
  readonly #limit: RateLimit;

  constructor(elapsed: ElapsedTime) {
    this.#limit = new RateLimit(MOST_ATTEMPTS, 60_000, elapsed);
  }

  /** Counts one; whole seconds for which its address has to wait, 0 while it may still try. */
  refused({ socket }: Pick<IncomingMessage, 'socket'>): number {
    const from = socket.remoteAddress ?? '';
    const wait = this.#limit.wait(from);
    if (wait === 0) this.#limit.count(from);
    return Math.ceil(wait / 1_000);
  }
}

/**
 * True for a program or a page of this machine that asked this machine by its own name. A name that somebody made
 * point here, and everything that came through a proxy, is from outside.
 */
function isLocal(caller: Caller): boolean {
  const { headers, socket } = caller;
  if (isForwarded(caller)) return false;
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

/**
 * What is wrong with what the caller brought, as what is expected of Authorization; null where it may come in. Reading
 * from this machine needs no token; all else does. A token that is brought must be right everywhere.
 */
export function missingRight(caller: Caller, rules: AccessRules, writes: boolean): string | null {
  const brought = broughtBy(caller.headers);
  if (brought === 'nothing' && !writes && isLocal(caller)) return null;
  if (brought === 'bearer' && bearerAccepted(caller.headers, rules.tokens)) return null;
  if (rules.tokens.length === 0)
    return 'a token, and none is set: set one in the dialog of trader-api, or as TRADER_API_TOKEN';
  return `${EXPECTED[brought]} ${WHERE_IT_LIES}`;
}

/** The same for a WebSocket, whose token may also come as the subprotocol `token.<token>`. */
export function missingForStream(
  { headers, httpVersion, socket }: Caller,
  rules: AccessRules,
): string | null {
  const token = offeredToken(headers);
  const known = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
  return missingRight({ headers: known, httpVersion, socket }, rules, false);
}

/** For whoever has the desk before them; no path of this machine. */
export const WHERE_IT_LIES =
  'npm start keeps it in the file api-token of its user directory and prints where; elsewhere it is TRADER_API_TOKEN, or ' +
  'set in the dialog of trader-api.';

type Brought = 'nothing' | 'malformed' | 'bearer';

const EXPECTED: Record<Brought, string> = {
  nothing: 'Bearer and the token of this API; none was brought.',
  malformed: 'the word Bearer, a blank and the token of this API.',
  bearer:
    "the token of this API; the one that was brought is another. The webhook's secret opens nothing here.",
};

/** A proxy's password is somebody else's and counts as nothing; a bare token is one that was written wrongly. */
function broughtBy({ authorization = '' }: IncomingHttpHeaders): Brought {
  const written = authorization.trim();
  if (written === '' || /^(?:basic|digest|negotiate|ntlm)\s/i.test(written)) return 'nothing';
  return /^bearer\s+\S/i.test(written) ? 'bearer' : 'malformed';
}

function offeredToken(headers: IncomingHttpHeaders): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',');
  return offered.flatMap((name) => TOKEN_PROTOCOL.exec(name.trim())?.[1] ?? []).at(0);
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
