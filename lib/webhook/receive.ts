import type { IncomingHttpHeaders } from 'node:http';
import type { WallTime } from '../domain/clock.ts';
import { show, TraderError } from '../domain/errors.ts';
import type { Signal } from '../domain/signal.ts';
import { authenticate } from './authenticate.ts';
import type { BodyRead, BodyRefused } from './body.ts';
import { oneLine } from './fields.ts';
import { FRESHNESS_LIMITS } from './freshness.ts';
import type { Inbox, InboxEntry, Recorded } from './inbox.ts';
import type { JsonRecord } from './json.ts';
import { parseBody, type Unreadable } from './parse.ts';
import type { Limits } from './rate-limit.ts';
import { errorReply, inputReply, outcomeBody, type Reply, unauthorized } from './reply.ts';
import { type UnderstoodAlert, understand } from './understand.ts';

export interface AlertRequest {
  headers: IncomingHttpHeaders;
  body: BodyRead;
  /** Whom it came from, see `callerAddress`. */
  remoteAddress?: string | undefined;
  /** The last part of the address, where the node takes its secret there. */
  pathToken?: string | undefined;
}

export interface AlertConfig {
  /** Names the receiving node for ever: part of every signal's key. */
  source: string;
  /** For alerts that name no strategy. */
  book: string;
  /** This sender may open short positions; by default not. */
  mayShort?: boolean;
  /** Any of these is accepted; with none, nothing is. */
  secrets: readonly string[];
  maxAgeMs?: number;
  futureMs?: number;
}

export interface AlertDeps {
  inbox: Inbox;
  wall: WallTime;
  /** Without, any number of alerts is taken. */
  limits?: Limits;
}

export interface Received extends Reply {
  /** Present exactly when the alert is new and recorded: the one case in which it goes on. */
  signal?: Signal;
  /** One line for the log and the node's status; holds no secret, and nothing of an unauthenticated body. */
  log: string;
  /** In words for the dialog: what it was taken for, or why it was refused. */
  what: string;
  /** The signal it became or repeats. */
  signalKey: string | null;
  /** Takes back what was counted for it, when its record did not get to disk after all. */
  uncount?: () => void;
}

const UNKNOWN_ADDRESS = 'unknown address';

/**
 * Size, parse, authenticate, understand, freshness, rate, record, in this order. A body that nobody can read is a 400
 * before authentication: the caller learns only that its own text is unreadable, and it helps who mistyped it.
 */
export function receiveAlert(request: AlertRequest, config: AlertConfig, deps: AlertDeps): Received {
  const from = request.remoteAddress ?? UNKNOWN_ADDRESS;
  if (request.body.kind === 'refused') return logged(bodyReply(request.body), from, request.body.expected);

  const parsed = parseBody(request.body.bytes);
  if (parsed.kind === 'unreadable') return logged(unreadableReply(parsed), from, parsed.message);

  const { headers, pathToken } = request;
  const { record: sent, form, names } = parsed;
  const receivedAt = deps.wall.now();
  const caller = authenticate(
    { headers, record: sent, form, bytes: request.body.bytes, pathToken, now: receivedAt },
    config.secrets,
  );
  if (caller.kind === 'refused') return strangerReply(from, caller.because, deps.limits);

  let alert: UnderstoodAlert;
  try {
    alert = understand(caller.record, {
      accountKey: deps.inbox.accountKey,
      live: deps.inbox.live,
      source: config.source,
      book: config.book,
      mayShort: config.mayShort === true,
      receivedAt,
      form,
      names,
      signedId: caller.signedId,
      limits: {
        maxAgeMs: config.maxAgeMs ?? FRESHNESS_LIMITS.maxAgeMs,
        futureMs: config.futureMs ?? FRESHNESS_LIMITS.futureMs,
        boundaryMs: FRESHNESS_LIMITS.boundaryMs,
      },
    });
  } catch (error) {
    if (error instanceof TraderError && error.code === 'E_INPUT') {
      return logged(inputReply(error), from, error.message);
    }
    throw error;
  }
  return record(alert, caller.record, from, deps);
}

