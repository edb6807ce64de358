import type { EpochMs } from '../domain/clock.ts';
import { ZERO } from '../domain/money.ts';
import { newYorkDate, openSession, type Session, sessionOn, tradingSession } from '../market/calendar.ts';
import type { ExchangeOrder, NewOrder, NewOrderGroup, OrderChange } from './contract.ts';
import { firstOfPair, isDependent, isGroup } from './group-entry.ts';
import type { OrderRecord } from './order-record.ts';
import { hasPrice, hasStop } from './order-terms.ts';

/** Where and when an order is taken. */
interface Entry {
  id: number;
  now: EpochMs;
  session: Session;
}

/** The records of an order from `id` on: of a group the parent's and its legs'. None beyond the calendar. */
export function newRecords(order: NewOrder | NewOrderGroup, id: number, now: EpochMs): OrderRecord[] {
  if (!isGroup(order)) {
    const session = sessionFor(order.duration, now);
    return session === null ? [] : [newRecord(order, { id, now, session })];
  }
  const records: OrderRecord[] = [];
  for (const [index, leg] of order.legs.entries()) {
    const session = sessionFor(leg.duration, now);
    if (session === null) return [];
    if (index === 0) records.push(parentRecord(order, { id, now, session }));
    const { tag: _, ...terms } = leg;
    const tagged = order.tag === undefined ? terms : { ...terms, tag: order.tag };
    const group = { parentId: id, class: order.class, index };
    records.push(newRecord(tagged, { id: id + 1 + index, now, session }, group));
  }
  return records;
}

/** The session an order belongs to: in extended hours that of the day, else the running or the next one. */
export function sessionFor(duration: string, now: EpochMs): Session | null {
  return isExtended(duration) ? sessionOn(newYorkDate(now)) : tradingSession(now);
}

/** The record of a single order, or of a leg of `group`. */
function newRecord(
  order: NewOrder,
  { id, now, session }: Entry,
  group?: { parentId: number; class: NewOrderGroup['class']; index: number },
): OrderRecord {
  const { symbol, side, quantity, tag } = order;
  const held = group !== undefined && isDependent(group.class, group.index);
  return {
    order: {
      id,
      parentId: group?.parentId ?? null,
      class: 'equity',
      symbol,
      side,
      quantity,
      ...terms(order),
      ...(tag === undefined ? {} : { tag }),
      status: held ? 'held' : statusAt(order, now),
      execQuantity: 0,
      remainingQuantity: quantity,
      ...blank(now),
      session: session.date,
    },
    resting: false,
    reserve: 0,
    filledValue: ZERO,
    pair: group !== undefined && group.index >= firstOfPair(group.class) ? group.parentId : null,
    triggered: false,
    since: now,
  };
}

/** The parent's row: an id and a state for its legs. */
function parentRecord(group: NewOrderGroup, { id, now, session }: Entry): OrderRecord {
  const first = group.legs[0] as NewOrder;
  return {
    order: {
      id,
      parentId: null,
      class: group.class,
      symbol: '',
      side: first.side,
      quantity: 0,
      type: first.type,
      duration: first.duration,
      ...(group.tag === undefined ? {} : { tag: group.tag }),
      status: statusAt(first, now),
      execQuantity: 0,
      remainingQuantity: 0,
      ...blank(now),
      session: session.date,
    },
    resting: false,
    reserve: 0,
    filledValue: ZERO,
    pair: null,
    triggered: false,
    since: now,
  };
}

/** Orders of regular hours wait for the session; those of extended hours are taken inside their window only. */
export function statusAt({ duration }: { duration: string }, now: EpochMs): 'open' | 'pending' {
  return isExtended(duration) || openSession(now) !== null ? 'open' : 'pending';
}

export function isExtended(duration: string): boolean {
  return duration === 'pre' || duration === 'post';
}

/** The order with what the change says; what its type has no use for is left out. */
export function changedOrder({ order }: OrderRecord, change: OrderChange): ExchangeOrder {
  const { price, stop, type, duration, ...rest } = order;
  const merged = { price, stop, type, duration, ...defined(change) };
  const { id, parentId, class: kind, symbol, side, quantity, ...after } = rest;
  return { id, parentId, class: kind, symbol, side, quantity, ...terms(merged), ...after };
}

function terms(order: {
  type: NewOrder['type'];
  duration: NewOrder['duration'];
  price?: number | undefined;
  stop?: number | undefined;
}): Pick<NewOrder, 'type' | 'price' | 'stop' | 'duration'> {
  const { type, price, stop, duration } = order;
  return {
    type,
    ...(price === undefined || !hasPrice(type) ? {} : { price }),
    ...(stop === undefined || !hasStop(type) ? {} : { stop }),
    duration,
  };
}

function defined(change: OrderChange): OrderChange {
  const { type, duration, price, stop } = change;
  return {
    ...(type === undefined ? {} : { type }),
    ...(duration === undefined ? {} : { duration }),
    ...(price === undefined ? {} : { price }),
    ...(stop === undefined ? {} : { stop }),
  };
}

function blank(now: EpochMs) {
  return {
    avgFillPrice: 0,
    lastFillPrice: 0,
    lastFillQuantity: 0,
    createdAt: now,
    updatedAt: now,
    reason: null,
  };
}
