import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import type { Limits } from '../../lib/webhook/rate-limit.ts';
import { type AlertConfig, type Received, receiveAlert } from '../../lib/webhook/receive.ts';
import type { Understood } from '../../lib/webhook/understand.ts';
import { MemoryInbox } from './memory-inbox.ts';

export const SECRET = 'k3J9-secret-of-the-test-XyZ0123456789abcdefg';
export const OTHER_SECRET = 'the-secret-that-is-being-rotated-out-98765';
/** Not on a bar boundary. */
export const NOW = Date.UTC(2026, 2, 2, 14, 33, 17, 250);

export const CONFIG: AlertConfig = { source: 'webhook-in-1', book: 'desk', secrets: [SECRET] };

export interface Posted {
  headers?: IncomingHttpHeaders;
  inbox?: MemoryInbox;
  now?: number;
  config?: Partial<AlertConfig>;
  pathToken?: string;
  limits?: Limits;
  remoteAddress?: string;
}

/** Receives a body as it stands: an object as JSON, a string or bytes untouched. */
export function post(body: unknown, how: Posted = {}): Received {
  const bytes =
    body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return receiveAlert(
    {
      headers: how.headers ?? {},
      body: { kind: 'body', bytes },
      remoteAddress: how.remoteAddress ?? '127.0.0.1',
      pathToken: how.pathToken,
    },
    { ...CONFIG, ...how.config },
    {
      inbox: how.inbox ?? new MemoryInbox(),
      wall: { now: () => how.now ?? NOW },
      ...(how.limits ? { limits: how.limits } : {}),
    },
  );
}

/** With the right secret and no id. */
export function alert(fields: Record<string, unknown>): Record<string, unknown> {
  return { secret: SECRET, ...fields };
}

export interface ReplyBody {
  status?: string;
  signal?: string;
  understood?: Understood;
  ignored?: string[];
  duplicate?: { of: string; ageSeconds: number; outcome: { state: string } };
  error?: { field?: string; value?: unknown; expected?: string; message: string };
}

export function bodyOf(reply: Received): ReplyBody {
  assert.equal(typeof reply.body, 'object', `${reply.status} ${String(reply.body)}`);
  return reply.body as ReplyBody;
}

export function accepted(body: unknown, how: Posted = {}) {
  const reply = post(body, how);
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  const { status, understood, ignored } = bodyOf(reply);
  assert.equal(status, 'accepted');
  assert.ok(reply.signal && understood && ignored);
  return { signal: reply.signal, understood, ignored, reply };
}

export function refused(body: unknown, how: Posted = {}, status = 422) {
  const reply = post(body, how);
  assert.equal(reply.status, status, JSON.stringify(reply.body));
  assert.equal(reply.signal, undefined);
  const { error } = bodyOf(reply);
  assert.ok(error);
  return error;
}
