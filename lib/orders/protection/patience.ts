import type { ElapsedMs } from '../../domain/clock.ts';
import type { Journal } from '../journal/journal.ts';

const RETRY_MS = [2_000, 5_000, 15_000, 60_000] as const;
/** What was put back and stood this long after the last failure is no try any more. */
const STOOD_MS = 60_000;

interface Failures {
  count: number;
  notBefore: ElapsedMs;
}

/**
 * How long each position waits for the next try after orders for it were refused, at once or after they had been taken:
 * longer each time, so that a broker that refuses them all is not asked without end.
 */
export class Patience {
  readonly #journal: Journal;
  readonly #failures = new Map<string, Failures>();
  /** The newest order sent for each position, whose refusal may still come. */
  readonly #sent = new Map<string, string>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  mayTry(turn: string, now: ElapsedMs): boolean {
    return now >= (this.#failures.get(turn)?.notBefore ?? Number.NEGATIVE_INFINITY);
  }

  sent(turn: string, intentId: string): void {
    this.#sent.set(turn, intentId);
  }

  /** Why the broker refused what it had taken, once; null while it did not. */
  refusedLater(turn: string): string | null {
    const intentId = this.#sent.get(turn);
    const refusal = intentId === undefined ? null : this.#journal.orders.refusalOf(intentId);
    if (refusal !== null) this.#sent.delete(turn);
    return refusal;
  }

  /** Counts a failure; tells how many there were in a row. */
  failed(turn: string, now: ElapsedMs): number {
    const count = this.#failures.get(turn)?.count ?? 0;
    const wait = RETRY_MS[Math.min(count, RETRY_MS.length - 1)] ?? 60_000;
    this.#failures.set(turn, { count: count + 1, notBefore: now + wait });
    return count + 1;
  }

  /** All is as it should be. */
  stands(turn: string, now: ElapsedMs): void {
    const failures = this.#failures.get(turn);
    if (failures && now - failures.notBefore >= STOOD_MS) this.forget(turn);
  }

  forget(turn: string): void {
    this.#failures.delete(turn);
    this.#sent.delete(turn);
  }
}
