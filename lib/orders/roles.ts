import type { OrderRequest } from '../broker/port.ts';
import type { OrderIntent, Side } from '../domain/order.ts';
import type { RecordRole } from './journal/broker-orders.ts';

/** Intents the account makes itself, to put back what protects a position; the number makes each its own. */
const PROTECTION = /^protect-[1-9][0-9]*$/;

export function protectionLeg(renewal: number): string {
  return `protect-${renewal}`;
}

/** True for an order that only stands by to close a position: its shares can still be sold by an exit. */
export function isProtective(intent: Pick<OrderIntent, 'leg'>): boolean {
  return PROTECTION.test(intent.leg);
}

/** True when what was sent only stands by: a protective order, or an exit that rests beside a stop as an OCO. */
export function standsBy(intent: OrderIntent, request: OrderRequest | null): boolean {
  return isProtective(intent) || request?.class === 'oco';
}

/** The role of the order that was sent, by itself or as the parent of its legs. */
export function roleOfRequest(intent: OrderIntent, request: OrderRequest): RecordRole {
  if ('legs' in request) return 'group';
  if (!isProtective(intent)) return 'main';
  return request.type === 'limit' ? 'take_profit' : 'stop_loss';
}

/** The role of one leg: what an entry asks for goes its way, what closes the position goes back. */
export function roleOfLeg(
  { side, reduceOnly }: Pick<OrderIntent, 'side' | 'reduceOnly'>,
  leg: { side: Side; type: string },
): RecordRole {
  const { type } = leg;
  if (!reduceOnly && leg.side === side) return 'main';
  return type === 'limit' ? 'take_profit' : 'stop_loss';
}
