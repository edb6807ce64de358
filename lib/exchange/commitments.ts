import { add, type Money, ZERO } from '../domain/money.ts';
import type { Side } from '../domain/order.ts';
import { isActive, limitCents, type OrderRecord, reserved } from './order-record.ts';
import { isBuy } from './sides.ts';

/** What the account's active orders have laid claim to. Two orders of which one cancels the other claim once. */

/** What all of them hold back from buying power. */
export function reservedByAll(records: readonly OrderRecord[]): Money {
  return add(...once(records, reserved));
}

/** Shares of a symbol that active orders of one side may still trade. */
export function sharesWorking(records: readonly OrderRecord[], symbol: string, side: Side): number {
  const shares = once(records, (record) => {
    const { order } = record;
    return isActive(record) && order.symbol === symbol && order.side === side ? order.remainingQuantity : 0;
  });
  return shares.reduce((sum, part) => sum + part, 0);
}

/** True when an active order of the other direction stands at the same limit: the two could trade with each other. */
export function washes(
  records: readonly OrderRecord[],
  order: { symbol: string; side: Side; price?: number },
): boolean {
  const { symbol, side, price } = order;
  if (price === undefined) return false;
  return records.some(
    (record) =>
      isActive(record) &&
      record.order.symbol === symbol &&
      isBuy(record.order.side) !== isBuy(side) &&
      limitCents(record) !== null &&
      record.order.price === price,
  );
}

/** One claim a single order, the larger one a pair. */
function once<T extends number>(records: readonly OrderRecord[], claim: (record: OrderRecord) => T): T[] {
  const singles: T[] = [];
  const pairs = new Map<number, T>();
  for (const record of records) {
    const part = claim(record);
    if (record.pair === null) singles.push(part);
    else if (part > (pairs.get(record.pair) ?? ZERO)) pairs.set(record.pair, part);
  }
  return [...singles, ...pairs.values()];
}
