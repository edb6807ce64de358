import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { EpochMs } from '../domain/clock.ts';

/** Signatures by Standard Webhooks: an HMAC over id, time of sending and body, in the header `webhook-signature`. */

const TOLERANCE_MS = 5 * 60_000;
const LONGEST_ID = 256;
const MOST_SIGNATURES = 8;

export type SignatureCheck =
  /** Nothing was signed. */
  { kind: 'none' } | { kind: 'right'; id: string } | { kind: 'wrong'; because: string };

/** Any of the signatures by any of the keys is enough: that is how keys are changed without a gap. */
export function checkSignature(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  keys: readonly string[],
  now: EpochMs,
): SignatureCheck {
  const given = headers['webhook-signature'];
  if (given === undefined) return { kind: 'none' };
  const id = headers['webhook-id'];
  const time = headers['webhook-timestamp'];
  if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID) {
    return { kind: 'wrong', because: 'the signature comes without a usable webhook-id' };
  }
  if (typeof time !== 'string' || !/^\d{9,11}$/.test(time)) {
    return { kind: 'wrong', because: 'the signature comes without a usable webhook-timestamp' };
  }
  if (Math.abs(now - Number(time) * 1000) > TOLERANCE_MS) {
    return { kind: 'wrong', because: 'the signature is more than 5 minutes old, or ahead' };
  }
  const offered = String(given)
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .slice(0, MOST_SIGNATURES)
    .map((part) => Buffer.from(part.slice(3), 'base64'));
  let matches = 0;
  for (const key of keys) {
    const bytes = keyBytes(key);
    if (bytes.byteLength === 0) continue;
    const right = createHmac('sha256', bytes).update(`${id}.${time}.`).update(body).digest();
    for (const one of offered)
      matches += Number(one.byteLength === right.byteLength && timingSafeEqual(one, right));
  }
  return matches > 0 ? { kind: 'right', id } : { kind: 'wrong', because: 'the signature is wrong' };
}

/** A key as the libraries of Standard Webhooks write it, `whsec_` and base64, or any other secret as it stands. */
function keyBytes(key: string): Buffer {
  return key.startsWith('whsec_') ? Buffer.from(key.slice(6), 'base64') : Buffer.from(key);
}
