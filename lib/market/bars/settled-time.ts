import type { ElapsedMs, ElapsedTime, EpochMs } from '../../domain/clock.ts';

/** Elapsed ms after a minute's end until the broker certainly knows it whole. */
const SETTLE_MS = 2_000;
const APART_MS = 200;

/**
 * The market time that had been reached two seconds ago, or as long ago as is told. Counted in elapsed time, because our copy of the broker's
 * clock is off by elapsed milliseconds, which are minutes of market time where that runs fast.
 */
export class SettledTime {
  readonly #elapsed: ElapsedTime;
  readonly #market: () => EpochMs;
  readonly #settleMs: number;
  #samples: { at: ElapsedMs; market: EpochMs }[] = [];
  #settled: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(elapsed: ElapsedTime, market: () => EpochMs, settleMs = SETTLE_MS) {
    this.#elapsed = elapsed;
    this.#market = market;
    this.#settleMs = settleMs;
  }

  /** −∞ until it was asked for the first time that long ago. */
  now(): EpochMs {
    const at = this.#elapsed.now();
    const market = this.#market();
    const newest = this.#samples.at(-1);
    // A broker's clock that went back begins anew.
    if (newest !== undefined && market < newest.market) {
      this.#samples = [];
      this.#settled = Number.NEGATIVE_INFINITY;
    }
    if (newest === undefined || at - newest.at >= APART_MS || this.#samples.length === 0)
      this.#samples.push({ at, market });
    while (this.#samples[0] !== undefined && at - this.#samples[0].at >= this.#settleMs) {
      this.#settled = this.#samples[0].market;
      this.#samples.shift();
    }
    return this.#settled;
  }
}
