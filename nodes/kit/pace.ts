import type { ElapsedMs } from '../../lib/domain/clock.ts';
import type { Lifetime } from './lifetime.ts';

/** Lets a value of each key through at most once in `ms`; of those in between, the newest goes when its turn comes. */
export class Pace<T> {
  readonly #life: Lifetime;
  readonly #ms: number;
  readonly #run: (value: T) => void;
  readonly #last = new Map<string, ElapsedMs>();
  readonly #next = new Map<string, T>();

  constructor(life: Lifetime, ms: number, run: (value: T) => void) {
    this.#life = life;
    this.#ms = ms;
    this.#run = run;
  }

  /** Whether a value of this key waits for its turn. */
  isWaiting(key: string): boolean {
    return this.#next.has(key);
  }

  offer(key: string, value: T): void {
    const waiting = this.#next.has(key);
    const since = this.#life.elapsed.now() - (this.#last.get(key) ?? Number.NEGATIVE_INFINITY);
    if (!waiting && since >= this.#ms) {
      this.#go(key, value);
      return;
    }
    this.#next.set(key, value);
    if (waiting) return;
    this.#life.after(this.#ms - since, () => {
      const newest = this.#next.get(key) as T;
      this.#next.delete(key);
      this.#go(key, newest);
    });
  }

  #go(key: string, value: T): void {
    this.#last.set(key, this.#life.elapsed.now());
    this.#run(value);
  }
}
