import type { ServerResponse } from 'node:http';
import { show, type TraderError } from '../domain/errors.ts';
import type { SignalOutcome } from './inbox.ts';

/** An answer, before it is written to a socket. */
export interface Reply {
  status: number;
  /** An object is sent as JSON, a string as text. */
  body: Record<string, unknown> | string;
  headers?: Record<string, string>;
}

/** What is wrong, in the body of a 400, 408, 409, 413, 415, 422 or 503. */
export interface ReplyError {
  field?: string;
  value?: unknown;
  expected?: string;
  message: string;
}

export function errorReply(status: number, error: ReplyError, headers?: Record<string, string>): Reply {
  return { status, body: { error }, ...(headers ? { headers } : {}) };
}

/** Says nothing about what was wrong: the same bytes for everyone. */
export function unauthorized(): Reply {
  return { status: 401, body: 'Unauthorized', headers: { 'www-authenticate': 'Bearer' } };
}

/** An input error as the sender reads it. The record it speaks of holds no secret any more. */
export function inputReply(error: TraderError): Reply {
  return errorReply(422, {
    field: shorten(error.field ?? 'body', 80),
    value: shownValue(error.value),
    expected: error.expected ?? '',
    message: shorten(error.message, 400),
  });
}

/** What became of a signal, for a duplicate and for the status route. */
export function outcomeBody(outcome: SignalOutcome): Record<string, unknown> {
  return {
    signal: outcome.signal,
    state: outcome.state,
    refusals: outcome.refusals,
    order: outcome.order,
  };
}

/** Writes a reply, once; a caller that is gone, or was answered, is left alone. */
export function answer(response: ServerResponse, reply: Reply): void {
  if (response.headersSent || response.destroyed) return;
  const isText = typeof reply.body === 'string';
  const text = isText ? String(reply.body) : JSON.stringify(reply.body);
  response.writeHead(reply.status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...reply.headers,
  });
  response.end(text);
}

function shownValue(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return shorten(value, 80);
  return typeof value === 'number' || typeof value === 'boolean' ? value : show(value);
}

function shorten(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1).toWellFormed()}…` : text;
}
