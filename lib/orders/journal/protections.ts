import type { EpochMs } from '../../domain/clock.ts';
import type { JournalDatabase, Row } from './database.ts';

/** What one book wants to stand by at the broker while it holds a symbol. Dollars on a valid tick. */
export interface ProtectionRecord {
  book: string;
  symbol: string;
  /** The entry that asked for it. */
  intentId: string;
  /** Trigger of the stop; null: only a profit is taken. */
  stop: number | null;
  /** Limit of a stop_limit. */
  stopLimit: number | null;
  takeProfit: number | null;
  /** Dollars a share the stop stays behind the best price. */
  trail: number | null;
  /** The best price since the entry, as far as the stop followed it. */
  best: number | null;
  duration: 'day' | 'gtc';
  /** Orders that replaced lost ones so far. */
  renewals: number;
  setWall: EpochMs;
}

/** Kept in memory too: it is looked at with every change of an order. */
export class ProtectionTable {
  readonly #db: JournalDatabase;
  readonly #rows = new Map<string, ProtectionRecord>();

  constructor(db: JournalDatabase) {
    this.#db = db;
    for (const row of db.all('SELECT * FROM protection')) this.#keep(toProtection(row));
  }

  find(book: string, symbol: string): ProtectionRecord | null {
    return this.#rows.get(key(book, symbol)) ?? null;
  }

  all(): ProtectionRecord[] {
    return [...this.#rows.values()];
  }

  /** The newest terms stand; what already stands by at the broker stays. */
  save(terms: ProtectionRecord): void {
    this.#db.run(
      `INSERT INTO protection (book, symbol, intent_id, stop, stop_limit, take_profit, trail, best, duration, renewals,
         set_wall)
       VALUES (:book, :symbol, :intentId, :stop, :stopLimit, :takeProfit, :trail, :best, :duration, :renewals, :setWall)
       ON CONFLICT (book, symbol) DO UPDATE SET intent_id = :intentId, stop = :stop, stop_limit = :stopLimit,
         take_profit = :takeProfit, trail = :trail, best = :best, duration = :duration, renewals = :renewals,
         set_wall = :setWall`,
      { ...terms },
    );
    this.#keep(terms);
  }

  remove(book: string, symbol: string): void {
    this.#db.run('DELETE FROM protection WHERE book = :book AND symbol = :symbol', { book, symbol });
    this.#rows.delete(key(book, symbol));
  }

  #keep(terms: ProtectionRecord): void {
    this.#rows.set(key(terms.book, terms.symbol), terms);
  }
}

function key(book: string, symbol: string): string {
  return `${symbol}\n${book}`;
}

function toProtection(row: Row): ProtectionRecord {
  return {
    book: String(row.book),
    symbol: String(row.symbol),
    intentId: String(row.intent_id),
    stop: orNull(row.stop),
    stopLimit: orNull(row.stop_limit),
    takeProfit: orNull(row.take_profit),
    trail: orNull(row.trail),
    best: orNull(row.best),
    duration: String(row.duration) as ProtectionRecord['duration'],
    renewals: Number(row.renewals),
    setWall: Number(row.set_wall),
  };
}

function orNull(value: Row[string] | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
