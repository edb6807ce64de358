import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { inputError } from '../domain/errors.ts';
import { bearerAccepted } from '../webhook/authenticate.ts';

const SHORTEST = 16;

/** A token that survives an address; throws E_INPUT, without the token, for one that is short or does not. */
export function readToken(token: string, field = 'token'): string {
  if (token === '' || (token.length >= SHORTEST && /^[A-Za-z0-9._~-]+$/.test(token))) return token;
  throw inputError(field, '[hidden]', `at least ${SHORTEST} letters, digits and . _ ~ -, or nothing`);
}

/**
 * The question behind the token: charts send no headers of ours, so it stands at the front of the address,
 * `/<token>/history?…`, or comes as Bearer. null when it is not there or wrong.
 */
export function questionBehind(token: string, url: string, headers: IncomingHttpHeaders): string | null {
  const first = /^\/([^/?]*)/.exec(url)?.[1] ?? '';
  if (timingSafeEqual(digest(first), digest(token))) return url.slice(first.length + 1) || '/';
  return bearerAccepted(headers, [token]) ? url : null;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
