import type { EpochMs } from '../domain/clock.ts';
import { inputError } from '../domain/errors.ts';
import { dateOfDay, dayNumber, toEpoch } from './exchange-time.ts';

const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?$/;
/** With a zone, a moment is one everywhere. */
const ZONED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;
const EXPECTED =
  'a date 2026-11-02, a New York time 2026-11-02 09:30, an ISO time with its zone, or epoch ms';

/**
 * An instant as a person or a message writes it. A date alone is its midnight in New York; as an end it is the midnight
 * after it, so that the day itself is in. Throws E_INPUT.
 */
export function readMoment(value: unknown, field: string, as: 'start' | 'end' = 'start'): EpochMs {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  const text = typeof value === 'string' ? value.trim() : '';
  if (ZONED.test(text) && !Number.isNaN(Date.parse(text))) return Date.parse(text);
  const [, date = '', time] = MOMENT.exec(text) ?? [];
  try {
    const at = toEpoch(date, time);
    return time === undefined && as === 'end' ? toEpoch(dateOfDay(dayNumber(date) + 1)) : at;
  } catch {
    throw inputError(field, value, EXPECTED);
  }
}
