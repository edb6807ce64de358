import type { BrokerOrder } from '../broker/port.ts';
import type { Clock } from '../domain/clock.ts';
import type { OrderIntent } from '../domain/order.ts';
import type { AttemptRecord } from './journal/attempts.ts';
import type { BrokerOrderRecord } from './journal/broker-orders.ts';
import type { Journal } from './journal/journal.ts';
import { requestOf } from './request.ts';
import { roleOfLeg, roleOfRequest } from './roles.ts';

export interface AdoptParts {
  journal: Journal;
  clock: Clock;
}

/** Writes the broker's order for an attempt that is known to have been accepted. Inside a transaction. */
export function adopt(parts: AdoptParts, intent: OrderIntent, attempt: AttemptRecord, orderId: number): void {
  if (parts.journal.orders.find(orderId)) return;
  const quantity = attempt.quantity ?? intent.quantity;
  const request = attempt.request ?? requestOf(intent, attempt.tag, quantity);
  const terms = 'legs' in request ? null : request;
  parts.journal.orders.save(
    {
      orderId,
      intentId: intent.intentId,
      parentId: null,
      role: roleOfRequest(intent, request),
      tag: attempt.tag,
      status: 'pending',
      side: terms?.side ?? null,
      type: terms?.type ?? null,
      price: terms?.price ?? null,
      stop: terms?.stop ?? null,
      duration: terms?.duration ?? null,
      quantity,
      cumQuantity: 0,
      remaining: quantity,
      averagePrice: null,
      reason: null,
      createdAt: attempt.sentMarket,
      // The broker's own stamps may lie before our clock; the first of them counts.
      updatedAt: 0,
      closed: false,
    },
    parts.clock.wall.now(),
  );
}

/**
 * Writes the legs of a group of ours, as the broker lists them. What they executed is left to `observe`. Inside a
 * transaction.
 */
export function adoptLegs(parts: AdoptParts, parent: BrokerOrderRecord, rows: readonly BrokerOrder[]): void {
  const opens = parts.journal.intents.find(parent.intentId)?.intent;
  if (!opens) return;
  for (const leg of rows) {
    if (leg.parentId !== parent.orderId || parts.journal.orders.find(leg.id)) continue;
    const record: BrokerOrderRecord = {
      orderId: leg.id,
      intentId: parent.intentId,
      parentId: parent.orderId,
      role: roleOfLeg(opens, leg),
      tag: parent.tag,
      status: 'pending',
      side: leg.side,
      type: leg.type,
      price: leg.price,
      stop: leg.stop,
      duration: leg.duration,
      quantity: leg.quantity,
      cumQuantity: 0,
      remaining: leg.quantity,
      averagePrice: null,
      reason: null,
      createdAt: leg.createdAt,
      updatedAt: 0,
      closed: false,
    };
    parts.journal.orders.save(record, parts.clock.wall.now());
  }
}
