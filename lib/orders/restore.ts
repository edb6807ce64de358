import type { OrderIntent } from '../domain/order.ts';
import type { Commitment, Exposure } from './exposure.ts';
import type { ReservationRecord } from './journal/intents.ts';
import type { Journal } from './journal/journal.ts';
import { isProtective } from './roles.ts';

/** Puts the reservations of the journal back in memory. None of them is in a balance yet: there is none. */
export function restoreExposure(journal: Journal, exposure: Exposure): void {
  for (const held of journal.intents.held()) {
    const record = journal.intents.find(held.intentId);
    const filled = journal.orders.ofIntent(held.intentId)?.cumQuantity ?? 0;
    if (record) exposure.hold(commitmentOf(record.intent, held, filled));
  }
}

/** A reservation of an order that was sent, as the exposure counts it. */
export function commitmentOf(intent: OrderIntent, held: ReservationRecord, filled: number): Commitment {
  const { intentId, symbol, side, book, quantity } = intent;
  const { amount } = held;
  return {
    intentId,
    symbol,
    side,
    book,
    quantity,
    filled,
    amount,
    standsBy: isProtective(intent),
    expiresAt: null,
    seenAt: null,
    endedAt: null,
  };
}
