import type { StreamState } from '../broker/port.ts';
import type { ElapsedMs, ElapsedTime } from '../domain/clock.ts';

/** A stream that said nothing for this long, while reads tell of changes, is mute. */
const MUTE_MS = 20_000;
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Finds a market stream that is open but mute: Tradier's is known to fall silent after about a day, and has no
 * heartbeat by which to tell that from a quiet market. The wait doubles while renewing does not help.
 */
export class MuteWatch {
  readonly #elapsed: ElapsedTime;
  readonly #renew: (reason: string) => void;
  /** When the stream last spoke or opened; null while it is not open. */
  #heardAt: ElapsedMs | null = null;
  #wait = FIRST_WAIT_MS;
  #renewedAt: ElapsedMs = Number.NEGATIVE_INFINITY;

  constructor(elapsed: ElapsedTime, renew: (reason: string) => void) {
    this.#elapsed = elapsed;
    this.#renew = renew;
  }

  state({ state }: StreamState): void {
    this.#heardAt = state === 'open' ? this.#elapsed.now() : null;
  }

  heard(): void {
    if (this.#heardAt !== null) this.#heardAt = this.#elapsed.now();
    this.#wait = FIRST_WAIT_MS;
  }

  /** A read told a change of a watched symbol that the stream should have told. */
  moved(): void {
    const now = this.#elapsed.now();
    if (this.#heardAt === null || now - this.#heardAt < MUTE_MS || now - this.#renewedAt < this.#wait) return;
    this.#renewedAt = now;
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    this.#renew('quotes change, but the stream is silent');
  }
}
