import type { ElapsedTime, WallTime } from '../lib/domain/clock.ts';

/** Tradier counts per access token and category, in windows of one minute that open at the first request. */
export type Category = 'standard' | 'market' | 'trading';

export type Quotas = Record<Category, number>;

/** The production figures; the sandbox allows 60 of each. */
export const PRODUCTION_QUOTAS: Quotas = { standard: 120, market: 120, trading: 60 };

const WINDOW_MS = 60_000;

interface Window {
  opened: number;
  /** Wall time, for the header. */
  expiry: number;
  used: number;
}

export interface Admission {
  allowed: boolean;
  /** Wall time in epoch ms. */
  expiry: number;
  headers: Record<string, string>;
}

export class RateLimits {
  readonly #quotas: Quotas;
  readonly #enforced: boolean;
  readonly #elapsed: ElapsedTime;
  readonly #wall: WallTime;
  readonly #windows = new Map<string, Window>();

  /** With `enforced` false everything passes and no quota is told: clients hold back by what the headers say. */
  constructor(options: { quotas: Quotas; enforced: boolean; elapsed: ElapsedTime; wall: WallTime }) {
    this.#quotas = options.quotas;
    this.#enforced = options.enforced;
    this.#elapsed = options.elapsed;
    this.#wall = options.wall;
  }

  count(token: string, category: Category): Admission {
    if (!this.#enforced) return { allowed: true, expiry: 0, headers: {} };
    const quota = this.#quotas[category];
    const window = this.#window(`${category} ${token}`);
    const allowed = window.used < quota;
    if (window.used < quota) window.used += 1;
    return {
      allowed,
      expiry: window.expiry,
      headers: {
        'X-Ratelimit-Allowed': String(quota),
        'X-Ratelimit-Used': String(window.used),
        'X-Ratelimit-Available': String(quota - window.used),
        'X-Ratelimit-Expiry': String(window.expiry),
      },
    };
  }

  #window(key: string): Window {
    const now = this.#elapsed.now();
    const current = this.#windows.get(key);
    if (current && now - current.opened < WINDOW_MS) return current;
    const opened = { opened: now, expiry: Math.ceil(this.#wall.now() + WINDOW_MS), used: 0 };
    this.#windows.set(key, opened);
    return opened;
  }
}
