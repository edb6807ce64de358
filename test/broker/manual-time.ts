import type { ElapsedTime, Timer } from '../../lib/domain/clock.ts';

interface Due {
  at: number;
  run: () => void;
  every: number | null;
}

/** Elapsed time that passes only when a test says so. */
export class ManualTime implements ElapsedTime {
  #now = 0;
  readonly #due = new Set<Due>();

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, run, every: null });
  }

  every(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, run, every: ms });
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.after(ms, resolve);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  get timers(): number {
    return this.#due.size;
  }

  /** Lets ms pass, running what falls due in order and, after each, what it set in motion. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const next = [...this.#due].filter((due) => due.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#now = Math.max(this.#now, next.at);
      if (next.every === null) this.#due.delete(next);
      else next.at += next.every;
      next.run();
    }
    this.#now = end;
    await settle();
  }

  #add(due: Due): Timer {
    this.#due.add(due);
    return { cancel: () => void this.#due.delete(due) };
  }
}

/** Everything that promises alone set in motion. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
