import type { ElapsedMs, ElapsedTime } from '../../domain/clock.ts';
import type { MarketSource } from '../market-source.ts';

/** A company hardly ever changes its business; the answer that nobody knows it is kept as long. */
const KEPT_MS = 24 * 3_600_000;
const KEPT = 2_000;
/** How long somebody who asks waits for it: who asks again finds it. */
const WAIT_MS = 500;
/** How long nobody is asked after a failure; it doubles while every try fails. */
const PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 6 * 3_600_000;

type Source = Pick<MarketSource, 'companySector'>;

/**
 * In which business a company is, as an extra to what is known of its symbol: it costs nobody an answer or more than
 * half a second. One read at a time, so that a broker that does not answer holds up nothing else.
 */
export class CompanySectors {
  readonly #source: Source;
  readonly #elapsed: ElapsedTime;
  /** The one read last stands last. */
  readonly #known = new Map<string, { sector: string | null; at: ElapsedMs }>();
  readonly #reading = new Map<string, Promise<string | null>>();
  #before: Promise<unknown> = Promise.resolve();
  #pausedUntil: ElapsedMs = Number.NEGATIVE_INFINITY;
  #pause = PAUSE_MS;

  constructor(source: Source, elapsed: ElapsedTime) {
    this.#source = source;
    this.#elapsed = elapsed;
  }

  /** By Tradier's symbol; null where nobody says, or not soon enough. Never throws. */
  of(symbol: string): Promise<string | null> {
    const known = this.#known.get(symbol);
    const now = this.#elapsed.now();
    const old = known?.sector ?? null;
    if (known !== undefined && now - known.at < KEPT_MS) return Promise.resolve(old);
    if (now < this.#pausedUntil) return Promise.resolve(old);
    return this.#soon(this.#reading.get(symbol) ?? this.#queue(symbol), old);
  }

  /** What is known already, without asking. */
  peek(symbol: string): string | null {
    return this.#known.get(symbol)?.sector ?? null;
  }

  #queue(symbol: string): Promise<string | null> {
    const reading = this.#before.then(() => this.#read(symbol));
    this.#before = reading;
    this.#reading.set(symbol, reading);
    return reading;
  }

  async #read(symbol: string): Promise<string | null> {
    try {
      // The one before it may have failed.
      if (this.#elapsed.now() < this.#pausedUntil) return null;
      const sector = await this.#source.companySector(symbol);
      this.#pause = PAUSE_MS;
      this.#keep(symbol, sector);
      return sector;
    } catch {
      this.#pausedUntil = this.#elapsed.now() + this.#pause;
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
      return null;
    } finally {
      this.#reading.delete(symbol);
    }
  }

  #keep(symbol: string, sector: string | null): void {
    this.#known.delete(symbol);
    this.#known.set(symbol, { sector, at: this.#elapsed.now() });
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest);
  }

  async #soon(reading: Promise<string | null>, otherwise: string | null): Promise<string | null> {
    const patience = new AbortController();
    const late = this.#elapsed.sleep(WAIT_MS, patience.signal).then(
      () => otherwise,
      () => otherwise,
    );
    try {
      return await Promise.race([reading, late]);
    } finally {
      patience.abort();
    }
  }
}
