import type { ElapsedMs, ElapsedTime } from '../../lib/domain/clock.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import { endOfTurn } from '../../lib/domain/turn.ts';

/** No signal waits longer for alerts to be answered. */
const LONGEST_MS = 25;

export interface DepartureParts {
  /** Alerts that have no answer yet. */
  unanswered: () => number;
  elapsed: ElapsedTime;
  /** Must not throw. */
  emit: (signal: Signal) => void;
}

/**
 * Recorded signals on their way into the flow, in the order they were accepted. What the flow does with one takes
 * commits of its own, so while alerts wait for their answer the next signal waits, but never for long.
 */
export class Departures {
  readonly #parts: DepartureParts;
  #waiting: { signal: Signal; since: ElapsedMs }[] = [];
  #planned = false;

  constructor(parts: DepartureParts) {
    this.#parts = parts;
  }

  add(signal: Signal): void {
    const alone = !this.#planned && this.#waiting.length === 0 && this.#parts.unanswered() === 0;
    if (!alone) this.#waiting.push({ signal, since: this.#parts.elapsed.now() });
    this.#plan();
    if (alone) this.#parts.emit(signal);
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    endOfTurn(() => this.#depart());
  }

  /** One in a turn: between two of them every alert that came is answered. */
  #depart(): void {
    this.#planned = false;
    const [first] = this.#waiting;
    if (!first) return;
    const late = this.#parts.elapsed.now() - first.since >= LONGEST_MS;
    if (late || this.#parts.unanswered() === 0) {
      this.#waiting.shift();
      this.#parts.emit(first.signal);
    }
    if (this.#waiting.length > 0) this.#plan();
  }
}
