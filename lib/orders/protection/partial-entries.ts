import type { ElapsedMs } from '../../domain/clock.ts';
import type { BrokerOrderRecord } from '../journal/broker-orders.ts';
import type { Journal } from '../journal/journal.ts';

/** How long an entry with a bracket may stay partly executed: its legs come alive only when it is filled. */
const GRACE_MS = 10_000;

/** Entries that are partly executed and still work, so that nothing stands by for what they bought. */
export class PartialEntries {
  readonly #journal: Journal;
  readonly #since = new Map<number, ElapsedMs>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  of(book: string, symbol: string): BrokerOrderRecord[] {
    return this.#journal.orders.workingIn(symbol, book).filter((order) => {
      if (order.role !== 'main' || order.cumQuantity === 0) return false;
      const intent = this.#journal.intents.find(order.intentId)?.intent;
      return intent?.bracket !== undefined && !intent.reduceOnly;
    });
  }

  /** Those whose grace is over; the others are remembered from now on. */
  overdue(orders: readonly BrokerOrderRecord[], now: ElapsedMs): BrokerOrderRecord[] {
    return orders.filter(({ orderId }) => {
      const since = this.#since.get(orderId) ?? now;
      this.#since.set(orderId, since);
      return now - since >= GRACE_MS;
    });
  }

  forget(orders: readonly BrokerOrderRecord[]): void {
    for (const { orderId } of orders) this.#since.delete(orderId);
  }
}
