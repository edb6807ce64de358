import type { Clock, EpochMs } from '../domain/clock.ts';
import { type Fill, isTerminal, type Order } from '../domain/order.ts';
import type { Exposure } from './exposure.ts';
import type { BrokerOrderRecord } from './journal/broker-orders.ts';
import type { Journal } from './journal/journal.ts';
import type { OutboxEvent } from './journal/outbox.ts';
import { orderView } from './order-view.ts';
import { protect } from './protection/terms.ts';

/** One look at an order of the broker, from its stream, its list or a single read. Cumulative. */
export interface Observation {
  id: number;
  status: string;
  execQuantity: number;
  remainingQuantity: number;
  avgFillPrice: number | null;
  reason: string | null;
  /** 0 when the broker did not say. */
  updatedAt: EpochMs;
  /** The order's terms, where this look tells them. */
  quantity?: number;
  type?: string;
  price?: number | null;
  stop?: number | null;
}

export type Observed =
  | { kind: 'unchanged' }
  /** `event` is null for the parent of a group: its legs are told. */
  | { kind: 'changed'; event: OutboxEvent | null; fill: Fill | null; overfilled: boolean }
  /** The broker has not said everything yet, or says less than it said before: ask again. */
  | { kind: 'look_again'; contradiction: boolean }
  /** No order of ours has this id (yet). */
  | { kind: 'foreign' };

export interface ObserveParts {
  journal: Journal;
  exposure: Exposure;
  clock: Clock;
  simulated: boolean;
  /** Signed shares of a book, by what was recorded before. */
  held: (book: string, symbol: string) => number;
}

/**
 * Records what was seen: fills are the growth of the cumulative quantity, so repeated, reordered and missed
 * events are harmless. One transaction, with the message about it.
 */
export function observe(parts: ObserveParts, seen: Observation): Observed {
  const known = parts.journal.orders.find(seen.id);
  if (!known) return { kind: 'foreign' };
  const before = afterSplit(known, seen);
  const terminal = isTerminal(seen.status);
  if (terminal && isUnread(parts.journal, before, seen)) return { kind: 'look_again', contradiction: false };
  const grown = seen.execQuantity - before.cumQuantity;
  if (grown < 0) return terminal ? { kind: 'look_again', contradiction: true } : { kind: 'unchanged' };
  if (grown > 0 && !isPrice(seen.avgFillPrice)) return { kind: 'look_again', contradiction: false };
  // An order that lives over nights may have grown at a split, which only a look at the order itself tells.
  const mayHaveGrown = seen.quantity === undefined && before.duration === 'gtc';
  if (mayHaveGrown && seen.execQuantity > before.quantity)
    return { kind: 'look_again', contradiction: false };
  if (seen.status === 'filled' && seen.execQuantity < toExecute(parts.journal, before)) {
    return { kind: 'look_again', contradiction: false };
  }
  if (grown === 0) {
    const said = before.status === seen.status && (seen.reason ?? before.reason) === before.reason;
    const told = said && before === known && !termsChanged(before, seen) && !lessLeft(before, seen);
    const late = !terminal && seen.updatedAt > 0 && seen.updatedAt < before.updatedAt;
    if (before.closed || told || late) return { kind: 'unchanged' };
  }
  if (before !== known && decidesIntent(parts.journal, before))
    parts.exposure.resize(before.intentId, before.quantity);
  return record(parts, before, seen, grown);
}

