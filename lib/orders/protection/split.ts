import { type SplitRatio, splitPrice } from '../../domain/shares.ts';
import { toTick } from '../../domain/tick.ts';
import type { BrokerOrderRecord } from '../journal/broker-orders.ts';
import type { Journal } from '../journal/journal.ts';

/** The shares of a symbol were split: what stands by for them is wanted at prices of new shares. Inside a transaction. */
export function splitProtections({ protections, intents }: Journal, symbol: string, ratio: SplitRatio): void {
  const distance = (old: number | null) => (old === null ? null : splitPrice(old, ratio));
  for (const terms of protections.all()) {
    if (terms.symbol !== symbol) continue;
    // Away from the price: rounding makes no stop tighter.
    const away = intents.find(terms.intentId)?.intent.side === 'sell_short' ? 'up' : 'down';
    const price = (old: number | null) => (old === null ? null : toTick(splitPrice(old, ratio), away));
    protections.save({
      ...terms,
      stop: price(terms.stop),
      stopLimit: price(terms.stopLimit),
      takeProfit: price(terms.takeProfit),
      trail: distance(terms.trail),
      best: distance(terms.best),
    });
  }
}

/** True for an order that was given before a split and that the broker did not carry over: its prices are of old shares. */
export function isOfOldShares({ journal }: { journal: Journal }, order: BrokerOrderRecord): boolean {
  const intent = journal.intents.find(order.intentId)?.intent;
  const split = intent === undefined ? null : journal.adjustments.lastSplit(intent.symbol);
  if (intent === undefined || split === null || order.createdAt >= split) return false;
  return order.quantity === (journal.attempts.byTag(order.tag)?.quantity ?? intent.quantity);
}
