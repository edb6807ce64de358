import type { BrokerOrder } from '../broker/port.ts';
import type { EpochMs } from '../domain/clock.ts';
import type { Side } from '../domain/order.ts';
import { tidy } from '../domain/shares.ts';
import type { Journal } from '../orders/journal/journal.ts';

/** What moved a position: signed shares at dollars a share. */
export interface Trade {
  quantity: number;
  price: number;
}

/** What an order that is not ours executed. */
export interface HandTrade extends Trade {
  orderId: number;
  /** When the broker last touched the order. */
  at: EpochMs;
}

interface Counted {
  quantity: number;
  paid: number;
}

const GROUPS = new Set(['oto', 'oco', 'otoco', 'multileg', 'combo']);

/** Shares that an execution adds to a position; below zero for a sale. */
export function signedShares({ side, quantity }: { side: Side; quantity: number }): number {
  return side === 'buy' || side === 'buy_to_cover' ? quantity : -quantity;
}

/** Executions of orders that were given elsewhere, as the broker's list of orders tells them. */
export class HandOrders {
  readonly #journal: Pick<Journal, 'orders' | 'attempts'>;
  /** What of each order is in a position that was explained. */
  readonly #counted = new Map<number, Counted>();
  #listed: readonly BrokerOrder[] = [];

  constructor(journal: Pick<Journal, 'orders' | 'attempts'>) {
    this.#journal = journal;
  }

  /** The broker's complete list of orders, as it is now. */
  list(orders: readonly BrokerOrder[]): void {
    this.#listed = orders.filter((order) => !GROUPS.has(order.class) && this.#isForeign(order));
    const ids = new Set(this.#listed.map(({ id }) => id));
    for (const id of this.#counted.keys()) if (!ids.has(id)) this.#counted.delete(id);
  }

  /** What was executed in a symbol past `since`, oldest first. */
  after(since: EpochMs, symbol: string): HandTrade[] {
    return this.#listed
      .filter((order) => order.symbol === symbol && order.updatedAt > since)
      .flatMap((order) => this.#uncounted(order) ?? [])
      .sort((a, b) => a.at - b.at || a.orderId - b.orderId);
  }

  /** A symbol's position was explained: what was executed up to this instant is in it. */
  count(symbol: string, upTo: EpochMs): void {
    for (const order of this.#listed) {
      if (order.symbol !== symbol || order.updatedAt > upTo) continue;
      const quantity = order.execQuantity;
      this.#counted.set(order.id, { quantity, paid: quantity * (order.avgFillPrice ?? 0) });
    }
  }

  #uncounted(order: BrokerOrder): HandTrade | null {
    const { id, side, execQuantity, avgFillPrice, updatedAt } = order;
    const before = this.#counted.get(id) ?? { quantity: 0, paid: 0 };
    const quantity = tidy(execQuantity - before.quantity);
    if (quantity <= 0 || avgFillPrice === null || avgFillPrice <= 0) return null;
    const price = (execQuantity * avgFillPrice - before.paid) / quantity;
    return price > 0
      ? { orderId: id, quantity: signedShares({ side, quantity }), price, at: updatedAt }
      : null;
  }

  #isForeign({ id, tag }: BrokerOrder): boolean {
    const { orders, attempts } = this.#journal;
    return orders.find(id) === null && (tag === undefined || attempts.byTag(tag) === null);
  }
}
