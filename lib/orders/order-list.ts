import type { Order } from '../domain/order.ts';
import type { Journal } from './journal/journal.ts';
import { orderView } from './order-view.ts';

/** The newest orders of this desk, newest first: what was sent, and each leg of a group by itself. */
export function recentOrders(journal: Journal, simulated: boolean, limit: number): Order[] {
  const orders: Order[] = [];
  for (const attempt of journal.attempts.newest(limit)) {
    const record = journal.intents.find(attempt.intentId);
    if (!record) continue;
    const rows = journal.orders.ofAttempt(attempt.tag);
    const shown = rows.length > 0 ? rows : [null];
    orders.push(...shown.map((row) => orderView(record, attempt, row, simulated)));
    if (orders.length >= limit) break;
  }
  return orders.slice(0, limit);
}
