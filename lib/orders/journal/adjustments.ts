import type { EpochMs } from '../../domain/clock.ts';
import type { PositionNote } from '../../domain/portfolio.ts';
import type { SplitRatio } from '../../domain/shares.ts';
import type { JournalDatabase, Row } from './database.ts';

/** A position that changed although nobody ordered it here. Quantities are the whole account's. */
export interface AdjustmentRecord extends PositionNote {
  /** Of a split. */
  ratio: SplitRatio | null;
  /** Of a split: signed shares of the books that were paid out in cash, and the price, where one was known. */
  paidOut: number;
  price: number | null;
  /** The row of the last fill before it. */
  afterFill: number;
  quantityBefore: number;
  quantityAfter: number;
}

/** A position as it was when all of it was last explained. Dollars, market time. */
export interface SeenPosition {
  symbol: string;
  quantity: number;
  /** What the broker says it cost. */
  cost: number;
  /** The last price then, where one was known. */
  price: number | null;
  at: EpochMs;
  /** The row of the last fill that is in it. */
  afterFill: number;
}

/** What changed positions past our orders, and the positions it is judged by. */
export class AdjustmentTable {
  readonly #db: JournalDatabase;

  constructor(db: JournalDatabase) {
    this.#db = db;
  }

  add(adjustment: AdjustmentRecord, wall: EpochMs): void {
    const { ratio, ...values } = adjustment;
    this.#db.run(
      `INSERT INTO adjustment (symbol, kind, new_shares, old_shares, paid_out, price, after_fill, quantity_before,
         quantity_after, at, wall, words)
       VALUES (:symbol, :kind, :newShares, :oldShares, :paidOut, :price, :afterFill, :quantityBefore,
         :quantityAfter, :at, :wall, :words)`,
      { ...values, newShares: ratio?.newShares ?? null, oldShares: ratio?.oldShares ?? null, wall },
    );
  }

  /** Splits in the order the books see them. */
  splits(): AdjustmentRecord[] {
    return this.#db
      .all(`SELECT * FROM adjustment WHERE kind = 'split' ORDER BY after_fill, seq`)
      .map(toAdjustment);
  }

  /** When the last split of a symbol was noticed, in market time; null: there was none. */
  lastSplit(symbol: string): EpochMs | null {
    const row = this.#db.get(
      `SELECT max(at) AS at FROM adjustment WHERE kind = 'split' AND symbol = :symbol`,
      { symbol },
    );
    return row?.at === null || row?.at === undefined ? null : Number(row.at);
  }

  /** The newest first. */
  notes(limit: number): PositionNote[] {
    return this.#db
      .all('SELECT * FROM adjustment ORDER BY seq DESC LIMIT :limit', { limit })
      .map(toAdjustment)
      .map(({ symbol, kind, words, at }) => ({ symbol, kind, words, at }));
  }

  seen(): SeenPosition[] {
    return this.#db.all('SELECT * FROM position_seen ORDER BY symbol').map((row) => ({
      symbol: String(row.symbol),
      quantity: Number(row.quantity),
      cost: Number(row.cost),
      price: row.price === null ? null : Number(row.price),
      at: Number(row.at),
      afterFill: Number(row.after_fill),
    }));
  }

  saveSeen(position: SeenPosition): void {
    this.#db.run(
      `INSERT INTO position_seen (symbol, quantity, cost, price, at, after_fill)
       VALUES (:symbol, :quantity, :cost, :price, :at, :afterFill)
       ON CONFLICT (symbol) DO UPDATE SET quantity = :quantity, cost = :cost, price = :price, at = :at,
         after_fill = :afterFill`,
      { ...position },
    );
  }
}

function toAdjustment(row: Row): AdjustmentRecord {
  return {
    symbol: String(row.symbol),
    kind: String(row.kind) as PositionNote['kind'],
    ratio:
      row.new_shares === null
        ? null
        : { newShares: Number(row.new_shares), oldShares: Number(row.old_shares) },
    paidOut: Number(row.paid_out),
    price: row.price === null ? null : Number(row.price),
    afterFill: Number(row.after_fill),
    quantityBefore: Number(row.quantity_before),
    quantityAfter: Number(row.quantity_after),
    at: Number(row.at),
    words: String(row.words),
  };
}
