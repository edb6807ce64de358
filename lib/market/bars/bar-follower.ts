import type { ElapsedMs, EpochMs } from '../../domain/clock.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Bar } from '../../domain/market-data.ts';
import type { MarketCalendar } from '../trading-calendar.ts';
import { barAt, barIn, nextBarEnd } from './boundaries.ts';
import type { BarUpdate, TimeRange } from './contract.ts';
import type { Interval } from './intervals.ts';

const FORMING_MS = 250;
const RETRY_MS = [2_000, 5_000, 15_000, 30_000] as const;
/** Told bars that are remembered, to tell when the broker corrects one. */
const REMEMBERED = 500;

export interface FollowerParts {
  symbol: string;
  interval: Interval;
  forming: boolean;
  /** The first bar told is the first that opens at or after this instant. */
  from: EpochMs;
  calendar: MarketCalendar;
  now(): EpochMs;
  elapsed(): ElapsedMs;
  read(range: TimeRange, fresh: boolean): Promise<Bar[]>;
  /** Up to when every bar is held, without asking anyone. */
  completeUntil(): EpochMs;
  /** Up to when a read would be certain to tell every bar. */
  certainUntil(): EpochMs;
  tell(update: BarUpdate): void;
  log(level: 'warn', message: string): void;
}

/** One who hears every bar of one series in order: nothing newer goes out before what is missing was read. */
export class BarFollower {
  readonly #parts: FollowerParts;
  readonly #told = new Map<EpochMs, Bar>();
  #cursor: EpochMs;
  #busy = false;
  #changed = false;
  #formingAt: ElapsedMs = Number.NEGATIVE_INFINITY;
  #formed = '';
  #failures = 0;
  #retryAt: ElapsedMs = Number.NEGATIVE_INFINITY;
  #released = false;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#cursor = parts.from;
  }

  release(): void {
    this.#released = true;
  }

  /** The symbol printed. */
  printed(): void {
    this.#changed = true;
  }

  /** Tells what can be told by now; cheap when that is nothing. */
  look(): void {
    if (this.#busy || this.#released || this.#parts.elapsed() < this.#retryAt) return;
    const due = this.#nextBar();
    if (due === null) return;
    if (due.to <= this.#parts.now()) {
      const known = Math.max(this.#parts.completeUntil(), this.#parts.certainUntil());
      if (due.to <= known) this.#work(() => this.#tellClosed());
    } else if (this.#parts.forming && this.#changed && due.from <= this.#parts.now()) {
      if (this.#parts.elapsed() - this.#formingAt >= FORMING_MS) this.#work(() => this.#tellForming(due));
    }
  }

  /** These minutes were stated otherwise than before. */
  async corrected({ from, to }: TimeRange): Promise<void> {
    for (const [time, told] of this.#told) {
      const bar = this.#rangeOf(time);
      if (bar.to <= from || bar.from >= to) continue;
      const [now] = await this.#parts.read({ from: time, to: time + 1 }, false);
      if (this.#released || !now?.closed || sameFigures(told, now)) continue;
      this.#told.set(time, now);
      this.#parts.tell({ kind: 'corrected', bar: now });
    }
  }

  /** The first bar that was not told yet. */
  #nextBar(): TimeRange | null {
    const { calendar, interval } = this.#parts;
    const next = nextBarEnd(calendar, interval, this.#cursor);
    return next === null || next.from >= this.#cursor ? next : nextBarEnd(calendar, interval, next.to);
  }

  async #tellClosed(): Promise<void> {
    // Prints that come while it is read may complete bars it does not have yet.
    const complete = this.#parts.completeUntil();
    const bars = await this.#parts.read({ from: this.#cursor, to: this.#parts.now() + 1 }, false);
    if (this.#released) return;
    for (const bar of bars) {
      if (!bar.closed) break;
      this.#cursor = bar.time + 1;
      this.#remember(bar);
      this.#parts.tell({ kind: 'closed', bar });
      if (this.#released) return;
    }
    this.#skipEmpty(complete);
  }

  /** Bars that are certainly over and were not there had no trade. */
  #skipEmpty(complete: EpochMs): void {
    for (let bar = this.#nextBar(); bar !== null && bar.to <= complete; bar = this.#nextBar())
      this.#cursor = bar.to;
  }

  async #tellForming(due: TimeRange): Promise<void> {
    this.#changed = false;
    this.#formingAt = this.#parts.elapsed();
    const bars = await this.#parts.read({ from: due.from, to: due.from + 1 }, false);
    const bar = bars.at(-1);
    if (this.#released || bar === undefined || bar.closed) return;
    const formed = JSON.stringify(bar);
    if (formed === this.#formed) return;
    this.#formed = formed;
    this.#parts.tell({ kind: 'forming', bar });
  }

  #work(run: () => Promise<void>): void {
    this.#busy = true;
    run().then(
      () => {
        this.#busy = false;
        this.#failures = 0;
      },
      (error: unknown) => {
        this.#busy = false;
        this.#failed(error);
      },
    );
  }

  #failed(error: unknown): void {
    const { symbol, interval, log } = this.#parts;
    if (this.#released) return;
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] as number;
    if (this.#failures === 0) log('warn', `Bars of ${symbol} ${interval} wait: ${messageOf(error)}`);
    this.#failures += 1;
    this.#retryAt = this.#parts.elapsed() + wait;
  }

  #remember(bar: Bar): void {
    this.#told.set(bar.time, bar);
    const oldest = this.#told.keys().next().value;
    if (this.#told.size > REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
  }

  #rangeOf(time: EpochMs): TimeRange {
    const { calendar, interval } = this.#parts;
    const session = calendar.latestSession(time);
    return (
      barAt(calendar, interval, time) ??
      (session ? barIn(calendar, interval, session, time) : { from: time, to: time })
    );
  }
}

function sameFigures(a: Bar, b: Bar): boolean {
  return (
    a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close && a.volume === b.volume
  );
}
