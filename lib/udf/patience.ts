import type { ElapsedTime } from '../domain/clock.ts';
import { type ErrorCode, TraderError } from '../domain/errors.ts';

/** A chart keeps an error until it is opened anew, and never asks again by itself: better late than wrong. */
const PAUSES_MS = [250, 500, 1_000, 2_000, 4_000];
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'E_BROKER',
  'E_BROKER_UNREACHABLE',
  'E_RATE_LIMIT',
  'E_STREAM',
]);

/** Asks again, for about eight seconds, while the broker fails in a way that passes. */
export async function patiently<T>(elapsed: ElapsedTime, ask: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TraderError) || !PASSING.has(error.code)) throw error;
      await elapsed.sleep(pause);
    }
  }
  return ask();
}
