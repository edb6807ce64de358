import type { Clock, EpochMs, Timer } from '../../domain/clock.ts';
import type { Protection } from '../../domain/portfolio.ts';
import type { Ledger } from '../../portfolio/ledger.ts';
import { coverage } from '../coverage.ts';
import type { Exposure } from '../exposure.ts';
import type { Journal } from '../journal/journal.ts';
import type { UnprotectedTime } from '../journal/unprotected.ts';
import type { Lack } from './guard.ts';

/** Why all of a position has no stop at the broker. */
export type Cause =
  /** The entry named no stop. */
  | 'not_asked'
  /** An exit is on its way: its legs were canceled for it. */
  | 'closing'
  | Lack;

/** Several changes make one look, elapsed ms. */
const LOOK_MS = 100;
/** Between two writes of the figure, elapsed ms: it is no record of orders. */
const WRITE_MS = 60_000;

export interface UnprotectedParts {
  journal: Journal;
  ledger: Ledger;
  exposure: Exposure;
  clock: Clock;
  lack: (book: string, symbol: string) => Lack | null;
}

/** Position-seconds without a stop at the broker, by cause: market time in which not all of a position had one. */
export class UnprotectedClock {
  readonly #parts: UnprotectedParts;
  readonly #written: Map<string, UnprotectedTime>;
  readonly #unwritten = new Map<string, UnprotectedTime>();
  #causes = new Map<string, { book: string; symbol: string; cause: Cause }>();
  #countedTo: EpochMs;
  #timer: Timer | null = null;
  #look: Timer | null = null;

  constructor(parts: UnprotectedParts) {
    this.#parts = parts;
    this.#written = new Map(parts.journal.unprotected.all().map((time) => [nameOf(time), time]));
    this.#countedTo = parts.clock.market.now();
  }

  start(): void {
    this.#lookNow();
    this.#timer = this.#parts.clock.elapsed.every(WRITE_MS, () => this.#write());
  }

  /** An order or a position changed. */
  changed(): void {
    this.#look ??= this.#parts.clock.elapsed.after(LOOK_MS, () => this.#lookNow());
  }

  /** What was so far is counted, what is from here on is looked up. */
  #lookNow(): void {
    this.#look?.cancel();
    this.#look = null;
    if (!this.#parts.journal.db.isOpen) return;
    this.#count();
    const { ledger } = this.#parts;
    this.#causes = new Map();
    for (const { book, symbol, quantity } of ledger.holdings()) {
      if (Math.abs(quantity) < 1) continue;
      const cause = this.#causeOf(book, symbol, Math.floor(Math.abs(quantity)));
      if (cause !== null) this.#causes.set(`${symbol}\n${book}`, { book, symbol, cause });
    }
  }

  /** All of it up to now, and what is without a stop now. */
  report(): Protection {
    this.#lookNow();
    const names = new Set([...this.#written.keys(), ...this.#unwritten.keys()]);
    const seconds = [...names].map((name) => {
      const written = this.#written.get(name);
      const unwritten = this.#unwritten.get(name);
      const sum = (written?.seconds ?? 0) + (unwritten?.seconds ?? 0);
      const { book, symbol, cause } = (written ?? unwritten) as UnprotectedTime;
      return { book, symbol, cause, seconds: Math.round(sum * 1000) / 1000 };
    });
    return { missing: [...this.#causes.values()], seconds };
  }

  close(): void {
    this.#timer?.cancel();
    this.#look?.cancel();
    if (!this.#parts.journal.db.isOpen) return;
    this.#count();
    this.#write();
  }

  #causeOf(book: string, symbol: string, whole: number): Cause | null {
    const { journal, exposure, clock, lack } = this.#parts;
    const now = clock.elapsed.now();
    if (coverage(this.#parts, symbol, now, book).stopped >= whole) return null;
    const working = exposure.working(symbol, book, now);
    const closing = journal.closings.open().some((one) => one.book === book && one.symbol === symbol);
    if (closing || working.bookSell + working.bookBuy >= whole) return 'closing';
    if (!journal.protections.find(book, symbol)?.stop) return 'not_asked';
    return lack(book, symbol) ?? 'renewing';
  }

  #count(): void {
    const now = this.#parts.clock.market.now();
    const seconds = Math.max(0, now - this.#countedTo) / 1000;
    this.#countedTo = now;
    if (seconds === 0) return;
    for (const { book, symbol, cause } of this.#causes.values()) {
      const time = { book, symbol, cause, seconds };
      const before = this.#unwritten.get(nameOf(time))?.seconds ?? 0;
      this.#unwritten.set(nameOf(time), { ...time, seconds: before + seconds });
    }
  }

  #write(): void {
    this.#lookNow();
    if (this.#unwritten.size === 0) return;
    this.#parts.journal.unprotected.add([...this.#unwritten.values()]);
    for (const [name, time] of this.#unwritten) {
      const seconds = (this.#written.get(name)?.seconds ?? 0) + time.seconds;
      this.#written.set(name, { ...time, seconds });
    }
    this.#unwritten.clear();
  }
}

function nameOf({ book, symbol, cause }: UnprotectedTime): string {
  return [symbol, book, cause].join('\n');
}