function record(alert: UnderstoodAlert, body: JsonRecord, from: string, deps: AlertDeps): Received {
  const { inbox, limits } = deps;
  const key = `${from} ${alert.signal.strategy ?? alert.signal.book}`;
  let recorded: Recorded;
  try {
    if (alert.tooLate && !inbox.outcome(alert.signal.source, alert.signalKey)) {
      return logged(inputReply(alert.tooLate), from, alert.tooLate.message);
    }
    const wait = limits?.alerts.wait(key) ?? 0;
    // What was accepted before stays accepted, however often it is sent.
    if (wait > 0 && !inbox.outcome(alert.signal.source, alert.signalKey)) return tooMany(from, wait);
    recorded = inbox.record(toEntry(alert, body));
  } catch {
    return unrecorded(from);
  }
  if (recorded.kind === 'conflict')
    return logged(conflictReply(alert, recorded.ageMs), from, 'same id, other body');
  const { understood, ignored, signal } = alert;
  if (recorded.kind === 'duplicate') {
    const duplicate = {
      of: recorded.signalKey,
      ageSeconds: Math.round(recorded.ageMs / 100) / 10,
      outcome: outcomeBody(recorded.outcome),
    };
    const reply: Reply = {
      status: 200,
      body: { status: 'duplicate', signal: recorded.signalKey, understood, ignored, duplicate },
    };
    return {
      ...logged(
        reply,
        from,
        `duplicate of ${recorded.signalKey}, ${recorded.outcome.state}; ${inWords(alert)}`,
      ),
      what: inWords(alert),
      signalKey: recorded.signalKey,
    };
  }
  const reply: Reply = {
    status: 200,
    body: { status: 'accepted', signal: alert.signalKey, understood, ignored },
  };
  limits?.alerts.count(key);
  const { signalKey } = alert;
  return {
    ...logged(reply, from, `accepted ${inWords(alert)}, signal ${signalKey}`),
    what: inWords(alert),
    signal,
    signalKey,
    uncount: () => limits?.alerts.uncount(key),
  };
}

/** What to answer when the commit failed that held this alert: whatever stood on a record stands no more. */
export function notRecorded(received: Received, request: AlertRequest): Received {
  if (received.signalKey === null && received.status !== 409) return received;
  received.uncount?.();
  return unrecorded(request.remoteAddress ?? UNKNOWN_ADDRESS);
}

/** TradingView sends again after a 5xx, so this refusal is a free second chance. The cause is the account's to log. */
function unrecorded(from: string): Received {
  const message = 'The alert could not be recorded, so it was not accepted. Send it again.';
  return logged(errorReply(503, { message }, { 'retry-after': '5' }), from, message);
}

/** `traderspost: buy 10 AAPL`. */
function inWords({ signal, understood }: UnderstoodAlert): string {
  const size = signal.target ?? signal.quantity;
  return `${understood.dialect}: ${signal.action}${size === undefined ? '' : ` ${size}`} ${signal.symbol}`;
}

/**
 * Who has no right secret is told so, and after many attempts to wait. Never the other way round: an alert with the
 * right secret gets here by no number of wrong ones from its address, which may be a proxy's or TradingView's.
 */
function strangerReply(from: string, because: string, limits: Limits | undefined): Received {
  const wait = limits?.attempts.wait(from) ?? 0;
  if (wait > 0) return tooMany(from, wait, 'too many attempts without the right secret');
  limits?.attempts.count(from);
  return logged(unauthorized(), from, because);
}

function tooMany(from: string, waitMs: number, because = 'too many alerts'): Received {
  const seconds = Math.ceil(waitMs / 1000);
  const message = 'Too many alerts came from there in a short time. Nothing was done.';
  return logged(errorReply(429, { message }, { 'retry-after': String(seconds) }), from, because);
}

function toEntry(alert: UnderstoodAlert, body: JsonRecord): InboxEntry {
  return {
    signalKey: alert.signalKey,
    source: alert.signal.source,
    identity: alert.identity,
    bodyDigest: alert.bodyDigest,
    bodyRedacted: recordText(body),
    signal: alert.signal,
  };
}

const LONGEST_RECORD = 65_536;

/** The body as text. Numbers can grow when written out (1e20), so that the limit is checked again. */
function recordText(body: JsonRecord): string {
  const text = JSON.stringify(body);
  if (Buffer.byteLength(text) <= LONGEST_RECORD) return text;
  return JSON.stringify({ shortened: text.slice(0, 1000).toWellFormed() });
}

/** The answer to a body that was not read. */
export function bodyReply(refused: BodyRefused): Reply {
  const { field, value, expected } = refused;
  const message = `The request was not read: expected ${expected}.`;
  // What follows on this connection is the rest of a body nobody reads.
  return errorReply(refused.status, { field, value, expected, message }, { connection: 'close' });
}

function unreadableReply(unreadable: Unreadable): Reply {
  const { expected, message } = unreadable;
  return errorReply(400, { field: 'body', value: null, expected, message });
}

function conflictReply(alert: UnderstoodAlert, ageMs: number): Reply {
  const expected = 'an id of its own for every alert, such as one with {{timenow}} in it';
  const seconds = Math.round(ageMs / 1000);
  return errorReply(409, {
    field: 'id',
    value: alert.signal.id,
    expected,
    message: `The id ${show(alert.signal.id)} came ${seconds} s ago with another body. Nothing was done.`,
  });
}

function logged(reply: Reply, from: string, because: string): Received {
  // Names of fields are the sender's: on one line, they cannot forge another.
  return {
    ...reply,
    log: oneLine(`${reply.status} to ${from}: ${because}`).slice(0, 300),
    what: oneLine(because).slice(0, 200),
    signalKey: null,
  };
}
