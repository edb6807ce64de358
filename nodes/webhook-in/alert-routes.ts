import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Node } from 'node-red';
import { systemElapsed, systemWall } from '../../lib/domain/clock.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import { callerAddress } from '../../lib/webhook/addresses.ts';
import { BODY_LIMITS, type BodyRefused, readBody } from '../../lib/webhook/body.ts';
import type { Intake } from '../../lib/webhook/intake.ts';
import type { Limits } from '../../lib/webhook/rate-limit.ts';
import { bodyReply, type Received } from '../../lib/webhook/receive.ts';
import type { Arrivals } from '../../lib/webhook/recent.ts';
import { answer, errorReply, type Reply } from '../../lib/webhook/reply.ts';
import { signalStatus } from '../../lib/webhook/status.ts';
import type { AccountLink } from '../kit/account-link.ts';
import type { Lifetime } from '../kit/lifetime.ts';
import type { RouteHandler } from '../kit/routes.ts';
import type { StatusLight } from '../kit/status.ts';
import type { Config } from './settings.ts';

export interface AlertRoutes {
  node: Node;
  config: Config;
  life: Lifetime;
  status: StatusLight;
  account: AccountLink;
  report: (error: unknown) => void;
  secrets: string[];
  limits: Limits;
  arrivals: Arrivals;
  intake: Intake;
  /** Takes a signal that is recorded and answered. */
  depart: (signal: Signal) => void;
}

const LOG_MS = 5;
const LATER = { 'retry-after': '5' };

/**
 * POST on the path itself takes an alert, on `/<token>` below it where the node allows that; GET `/signals/<id>` says
 * what became of one.
 */
export function alertRoutes(parts: AlertRoutes): RouteHandler {
  const { life, report, config } = parts;
  return (req, res, next) => {
    const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
    const signal = /^\/signals\/([^/]+)\/?$/.exec(path)?.[1];
    const token = config.pathToken ? /^\/([^/]+)\/?$/.exec(path)?.[1] : undefined;
    if (path !== '/' && signal === undefined && token === undefined) return next();
    const allowed = signal === undefined ? 'POST' : 'GET';
    if (req.method !== allowed) {
      answer(res, errorReply(405, { message: `Only ${allowed} is answered here.` }, { allow: allowed }));
      return;
    }
    const work = signal === undefined ? take(parts, req, res, token) : stateOf(parts, req, signal);
    work.then(
      (reply) => reply && answer(res, reply),
      (error: unknown) => {
        answer(res, errorReply(503, { message: 'The alert could not be handled. Send it again.' }, LATER));
        if (!life.closed) report(error);
      },
    );
  };
}

/** Records the alert, answers, and only then lets the signal go. */
async function take(
  parts: AlertRoutes,
  req: IncomingMessage,
  res: ServerResponse,
  token: string | undefined,
): Promise<Reply | undefined> {
  const { config } = parts;
  const from = fromOf(parts, req);
  if (config.sources && !config.sources.has(from)) return foreign(parts, from);
  const body = await readBody(req, BODY_LIMITS, systemElapsed);
  if (body.kind === 'refused') {
    return unread(parts, from, body);
  }
  const received = await parts.intake.receive({
    headers: req.headers,
    body,
    remoteAddress: from,
    pathToken: token && decoded(token),
  });
  if (!received) {
    keep(parts, from, 503, 'the account is not ready');
    return notReady();
  }
  answer(res, received);
  tell(parts, from, received);
  return undefined;
}

/** Nobody knows whose body it was: like an attempt without the secret, many of one address fill no log. */
function unread(parts: AlertRoutes, from: string, body: BodyRefused): Reply {
  const { attempts } = parts.limits;
  if (attempts.wait(from) === 0) parts.node.log(`${body.status} to ${from}: expected ${body.expected}`);
  attempts.count(from);
  keep(parts, from, body.status, `expected ${body.expected}`);
  parts.status.show('failed', 'refused', body.status);
  return bodyReply(body);
}

function tell(parts: AlertRoutes, from: string, received: Received): void {
  const { node, status } = parts;
  if (received.signal) parts.depart(received.signal);
  // A flood of attempts is answered, but fills neither the log nor the dialog. Writing a line takes as long as sizing
  // an order, so the order goes first.
  if (received.status !== 429) systemElapsed.after(LOG_MS, () => node.log(received.log));
  keep(parts, from, received.status, received.what, received.signalKey);
  if (received.signal) status.show('ok', 'accepted', received.signal.symbol);
  else if (received.status === 200) status.show('ok', 'duplicate');
  else status.show('failed', 'refused', received.status);
}

function keep(parts: AlertRoutes, from: string, status: number, what: string, signal: string | null = null) {
  parts.arrivals.add({ at: systemWall.now(), from, status, what, signal });
}

/** The same for every address that is not on the list, before a byte of the body is read. */
function foreign(parts: AlertRoutes, from: string): Reply {
  keep(parts, from, 403, 'the address is not on the list of sources');
  parts.status.show('failed', 'refused', 403);
  return { status: 403, body: 'Forbidden', headers: { connection: 'close' } };
}

function fromOf({ config }: AlertRoutes, req: IncomingMessage): string {
  return callerAddress(req.socket.remoteAddress, req.headers['x-forwarded-for'], config.proxyHops);
}

async function stateOf(parts: AlertRoutes, req: IncomingMessage, id: string): Promise<Reply> {
  const open = parts.account.view().account;
  if (!open || parts.life.closed) return notReady();
  const reply = signalStatus(req.headers, parts.node.id, decoded(id), parts, open.inbox);
  if (reply.status !== 401) return reply;
  const from = fromOf(parts, req);
  const wait = parts.limits.attempts.wait(from);
  if (wait > 0) {
    const headers = { 'retry-after': String(Math.ceil(wait / 1_000)) };
    return errorReply(429, { message: 'Too many attempts came from there.' }, headers);
  }
  parts.limits.attempts.count(from);
  return reply;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not valid percent-encoding: looked up as it stands, and not found.
    return part;
  }
}

function notReady(): Reply {
  return errorReply(
    503,
    { message: 'The account is not ready. Nothing was recorded; send it again.' },
    LATER,
  );
}
