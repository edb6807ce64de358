import type { ElapsedMs, ElapsedTime, EpochMs } from '../../domain/clock.ts';
import type { Bar } from '../../domain/market-data.ts';
import type { Session } from '../calendar-days.ts';
import { MINUTE } from '../exchange-time.ts';
import type { DiskBarStore } from '../store/bar-store.ts';
import type { BarBuilder } from './bar-builder.ts';
import type { BarReads } from './bar-reads.ts';
import type { SettledTime } from './settled-time.ts';

/** A session that ended this long ago (market time) is whole, whatever our copy of the clock is worth. */
const LONG_OVER_MS = 30 * MINUTE;
/** How long an answer about minutes that still form is good enough, where no stream tells more. */
const TAIL_MS = 3_000;
const SYMBOLS = 500;

export interface TodayParts {
  store: DiskBarStore;
  reads: BarReads;
  settled: SettledTime;
  elapsed: ElapsedTime;
  /** The newest instant of market time whose data can be known by now. */
  now(): EpochMs;
  /** The prints of a symbol that is followed, else undefined. */
  builder(symbol: string): BarBuilder | undefined;
}

/** One-minute bars of the latest session: those that are certainly complete, then those that may still change. */
export interface TodaysMinutes {
  /** All with a time before this are complete. */
  completeUntil: EpochMs;
  bars: Bar[];
}

interface Tail {
  askedAt: ElapsedMs;
  /** The market time of the question. Of a minute that had not ended by then more may be known later. */
  asked: EpochMs;
  from: EpochMs;
  bars: Bar[];
}

/**
 * The latest session in one-minute bars: from the store what prints or reads have proven, from the broker what is not
 * proven yet. A read proves every minute before the newest it tells, and all that had ended two seconds before.
 */
export class TodayBars {
  readonly #parts: TodayParts;
  readonly #tails = new Map<string, Tail>();

  constructor(parts: TodayParts) {
    this.#parts = parts;
  }

  /** Up to which minute the session is complete, without asking anyone. */
  completeUntil(symbol: string, session: Session): EpochMs {
    const whole = { from: session.open, to: session.close };
    return this.#parts.store.missing(symbol, '1', whole)[0]?.from ?? session.close;
  }

  /**
   * @param fresh false: minutes that still form are told as far as they are known, without a read for their sake
   */
  async minutes(symbol: string, session: Session, fresh: boolean): Promise<TodaysMinutes> {
    if (this.completeUntil(symbol, session) < this.certainUntil(session)) await this.#read(symbol, session);
    else if (fresh && !this.#tailIsKnown(symbol, session)) await this.#read(symbol, session);
    const completeUntil = this.completeUntil(symbol, session);
    const bars = [...this.#parts.store.read(symbol, '1', { from: session.open, to: completeUntil })];
    bars.push(...this.#tail(symbol, session, completeUntil));
    return { completeUntil, bars };
  }

  /** Reads these minutes again, whatever is held; true when anything changed. */
  async reread(symbol: string, session: Session, minutes: { from: EpochMs; to: EpochMs }): Promise<boolean> {
    const { reads, store } = this.#parts;
    const to = Math.min(minutes.to, this.completeUntil(symbol, session));
    if (!(minutes.from < to)) return false;
    const range = { from: minutes.from, to };
    const bars = await reads.minutes(symbol, '1', range);
    const before = store.read(symbol, '1', range);
    if (bars.length === 0 && before.length > 0) return false;
    const same = bars.length === before.length && bars.every((bar, n) => isSame(bar, before[n]));
    if (!same) store.write(symbol, '1', range, bars);
    return !same;
  }

  /** Minutes that had ended before this are told whole by any answer from now on. */
  certainUntil({ open, close }: Session): EpochMs {
    const settled = this.#parts.settled.now();
    if (this.#parts.now() >= close + LONG_OVER_MS) return close;
    const minutes = Math.floor((Math.min(settled, close) - open) / MINUTE);
    return minutes > 0 ? Math.min(close, open + minutes * MINUTE) : open;
  }

  async #read(symbol: string, session: Session): Promise<void> {
    const { reads, store, elapsed, now } = this.#parts;
    const from = this.completeUntil(symbol, session);
    const certain = this.certainUntil(session);
    const askedAt = elapsed.now();
    const asked = now();
    const to = Math.min(session.close, Math.max(asked, from) + MINUTE);
    if (!(from < to)) return;
    const bars = await reads.minutes(symbol, '1', { from, to });
    const proven = Math.min(session.close, Math.max(from, certain, bars.at(-1)?.time ?? 0));
    // What prints proved meanwhile may have been told: it stands until it is compared as a whole.
    for (const hole of store.missing(symbol, '1', { from, to: proven }))
      store.write(
        symbol,
        '1',
        hole,
        bars.filter(({ time }) => time >= hole.from && time < hole.to),
      );
    this.#tails.delete(symbol);
    const open = bars.filter(({ time }) => time >= proven);
    this.#tails.set(symbol, { askedAt, asked, from: proven, bars: open });
    const oldest = this.#tails.keys().next().value;
    if (this.#tails.size > SYMBOLS && oldest !== undefined) this.#tails.delete(oldest);
  }

  #tailIsKnown(symbol: string, session: Session): boolean {
    const from = this.completeUntil(symbol, session);
    if (from >= session.close || from > this.#parts.now()) return true;
    if (this.#parts.builder(symbol)?.isWholeSince(from)) return true;
    const tail = this.#tails.get(symbol);
    if (tail === undefined || tail.from < session.open) return false;
    const sameMinute = this.#parts.now() < endOfMinute(session, tail.asked);
    return sameMinute && this.#parts.elapsed.now() - tail.askedAt <= TAIL_MS;
  }

  /**
   * Prints, where they are whole; else the newest answer, and only where that told nothing what prints there were: a bar
   * heard of a later minute would stand after one that is not told to its end.
   */
  #tail(symbol: string, session: Session, from: EpochMs): Bar[] {
    const range = { from, to: Math.min(session.close, this.#parts.now() + MINUTE) };
    const builder = this.#parts.builder(symbol);
    const tail = this.#tails.get(symbol);
    if (!builder?.isWholeSince(from) && tail !== undefined && tail.from >= session.open) {
      const told = tail.bars.filter(({ time }) => time >= from && time < range.to);
      if (told.length > 0) return forming(told);
    }
    return forming(builder?.bars(range) ?? []);
  }
}

function endOfMinute({ open }: Session, at: EpochMs): EpochMs {
  return open + (Math.floor((at - open) / MINUTE) + 1) * MINUTE;
}

function forming(bars: readonly Bar[]): Bar[] {
  return bars.map((bar) => ({ ...bar, closed: false }));
}

function isSame(a: Bar, b: Bar | undefined): boolean {
  return (
    b !== undefined &&
    a.time === b.time &&
    a.open === b.open &&
    a.high === b.high &&
    a.low === b.low &&
    a.close === b.close &&
    a.volume === b.volume
  );
}
