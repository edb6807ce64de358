import type { MarketClockReading } from '../broker/port.ts';
import type { ElapsedMs, ElapsedTime, EpochMs, MarketTime, Timer } from '../domain/clock.ts';
import { TraderError } from '../domain/errors.ts';

const REREAD_MS = 5_000;
/** How soon to ask again while the clock stands at a close, or after a reading failed. */
const SOON_MS = 250;
/** A reading this much below the one before it means that the broker's clock itself went back. */
const BACKWARDS_MS = 2_000;
/** A clock that is not the real one is followed for this long without a reading; then it may have been stopped. */
const TRUST_MS = 15_000;

export interface MarketClockOptions {
  read: () => Promise<MarketClockReading>;
  elapsed: ElapsedTime;
  /** The first session close after an instant; without it, closes are found by reading alone. */
  closeAfter?: (at: EpochMs) => EpochMs;
  /** Elapsed ms between readings; 5,000 by default. */
  rereadMs?: number;
  /** Told once when readings begin to fail, and never again until one succeeded. */
  onError?: (error: unknown) => void;
}

/**
 * Market time as the broker's clock shows it: read regularly, and between two readings run on by elapsed time at the
 * clock's own speed. It never runs backwards unless the broker's clock did. A clock that skips closed hours stands
 * still at a session's close until a reading says where it went on.
 */
export class BrokerMarketTime implements MarketTime {
  readonly #options: MarketClockOptions;
  #reading: MarketClockReading | null = null;
  #readAt: ElapsedMs = 0;
  /** Interpolation does not pass this instant. */
  #limit: EpochMs = Number.POSITIVE_INFINITY;
  /** The latest instant told to anyone. */
  #told: EpochMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | null = null;
  #busy = false;
  #failing = false;
  #closed = false;

  constructor(options: MarketClockOptions) {
    this.#options = options;
  }

  /** Takes the first reading; throws what it throws. */
  async start(): Promise<void> {
    await this.#take();
    this.#schedule();
  }

  /** Epoch ms. Throws before start has succeeded: a guessed time would be traded on. */
  now(): EpochMs {
    const reading = this.#reading;
    if (reading === null)
      throw new TraderError('E_BROKER_UNREACHABLE', "The broker's clock has not been read yet.");
    const passed = this.#options.elapsed.now() - this.#readAt;
    const trusted = reading.skipsClosed ? Math.min(passed, TRUST_MS) : passed;
    const shown = Math.floor(Math.min(this.#limit, reading.now + Math.max(0, trusted) * reading.speed));
    this.#told = Math.max(this.#told, shown);
    return this.#told;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #take(): Promise<void> {
    const { elapsed, read, closeAfter } = this.#options;
    const asked = elapsed.now();
    const reading = await read();
    const answered = elapsed.now();
    if (!Number.isFinite(reading.now) || !Number.isFinite(reading.speed) || reading.speed < 0) {
      throw new TraderError('E_BROKER', "The broker's clock was not understood.");
    }
    const before = this.#reading;
    if (before !== null && reading.now < before.now - BACKWARDS_MS) this.#told = Number.NEGATIVE_INFINITY;
    this.#reading = reading;
    // The broker looked at its clock somewhere between the question and the answer.
    this.#readAt = (asked + answered) / 2;
    // A millisecond back, so that a clock standing exactly at a close has that close as its limit, not the next one.
    this.#limit = reading.skipsClosed && closeAfter ? closeAfter(reading.now - 1) : Number.POSITIVE_INFINITY;
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#timer = this.#options.elapsed.after(this.#nextReadingMs(), () => void this.#reread());
  }

  /** Regularly; at once when the limit is reached before that; soon while standing at it or failing. */
  #nextReadingMs(): number {
    const regular = this.#options.rereadMs ?? REREAD_MS;
    const reading = this.#reading;
    if (this.#failing || reading === null) return Math.min(regular, SOON_MS * 4);
    if (reading.speed === 0 || this.#limit === Number.POSITIVE_INFINITY) return regular;
    const reached = this.#readAt + (this.#limit - reading.now) / reading.speed;
    const left = reached - this.#options.elapsed.now();
    return Math.min(regular, left > 0 ? left : Math.min(regular, SOON_MS));
  }

  async #reread(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await this.#take();
      this.#failing = false;
    } catch (error) {
      if (!this.#failing && !this.#closed) this.#options.onError?.(error);
      this.#failing = true;
    } finally {
      this.#busy = false;
      this.#schedule();
    }
  }
}
