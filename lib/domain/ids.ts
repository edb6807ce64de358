import { createHash, randomBytes, randomFillSync } from 'node:crypto';

/**
 * Derived names (never random), so that any process that has the signal can recompute the tag and ask the
 * broker whether it was already done.
 */

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Hex SHA-256 of the parts, each length-prefixed so that no two lists of parts collide. */
export function digest(...parts: string[]): string {
  return hash(parts).digest('hex');
}

/** Names one signal for ever: account, where it came from, and the sender's own id. */
export function signalKey(account: string, source: string, id: string): string {
  return base32(hash([account, source, id]).digest()).slice(0, 26);
}

/** Names one decision to place one order. leg is `main`, `exit`, or a symbol in a plan. */
export function intentId(key: string, strategy: string, leg: string): string {
  return base32(hash([key, strategy, leg]).digest()).slice(0, 24);
}

/** `<ns4>-<intent>-<attempt>`, at most 32 characters of [A-Za-z0-9-], as Tradier accepts them. */
export function orderTag(namespace: string, intent: string, attempt: number): string {
  return `${namespace}-${intent}-${attempt}`;
}

export interface TagParts {
  namespace: string;
  intentId: string;
  attempt: number;
}

const TAG = /^([a-z2-7]{4})-([a-z2-7]{24})-([1-9][0-9]?)$/;

/** The parts of one of our tags, or null for any other text. */
export function parseTag(tag: string | undefined): TagParts | null {
  const match = tag === undefined ? null : TAG.exec(tag);
  if (!match) return null;
  return { namespace: match[1] as string, intentId: match[2] as string, attempt: Number(match[3]) };
}

/** Four random letters that mark the orders of one account configuration. */
export function randomNamespace(): string {
  return base32(randomBytes(4)).slice(0, 4);
}

/** The namespace of an account whose configuration names none: stable for that account. */
export function derivedNamespace(account: string): string {
  return base32(hash(['namespace', account]).digest()).slice(0, 4);
}

const STOCK = Buffer.alloc(4_096);
let used = STOCK.length;

/** From a stock that is renewed when it is used up: asking the system each time takes longer than the rest. */
function unguessable(bytes: number): Buffer {
  if (used + bytes > STOCK.length) {
    randomFillSync(STOCK);
    used = 0;
  }
  used += bytes;
  const taken = Buffer.from(STOCK.subarray(used - bytes, used));
  STOCK.fill(0, used - bytes, used);
  return taken;
}

/** An id nobody can guess, for permits and sessions. */
export function randomId(bytes = 16): string {
  return base32(unguessable(bytes));
}

/** 256 bits as 43 characters of base64url. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** A hash of a plain JSON value that does not depend on the order of its keys. */
export function canonicalDigest(value: unknown): string {
  return digest(canonicalJson(value));
}

export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

function hash(parts: string[]) {
  const sha = createHash('sha256');
  for (const part of parts) sha.update(`${Buffer.byteLength(part)}:`).update(part);
  return sha;
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >> bits) & 31];
    }
  }
  return text;
}
