import { add, amount, type Money, money, toDollars, ZERO } from '../domain/money.ts';
import { isTerminal } from '../domain/order.ts';
import type { ExchangeOrder } from './contract.ts';
import { hasPrice, hasStop } from './order-terms.ts';
import { isBuy } from './sides.ts';

/** An order with what only the exchange knows of it. */
export interface OrderRecord {
  order: ExchangeOrder;
  /** True once it has stood in the book unmatched: from then on it trades at its own limit. */
  resting: boolean;
  /** Dollars a share held back from buying power while it works; 0 for what closes a position. */
  reserve: number;
  /** Sum of price x quantity of its fills. */
  filledValue: Money;
  /** The parent's id for a leg of which one cancels the other: the two count once. */
  pair: number | null;
  /** True for a stop whose price was reached: it is a market or limit order from then on. */
  triggered: boolean;
  /** When it was given, activated or last changed: it has its first chance at the instant after. */
  since: number;
}

/** True until the order is done; held legs count, parents too. */
export function isWorking({ order }: OrderRecord): boolean {
  return !isTerminal(order.status);
}

/** True when the order can trade or waits for the session only: not for a parent, nor for a leg that is held. */
export function isActive(record: OrderRecord): boolean {
  return isWorking(record) && record.order.class === 'equity' && record.order.status !== 'held';
}

/** What the order holds back from buying power now. */
export function reserved(record: OrderRecord): Money {
  return isActive(record) ? amount(record.reserve, record.order.remainingQuantity) : ZERO;
}

/** Writes one execution into the order. */
export function recordFill(record: OrderRecord, price: number, quantity: number, at: number): void {
  const { order } = record;
  record.filledValue = add(record.filledValue, amount(price, quantity));
  order.execQuantity += quantity;
  order.remainingQuantity -= quantity;
  // A leg may run out because the other leg of its pair executed the rest: then it is not filled.
  const done = order.execQuantity === order.quantity ? 'filled' : 'canceled';
  order.status = order.remainingQuantity === 0 ? done : 'partially_filled';
  order.avgFillPrice = Math.round((toDollars(record.filledValue) / order.execQuantity) * 1e8) / 1e8;
  order.lastFillPrice = price;
  order.lastFillQuantity = quantity;
  order.updatedAt = at;
}

export type Ending = 'canceled' | 'expired' | 'rejected';

/** Ends an order that is not filled: what remains is not working any more, so it becomes 0. */
export function finish(record: OrderRecord, status: Ending, at: number, reason?: string): void {
  record.order.status = status;
  record.order.remainingQuantity = 0;
  record.order.updatedAt = at;
  if (reason !== undefined) record.order.reason = reason;
}

/**
 * The limit in whole cents; null for an order at market. A limit between two cents counts as the nearest one that is
 * not worse for whoever gave it.
 */
export function limitCents({ order }: OrderRecord): number | null {
  if (!hasPrice(order.type) || order.price === undefined) return null;
  const units = money(order.price);
  return isBuy(order.side) ? Math.floor(units / 100) : Math.ceil(units / 100);
}

/** True for a stop that still waits for its price. */
export function waitsForStop({ order, triggered }: OrderRecord): boolean {
  return hasStop(order.type) && !triggered;
}

/** True when a print of so many cents is at or through the order's stop. */
export function reachesStop({ order }: OrderRecord, cents: number): boolean {
  const stop = money(order.stop ?? 0);
  return isBuy(order.side) ? cents * 100 >= stop : cents * 100 <= stop;
}
