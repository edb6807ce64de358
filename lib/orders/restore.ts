import type { OrderIntent } from '../domain/order.ts';
import type { Commitment, Exposure } from './exposure.ts';
import type { AttemptRecord } from './journal/attempts.ts';
import type { ReservationRecord } from './journal/intents.ts';
import type { Journal } from './journal/journal.ts';
import { standsBy } from './roles.ts';

/** Puts the reservations of the journal back in memory. None of them is in a balance yet: there is none. */
export function restoreExposure(journal: Journal, exposure: Exposure): void {
  for (const held of journal.intents.held()) {
    const record = journal.intents.find(held.intentId);
    if (!record) continue;
    const order = journal.orders.ofIntent(held.intentId);
    const attempt = journal.attempts.latest(held.intentId);
    const commitment = commitmentOf(record.intent, attempt, held, order?.cumQuantity ?? 0);
    // A split may have made another quantity of it.
    exposure.hold(order ? { ...commitment, quantity: order.quantity } : commitment);
  }
}

/** A reservation of an order that was sent, as the exposure counts it. */
export function commitmentOf(
  intent: OrderIntent,
  attempt: AttemptRecord | null,
  held: ReservationRecord,
  filled: number,
): Commitment {
  const { intentId, symbol, side, book } = intent;
  const quantity = attempt?.quantity ?? intent.quantity;
  const { amount } = held;
  return {
    intentId,
    symbol,
    side,
    book,
    quantity,
    filled,
    amount,
    standsBy: standsBy(intent, attempt?.request ?? null),
    expiresAt: null,
    seenAt: null,
    endedAt: null,
  };
}
