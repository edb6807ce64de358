import type { IncomingMessage } from 'node:http';
import type { ElapsedTime } from '../domain/clock.ts';

/**
 * Reads the raw body of an alert, counting bytes. Nothing may parse the request before this:
 * Express' own text parser has no limit.
 */

export interface BodyLimits {
  /** Raw bytes; 65,536 by default. */
  maxBytes: number;
  /** From the call to the last byte; 5,000 by default. */
  deadlineMs: number;
}

export const BODY_LIMITS: BodyLimits = { maxBytes: 65_536, deadlineMs: 5000 };

export interface BodyRefused {
  kind: 'refused';
  status: 408 | 413 | 415;
  /** The header or limit that decides. */
  field: string;
  /** What was sent, never from the body. */
  value: string | null;
  expected: string;
}

export type BodyRead = { kind: 'body'; bytes: Uint8Array } | BodyRefused;

/**
 * TradingView sends JSON as application/json and everything else as text/plain; relays and `curl -d` label JSON
 * as a form. The label only keeps out what cannot be an alert: the content is sniffed by the parser.
 */
const READABLE_TYPES =
  /^(?:application\/(?:json|[a-z0-9.+-]+\+json|x-www-form-urlencoded)|text\/(?:plain|json))$/;

/** A sender that is somewhat over the limit is heard out, so that it reads the 413 instead of a reset connection. */
const HEARD_OUT = 4;

/** Resolves always. After a refusal the request is no longer listened to: answer with `Connection: close`. */
export function readBody(
  request: IncomingMessage,
  limits: BodyLimits,
  elapsed: ElapsedTime,
): Promise<BodyRead> {
  const tooLarge = refused(413, 'body', null, `at most ${limits.maxBytes} bytes`);
  const early = refusedByHeaders(request) ?? declaredTooLarge(request, limits, tooLarge);
  if (early) return Promise.resolve(early);
  if (request.destroyed || request.readableEnded) return Promise.resolve(interrupted());

  return new Promise((resolve) => {
    let chunks: Uint8Array[] = [];
    let received = 0;
    let settled = false;

    const settle = (result: BodyRead) => {
      if (settled) return;
      settled = true;
      deadline.cancel();
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('close', onClose);
      // The error listener stays: a connection that breaks after the refusal must not become an uncaught error.
      if (result.kind === 'refused') request.pause();
      resolve(result);
    };
    const onData = (chunk: Uint8Array) => {
      received += chunk.byteLength;
      if (received <= limits.maxBytes) chunks.push(chunk);
      else chunks = [];
      if (received > limits.maxBytes * HEARD_OUT) settle(tooLarge);
    };
    const onEnd = () => {
      settle(received > limits.maxBytes ? tooLarge : { kind: 'body', bytes: Buffer.concat(chunks) });
    };
    const onClose = () => settle(interrupted());
    const deadline = elapsed.after(limits.deadlineMs, () => {
      settle(received > limits.maxBytes ? tooLarge : late(limits));
    });

    request.on('error', onClose);
    request.on('close', onClose);
    request.on('end', onEnd);
    request.on('data', onData);
  });
}

function refusedByHeaders(request: IncomingMessage): BodyRefused | null {
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  // A compressed body could be larger than its bytes say.
  if (encoding !== '' && encoding !== 'identity') {
    return refused(415, 'Content-Encoding', encoding, 'an uncompressed body');
  }
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type !== '' && !READABLE_TYPES.test(type)) {
    return refused(415, 'Content-Type', type, 'application/json or text/plain');
  }
  return null;
}

function declaredTooLarge(
  request: IncomingMessage,
  limits: BodyLimits,
  refusal: BodyRefused,
): BodyRefused | null {
  const declared = Number(request.headers['content-length'] ?? 0);
  return declared > limits.maxBytes * HEARD_OUT ? refusal : null;
}

function late(limits: BodyLimits): BodyRefused {
  return refused(408, 'body', null, `the whole body within ${limits.deadlineMs / 1000} s`);
}

function interrupted(): BodyRefused {
  return refused(408, 'body', null, 'the whole body; the connection was closed before its end');
}

function refused(
  status: BodyRefused['status'],
  field: string,
  value: string | null,
  expected: string,
): BodyRefused {
  return { kind: 'refused', status, field, value: value === null ? null : value.slice(0, 80), expected };
}
