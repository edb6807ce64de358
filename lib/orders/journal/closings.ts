import type { EpochMs } from '../../domain/clock.ts';
import type { JournalDatabase, Row } from './database.ts';

export type ClosingState = 'CANCELING' | 'SENT' | 'DONE' | 'GIVEN_UP';

/** The exit of a protected position, from its authorisation to its end. */
export interface ClosingRecord {
  intentId: string;
  book: string;
  symbol: string;
  begunWall: EpochMs;
  state: ClosingState;
  reason: string;
}

export class ClosingTable {
  readonly #db: JournalDatabase;

  constructor(db: JournalDatabase) {
    this.#db = db;
  }

  begin(closing: Omit<ClosingRecord, 'state' | 'reason'>): void {
    this.#db.run(
      `INSERT INTO closing (intent_id, book, symbol, begun_wall, state)
       VALUES (:intentId, :book, :symbol, :begunWall, 'CANCELING')`,
      { ...closing },
    );
  }

  settle(intentId: string, state: ClosingState, reason: string): void {
    this.#db.run('UPDATE closing SET state = :state, reason = :reason WHERE intent_id = :intentId', {
      intentId,
      state,
      reason: reason.slice(0, 500),
    });
  }

  find(intentId: string): ClosingRecord | null {
    const row = this.#db.get('SELECT * FROM closing WHERE intent_id = :intentId', { intentId });
    return row ? toClosing(row) : null;
  }

  /** Those under way. */
  open(): ClosingRecord[] {
    return this.#db
      .all(
        `SELECT closing.* FROM closing JOIN intent USING (intent_id) WHERE closing.state IN ('CANCELING', 'SENT')
           AND (closing.state = 'CANCELING' OR intent.state = 'ACTIVE') ORDER BY begun_wall`,
      )
      .map(toClosing);
  }

  /** Exits that were sent and are over. */
  sweep(): void {
    this.#db.run(
      `UPDATE closing SET state = 'DONE' WHERE state = 'SENT'
         AND intent_id IN (SELECT intent_id FROM intent WHERE state <> 'ACTIVE')`,
    );
  }
}

function toClosing(row: Row): ClosingRecord {
  return {
    intentId: String(row.intent_id),
    book: String(row.book),
    symbol: String(row.symbol),
    begunWall: Number(row.begun_wall),
    state: String(row.state) as ClosingState,
    reason: String(row.reason),
  };
}
