import type { ElapsedTime, Timer } from '../../domain/clock.ts';

interface Waiting {
  start(): void;
  timer: Timer;
}

/** Runs tasks one after another, in order of asking; a task may be given up while it waits, never while it runs. */
export class OneAtATime {
  readonly #elapsed: ElapsedTime;
  readonly #waiting: Waiting[] = [];
  #busy = false;

  constructor(elapsed: ElapsedTime) {
    this.#elapsed = elapsed;
  }

  /** The task's result, or null when its turn did not come within waitMs: then it was not and will not be started. */
  async run<T>(task: () => Promise<T>, waitMs: number): Promise<T | null> {
    if (this.#busy && !(await this.#turn(waitMs))) return null;
    this.#busy = true;
    try {
      return await task();
    } finally {
      this.#next();
    }
  }

  #turn(waitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const entry: Waiting = {
        start: () => {
          entry.timer.cancel();
          resolve(true);
        },
        timer: this.#elapsed.after(waitMs, () => {
          this.#waiting.splice(this.#waiting.indexOf(entry), 1);
          resolve(false);
        }),
      };
      this.#waiting.push(entry);
    });
  }

  /** Hands the turn on without a gap in which a newcomer could slip in. */
  #next(): void {
    const next = this.#waiting.shift();
    if (next) next.start();
    else this.#busy = false;
  }
}