function record(parts: ObserveParts, before: BrokerOrderRecord, seen: Observation, grown: number): Observed {
  const { journal, exposure, clock } = parts;
  const intent = journal.intents.find(before.intentId);
  const attempt = journal.attempts.byTag(before.tag);
  if (!intent || !attempt) return { kind: 'foreign' };
  const closed = before.closed || isTerminal(seen.status);
  const after: BrokerOrderRecord = {
    ...before,
    // A fill that comes after the end changes what was executed, not that it ended.
    status: before.closed ? before.status : seen.status,
    cumQuantity: seen.execQuantity,
    remaining: closed ? 0 : seen.remainingQuantity,
    ...(before.type === null || seen.type === undefined
      ? {}
      : { type: seen.type, price: seen.price ?? null, stop: seen.stop ?? null }),
    averagePrice: isPrice(seen.avgFillPrice) ? seen.avgFillPrice : before.averagePrice,
    reason: seen.reason ?? before.reason,
    updatedAt: Math.max(before.updatedAt, seen.updatedAt),
    closed,
  };
  const decides = decidesIntent(journal, before);
  const order: Order = orderView(intent, attempt, after, parts.simulated);
  const fill = grown > 0 ? derivedFill(before, after, grown, order, clock) : null;
  const event = journal.db.transaction(() => {
    journal.orders.save(after, clock.wall.now());
    if (fill) journal.orders.addFill(fill);
    if (fill && before.role === 'main')
      protect(journal, intent.intent, parts.held(order.book, order.symbol), clock);
    if (closed && !before.closed && decides) {
      journal.intents.release(before.intentId);
      journal.intents.setState(before.intentId, 'DONE');
    }
    return before.role === 'group' && !decides ? null : journal.outbox.add(order);
  });
  if (decides) exposure.filled(before.intentId, after.cumQuantity);
  if (closed && decides) exposure.end(before.intentId, clock.elapsed.now());
  return { kind: 'changed', event, fill, overfilled: seen.execQuantity > before.quantity };
}

function derivedFill(
  before: BrokerOrderRecord,
  after: BrokerOrderRecord,
  grown: number,
  order: Order,
  clock: Clock,
): Fill {
  const paid =
    (after.averagePrice ?? 0) * after.cumQuantity - (before.averagePrice ?? 0) * before.cumQuantity;
  const price = Math.round((paid / grown) * 1e6) / 1e6;
  return {
    orderId: after.orderId,
    cumQuantity: after.cumQuantity,
    quantity: grown,
    // An average rounded by the broker can push a tiny last fill out of range; the average itself is then right.
    price: price > 0 ? price : (after.averagePrice ?? 0),
    symbol: order.symbol,
    side: order.side,
    book: order.book,
    at: after.updatedAt || clock.market.now(),
  };
}

/** True for the order whose end is the end of its intent: legs that close what an entry opened go on by themselves. */
function decidesIntent(journal: Journal, { role, parentId, orderId }: BrokerOrderRecord): boolean {
  if (role === 'main') return true;
  if (role !== 'group') return parentId === null;
  return !journal.orders.legsOf(orderId).some((leg) => leg.role === 'main');
}

/** True for an event that ends a group whose legs were not read yet: what they did would never be asked for. */
function isUnread(journal: Journal, { role, orderId }: BrokerOrderRecord, seen: Observation): boolean {
  return role === 'group' && seen.type === undefined && journal.orders.legsOf(orderId).length === 0;
}

/** Shares a filled order has executed: its quantity, less what the other leg of its pair took. */
function toExecute(journal: Journal, { role, parentId, orderId, quantity }: BrokerOrderRecord): number {
  if (role === 'group') return 0;
  if (parentId === null || role === 'main') return quantity;
  const others = journal.orders
    .legsOf(parentId)
    .filter((leg) => leg.orderId !== orderId && leg.role !== 'main');
  return quantity - others.reduce((sum, leg) => sum + leg.cumQuantity, 0);
}

/** A split rounds prices to a tick. */
const SAME_VALUE = 0.01;

/**
 * The order as the broker carried it over a split of its shares: as many times more of them as its price is less. An
 * order whose quantity grew in any other way stays what we sent.
 */
function afterSplit(known: BrokerOrderRecord, { quantity, price, stop }: Observation): BrokerOrderRecord {
  if (quantity === undefined || quantity <= 0 || quantity === known.quantity || known.closed) return known;
  if (known.cumQuantity > 0) return known;
  const [before, after] = known.stop === null ? [known.price, price] : [known.stop, stop];
  if (before === null || after === null || after === undefined) return known;
  const value = (after * quantity) / (before * known.quantity);
  return Math.abs(value - 1) <= SAME_VALUE ? { ...known, quantity, remaining: quantity } : known;
}

function termsChanged(before: BrokerOrderRecord, seen: Observation): boolean {
  if (before.type === null || seen.type === undefined) return false;
  const same = before.type === seen.type && before.price === (seen.price ?? null);
  return !same || before.stop !== (seen.stop ?? null);
}

/** A leg gives up what its sibling executed. */
function lessLeft(before: BrokerOrderRecord, seen: Observation): boolean {
  return before.parentId !== null && !isTerminal(seen.status) && seen.remainingQuantity < before.remaining;
}

function isPrice(price: number | null): price is number {
  return price !== null && Number.isFinite(price) && price > 0;
}
