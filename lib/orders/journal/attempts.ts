import type { OrderRequest } from '../../broker/port.ts';
import type { EpochMs } from '../../domain/clock.ts';
import type { JournalDatabase, Row } from './database.ts';

export type AttemptState = 'SENDING' | 'ACKED' | 'REJECTED' | 'NOT_SENT' | 'UNKNOWN' | 'ABSENT' | 'MANUAL';

export interface AttemptRecord {
  intentId: string;
  n: number;
  tag: string;
  state: AttemptState;
  sentWall: EpochMs;
  sentMarket: EpochMs;
  /** New York date of the session it was sent in. */
  session: string;
  outcome: string;
  orderId: number | null;
  /** Shares of the symbol outside our books when it was sent; null: not known. */
  externalBefore: number | null;
  /** Shares that were sent: the intent's, or what was left to exit; null in records of version 1: the intent's. */
  quantity: number | null;
  /** What was sent. */
  request: OrderRequest | null;
}

export type NewAttempt = Omit<AttemptRecord, 'state' | 'outcome' | 'orderId'>;

/** A status that is asked for: the broker's word, and the states in which an attempt has it before the broker speaks. */
export interface AskedStatus {
  broker: string;
  states: readonly AttemptState[];
}

/** The orders of an attempt, without the parent of a group; see BrokerOrderTable.ofAttempt. */
const ITS_ORDERS = `SELECT 1 FROM broker_order
  WHERE broker_order.intent_id = attempt.intent_id AND broker_order.tag = attempt.tag AND role <> 'group'`;
const HAS_STATUS = `(EXISTS (${ITS_ORDERS} AND status = :status)
  OR (NOT EXISTS (${ITS_ORDERS}) AND attempt.state IN (SELECT value FROM json_each(:states))))`;

/** Each transmission of an order, written before its first byte leaves. */
export class AttemptTable {
  readonly #db: JournalDatabase;

  constructor(db: JournalDatabase) {
    this.#db = db;
  }

  begin(attempt: NewAttempt): void {
    this.#db.run(
      `INSERT INTO attempt (intent_id, n, tag, epoch, state, sent_wall, sent_market, session, external_before, quantity, request)
       VALUES (:intentId, :n, :tag, :epoch, 'SENDING', :sentWall, :sentMarket, :session, :externalBefore, :quantity,
         :request)`,
      {
        ...attempt,
        epoch: this.#db.epoch,
        request: attempt.request === null ? '' : JSON.stringify(attempt.request),
      },
    );
  }

  settle(intentId: string, n: number, state: AttemptState, outcome: string, orderId: number | null): void {
    this.#db.run(
      `UPDATE attempt SET state = :state, outcome = :outcome, order_id = :orderId
       WHERE intent_id = :intentId AND n = :n`,
      { intentId, n, state, outcome: outcome.slice(0, 500), orderId },
    );
  }

  latest(intentId: string): AttemptRecord | null {
    const row = this.#db.get('SELECT * FROM attempt WHERE intent_id = :intentId ORDER BY n DESC LIMIT 1', {
      intentId,
    });
    return row ? toAttempt(row) : null;
  }

  byTag(tag: string): AttemptRecord | null {
    const row = this.#db.get('SELECT * FROM attempt WHERE tag = :tag', { tag });
    return row ? toAttempt(row) : null;
  }

  /** Newest first; those in one symbol, and with an order at the broker of one status, where that is asked for. */
  newest(limit: number, symbol: string | null, status: AskedStatus | null): AttemptRecord[] {
    // CROSS: from the newest attempt on, so that it stops when there are enough.
    return this.#db
      .all(
        `SELECT attempt.* FROM attempt CROSS JOIN intent USING (intent_id)
         WHERE (:symbol IS NULL OR intent.symbol = :symbol)
           AND (:status IS NULL OR ${HAS_STATUS})
         ORDER BY attempt.rowid DESC LIMIT :limit`,
        { limit, symbol, status: status?.broker ?? null, states: JSON.stringify(status?.states ?? []) },
      )
      .map(toAttempt);
  }

  /** Those the broker still works, and those of which it is not known, newest first. */
  working(): AttemptRecord[] {
    return this.#db
      .all(
        `SELECT * FROM attempt WHERE tag IN (SELECT tag FROM broker_order WHERE closed = 0)
           OR state IN ('SENDING', 'UNKNOWN', 'MANUAL') ORDER BY rowid DESC`,
      )
      .map(toAttempt);
  }

  unknown(): AttemptRecord[] {
    return this.#db.all(`SELECT * FROM attempt WHERE state = 'UNKNOWN' ORDER BY sent_wall`).map(toAttempt);
  }

  /** Sent, and neither acknowledged nor proven absent; also what a person has to decide. */
  unresolved(): AttemptRecord[] {
    return this.#db
      .all(`SELECT * FROM attempt WHERE state IN ('SENDING', 'UNKNOWN', 'MANUAL') ORDER BY sent_wall`)
      .map(toAttempt);
  }

  /** What was being sent when an earlier process died: nobody knows whether it arrived. */
  doubtLeftovers(): number {
    return this.#db.run(
      `UPDATE attempt SET state = 'UNKNOWN', outcome = 'the process ended while the order was being sent'
       WHERE state = 'SENDING'`,
    );
  }
}

function toAttempt(row: Row): AttemptRecord {
  return {
    intentId: String(row.intent_id),
    n: Number(row.n),
    tag: String(row.tag),
    state: String(row.state) as AttemptState,
    sentWall: Number(row.sent_wall),
    sentMarket: Number(row.sent_market),
    session: String(row.session),
    outcome: String(row.outcome),
    orderId: row.order_id === null ? null : Number(row.order_id),
    externalBefore: row.external_before === null ? null : Number(row.external_before),
    quantity: row.quantity === null ? null : Number(row.quantity),
    request: String(row.request) === '' ? null : (JSON.parse(String(row.request)) as OrderRequest),
  };
}
