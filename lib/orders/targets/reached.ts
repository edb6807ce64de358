import type { Signal } from '../../domain/signal.ts';
import { finalOf } from './next-step.ts';
import type { Step } from './steps.ts';

/** True when a book is where its target ends: at it, or where an entry cut by the policy or another method brought it. */
export function isReached(signal: Signal, last: Step | null, held: number): boolean {
  if (near(held, finalOf(signal))) return true;
  if (!last?.whole || last.intent.reduceOnly || last.end === null) return false;
  return near(held, last.end);
}

/** True when a step did what it was for, by itself or because something else closed the position first. */
export function isAccomplished({ intent, whole, end }: Step, held: number): boolean {
  if (whole) return true;
  if (!intent.reduceOnly || end === null) return false;
  return intent.side === 'sell' ? held < end + 1 : held > end - 1;
}

/** Orders are whole shares: within less than one there is nothing left to order. */
function near(a: number, b: number): boolean {
  return Math.abs(a - b) < 1;
}
