import type { Fill, Order } from '../domain/order.ts';
import type { Journal } from './journal/journal.ts';

/** One recorded change of an order, with what was executed by it. */
export interface OrderStep {
  order: Order;
  fill: Fill | null;
}

/** How far a reader of the record has come. */
export interface RecordPlace {
  change: number;
  fill: number;
}

export interface OrderSteps {
  steps: OrderStep[];
  /** Where to read on. */
  place: RecordPlace;
}

/**
 * Every change recorded after a place, oldest first; none for a reader that only begins, or whose place is of another
 * record. A group is left out: its legs say what happens to it.
 */
export function stepsAfter({ outbox, orders }: Journal, after: RecordPlace | null): OrderSteps {
  const place = { change: outbox.last(), fill: orders.lastFill() };
  if (after === null || after.change > place.change || after.fill > place.fill) return { steps: [], place };
  const fills = new Map(orders.fillsAfter(after.fill).map(({ fill }) => [nameOf(fill), fill]));
  const steps: OrderStep[] = [];
  for (const { order } of outbox.after(after.change)) {
    if (order.id !== null && orders.find(order.id)?.role === 'group') continue;
    const name = nameOf({ orderId: order.id, cumQuantity: order.execQuantity });
    steps.push({ order, fill: fills.get(name) ?? null });
    // Later changes of the order, with as much executed, are no execution.
    fills.delete(name);
  }
  return { steps, place };
}

function nameOf({ orderId, cumQuantity }: { orderId: number | null; cumQuantity: number }): string {
  return `${orderId} ${cumQuantity}`;
}
