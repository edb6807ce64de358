import type { EpochMs } from '../domain/clock.ts';
import type { Session } from '../market/calendar.ts';
import type { NewOrder, OrderChange, OrderError } from './contract.ts';
import { groupErrors } from './group-entry.ts';
import { changedOrder, isExtended, statusAt } from './new-record.ts';
import { reservePerShare } from './order-entry.ts';
import type { OrderJudge } from './order-judge.ts';
import type { OrderRecord } from './order-record.ts';
import { hasStop } from './order-terms.ts';
import { refusal } from './refusal.ts';

/** The market at the moment of a change. */
interface Moment {
  now: EpochMs;
  session: Session | null;
  ask: number | null;
}

/** Everything that speaks against the change of an order that is not done. */
export function changeErrors(
  record: OrderRecord,
  change: OrderChange,
  on: {
    parent: OrderRecord | undefined;
    legs: readonly OrderRecord[];
    working: readonly OrderRecord[];
    judge: OrderJudge;
    now: EpochMs;
  },
): OrderError[] {
  const { order } = record;
  if (order.class !== 'equity') return [refusal('InvalidChange', 'change the leg')];
  const changed = changedOrder(record, change);
  if (isExtended(changed.duration) !== isExtended(order.duration) || isMoved(order, changed)) {
    return [refusal('InvalidChange', 'it cannot move into or out of extended hours')];
  }
  if (on.parent !== undefined && on.parent.order.class !== 'equity') {
    const legs: NewOrder[] = on.legs.map((leg) => (leg === record ? changed : leg.order));
    const errors = groupErrors({ class: on.parent.order.class, legs });
    if (errors.length > 0) return errors;
  }
  const others = on.working.filter(
    (other) => other !== record && (record.pair === null || other.pair !== record.pair),
  );
  const waits = order.status === 'held';
  // A stop that stays where it is may be near enough to the quote to be refused as a new one.
  const moved = change.stop !== undefined || change.type !== undefined;
  const stopMoved = moved && !stillTriggered(record, changed.type);
  const quantity = order.remainingQuantity;
  return on.judge.change({ ...changed, quantity }, on.now, { others, waits, stopMoved });
}

/** Writes new terms into an order; it loses its place in the book. */
export function applyChange(record: OrderRecord, change: OrderChange, moment: Moment): void {
  const { order } = record;
  record.triggered = stillTriggered(record, change.type ?? order.type);
  if (change.duration !== undefined && change.duration !== order.duration && moment.session !== null) {
    order.session = moment.session.date;
  }
  record.order = { ...changedOrder(record, change), updatedAt: moment.now };
  restart(record, moment);
}

/** Makes a held leg an active order. */
export function activate(record: OrderRecord, moment: Moment): void {
  const { order } = record;
  order.status = statusAt(order, moment.now);
  order.updatedAt = moment.now;
  if (moment.session !== null) order.session = moment.session.date;
  restart(record, moment);
}

function restart(record: OrderRecord, { now, ask }: Moment): void {
  record.resting = false;
  record.since = now;
  record.reserve = reservePerShare(record.order, ask);
}

/** A stop that was reached does not become a waiting one again. */
function stillTriggered({ triggered }: OrderRecord, type: NewOrder['type']): boolean {
  return triggered && hasStop(type);
}

function isMoved(before: NewOrder, after: NewOrder): boolean {
  return isExtended(before.duration) && before.duration !== after.duration;
}
