import type { ElapsedTime, EpochMs, MarketTime } from '../lib/domain/clock.ts';
import { latestSession, sessionOn, tradingDaysBack } from '../lib/market/calendar.ts';
import { afterRunningIn, type Hours } from './hours.ts';

/** What `/_sim/clock` tells. */
export interface ClockReading {
  now_ms: EpochMs;
  speed: number;
  skips_closed: boolean;
}

/** Market time: elapsed time times speed, without the hours in which the exchange is closed. */
export class SimulatedClock implements MarketTime {
  readonly speed: number;
  readonly #hours: Hours;
  readonly #elapsed: ElapsedTime;
  /** With its fraction of a millisecond, or a slow clock read often would never move. */
  #market: number;
  #readAt: number;

  constructor(options: { start: EpochMs; speed: number; hours: Hours; elapsed: ElapsedTime }) {
    this.speed = options.speed;
    this.#elapsed = options.elapsed;
    this.#hours = options.hours;
    this.#market = afterRunningIn(options.hours, options.start, 0);
    this.#readAt = options.elapsed.now();
  }

  now(): EpochMs {
    return Math.floor(this.precise());
  }

  /** With the fraction, for stamps finer than a millisecond. */
  precise(): number {
    const at = this.#elapsed.now();
    this.#market = afterRunningIn(this.#hours, this.#market, (at - this.#readAt) * this.speed);
    this.#readAt = at;
    return this.#market;
  }

  reading(): ClockReading {
    return { now_ms: this.now(), speed: this.speed, skips_closed: true };
  }
}

/** Sessions between the wall and the start of a fast clock. */
const HEAD_START = 20;

/**
 * Where market time begins when nobody said: at the latest opening bell already rung, so that the market is open
 * at once; a fast clock begins sessions earlier, so that it does not overtake the wall.
 */
export function defaultStart(wall: EpochMs, speed: number): EpochMs | null {
  const latest = latestSession(wall);
  if (!latest || speed <= 1) return latest?.open ?? null;
  const earlier = tradingDaysBack(latest.date, HEAD_START);
  return earlier === null ? null : (sessionOn(earlier)?.open ?? null);
}
