import type { Fill } from '../domain/order.ts';
import type { AdjustmentRecord } from '../orders/journal/adjustments.ts';
import type { Journal } from '../orders/journal/journal.ts';
import type { BookEvent } from './ledger.ts';

/** Everything the books are made of, in its order: fills, with each split after the last fill in old shares. */
export function bookEvents({ orders, adjustments }: Pick<Journal, 'orders' | 'adjustments'>): BookEvent[] {
  return merged(orders.fillsAfter(0), adjustments.splits());
}

export function merged(
  fills: readonly { row: number; fill: Fill }[],
  splits: readonly Pick<AdjustmentRecord, 'symbol' | 'ratio' | 'paidOut' | 'price' | 'afterFill'>[],
): BookEvent[] {
  const events: BookEvent[] = [];
  let next = 0;
  const splitsUpTo = (row: number) => {
    for (let split = splits[next]; split && split.afterFill < row; split = splits[++next]) {
      const { symbol, ratio, paidOut, price } = split;
      if (ratio) events.push({ kind: 'split', split: { symbol, ratio, paidOut, price } });
    }
  };
  for (const { row, fill } of fills) {
    splitsUpTo(row);
    events.push({ kind: 'fill', fill });
  }
  splitsUpTo(Number.POSITIVE_INFINITY);
  return events;
}
