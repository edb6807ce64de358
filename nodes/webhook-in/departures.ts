import type { ElapsedMs, ElapsedTime } from '../../lib/domain/clock.ts';
import { endOfTurn } from '../../lib/domain/event-loop.ts';
import type { Signal } from '../../lib/domain/signal.ts';

/** A pause of this length ends a burst of alerts. */
const LULL_MS = 2;
/** However many alerts keep coming, one signal leaves at least this often. */
const LONGEST_MS = 25;

export interface DepartureParts {
  /** Alerts that have no answer yet. */
  unanswered: () => number;
  elapsed: ElapsedTime;
  /** Where alerts keep coming faster than they leave, one may become too old to be acted on: it stays. */
  isLate: (signal: Signal) => boolean;
  /** Some stayed. */
  onLate: () => void;
  /** Must not throw. */
  depart: (signal: Signal) => void;
}

/**
 * Recorded signals on their way into the flow, in the order they were accepted. What the flow does with one takes
 * commits of its own, so a burst of alerts is answered first; a single alert goes on at once.
 */
export class Departures {
  readonly #parts: DepartureParts;
  #waiting: Signal[] = [];
  #planned = false;
  #arrived: ElapsedMs = Number.NEGATIVE_INFINITY;
  #departed: ElapsedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: DepartureParts) {
    this.#parts = parts;
  }

  add(signal: Signal): void {
    this.#waiting.push(signal);
    if (!this.#planned) this.#depart();
    this.#arrived = this.#parts.elapsed.now();
  }

  /** One in a turn: between two of them every alert that came is answered. */
  #depart(): void {
    const { elapsed, unanswered, depart } = this.#parts;
    const now = elapsed.now();
    const lull = unanswered() === 0 && now - this.#arrived >= LULL_MS;
    if (lull || now - this.#departed >= LONGEST_MS) {
      const signal = this.#next();
      if (!signal) return;
      this.#departed = now;
      this.#plan(lull ? 0 : LULL_MS);
      depart(signal);
    } else this.#plan(LULL_MS);
  }

  #next(): Signal | undefined {
    const { isLate, onLate } = this.#parts;
    const first = this.#waiting.findIndex((signal) => !isLate(signal));
    const late = first < 0 ? this.#waiting.length : first;
    if (late === 0) return this.#waiting.shift();
    this.#waiting.splice(0, late);
    onLate();
    return this.#waiting.shift();
  }

  #plan(ms: number): void {
    this.#planned = true;
    const next = () => {
      this.#planned = false;
      if (this.#waiting.length > 0) this.#depart();
    };
    if (ms === 0) endOfTurn(next);
    else this.#parts.elapsed.after(ms, next);
  }
}
