import type { OrderType } from '../domain/order.ts';

/** True for the types that have a limit price. */
export function hasPrice(type: OrderType): boolean {
  return type === 'limit' || type === 'stop_limit';
}

/** True for the types that wait for a stop price. */
export function hasStop(type: OrderType): boolean {
  return type === 'stop' || type === 'stop_limit';
}
