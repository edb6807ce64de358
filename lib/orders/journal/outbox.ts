import type { Order } from '../../domain/order.ts';
import type { JournalDatabase, Row } from './database.ts';

export interface OutboxEvent {
  seq: number;
  intentId: string;
  order: Order;
}

/**
 * Every change of an order, written with the change itself, so that a crash between the change and its message
 * does not lose the message. Told events are marked with the next write or after a moment, not with a sync each:
 * after a crash a few may be told again, never one too few.
 */
export class OutboxTable {
  readonly #db: JournalDatabase;
  #told: number[] = [];

  constructor(db: JournalDatabase) {
    this.#db = db;
    db.beforeCommit(() => this.#mark());
  }

  add(order: Order): OutboxEvent {
    const { intentId, tag, id, status, execQuantity, remainingQuantity, price, stop } = order;
    const eventId = [tag || intentId, id, status, execQuantity, remainingQuantity, price, stop].join(':');
    this.#db.run(
      `INSERT INTO outbox (event_id, intent_id, body) VALUES (:eventId, :intentId, :body)
       ON CONFLICT (event_id) DO NOTHING`,
      { eventId, intentId: order.intentId, body: JSON.stringify(order) },
    );
    const row = this.#db.get('SELECT seq FROM outbox WHERE event_id = :eventId', { eventId });
    return { seq: Number(row?.seq), intentId: order.intentId, order };
  }

  pendingOf(intentId: string): number[] {
    return this.#db
      .all('SELECT seq FROM outbox WHERE published = 0 AND intent_id = :intentId', { intentId })
      .map((row) => Number(row.seq));
  }

  told(seq: number): void {
    this.#told.push(seq);
  }

  /** Writes what was told since the last write. */
  flush(): void {
    if (this.#told.length > 0) this.#db.transaction(() => undefined);
  }

  /** Keeps the last 10,000 of what was told. */
  purge(): void {
    this.#db.run('DELETE FROM outbox WHERE published = 1 AND seq <= (SELECT max(seq) FROM outbox) - 10000');
  }

  pending(): OutboxEvent[] {
    return this.#db.all('SELECT * FROM outbox WHERE published = 0 ORDER BY seq').map(toEvent);
  }

  /** Recorded after this one, told or not, oldest first. */
  after(seq: number): OutboxEvent[] {
    return this.#db.all('SELECT * FROM outbox WHERE seq > :seq ORDER BY seq', { seq }).map(toEvent);
  }

  /** The newest; 0 when there is none. */
  last(): number {
    return Number(this.#db.get('SELECT max(seq) AS seq FROM outbox')?.seq ?? 0);
  }

  #mark(): void {
    if (this.#told.length === 0) return;
    for (const seq of this.#told) this.#db.run('UPDATE outbox SET published = 1 WHERE seq = :seq', { seq });
    this.#told = [];
  }
}

function toEvent(row: Row): OutboxEvent {
  return {
    seq: Number(row.seq),
    intentId: String(row.intent_id),
    order: JSON.parse(String(row.body)) as Order,
  };
}
