import type { OrderIntent } from '../../domain/order.ts';
import type { Refusal } from '../../domain/trace.ts';
import type { Journal } from '../journal/journal.ts';
import { mayTryAgain, refusalOf } from './standing.ts';

export interface Stand {
  /** Shares of the intent's book, signed; null: unknown. */
  held: number | null;
  /** Shares on their way in other orders of the book. */
  buying: number;
  selling: number;
}

/**
 * Why an order towards a target may not be sent, or null. Its target has to stand still, and with all that was approved
 * before it, it may not carry its book past the position it was sized for.
 */
export function targetRefusal(journal: Journal, intent: OrderIntent, stand: Stand): Refusal | null {
  const { target: wanted, book, symbol, side, quantity } = intent;
  if (wanted === undefined) return null;
  const target = journal.targets.find(intent.signalKey);
  if (target?.book !== book || target.symbol !== symbol) {
    const message = `this target was never sized for book ${book} and ${symbol} on this account`;
    return { rule: 'superseded', field: 'target', value: wanted, message };
  }
  if (target.state !== 'OPEN' && !mayTryAgain(journal, target)) return refusalOf(journal, target);
  if (stand.held === null) {
    const message = `what book ${book} holds of ${symbol} is not known`;
    return { rule: 'target-moved', field: 'held', message };
  }
  const buys = side === 'buy' || side === 'buy_to_cover';
  const position = stand.held + stand.buying - stand.selling;
  const after = position + (buys ? quantity : -quantity);
  if (buys ? after <= wanted + 1e-6 : after >= wanted - 1e-6) return null;
  const detail = `${stand.held} held, ${stand.buying} being bought, ${stand.selling} being sold`;
  const message = `book ${book} moved to ${position} ${symbol} (${detail}) since this order was sized: it would end at ${after}, past ${wanted}`;
  return { rule: 'target-moved', field: 'target', limit: wanted, value: after, message };
}
