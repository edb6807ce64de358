import { add, amount, type Money, money, toDollars, ZERO } from '../domain/money.ts';
import { isTerminal } from '../domain/order.ts';
import type { ExchangeOrder } from './contract.ts';

/** An order with what only the exchange knows of it. */
export interface OrderRecord {
  order: ExchangeOrder;
  /** True once it has stood in the book unmatched: from then on it trades at its own limit. */
  resting: boolean;
  /** Dollars a share held back from buying power while it works; 0 for sells. */
  reserve: number;
  /** Sum of price x quantity of its fills. */
  filledValue: Money;
}

export function isWorking({ order }: OrderRecord): boolean {
  return !isTerminal(order.status);
}

/** What the order holds back from buying power now. */
export function reserved(record: OrderRecord): Money {
  return isWorking(record) ? amount(record.reserve, record.order.remainingQuantity) : ZERO;
}

/** Writes one execution into the order. */
export function recordFill(record: OrderRecord, price: number, quantity: number, at: number): void {
  const { order } = record;
  record.filledValue = add(record.filledValue, amount(price, quantity));
  order.execQuantity += quantity;
  order.remainingQuantity -= quantity;
  order.status = order.remainingQuantity === 0 ? 'filled' : 'partially_filled';
  order.avgFillPrice = Math.round((toDollars(record.filledValue) / order.execQuantity) * 1e8) / 1e8;
  order.lastFillPrice = price;
  order.lastFillQuantity = quantity;
  order.updatedAt = at;
}

/** Ends an order that is not filled: what remains is not working any more, so it becomes 0. */
export function finish(record: OrderRecord, status: 'canceled' | 'expired', at: number): void {
  record.order.status = status;
  record.order.remainingQuantity = 0;
  record.order.updatedAt = at;
}

/**
 * The limit in whole cents; null for a market order. A limit between two cents counts as the nearest one that is
 * not worse for whoever gave it.
 */
export function limitCents({ order }: OrderRecord): number | null {
  if (order.type !== 'limit' || order.price === undefined) return null;
  const units = money(order.price);
  return order.side === 'buy' ? Math.floor(units / 100) : Math.ceil(units / 100);
}
