import type { ElapsedMs, ElapsedTime } from '../../domain/clock.ts';

/** Reads of bars that may leave at once, and how many more per minute: most of the broker's quota is for quotes. */
const BURST = 20;
const PER_MINUTE = 70;
const TOGETHER = 4;

/** Lets reads go at a pace that leaves the broker's quota to others, few at a time, in the order they came. */
export class PacedReads {
  readonly #elapsed: ElapsedTime;
  #tokens = BURST;
  #filledAt: ElapsedMs;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(elapsed: ElapsedTime) {
    this.#elapsed = elapsed;
    this.#filledAt = elapsed.now();
  }

  /** True when a read that can also be left out would take nothing from those that cannot. */
  get isIdle(): boolean {
    this.#fill();
    return this.#tokens > BURST / 2 && this.#running === 0;
  }

  async run<T>(read: () => Promise<T>): Promise<T> {
    if (this.#running >= TOGETHER) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      await this.#token();
      return await read();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #token(): Promise<void> {
    this.#fill();
    this.#tokens -= 1;
    if (this.#tokens < 0) await this.#elapsed.sleep((-this.#tokens * 60_000) / PER_MINUTE);
  }

  #fill(): void {
    const now = this.#elapsed.now();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#filledAt) * PER_MINUTE) / 60_000);
    this.#filledAt = now;
  }
}
