import type { Clock, Timer } from '../domain/clock.ts';
import { messageOf } from '../domain/errors.ts';
import type { Reconciler } from './reconcile.ts';

const FIRST_MS = 400;
const LONGEST_MS = 15_000;
/** A terminal order that keeps saying it executed less than before is no delay any more. */
const CONTRADICTIONS = 6;

export interface LooksParts {
  reconciler: Reconciler;
  clock: Clock;
  alarm: (reason: string) => void;
  log: (level: 'warn', message: string) => void;
}

/** Single reads of orders whose last news was not enough: soon at first, then with doubling waits. */
export class Looks {
  readonly #parts: LooksParts;
  readonly #cleared: () => void;
  readonly #waiting = new Map<number, Timer>();
  readonly #tries = new Map<number, number>();
  readonly #contradictions = new Map<number, number>();
  #closed = false;

  constructor(parts: LooksParts, cleared: () => void) {
    this.#parts = parts;
    this.#cleared = cleared;
  }

  soon(id: number): void {
    if (this.#waiting.has(id) || this.#closed) return;
    const tries = this.#tries.get(id) ?? 0;
    const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** tries);
    this.#tries.set(id, tries + 1);
    this.#waiting.set(
      id,
      this.#parts.clock.elapsed.after(wait, () => void this.#look(id)),
    );
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#waiting.values()) timer.cancel();
  }

  async #look(id: number): Promise<void> {
    try {
      const seen = await this.#parts.reconciler.lookAt(id);
      this.#waiting.delete(id);
      if (seen !== 'look_again' && seen !== 'contradiction') {
        this.#tries.delete(id);
        this.#contradictions.delete(id);
        this.#cleared();
        return;
      }
      if (seen === 'contradiction') {
        const count = (this.#contradictions.get(id) ?? 0) + 1;
        this.#contradictions.set(id, count);
        if (count === CONTRADICTIONS) {
          this.#parts.alarm(`order ${id} ended with less executed than it had reported before`);
        }
      }
      this.soon(id);
    } catch (error) {
      this.#waiting.delete(id);
      this.#parts.log('warn', `order ${id} could not be read: ${messageOf(error)}`);
      this.soon(id);
    }
  }
}
