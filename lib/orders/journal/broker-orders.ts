import type { EpochMs } from '../../domain/clock.ts';
import type { Fill, Side } from '../../domain/order.ts';
import type { JournalDatabase, Row } from './database.ts';

/**
 * What an order of the broker is to its intent: `main` what the intent asks for, `group` the parent of an OTO, OCO or
 * OTOCO, and the legs that close a position.
 */
export type RecordRole = 'main' | 'group' | 'stop_loss' | 'take_profit';

/** The broker's order as we last saw it, with what role it plays for its intent. */
export interface BrokerOrderRecord {
  orderId: number;
  intentId: string;
  parentId: number | null;
  role: RecordRole;
  tag: string;
  status: string;
  /** Its own terms; null: as the intent says. */
  side: Side | null;
  type: string | null;
  price: number | null;
  stop: number | null;
  duration: string | null;
  quantity: number;
  cumQuantity: number;
  remaining: number;
  averagePrice: number | null;
  reason: string | null;
  createdAt: EpochMs;
  updatedAt: EpochMs;
  /** True once the broker works it no more; a late fill may still be recorded. */
  closed: boolean;
}

export class BrokerOrderTable {
  readonly #db: JournalDatabase;

  constructor(db: JournalDatabase) {
    this.#db = db;
  }

  find(orderId: number): BrokerOrderRecord | null {
    const row = this.#db.get('SELECT * FROM broker_order WHERE order_id = :orderId', { orderId });
    return row ? toOrder(row) : null;
  }

  /** The order an intent asks for; the parent of its group while the legs are not known, and of an OCO. */
  /** What one transmission became: the order, or the legs of the group, in the broker's order. */
  ofAttempt(tag: string): BrokerOrderRecord[] {
    return this.#db
      .all(
        `SELECT * FROM broker_order WHERE intent_id IN (SELECT intent_id FROM attempt WHERE tag = :tag)
              AND tag = :tag AND role <> 'group' ORDER BY order_id`,
        { tag },
      )
      .map(toOrder);
  }

