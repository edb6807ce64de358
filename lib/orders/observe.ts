import type { Clock, EpochMs } from '../domain/clock.ts';
import { type Fill, isTerminal, type Order } from '../domain/order.ts';
import type { Exposure } from './exposure.ts';
import type { BrokerOrderRecord } from './journal/broker-orders.ts';
import type { Journal } from './journal/journal.ts';
import type { OutboxEvent } from './journal/outbox.ts';
import { orderView } from './order-view.ts';

/** One look at an order of the broker, from its stream, its list or a single read. Cumulative. */
export interface Observation {
  id: number;
  status: string;
  execQuantity: number;
  remainingQuantity: number;
  avgFillPrice: number | null;
  reason: string | null;
  updatedAt: EpochMs;
}

export type Observed =
  | { kind: 'unchanged' }
  | { kind: 'changed'; event: OutboxEvent; fill: Fill | null; closed: boolean }
  /** The broker has not said at what price yet, or says less than it said before: ask again. */
  | { kind: 'look_again'; why: string }
  /** No order of ours has this id (yet). */
  | { kind: 'foreign' };

export interface ObserveParts {
  journal: Journal;
  exposure: Exposure;
  clock: Clock;
  simulated: boolean;
}

/**
 * Records what was seen: fills are the growth of the cumulative quantity, so repeated, reordered and missed
 * events are harmless. One transaction, with the message about it.
 */
export function observe(parts: ObserveParts, seen: Observation): Observed {
  const before = parts.journal.orders.find(seen.id);
  if (!before) return { kind: 'foreign' };
  const grown = seen.execQuantity - before.cumQuantity;
  if (grown < 0) {
    if (!isTerminal(seen.status)) return { kind: 'unchanged' };
    return {
      kind: 'look_again',
      why: `${seen.status} with ${seen.execQuantity} executed after ${before.cumQuantity}`,
    };
  }
  if (grown > 0 && !(seen.avgFillPrice && seen.avgFillPrice > 0)) {
    return { kind: 'look_again', why: 'executed, the price is not known yet' };
  }
  if (before.closed || (grown === 0 && isSame(before, seen))) return { kind: 'unchanged' };
  if (grown === 0 && seen.updatedAt < before.updatedAt) return { kind: 'unchanged' };
  return record(parts, before, seen, grown);
}

function record(parts: ObserveParts, before: BrokerOrderRecord, seen: Observation, grown: number): Observed {
  const { journal, exposure, clock } = parts;
  const terminal = isTerminal(seen.status);
  const after: BrokerOrderRecord = {
    ...before,
    status: seen.status,
    cumQuantity: seen.execQuantity,
    remaining: terminal ? 0 : seen.remainingQuantity,
    averagePrice: seen.execQuantity > 0 ? seen.avgFillPrice : before.averagePrice,
    reason: seen.reason ?? before.reason,
    updatedAt: Math.max(before.updatedAt, seen.updatedAt),
    closed: terminal,
  };
  const intent = journal.intents.find(before.intentId);
  const attempt = journal.attempts.byTag(before.tag);
  if (!intent || !attempt) return { kind: 'foreign' };
  const order: Order = orderView(intent, attempt, after, parts.simulated);
  const fill = grown > 0 ? derivedFill(before, after, grown, order) : null;
  const event = journal.db.transaction(() => {
    journal.orders.save(after, clock.wall.now());
    if (fill) journal.orders.addFill(fill);
    if (terminal) {
      journal.intents.release(before.intentId);
      journal.intents.setState(before.intentId, 'DONE');
    }
    return journal.outbox.add(order);
  });
  exposure.filled(before.intentId, after.cumQuantity);
  if (terminal) exposure.end(before.intentId, clock.elapsed.now());
  return { kind: 'changed', event, fill, closed: terminal };
}

function derivedFill(before: BrokerOrderRecord, after: BrokerOrderRecord, grown: number, order: Order): Fill {
  const paid =
    (after.averagePrice ?? 0) * after.cumQuantity - (before.averagePrice ?? 0) * before.cumQuantity;
  const price = paid / grown;
  return {
    orderId: after.orderId,
    cumQuantity: after.cumQuantity,
    quantity: grown,
    // An average rounded by the broker can push a tiny last fill out of range; the average itself is then right.
    price: price > 0 ? Math.round(price * 1e6) / 1e6 : (after.averagePrice ?? 0),
    symbol: order.symbol,
    side: order.side,
    book: order.book,
    at: after.updatedAt,
  };
}

function isSame(before: BrokerOrderRecord, seen: Observation): boolean {
  return before.status === seen.status && (seen.reason ?? before.reason) === before.reason;
}
