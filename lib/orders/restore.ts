import type { Exposure } from './exposure.ts';
import type { Journal } from './journal/journal.ts';

/** Puts the reservations of the journal back in memory. None of them is in a balance yet: there is none. */
export function restoreExposure(journal: Journal, exposure: Exposure): void {
  for (const held of journal.intents.held()) {
    const record = journal.intents.find(held.intentId);
    if (!record) continue;
    exposure.hold({
      intentId: held.intentId,
      symbol: held.symbol,
      side: record.intent.side,
      book: held.book,
      quantity: held.quantity,
      filled: journal.orders.ofIntent(held.intentId)?.cumQuantity ?? 0,
      amount: held.amount,
      expiresAt: null,
      seenAt: null,
      endedAt: null,
    });
  }
}
