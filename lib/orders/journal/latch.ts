import type { Clock, EpochMs } from '../../domain/clock.ts';
import type { Money } from '../../domain/money.ts';
import type { HaltState } from '../../domain/portfolio.ts';
import type { JournalDatabase } from './database.ts';

export interface Latch {
  state: HaltState;
  setAt: EpochMs;
  reason: string;
  by: string;
}

/** Whether this account may trade: durable, and obeyed by the schema itself. */
export class LatchTable {
  readonly #db: JournalDatabase;
  /** What is on disk; null when that is not known for sure. */
  #known: Latch | null = null;

  constructor(db: JournalDatabase) {
    this.#db = db;
  }

  read(): Latch {
    if (!this.#db.isOpen) this.#known = null;
    this.#known ??= this.#onDisk();
    return { ...this.#known };
  }

  #onDisk(): Latch {
    const row = this.#db.get(`SELECT * FROM latch WHERE name = 'trading'`);
    return {
      state: String(row?.state ?? 'halted') as HaltState,
      setAt: Number(row?.set_at ?? 0),
      reason: String(row?.reason ?? 'the latch could not be read'),
      by: String(row?.set_by ?? 'journal'),
    };
  }

  set(state: HaltState, reason: string, by: string, wall: EpochMs): void {
    // Until the commit has come back, the next who asks reads the disk.
    this.#known = null;
    this.#db.transaction(() => {
      const values = { state, reason, by, wall };
      this.#db.run(
        `UPDATE latch SET state = :state, set_at = :wall, reason = :reason, set_by = :by WHERE name = 'trading'`,
        values,
      );
      this.#db.run(
        'INSERT INTO latch_log (state, set_at, reason, set_by) VALUES (:state, :wall, :reason, :by)',
        values,
      );
    });
  }
}

/** Equity at the start of each session: stored once, never moved by a restart. */
export class BaselineTable {
  readonly #db: JournalDatabase;
  /** Of the session asked for last; a stored baseline never changes. */
  #known: { session: string; equity: Money } | null = null;

  constructor(db: JournalDatabase) {
    this.#db = db;
  }

  find(session: string): Money | null {
    if (this.#known?.session === session) return this.#known.equity;
    const row = this.#db.get('SELECT equity FROM baseline WHERE session = :session', { session });
    if (!row) return null;
    this.#known = { session, equity: Number(row.equity) as Money };
    return this.#known.equity;
  }

  /** Keeps the first equity of a session. */
  keep(session: string, equity: Money, clock: Clock): void {
    if (equity <= 0 || this.find(session) !== null) return;
    this.#db.run('INSERT INTO baseline (session, equity, at, wall) VALUES (:session, :equity, :at, :wall)', {
      session,
      equity,
      at: clock.market.now(),
      wall: clock.wall.now(),
    });
  }
}
