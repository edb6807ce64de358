import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { EpochMs } from '../domain/clock.ts';
import type { Form } from './dialects/registry.ts';
import { emptyRecord, isRecord, type JsonRecord, mapTexts } from './json.ts';
import { checkSignature } from './signature.ts';

/** What a caller brings to be known by. */
export interface Credentials {
  headers: IncomingHttpHeaders;
  record: JsonRecord;
  form: Form;
  /** The body as it came, which a signature is made of. */
  bytes: Uint8Array;
  /** The last part of the address, where the node takes one. */
  pathToken?: string | undefined;
  /** Wall time. */
  now: EpochMs;
}

export type Authenticated =
  /** The record without its secret, which nothing after this point may see; the id of a signed alert. */
  | { kind: 'authenticated'; record: JsonRecord; signedId: string | null }
  /** `because` is for the local log only; every caller hears the same text. */
  | { kind: 'refused'; because: string };

/** Below this length a secret could be part of an innocent word, so only whole values are removed. */
const DISTINCTIVE = 8;
const REMOVED = '[removed]';
/** Where a dialect has its own place for a secret. Asked for only when the alert brings no other. */
const OWN_FIELDS: Readonly<Record<Form, readonly string[]>> = {
  json: ['apikey', 'email_token'],
  pairs: ['apikey'],
  words: [],
  pineconnector: ['license'],
  alertatron: ['key_name'],
};

/**
 * The secret may come as the body's top-level field `secret`, as `Authorization: Bearer`, at the end of the address or
 * as the key of a signature; whatever was given must be right. Several secrets may be accepted at a time. Without a
 * secret nothing is ever authenticated.
 */
export function authenticate(caller: Credentials, secrets: readonly string[]): Authenticated {
  const { headers, record, pathToken } = caller;
  const bearer = bearerToken(headers);
  const own = OWN_FIELDS[caller.form].find((name) => typeof record[name] === 'string');
  // All are always compared, so that the time taken does not tell which one was wrong.
  const bodyRight = isAccepted(record.secret, secrets);
  const bearerRight = isAccepted(bearer, secrets);
  const pathRight = isAccepted(pathToken, secrets);
  const ownRight = isAccepted(own === undefined ? undefined : record[own], secrets);
  const signature = checkSignature(headers, caller.bytes, secrets, caller.now);

  if ('secret' in record && !bodyRight) return refused('the field secret is wrong');
  if (bearer !== undefined && !bearerRight) return refused('the Bearer token is wrong');
  if (pathToken !== undefined && !pathRight) return refused('the token in the address is wrong');
  if (signature.kind === 'wrong') return refused(signature.because);
  const known = bodyRight || bearerRight || pathRight || signature.kind === 'right';
  if (!known && own === undefined) return refused('no secret was sent');
  if (!known && !ownRight) return refused(`the field ${own} is wrong`);
  const signedId = signature.kind === 'right' ? signature.id : null;
  return {
    kind: 'authenticated',
    record: withoutSecret(record, [...OWN_FIELDS[caller.form], 'secret'], secrets),
    signedId,
  };
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
  for (const digest of digestsOf(secrets)) matches += Number(timingSafeEqual(offeredDigest, digest));
  return usable && matches > 0;
}

const DIGESTS = new WeakMap<readonly string[], Buffer[]>();

/** Made once for a list of secrets, which never changes. */
function digestsOf(secrets: readonly string[]): Buffer[] {
  const known = DIGESTS.get(secrets);
  if (known) return known;
  const digests = secrets.map(sha256);
  DIGESTS.set(secrets, digests);
  return digests;
}

/** Drops the fields, and every copy of any accepted secret that a template put elsewhere, keys included. */
function withoutSecret(record: JsonRecord, names: readonly string[], secrets: readonly string[]): JsonRecord {
  const rest = emptyRecord();
  for (const [key, value] of Object.entries(record)) {
    if (!names.includes(key)) rest[key] = value;
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
