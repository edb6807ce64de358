import type { ElapsedMs, ElapsedTime } from '../domain/clock.ts';

/** More keys than this are forgotten, the longest silent first. */
const MOST_KEYS = 1_000;

/** So many events of one key within a sliding window; 0 is no limit. */
export class RateLimit {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #elapsed: ElapsedTime;
  readonly #times = new Map<string, ElapsedMs[]>();

  constructor(most: number, windowMs: number, elapsed: ElapsedTime) {
    this.#most = most;
    this.#windowMs = windowMs;
    this.#elapsed = elapsed;
  }

  /** Milliseconds until one more is allowed, 0 for now. Counts nothing. */
  wait(key: string): number {
    if (this.#most === 0) return 0;
    const times = this.#recent(key);
    const oldest = times[times.length - this.#most];
    return oldest === undefined ? 0 : Math.max(1, oldest + this.#windowMs - this.#elapsed.now());
  }

  count(key: string): void {
    if (this.#most === 0) return;
    const times = this.#recent(key);
    times.push(this.#elapsed.now());
    if (times.length > this.#most) times.shift();
    this.#times.delete(key);
    this.#times.set(key, times);
    if (this.#times.size <= MOST_KEYS) return;
    const [silent] = this.#times.keys();
    if (silent !== undefined) this.#times.delete(silent);
  }

  /** As if the last one of this key had not been counted. */
  uncount(key: string): void {
    this.#times.get(key)?.pop();
  }

  #recent(key: string): ElapsedMs[] {
    const since = this.#elapsed.now() - this.#windowMs;
    return (this.#times.get(key) ?? []).filter((at) => at > since);
  }
}

export const RATE_DEFAULTS = { alerts: 15, windowMs: 180_000 } as const;
/** Attempts without a right secret, from one address, within the same window. */
const ATTEMPTS = 60;

/** The limits of one receiving node. */
export interface Limits {
  /** Accepted alerts by address and strategy. */
  alerts: RateLimit;
  /** Refused attempts by address. They never keep an alert with the right secret out. */
  attempts: RateLimit;
}

export function limitsOf(alerts: number, windowMs: number, elapsed: ElapsedTime): Limits {
  return {
    alerts: new RateLimit(alerts, windowMs, elapsed),
    attempts: new RateLimit(Math.max(ATTEMPTS, 4 * alerts), windowMs, elapsed),
  };
}
