import type { EpochMs } from '../domain/clock.ts';
import { inputError } from '../domain/errors.ts';
import { agreed, type Fields } from './fields.ts';
import type { JsonValue } from './json.ts';

export interface FreshnessLimits {
  /** Older alerts are stale; 30,000 by default. */
  maxAgeMs: number;
  /** How far the sender's clock may be ahead; 5,000 by default. */
  futureMs: number;
  /** How old a time on a bar boundary may be before it is taken for the bar's own time; 5,000 by default. */
  boundaryMs: number;
}

export const FRESHNESS_LIMITS: FreshnessLimits = { maxAgeMs: 30_000, futureMs: 5000, boundaryMs: 5000 };

/** When the alert says it was fired, by wall time; null when it does not say. */
export type Fired = { name: string; at: EpochMs; ageMs: number } | null;

const FIRE_TIMES = ['timenow', 'fired_at', 'timestamp'];
const ADVICE = 'use {{timenow}}, the time the alert fired, instead of {{time}}, the time of its bar';

/** The age of the alert, or E_INPUT when it is stale, from the future, unreadable, or a bar's time. */
export function fired(fields: Fields, now: EpochMs, limits: FreshnessLimits): Fired {
  const field = FIRE_TIMES.flatMap((name) => fields.find([name]))[0];
  if (!field) return null;
  const at = readTime(field.value);
  if (at === null) {
    throw inputError(
      field.name,
      field.value,
      'a time such as "2026-03-02T14:30:05Z", or epoch seconds or milliseconds',
    );
  }
  const ageMs = now - at;
  const age = `${(Math.abs(ageMs) / 1000).toFixed(1)} s`;
  const zone = hasNoZone(field.value) ? ', read as UTC because it names no time zone' : '';
  if (-ageMs > limits.futureMs) {
    const allowed = `a time at most ${limits.futureMs / 1000} s ahead of this machine's clock`;
    throw inputError(field.name, field.value, `${allowed} (it is ${age} ahead${zone})`);
  }
  const barTime = ageMs > limits.boundaryMs && isBarTime(at, fields);
  if (ageMs > limits.maxAgeMs) {
    const allowed = `a time at most ${limits.maxAgeMs / 1000} s old; this alert is stale (${age} old${zone})`;
    throw inputError(field.name, field.value, barTime ? `${allowed}; ${ADVICE}` : allowed);
  }
  if (barTime) throw inputError(field.name, field.value, `${ADVICE} (it is on a bar boundary, ${age} old)`);
  return { name: field.name, at, ageMs };
}

/**
 * A time exactly on a bar boundary is most likely `{{time}}`, which stays the same however late the alert is. When the
 * alert also brings the bar's time under its own name, and it is another, the doubt is gone.
 */
function isBarTime(at: EpochMs, fields: Fields): boolean {
  const bar = fields.peek(['time', 'bar.time'])[0];
  const barAt = bar ? readTime(bar.value) : null;
  if (barAt !== null && barAt !== at) return false;
  const interval = agreed(fields.find(['interval']), (field) => String(field.value).trim().toUpperCase());
  const grid = gridMs(interval?.value ?? '1');
  return grid !== null && at % grid === 0;
}

const MINUTE_MS = 60_000;

/**
 * The grid that bar times of an interval lie on, or null for bars of seconds, where every time would. Sessions open at
 * half hours, so hourly and daily bars begin on any half hour, not on multiples of their own length.
 */
function gridMs(interval: string): number | null {
  if (/^\d*S$/.test(interval)) return null;
  if (/^\d*[DWM]$/.test(interval)) return 30 * MINUTE_MS;
  const minutes = /^\d{1,5}$/.test(interval) ? Number(interval) : 1;
  return gcd(minutes, 30) * MINUTE_MS;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?(Z|[+-]\d\d(?::?\d\d)?))?$/i;

/** Epoch ms of ISO text (without a zone: UTC), epoch seconds or epoch milliseconds; null for anything else. */
export function readTime(value: JsonValue): EpochMs | null {
  if (typeof value === 'number') return fromEpoch(value);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^\d{9,14}(?:\.\d{1,9})?$/.test(text)) return fromEpoch(Number(text));
  const match = ISO.exec(text);
  if (!match) return null;
  const [, date, minutes, seconds = '00', fraction = '', zone = 'Z'] = match;
  const at = Date.parse(
    `${date}T${minutes}:${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}${isoZone(zone)}`,
  );
  return Number.isNaN(at) ? null : at;
}

/** Seconds and milliseconds of this century cannot be mistaken for each other. */
function fromEpoch(value: number): EpochMs | null {
  if (value >= 1e8 && value < 1e11) return Math.round(value * 1000);
  if (value >= 1e11 && value < 1e14) return Math.round(value);
  return null;
}

function isoZone(zone: string): string {
  if (zone.toUpperCase() === 'Z') return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

function hasNoZone(value: JsonValue): boolean {
  return typeof value === 'string' && value.includes(':') && ISO.exec(value.trim())?.[5] === undefined;
}
