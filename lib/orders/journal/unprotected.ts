import type { JournalDatabase } from './database.ts';

/** How long a position of a book stood without a stop for all of it, by cause. */
export interface UnprotectedTime {
  book: string;
  symbol: string;
  cause: string;
  /** Seconds of market time. */
  seconds: number;
}

export class UnprotectedTable {
  readonly #db: JournalDatabase;

  constructor(db: JournalDatabase) {
    this.#db = db;
  }

  all(): UnprotectedTime[] {
    return this.#db.all('SELECT * FROM unprotected ORDER BY symbol, book, cause').map((row) => ({
      book: String(row.book),
      symbol: String(row.symbol),
      cause: String(row.cause),
      seconds: Number(row.seconds),
    }));
  }

  /** Adds to what is there, all in one write. */
  add(times: readonly UnprotectedTime[]): void {
    this.#db.transaction(() => {
      for (const time of times) {
        this.#db.run(
          `INSERT INTO unprotected (book, symbol, cause, seconds) VALUES (:book, :symbol, :cause, :seconds)
           ON CONFLICT (book, symbol, cause) DO UPDATE SET seconds = seconds + :seconds`,
          { ...time },
        );
      }
    });
  }
}
