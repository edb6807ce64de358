import type { Order } from '../domain/order.ts';
import type { AttemptRecord } from './journal/attempts.ts';
import type { Journal } from './journal/journal.ts';
import { orderView, statesShownAs } from './order-view.ts';

export interface OrderFilter {
  symbol?: string | undefined;
  status?: string | undefined;
}

/**
 * The newest orders of this desk that fit, newest first: what was sent, and each leg of a group by itself. What still
 * works is always among them, however many came after it and beyond the limit.
 */
export function recentOrders(
  journal: Journal,
  simulated: boolean,
  limit: number,
  { symbol, status }: OrderFilter,
): Order[] {
  const asked = status === undefined ? null : { broker: status, states: statesShownAs(status) };
  const newest = journal.attempts.newest(limit, symbol ?? null, asked);
  const known = new Set(newest.map(({ tag }) => tag));
  // Had they been newer they would be among them.
  const older = journal.attempts.working().filter(({ tag }) => !known.has(tag));
  return [...newest, ...older]
    .flatMap((attempt) => ordersOf(journal, attempt, simulated))
    .filter(({ order }) => symbol === undefined || order.symbol === symbol)
    .filter(({ order }) => status === undefined || order.status === status)
    .filter(({ works }, place) => works || place < limit)
    .map(({ order }) => order);
}

function ordersOf(
  journal: Journal,
  attempt: AttemptRecord,
  simulated: boolean,
): { order: Order; works: boolean }[] {
  const record = journal.intents.find(attempt.intentId);
  if (!record) return [];
  const rows = journal.orders.ofAttempt(attempt.tag);
  if (rows.length === 0)
    return [{ order: orderView(record, attempt, null, simulated), works: !OVER.has(attempt.state) }];
  return rows.map((row) => ({ order: orderView(record, attempt, row, simulated), works: !row.closed }));
}

const OVER: ReadonlySet<AttemptRecord['state']> = new Set(['REJECTED', 'NOT_SENT', 'ABSENT']);
