import type { Clock, EpochMs } from '../domain/clock.ts';
import { SettledTime } from '../market/bars/settled-time.ts';

/** A wish found this long after it came true is not acted on; market time. */
const MOST_LATE_MS = 5 * 60_000;
/** What the market's clock showed less than this ago is never late; elapsed time. */
const NEVER_LATE_MS = 10_000;

/**
 * Whether something came true too long ago to act on. On a simulated market that runs fast, five minutes pass while a bar
 * is being read: there, ten seconds by our own clock count.
 */
export class Lateness {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #reached: SettledTime;
  /** What came true before that may be of any age. */
  readonly #since: EpochMs;

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#since = clock.market.now();
    this.#reached = new SettledTime(clock.elapsed, () => clock.market.now(), NEVER_LATE_MS);
  }

  /** To be called every second or so: it remembers what the market's clock shows. */
  tick(): void {
    this.#reached.now();
  }

  isLate(at: EpochMs): boolean {
    // A feed's own delay is none of ours.
    const due = at + this.#delayMs;
    const tenSecondsAgo = Math.max(this.#reached.now(), this.#since);
    return this.#clock.market.now() - due > MOST_LATE_MS && due < tenSecondsAgo;
  }
}
