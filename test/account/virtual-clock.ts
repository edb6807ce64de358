import type { Clock, ElapsedTime, EpochMs } from '../../lib/domain/clock.ts';

interface Due {
  at: number;
  every: number | null;
  run: () => void;
}

/** Three times that stand still until told to go on: elapsed timers run in order, market and wall move with them. */
export class VirtualClock implements Clock {
  readonly #due = new Set<Due>();
  #elapsed = 10_000;
  #market: EpochMs;
  #wall: EpochMs;

  constructor(market: EpochMs, wall: EpochMs = market) {
    this.#market = market;
    this.#wall = wall;
  }

  readonly market = { now: () => this.#market };
  readonly wall = { now: () => this.#wall };
  readonly elapsed: ElapsedTime = {
    now: () => this.#elapsed,
    after: (ms, run) => this.#add({ at: this.#elapsed + ms, every: null, run }),
    every: (ms, run) => this.#add({ at: this.#elapsed + ms, every: ms, run }),
    sleep: (ms) => new Promise((resolve) => this.#add({ at: this.#elapsed + ms, every: null, run: resolve })),
  };

  /** Runs everything that falls due within `ms`, letting promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (;;) {
      const next = [...this.#due].filter((due) => due.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#moveTo(Math.max(next.at, this.#elapsed));
      if (next.every === null) this.#due.delete(next);
      else next.at += next.every;
      next.run();
      await settle();
    }
    this.#moveTo(end);
    await settle();
  }

  get timers(): number {
    return this.#due.size;
  }

  #moveTo(elapsed: number): void {
    const step = elapsed - this.#elapsed;
    this.#elapsed = elapsed;
    this.#market += step;
    this.#wall += step;
  }

  #add(due: Due) {
    this.#due.add(due);
    return { cancel: () => void this.#due.delete(due) };
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
