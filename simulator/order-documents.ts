import { type EpochMs, isoTime } from '../lib/domain/clock.ts';
import { isTerminal } from '../lib/domain/order.ts';
import type { ExchangeOrder, NewOrder, NewOrderGroup } from '../lib/exchange/contract.ts';
import { newYorkText } from './new-york.ts';

/**
 * Orders in Tradier's JSON (reference §6). A key is absent, not null, where it does not apply: no `price` on a market
 * order, no terms at all on the parent of a group; `tag` only when asked for.
 */

export function isParent(order: ExchangeOrder): boolean {
  return order.class !== 'equity';
}

/** An order; `legs` are those of a group. */
export function orderJson(
  order: ExchangeOrder,
  includeTag: boolean,
  legs: readonly ExchangeOrder[] = [],
): object {
  return isParent(order) ? parentJson(order, includeTag, legs) : singleJson(order, includeTag);
}

function singleJson(order: ExchangeOrder, includeTag: boolean): object {
  return {
    id: order.id,
    type: order.type,
    symbol: order.symbol,
    side: order.side,
    quantity: order.quantity,
    status: order.status,
    duration: order.duration,
    ...(order.price === undefined ? {} : { price: order.price }),
    avg_fill_price: order.avgFillPrice,
    exec_quantity: order.execQuantity,
    last_fill_price: order.lastFillPrice,
    last_fill_quantity: order.lastFillQuantity,
    // Still working, not unfilled: 0 once the order is final.
    remaining_quantity: isTerminal(order.status) ? 0 : order.remainingQuantity,
    create_date: isoTime(order.createdAt),
    transaction_date: isoTime(order.updatedAt),
    class: order.class,
    ...(order.stop === undefined ? {} : { stop_price: order.stop }),
    ...(order.reason === null ? {} : { reason_description: order.reason }),
    ...(includeTag && order.tag !== undefined ? { tag: order.tag } : {}),
  };
}

/** The legs carry everything but the tag; they are an array always. */
function parentJson(order: ExchangeOrder, includeTag: boolean, legs: readonly ExchangeOrder[]): object {
  return {
    id: order.id,
    class: order.class,
    status: order.status,
    create_date: isoTime(order.createdAt),
    transaction_date: isoTime(order.updatedAt),
    ...(order.reason === null ? {} : { reason_description: order.reason }),
    ...(includeTag && order.tag !== undefined ? { tag: order.tag } : {}),
    leg: legs.map((leg) => singleJson(leg, false)),
  };
}

/** An order event has no symbol, no side and a quantity key of its own; that of a parent has no terms either. */
export function orderEventJson(order: ExchangeOrder, account: string): object {
  return {
    id: order.id,
    event: 'order',
    status: order.status,
    ...(isParent(order) ? {} : eventTerms(order)),
    transaction_date: isoTime(order.updatedAt),
    create_date: isoTime(order.createdAt),
    account,
    ...(order.parentId === null ? {} : { parent_id: order.parentId }),
  };
}

function eventTerms(order: ExchangeOrder): object {
  return {
    type: order.type,
    price: order.price ?? 0,
    stop_price: order.stop ?? 0,
    avg_fill_price: order.avgFillPrice,
    executed_quantity: order.execQuantity,
    last_fill_quantity: order.lastFillQuantity,
    remaining_quantity: isTerminal(order.status) ? 0 : order.remainingQuantity,
  };
}

/** What an order would cost; that of a group has its class instead of terms. */
export function previewJson(
  order: NewOrder | NewOrderGroup,
  shown: { cost: number; marginChange: number },
  now: EpochMs,
): object {
  const group = 'legs' in order;
  const { duration } = group ? (order.legs[0] as NewOrder) : order;
  return {
    order: {
      status: 'ok',
      commission: 0,
      cost: shown.cost,
      fees: 0,
      ...(group
        ? {}
        : { symbol: order.symbol, quantity: order.quantity, side: order.side, type: order.type }),
      duration,
      ...(group || order.price === undefined ? {} : { price: order.price }),
      ...(group || order.stop === undefined ? {} : { stop: order.stop }),
      result: true,
      order_cost: shown.cost,
      margin_change: shown.marginChange,
      request_date: `${newYorkText(now)}${isoTime(now).slice(19, 23)}`,
      extended_hours: duration === 'pre' || duration === 'post',
      class: group ? order.class : 'equity',
      strategy: group ? order.class : 'equity',
      day_trades: 0,
    },
  };
}
