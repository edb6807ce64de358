import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { emptyRecord, isRecord, type JsonRecord, mapTexts } from './json.ts';

export type Authenticated =
  /** The record without its secret, which nothing after this point may see. */
  | { kind: 'authenticated'; record: JsonRecord }
  /** `because` is for the local log only; every caller hears the same text. */
  | { kind: 'refused'; because: string };

/** Below this length a secret could be part of an innocent word, so only whole values are removed. */
const DISTINCTIVE = 8;
const REMOVED = '[removed]';

/**
 * The secret may come as the body's top-level field `secret`, as `Authorization: Bearer`, or as both; whatever was
 * given must be right. Several secrets may be accepted at a time. Without a secret nothing is ever authenticated.
 */
export function authenticate(
  headers: IncomingHttpHeaders,
  record: JsonRecord,
  secrets: readonly string[],
): Authenticated {
  const bearer = bearerToken(headers);
  const inBody = 'secret' in record;
  // Both are always compared, so that the time taken does not tell which one was wrong.
  const bodyRight = isAccepted(record.secret, secrets);
  const bearerRight = isAccepted(bearer, secrets);

  if (!inBody && bearer === undefined) return refused('no secret was sent');
  if (inBody && !bodyRight) return refused('the field secret is wrong');
  if (bearer !== undefined && !bearerRight) return refused('the Bearer token is wrong');
  return { kind: 'authenticated', record: withoutSecret(record, secrets) };
}

/** For requests without a body: the Bearer token alone. */
export function bearerAccepted(headers: IncomingHttpHeaders, secrets: readonly string[]): boolean {
  return isAccepted(bearerToken(headers), secrets);
}

/**
 * The token of an Authorization header. Other schemes are somebody else's (a proxy's password) and count as absent.
 */
function bearerToken(headers: IncomingHttpHeaders): string | undefined {
  const match = /^bearer(?:\s+(.*))?$/i.exec(headers.authorization?.trim() ?? '');
  return match ? (match[1] ?? '').trim() : undefined;
}

/** The same work for any value and any number of matches; digests of equal length are compared, never texts. */
function isAccepted(offered: unknown, secrets: readonly string[]): boolean {
  const usable = typeof offered === 'string' && offered !== '';
  const offeredDigest = sha256(usable ? offered : '');
  let matches = 0;
  for (const secret of secrets) matches += Number(timingSafeEqual(offeredDigest, sha256(secret)));
  return usable && matches > 0;
}

/** Drops the field, and every copy of any accepted secret that a template put elsewhere, keys included. */
function withoutSecret(record: JsonRecord, secrets: readonly string[]): JsonRecord {
  const rest = emptyRecord();
  for (const [key, value] of Object.entries(record)) {
    if (key !== 'secret') rest[key] = value;
  }
  const cleaned = mapTexts(rest, (text) => withoutSecretText(text, secrets));
  return isRecord(cleaned) ? cleaned : emptyRecord();
}

function withoutSecretText(text: string, secrets: readonly string[]): string {
  let cleaned = text;
  for (const secret of secrets) {
    if (secret === '') continue;
    if (cleaned === secret) cleaned = REMOVED;
    else if (secret.length >= DISTINCTIVE) cleaned = cleaned.replaceAll(secret, REMOVED);
  }
  return cleaned;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function refused(because: string): Authenticated {
  return { kind: 'refused', because };
}
