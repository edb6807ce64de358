import type { EpochMs } from '../domain/clock.ts';
import { inputError } from '../domain/errors.ts';
import { newYorkDate, newYorkTime, toEpoch } from '../market/exchange-time.ts';

/** Until when an alert stands, in market time, as a person or a program may write it. */

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)$/;
const ZONED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;
const WRITTEN = 'epoch ms, or ISO 8601 such as 2026-12-31T16:00';
const DAY_MS = 24 * 60 * 60_000;
/** Whoever writes a later one means another unit. */
const LATEST = toEpoch('2200-01-01');

/**
 * Epoch ms, or ISO 8601: with a zone, or else of New York; a date alone means its end. Throws E_INPUT naming `field`.
 */
export function readExpiry(written: EpochMs | string, field = 'expiresAt'): EpochMs {
  const at = typeof written === 'number' ? written : instantOf(written);
  if (at === null) throw inputError(field, written, WRITTEN);
  if (at > LATEST) throw inputError(field, written, `an instant before the year 2200: ${WRITTEN}`);
  return at;
}

function instantOf(written: string): EpochMs | null {
  try {
    const text = written.trim();
    const [, date, time] = LOCAL.exec(text) ?? [];
    if (date !== undefined) return toEpoch(date, time);
    // Noon of the day is in it, whatever the clocks do that night.
    if (DAY.test(text)) return toEpoch(newYorkDate(toEpoch(text, '12:00') + DAY_MS)) - 1;
    // JavaScript reads February 30th as a day of March: toEpoch does not.
    const at = ZONED.test(text) && toEpoch(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
    if (!Number.isNaN(at)) return at;
  } catch {
    // A day or an hour that does not exist.
  }
  return null;
}

/** The error for one that is over already: the market may run on another day than its user. */
export function isOver(written: EpochMs | string, now: EpochMs): Error {
  const expected = `an instant after now in the market, ${inNewYork(now)}: ${WRITTEN}`;
  return inputError('expiresAt', written, expected);
}

/** The error for a status of an alert that is over. */
export function hasPassed(status: string, expiresAt: EpochMs): Error {
  return inputError('status', status, `a later expiresAt with it: ${inNewYork(expiresAt)} has passed`);
}

/** As a text it was written in, for the error. */
export function expiryIn(written: unknown): string | undefined {
  const { expiresAt } = written as { expiresAt?: unknown };
  return typeof expiresAt === 'string' ? expiresAt : undefined;
}

/** `2026-03-02 09:30:00 in New York (1772461800000)` */
export function inNewYork(time: EpochMs): string {
  return `${newYorkDate(time)} ${newYorkTime(time)} in New York (${time})`;
}
