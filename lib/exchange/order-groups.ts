import type { EpochMs } from '../domain/clock.ts';
import { type BrokerStatus, isTerminal } from '../domain/order.ts';
import { type Ending, isWorking, type OrderRecord } from './order-record.ts';

/** What a group asks of the desk that keeps its orders. */
export interface GroupDesk {
  record(id: number): OrderRecord | undefined;
  /** Ends an order and lets its group follow. */
  end(record: OrderRecord, status: Ending, at: EpochMs): void;
  /** Makes held legs active, or rejects them. */
  activate(legs: OrderRecord[], at: EpochMs): void;
  tell(record: OrderRecord): void;
}

/** The legs of a parent, in their order: their ids follow the parent's. */
export function legsOf(desk: Pick<GroupDesk, 'record'>, parentId: number): OrderRecord[] {
  const legs: OrderRecord[] = [];
  for (let id = parentId + 1; ; id++) {
    const leg = desk.record(id);
    if (leg?.order.parentId !== parentId) return legs;
    legs.push(leg);
  }
}

/** Lets a group follow a change of one of its legs, which executed `quantity` shares just now (0 for any other change). */
export function follow(desk: GroupDesk, leg: OrderRecord, quantity: number, at: EpochMs): void {
  const { parentId } = leg.order;
  const parent = parentId === null ? undefined : desk.record(parentId);
  if (parentId === null || parent === undefined) return;
  const legs = legsOf(desk, parentId);
  if (quantity > 0) {
    for (const other of legs)
      if (other !== leg && other.pair !== null) yieldTo(desk, leg, other, quantity, at);
  }
  if (parent.order.class !== 'oco' && leg === legs[0] && !isWorking(leg)) {
    const held = legs.filter(({ order }) => order.status === 'held');
    if (leg.order.status === 'filled') desk.activate(held, at);
    else
      for (const other of held) desk.end(other, leg.order.status === 'expired' ? 'expired' : 'canceled', at);
  }
  followParent(desk, parent, legs, at);
}

/** What one leg of a pair executed the other can no longer trade; nothing is left for it once the leg is done. */
function yieldTo(desk: GroupDesk, leg: OrderRecord, other: OrderRecord, quantity: number, at: EpochMs): void {
  if (leg.pair !== other.pair || !isWorking(other)) return;
  const left = other.order.remainingQuantity - quantity;
  if (left <= 0 || !isWorking(leg)) {
    desk.end(other, 'canceled', at);
    return;
  }
  other.order.remainingQuantity = left;
  other.order.updatedAt = at;
  desk.tell(other);
}

function followParent(desk: GroupDesk, parent: OrderRecord, legs: OrderRecord[], at: EpochMs): void {
  if (!isWorking(parent)) return;
  const is = (...words: BrokerStatus[]) => legs.some(({ order }) => words.includes(order.status));
  let { status } = parent.order;
  if (legs.every(({ order }) => isTerminal(order.status))) status = finalStatus(parent, legs);
  else if (is('open', 'partially_filled')) status = 'open';
  else if (is('pending')) status = 'pending';
  if (status === parent.order.status) return;
  parent.order.status = status;
  parent.order.updatedAt = at;
  desk.tell(parent);
}

/** How a group ended: as its first leg when that was not filled, else as what came after it. */
function finalStatus(parent: OrderRecord, legs: OrderRecord[]): 'filled' | Ending {
  const first = legs[0] as OrderRecord;
  const leads = parent.order.class !== 'oco';
  if (leads && first.order.status !== 'filled') return ending([first]);
  const rest = leads ? legs.slice(1) : legs;
  const executed = rest.reduce((sum, { order }) => sum + order.execQuantity, 0);
  const done = rest.some(({ order }) => order.status === 'filled');
  const whole = Math.max(...rest.map(({ order }) => order.quantity));
  return done || (rest.every(({ pair }) => pair !== null) && executed >= whole) ? 'filled' : ending(rest);
}

function ending(legs: OrderRecord[]): Ending {
  const is = (status: Ending) => legs.some(({ order }) => order.status === status);
  return is('canceled') ? 'canceled' : is('expired') ? 'expired' : 'rejected';
}
