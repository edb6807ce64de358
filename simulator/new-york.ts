import { type EpochMs, isoTime } from '../lib/domain/clock.ts';
import { newYorkDate, newYorkTime, toEpoch } from '../lib/market/exchange-time.ts';

/** New York dates and times as they travel: in answers, in query parameters, on the command line. */

/** `2026-03-02T09:30:00`, without a zone. */
export function newYorkText(at: EpochMs): string {
  return `${newYorkDate(at)}T${newYorkTime(at)}`;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2}))?)?$/;

/** `YYYY-MM-DD` that exists, else null. */
export function parseDate(text: string): string | null {
  return DATE.test(text) && parseMoment(text) !== null ? text : null;
}

/** `YYYY-MM-DD`, or with `T` or a blank and `HH:MM` or `HH:MM:SS`; null for any other text. */
export function parseMoment(text: string): EpochMs | null {
  const match = MOMENT.exec(text);
  if (!match) return null;
  const [, date = '', time = '00:00', seconds = '00'] = match;
  // JavaScript reads the 31st of a shorter month as a day of the next one, so the text must come back as it was.
  const read = Date.parse(`${date}T${time}:${seconds}Z`);
  if (Number.isNaN(read) || !isoTime(read).startsWith(`${date}T${time}:${seconds}`)) return null;
  return toEpoch(date, `${time}:${seconds}`);
}
