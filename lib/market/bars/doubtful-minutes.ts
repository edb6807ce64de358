import type { ElapsedTime, Timer } from '../../domain/clock.ts';
import type { Session } from '../calendar-days.ts';
import type { TimeRange } from './contract.ts';

/** Until a comparison that failed is tried again. */
const RETRY_MS = 30_000;

export interface DoubtParts {
  elapsed: ElapsedTime;
  /** Reads these minutes of one session again. */
  reread(symbol: string, session: Session, minutes: TimeRange): Promise<void>;
  /** Whether it is still worth while to ask about a session. */
  matters(session: Session): boolean;
  onFailure(symbol: string, error: unknown): void;
}

interface Doubt {
  symbol: string;
  session: Session;
  /** From the first to the last minute in doubt; null while those are being read. */
  minutes: TimeRange | null;
  busy: boolean;
  failed: boolean;
}

/**
 * Minutes that were complete and may be stated otherwise by now. All of one symbol's session are read again together,
 * one read after the other however many doubts come, and once more where a read failed.
 */
export class DoubtfulMinutes {
  readonly #parts: DoubtParts;
  readonly #doubts = new Map<string, Doubt>();
  readonly #retries = new Set<Timer>();
  #closed = false;

  constructor(parts: DoubtParts) {
    this.#parts = parts;
  }

  add(symbol: string, session: Session, minutes: TimeRange): void {
    if (this.#closed) return;
    const key = `${symbol} ${session.index}`;
    const doubt = this.#doubts.get(key) ?? { symbol, session, minutes: null, busy: false, failed: false };
    this.#doubts.set(key, doubt);
    doubt.minutes = hull(doubt.minutes, minutes);
    if (!doubt.busy) void this.#settle(key, doubt);
  }

  close(): void {
    this.#closed = true;
    for (const retry of this.#retries) retry.cancel();
    this.#doubts.clear();
  }

  async #settle(key: string, doubt: Doubt): Promise<void> {
    const { symbol, session } = doubt;
    doubt.busy = true;
    while (doubt.minutes !== null && !this.#closed) {
      const { minutes } = doubt;
      doubt.minutes = null;
      try {
        await this.#parts.reread(symbol, session, minutes);
      } catch (error) {
        if (this.#closed) return;
        if (!doubt.failed) this.#parts.onFailure(symbol, error);
        doubt.failed = true;
        doubt.minutes = hull(doubt.minutes, minutes);
        await this.#wait();
        if (!this.#parts.matters(session)) break;
      }
    }
    this.#doubts.delete(key);
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const retry = this.#parts.elapsed.after(RETRY_MS, () => {
        this.#retries.delete(retry);
        resolve();
      });
      this.#retries.add(retry);
    });
  }
}

function hull(a: TimeRange | null, b: TimeRange): TimeRange {
  return a === null ? b : { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}
