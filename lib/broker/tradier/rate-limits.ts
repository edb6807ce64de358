import type { ElapsedMs, ElapsedTime, WallTime } from '../../domain/clock.ts';

/** Tradier counts per token and category in windows of one minute (docs.tradier.com). */
export type RateCategory = 'standard' | 'market' | 'trading';

export type ReplyHeaders = Record<string, string | string[] | undefined>;

const WINDOW_MS = 60_000;

interface Window {
  /** The broker's own stamp of the window's end; names the window. */
  expiry: number;
  endsAt: ElapsedMs;
  allowed: number;
  available: number;
}

/** What the broker's headers say is left of this minute, per category. Nothing is known before the first reply. */
export class RateLimits {
  readonly #elapsed: ElapsedTime;
  readonly #wall: WallTime;
  readonly #windows = new Map<RateCategory, Window>();

  constructor(clock: { elapsed: ElapsedTime; wall: WallTime }) {
    this.#elapsed = clock.elapsed;
    this.#wall = clock.wall;
  }

  /** Reads the four headers of a reply; lower-case names, as Node gives them. */
  note(category: RateCategory, headers: ReplyHeaders): void {
    const allowed = count(headers['x-ratelimit-allowed']);
    const available = count(headers['x-ratelimit-available']);
    const expiry = count(headers['x-ratelimit-expiry']);
    if (allowed === null || available === null || expiry === null) return;
    const known = this.#windows.get(category);
    if (known?.expiry === expiry) {
      // Replies overtake one another: the smallest figure of a window is the newest.
      known.available = Math.min(known.available, available);
      return;
    }
    if (known && known.expiry > expiry && known.endsAt > this.#elapsed.now()) return;
    this.#windows.set(category, {
      expiry,
      endsAt: this.#elapsed.now() + this.untilWall(expiry),
      allowed,
      available,
    });
  }

  /** Counts a request that is about to go. */
  take(category: RateCategory): void {
    const window = this.#current(category);
    if (window) window.available -= 1;
  }

  /** Elapsed ms until a request may go when the part `keep` (0..1) of the minute's budget is left to others. */
  waitMs(category: RateCategory, keep = 0): number {
    const window = this.#current(category);
    if (!window || window.available > Math.floor(window.allowed * keep)) return 0;
    return window.endsAt - this.#elapsed.now();
  }

  /** Ms until a wall time the broker named; at most one window, because its clock and ours may differ. */
  untilWall(at: number): number {
    return Math.min(WINDOW_MS, Math.max(0, at - this.#wall.now()));
  }

  #current(category: RateCategory): Window | undefined {
    const window = this.#windows.get(category);
    return window && window.endsAt > this.#elapsed.now() ? window : undefined;
  }
}

/** When the window ends, by a 429: its header, or the last word of `Quota Violation … <epoch ms>`; null: unsaid. */
export function quotaExpiry(headers: ReplyHeaders, body: string): number | null {
  const last = /(\d{13})\s*$/.exec(body);
  return last ? Number(last[1]) : count(headers['x-ratelimit-expiry']);
}

function count(header: string | string[] | undefined): number | null {
  const text = Array.isArray(header) ? header[0] : header;
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : null;
}
