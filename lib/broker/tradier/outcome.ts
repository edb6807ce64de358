import type { CancelOutcome, ChangeOutcome, PlaceOutcome } from '../port.ts';
import { identity, isRecord } from './codec.ts';
import { errorsIn, faultIn, inWords, isHtml, networkWords, parseJson } from './failures.ts';
import type { ReplyHeaders } from './rate-limits.ts';

/** Everything that was seen of one transmission of an order write. */
export interface WriteObservation {
  /** Bytes given to the fresh socket; 0 proves that the broker saw nothing. */
  bytesWritten: number;
  /** What ended it before a whole reply was read; null when the reply is whole. */
  failure: { code: string; words: string } | null;
  /** null when not even the status line came. */
  reply: { status: number; headers: ReplyHeaders; body: string; whole: boolean } | null;
}

/** What one observation on `POST /orders` proves. Never throws. */
export function classifyPlacement(seen: WriteObservation): PlaceOutcome {
  return classify(seen, 'order');
}

/**
 * What one observation on `PUT /orders/{id}` proves, by the same evidence as a placement; an acknowledgement must
 * name the order that was to change. Never throws.
 */
export function classifyChange(seen: WriteObservation, id: number): ChangeOutcome {
  const status = finalStatus(seen);
  if (status !== null) return { kind: 'already_final', status };
  const outcome = classify(seen, 'change');
  if (outcome.kind !== 'acknowledged') return outcome;
  return outcome.orderId === id
    ? { kind: 'acknowledged' }
    : unknown(`The broker answered the change with another order, ${outcome.orderId}.`);
}

/** The definitive rows are an exact-match list; whatever is not on it is unknown. */
function classify(seen: WriteObservation, what: 'order' | 'change'): PlaceOutcome {
  const { reply, failure } = seen;
  if (reply === null) {
    const words = failure?.words ?? 'no reply came';
    if (seen.bytesWritten === 0) return { kind: 'not_sent', reason: `Nothing was sent: ${words}.` };
    return unknown(`The ${what} was sent, but ${words}.`);
  }
  if (failure !== null || !reply.whole || seen.bytesWritten === 0) {
    return unknown(
      `The ${what} was sent, but its answer broke off: ${failure?.words ?? 'it is incomplete'}.`,
    );
  }
  const json = parseJson(reply.body);
  const said = inWords(reply.status, reply.body, json);
  const errors = errorsIn(json);
  const order = isRecord(json) && json.order !== undefined;
  const html = isHtml(reply.body) || String(reply.headers['content-type'] ?? '').includes('text/html');
  if (html || (order && errors !== null)) return unknown(`The broker's answer leaves it open: ${said}.`);
  switch (reply.status) {
    case 200: {
      const id = orderId(json);
      if (id !== null) return { kind: 'acknowledged', orderId: id };
      // Downstream refusals come with status 200; one complete list decides before anything is released.
      if (errors !== null) return unknown(`The broker answered with errors: ${said}.`, true);
      break;
    }
    case 400:
      if (!order && (errors !== null || isParameterRefusal(reply.body))) return rejected(said, errors);
      break;
    case 401:
    case 403:
      if (!order) return rejected(said, errors);
      break;
    case 429:
      if (!order && isQuotaFault(reply.body, json))
        return { kind: 'rejected', reason: said, codes: ['QuotaViolation'] };
      break;
  }
  return unknown(`The broker's answer does not say whether it has the ${what}: ${said}.`);
}

/** What an observation on `DELETE /orders/{id}` says. It is never the verdict on the order: that is read by its id. */
export function classifyCancellation(seen: WriteObservation): CancelOutcome {
  const { reply, failure } = seen;
  if (reply === null || failure !== null || !reply.whole) {
    return {
      kind: 'failed',
      reason: `The cancellation got no answer: ${failure?.words ?? 'it is incomplete'}.`,
    };
  }
  const json = parseJson(reply.body);
  if (reply.status === 200 && errorsIn(json) === null && orderId(json) !== null)
    return { kind: 'acknowledged' };
  const status = finalStatus(seen);
  if (status !== null) return { kind: 'already_final', status };
  return { kind: 'failed', reason: `The broker answered: ${inWords(reply.status, reply.body, json)}.` };
}

/** The status of an order that is neither changed nor cancelled any more; null where the reply says no such thing. */
function finalStatus({ reply, failure, bytesWritten }: WriteObservation): string | null {
  if (reply?.status !== 400 || !reply.whole || failure !== null || bytesWritten === 0) return null;
  return /^order already in finalized state: *([a-z_]+)\s*$/.exec(reply.body.trim())?.[1] ?? null;
}

/** A local failure in the words and code that an observation carries. */
export function failureOf(error: unknown): { code: string; words: string } {
  const code = isRecord(error) && typeof error.code === 'string' ? error.code : '';
  return { code, words: networkWords(error) };
}

function unknown(
  reason: string,
  expectRejected = false,
): { kind: 'unknown'; reason: string; expectRejected: boolean } {
  return { kind: 'unknown', reason, expectRejected };
}

function rejected(reason: string, errors: string[] | null): PlaceOutcome {
  return { kind: 'rejected', reason, codes: (errors ?? []).filter((text) => /^[A-Z][A-Za-z]+$/.test(text)) };
}

function orderId(json: unknown): number | null {
  if (!isRecord(json) || !isRecord(json.order)) return null;
  const id = identity.safeParse(json.order.id);
  return id.success ? id.data : null;
}

/** `Invalid parameter, <name>: <reason>`, the plain text of Tradier's own check before an order is made. */
function isParameterRefusal(body: string): boolean {
  return /^Invalid parameter, [A-Za-z0-9_[\]]+: \S/.test(body);
}

/** The gateway's refusal for the minute's quota, as plain text or as a JSON fault. */
function isQuotaFault(body: string, json: unknown): boolean {
  return /^Quota Violation\b/.test(body) || faultIn(json)?.code === 'policies.ratelimit.QuotaViolation';
}
