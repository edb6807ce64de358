import type { BrokerOrder, OrderEvent, OrderRequest } from '../broker/port.ts';
import type { ExchangeOrder, NewOrder, NewOrderGroup, OrderError } from './contract.ts';

/** Orders and refusals of the exchange in the words of the broker port, and back. */

/** A leg without a duration of its own has the group's. */
export function newOrder(request: OrderRequest): NewOrder | NewOrderGroup {
  if (!('legs' in request)) return request;
  const { class: kind, duration, tag, legs } = request;
  return { class: kind, tag, legs: legs.map((leg) => ({ duration, ...leg })) };
}

export function rejected(errors: OrderError[]): { kind: 'rejected'; reason: string; codes: string[] } {
  return {
    kind: 'rejected',
    reason: errors.map((error) => error.message).join(' '),
    codes: errors.map((error) => error.code),
  };
}

export function brokerOrder(order: ExchangeOrder): BrokerOrder {
  return {
    id: order.id,
    parentId: order.parentId,
    tag: order.tag,
    class: order.class,
    symbol: order.symbol,
    side: order.side,
    type: order.class === 'equity' ? order.type : '',
    duration: order.class === 'equity' ? order.duration : '',
    quantity: order.quantity,
    price: order.price ?? null,
    stop: order.stop ?? null,
    status: order.status,
    execQuantity: order.execQuantity,
    remainingQuantity: order.remainingQuantity,
    avgFillPrice: order.execQuantity === 0 ? null : order.avgFillPrice,
    reason: order.reason,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  };
}

export function orderEvent(order: ExchangeOrder): OrderEvent {
  return {
    id: order.id,
    status: order.status,
    execQuantity: order.execQuantity,
    remainingQuantity: order.remainingQuantity,
    avgFillPrice: order.execQuantity === 0 ? null : order.avgFillPrice,
    updatedAt: order.updatedAt,
  };
}
