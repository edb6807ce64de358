import type { ElapsedMs, ElapsedTime, EpochMs } from '../domain/clock.ts';
import type { Quote, QuoteCondition } from '../domain/market-data.ts';
import type { Session } from './calendar-days.ts';
import { conditionOf, newestTime } from './quote-condition.ts';
import { withSnapshot } from './quote-merge.ts';

const MOST = 500;

export interface QuoteEntry {
  quote: Quote;
  /** When the feed last confirmed it. A REST answer counts from its question, so an age is never understated. */
  confirmedAt: ElapsedMs;
  /** When the stream last said something about it. */
  streamedAt: ElapsedMs;
  /** When its last snapshot was asked for. */
  snapshotAt: ElapsedMs;
  /** When it was last read because its volume began anew. */
  anewAt: ElapsedMs;
  condition: QuoteCondition;
}

/** The newest quote of each symbol, at most 500 beside the watched ones. */
export class QuoteEntries {
  readonly #elapsed: ElapsedTime;
  readonly #openSession: (at: EpochMs) => Session | null;
  /** Least recently used first. */
  readonly #entries = new Map<string, QuoteEntry>();
  /** The newest instant any quote told of. */
  #edge: EpochMs = 0;

  constructor(elapsed: ElapsedTime, openSession: (at: EpochMs) => Session | null) {
    this.#elapsed = elapsed;
    this.#openSession = openSession;
  }

  get(symbol: string): QuoteEntry | undefined {
    return this.#entries.get(symbol);
  }

  isFresh(symbol: string, maxAgeMs: number): boolean {
    const entry = this.#entries.get(symbol);
    return entry !== undefined && this.#elapsed.now() - entry.confirmedAt <= maxAgeMs;
  }

  /** The stream said this now. */
  confirm(entry: QuoteEntry, quote: Quote): void {
    entry.quote = quote;
    entry.confirmedAt = this.#elapsed.now();
    entry.streamedAt = entry.confirmedAt;
    entry.condition = this.#judge(quote);
  }

  /** Takes a snapshot that was asked for at `asked`; true when it tells of something newer than what was known. */
  put(symbol: string, snapshot: Quote, asked: ElapsedMs): boolean {
    const entry = this.#entries.get(symbol);
    if (!entry) {
      const condition = this.#judge(snapshot);
      const streamedAt = Number.NEGATIVE_INFINITY;
      this.#entries.set(symbol, {
        quote: snapshot,
        confirmedAt: asked,
        streamedAt,
        snapshotAt: asked,
        anewAt: Number.NEGATIVE_INFINITY,
        condition,
      });
      return false;
    }
    const newer = newestTime(snapshot) > newestTime(entry.quote);
    // What the stream said while the answer was on its way is newer than the answer.
    entry.quote = entry.streamedAt > asked ? withSnapshot(entry.quote, snapshot) : snapshot;
    entry.confirmedAt = Math.max(entry.confirmedAt, asked);
    entry.snapshotAt = asked;
    entry.condition = this.#judge(entry.quote);
    this.touch(symbol, entry);
    return newer;
  }

  touch(symbol: string, entry: QuoteEntry): void {
    this.#entries.delete(symbol);
    this.#entries.set(symbol, entry);
  }

  delete(symbol: string): void {
    this.#entries.delete(symbol);
  }

  trim(isWatched: (symbol: string) => boolean): void {
    if (this.#entries.size <= MOST) return;
    const others = [...this.#entries.keys()].filter((symbol) => !isWatched(symbol));
    for (const symbol of others.slice(0, Math.max(0, others.length - MOST))) this.#entries.delete(symbol);
  }

  clear(): void {
    this.#entries.clear();
  }

  #judge(quote: Quote): QuoteCondition {
    this.#edge = Math.max(this.#edge, newestTime(quote));
    return conditionOf(quote, this.#edge, this.#openSession);
  }
}
