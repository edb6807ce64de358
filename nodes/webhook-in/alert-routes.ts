import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Node } from 'node-red';
import { systemElapsed } from '../../lib/domain/clock.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import { BODY_LIMITS, readBody } from '../../lib/webhook/body.ts';
import { bodyReply, receiveAlert } from '../../lib/webhook/receive.ts';
import { answer, errorReply, type Reply } from '../../lib/webhook/reply.ts';
import { signalStatus } from '../../lib/webhook/status.ts';
import type { AccountLink } from '../kit/account-link.ts';
import type { Lifetime } from '../kit/lifetime.ts';
import type { RouteHandler } from '../kit/routes.ts';
import type { StatusLight } from '../kit/status.ts';

export interface AlertRoutes {
  node: Node;
  config: { book: string; maxAgeMs: number };
  life: Lifetime;
  status: StatusLight;
  account: AccountLink;
  report: (error: unknown) => void;
  secrets: string[];
  emit: (signal: Signal) => void;
}

const LATER = { 'retry-after': '5' };

/** POST on the path itself takes an alert; GET `/signals/<id>` below it says what became of one. */
export function alertRoutes(parts: AlertRoutes): RouteHandler {
  const { life, report } = parts;
  return (req, res, next) => {
    const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
    const signal = /^\/signals\/([^/]+)\/?$/.exec(path);
    if (path !== '/' && !signal) return next();
    const allowed = signal ? 'GET' : 'POST';
    if (req.method !== allowed) {
      answer(res, errorReply(405, { message: `Only ${allowed} is answered here.` }, { allow: allowed }));
      return;
    }
    const work = signal ? stateOf(parts, req, signal[1] ?? '') : take(parts, req, res);
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
): Promise<Reply | undefined> {
  const { node, config, life, status, account, secrets } = parts;
  const body = await readBody(req, BODY_LIMITS, systemElapsed);
  if (body.kind === 'refused') return bodyReply(body);
  const open = account.view().account;
  // A node replaced by a deploy in the meantime could record the alert but no longer send it.
  if (!open || life.closed) return notReady();
  const received = receiveAlert(
    { headers: req.headers, body, remoteAddress: req.socket.remoteAddress },
    { source: node.id, book: config.book, secrets, maxAgeMs: config.maxAgeMs },
    { inbox: open.inbox, wall: open.clock.wall },
  );
  answer(res, received);
  node.log(received.log);
  if (received.signal) {
    status.show('ok', 'accepted', received.signal.symbol);
    parts.emit(received.signal);
  } else if (received.status === 200) status.show('ok', 'duplicate');
  else status.show('failed', 'refused', received.status);
  return undefined;
}

async function stateOf(parts: AlertRoutes, req: IncomingMessage, id: string): Promise<Reply> {
  const open = parts.account.view().account;
  if (!open || parts.life.closed) return notReady();
  let name = id;
  try {
    name = decodeURIComponent(id);
  } catch {
    // Not valid percent-encoding: looked up as it stands, and not found.
  }
  return signalStatus(req.headers, parts.node.id, name, parts, open.inbox);
}

function notReady(): Reply {
  return errorReply(
    503,
    { message: 'The account is not ready. Nothing was recorded; send it again.' },
    LATER,
  );
}
