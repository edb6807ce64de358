import type { Clock } from '../../domain/clock.ts';
import type { OrderIntent } from '../../domain/order.ts';
import type { Journal } from '../journal/journal.ts';
import type { ProtectionRecord } from '../journal/protections.ts';

/**
 * An entry was executed, its book holding `held` before: what it wants to stand by becomes what its book wants for the
 * symbol. One that wants nothing does not inherit what was wanted for a position that is gone. Inside a transaction.
 */
export function protect(journal: Journal, intent: OrderIntent, held: number, clock: Clock): void {
  const { bracket, book, symbol, side, intentId } = intent;
  if (intent.reduceOnly) return;
  const before = journal.protections.find(book, symbol);
  if (before?.intentId === intentId) return;
  if (!bracket) {
    const adds = (side === 'buy' ? held : -held) >= 1;
    if (before && !adds) journal.protections.remove(book, symbol);
    return;
  }
  const stop = bracket.stopLoss ?? null;
  const trail = stop === null ? null : (bracket.trail ?? null);
  const behind = intent.side === 'buy' ? (trail ?? 0) : -(trail ?? 0);
  journal.protections.save({
    book,
    symbol,
    intentId,
    stop,
    stopLimit: bracket.stopLossLimit ?? null,
    takeProfit: bracket.takeProfit ?? null,
    trail,
    best: trail === null || stop === null ? null : stop + behind,
    duration: bracket.duration,
    renewals: 0,
    setWall: clock.wall.now(),
  });
}

/** True when the stop has been reached: an order at that price would be refused, and would have traded by now. */
export function isBeyond(
  terms: Pick<ProtectionRecord, 'stop'>,
  long: boolean,
  price: number | null,
): boolean {
  if (terms.stop === null || price === null) return false;
  return long ? price <= terms.stop : price >= terms.stop;
}

/** True when the price is known and on the quiet side of both orders: neither would trade at once. */
export function isBetween(
  terms: Pick<ProtectionRecord, 'stop' | 'takeProfit'>,
  long: boolean,
  price: number | null,
): boolean {
  if (price === null || isBeyond(terms, long, price)) return false;
  if (terms.takeProfit === null) return true;
  return long ? price < terms.takeProfit : price > terms.takeProfit;
}
