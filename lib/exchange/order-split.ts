import type { EpochMs } from '../domain/clock.ts';
import { money, toDollars } from '../domain/money.ts';
import { type SplitRatio, splitPrice, splitShares } from '../domain/shares.ts';
import { reservePerShare } from './order-entry.ts';
import { isActive, type OrderRecord } from './order-record.ts';

/** True when an order can be carried over a split: it stays whole, and nothing of it was executed in old shares. */
export function survivesSplit({ order }: OrderRecord, { newShares, oldShares }: SplitRatio): boolean {
  return (
    newShares % oldShares === 0 && order.execQuantity === 0 && order.remainingQuantity === order.quantity
  );
}

/** Writes an order in new shares: more of them at a lower price, on a cent. It keeps its id and its tag. */
export function splitOrder(record: OrderRecord, ratio: SplitRatio, now: EpochMs, ask: number | null): void {
  const { order } = record;
  order.quantity = splitShares(order.quantity, ratio);
  order.remainingQuantity = order.quantity;
  if (order.price !== undefined) order.price = onCent(splitPrice(order.price, ratio));
  if (order.stop !== undefined) order.stop = onCent(splitPrice(order.stop, ratio));
  order.updatedAt = now;
  record.resting = false;
  record.since = now;
  if (isActive(record)) record.reserve = reservePerShare(order, ask);
}

function onCent(price: number): number {
  return toDollars(money(Math.max(0.01, Math.round(price * 100) / 100)));
}