  ofIntent(intentId: string): BrokerOrderRecord | null {
    const row = this.#db.get(
      `SELECT * FROM broker_order WHERE intent_id = :intentId AND (role = 'main' OR parent_id IS NULL)
       ORDER BY role = 'main' DESC, order_id DESC LIMIT 1`,
      { intentId },
    );
    return row ? toOrder(row) : null;
  }

  legsOf(parentId: number): BrokerOrderRecord[] {
    return this.#db
      .all('SELECT * FROM broker_order WHERE parent_id = :parentId ORDER BY order_id', { parentId })
      .map(toOrder);
  }

  working(): BrokerOrderRecord[] {
    return this.#db.all('SELECT * FROM broker_order WHERE closed = 0 ORDER BY order_id').map(toOrder);
  }

  /** Working orders in one symbol: of one book, or of all. */
  workingIn(symbol: string, book?: string): BrokerOrderRecord[] {
    return this.#working(symbol, book, '');
  }

  /** Those of them that are not what their intent asks for: groups, and the legs that close a position. */
  groupsAndLegsIn(symbol: string, book?: string): BrokerOrderRecord[] {
    return this.#working(symbol, book, `AND broker_order.role <> 'main'`);
  }

  #working(symbol: string, book: string | undefined, only: string): BrokerOrderRecord[] {
    const of = book === undefined ? '' : 'AND intent.book = :book';
    return this.#db
      .all(
        `SELECT broker_order.* FROM broker_order JOIN intent USING (intent_id)
         WHERE broker_order.closed = 0 AND intent.symbol = :symbol ${of} ${only} ORDER BY order_id`,
        { symbol, ...(book === undefined ? {} : { book }) },
      )
      .map(toOrder);
  }

  /** Positions for which an order works that closes one. */
  closingPositions(): { book: string; symbol: string }[] {
    return this.#db
      .all(
        `SELECT DISTINCT intent.book, intent.symbol FROM broker_order JOIN intent USING (intent_id)
         WHERE broker_order.closed = 0 AND broker_order.role IN ('stop_loss', 'take_profit')`,
      )
      .map((row) => ({ book: String(row.book), symbol: String(row.symbol) }));
  }

  /** Why an order of an intent was refused after it had been taken, by itself or with one of its legs; null: none was. */
  refusalOf(intentId: string): string | null {
    const row = this.#db.get(
      `SELECT status, reason FROM broker_order WHERE intent_id = :intentId AND status IN ('rejected', 'error')
       ORDER BY reason IS NULL LIMIT 1`,
      { intentId },
    );
    return row ? String(row.reason ?? row.status) : null;
  }

  /** Ids of our orders sent in one session: a list without one of them proves nothing. */
  idsOfSession(session: string): number[] {
    return this.#db
      .all('SELECT order_id FROM attempt WHERE session = :session AND order_id IS NOT NULL', { session })
      .map((row) => Number(row.order_id));
  }

  save(order: BrokerOrderRecord, seenWall: EpochMs): void {
    this.#db.run(
      `INSERT INTO broker_order (order_id, intent_id, parent_id, role, tag, status, side, type, price, stop, duration,
         quantity, cum_qty, remaining, avg_px, reason, created_at, updated_at, seen_wall, closed)
       VALUES (:orderId, :intentId, :parentId, :role, :tag, :status, :side, :type, :price, :stop, :duration,
         :quantity, :cumQuantity, :remaining, :averagePrice, :reason, :createdAt, :updatedAt, :seenWall, :closed)
       ON CONFLICT (order_id) DO UPDATE SET quantity = :quantity, status = :status, type = :type, price = :price, stop = :stop,
         duration = :duration, cum_qty = :cumQuantity, remaining = :remaining, avg_px = :averagePrice,
         reason = :reason, updated_at = :updatedAt, seen_wall = :seenWall, closed = :closed`,
      { ...order, closed: order.closed ? 1 : 0, seenWall },
    );
  }

  /** False when this fill is already recorded. */
  addFill(fill: Fill): boolean {
    const changed = this.#db.run(
      `INSERT INTO fill (order_id, cum_qty, quantity, price, symbol, side, book, at)
       VALUES (:orderId, :cumQuantity, :quantity, :price, :symbol, :side, :book, :at)
       ON CONFLICT (order_id, cum_qty) DO NOTHING`,
      { ...fill },
    );
    return changed === 1;
  }

  fills(): Fill[] {
    return this.fillsAfter(0).map(({ fill }) => fill);
  }

  /** Fills recorded after a row, oldest first: all of them, or those of one symbol. */
  fillsAfter(row: number, symbol?: string): { row: number; fill: Fill }[] {
    const of = symbol === undefined ? '' : 'AND symbol = :symbol';
    return this.#db
      .all(`SELECT rowid AS row, * FROM fill WHERE rowid > :row ${of} ORDER BY rowid`, {
        row,
        ...(symbol === undefined ? {} : { symbol }),
      })
      .map((found) => ({ row: Number(found.row), fill: toFill(found) }));
  }

  /** The row of the newest fill; 0 when there is none. */
  lastFill(): number {
    return Number(this.#db.get('SELECT max(rowid) AS row FROM fill')?.row ?? 0);
  }
}

function toFill(row: Row): Fill {
  return {
    orderId: Number(row.order_id),
    cumQuantity: Number(row.cum_qty),
    quantity: Number(row.quantity),
    price: Number(row.price),
    symbol: String(row.symbol),
    side: String(row.side) as Side,
    book: String(row.book),
    at: Number(row.at),
  };
}

function toOrder(row: Row): BrokerOrderRecord {
  return {
    orderId: Number(row.order_id),
    intentId: String(row.intent_id),
    parentId: row.parent_id === null ? null : Number(row.parent_id),
    role: String(row.role) as RecordRole,
    tag: String(row.tag),
    status: String(row.status),
    side: row.side === null ? null : (String(row.side) as Side),
    type: row.type === null ? null : String(row.type),
    price: row.price === null ? null : Number(row.price),
    stop: row.stop === null ? null : Number(row.stop),
    duration: row.duration === null ? null : String(row.duration),
    quantity: Number(row.quantity),
    cumQuantity: Number(row.cum_qty),
    remaining: Number(row.remaining),
    averagePrice: row.avg_px === null ? null : Number(row.avg_px),
    reason: row.reason === null ? null : String(row.reason),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    closed: Number(row.closed) === 1,
  };
}
