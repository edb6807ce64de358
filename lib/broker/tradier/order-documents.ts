import { z } from 'zod';
import { isTerminal, type Side } from '../../domain/order.ts';
import type { BrokerOrder } from '../port.ts';
import {
  decimalOrNull,
  decimalOrZero,
  errorTexts,
  identity,
  isoDateOrNull,
  listOf,
  many,
  reply,
  word,
  wordOrEmpty,
} from './codec.ts';

/** The documents about orders. Shapes: docs.tradier.com. */

/** Option sides mean the same as ours, on the option's own symbol. */
const SIDES: Record<string, Side> = {
  buy: 'buy',
  sell: 'sell',
  sell_short: 'sell_short',
  buy_to_cover: 'buy_to_cover',
  buy_to_open: 'buy',
  sell_to_close: 'sell',
  sell_to_open: 'sell_short',
  buy_to_close: 'buy_to_cover',
};

const orderFields = {
  id: identity,
  class: wordOrEmpty,
  symbol: wordOrEmpty,
  option_symbol: wordOrEmpty,
  side: wordOrEmpty,
  type: wordOrEmpty,
  duration: wordOrEmpty,
  status: word,
  quantity: decimalOrNull,
  price: decimalOrNull,
  stop_price: decimalOrNull,
  exec_quantity: decimalOrNull,
  executed_quantity: decimalOrNull,
  remaining_quantity: decimalOrNull,
  avg_fill_price: decimalOrNull,
  reason_description: wordOrEmpty,
  errors: errorTexts,
  tag: wordOrEmpty,
  create_date: isoDateOrNull,
  transaction_date: isoDateOrNull,
};

const orderRow = z.object(orderFields);
const orderTree = z.object({ ...orderFields, leg: many(orderRow) });

/** One order with its legs, flat: the parent first, each leg a row of its own with parentId. */
const orderRows = orderTree.transform((order, context): BrokerOrder[] => {
  if (order.leg.length === 0) {
    if (order.quantity === null || order.symbol === '' || !(order.side in SIDES)) {
      context.addIssue({ code: 'custom', message: 'expected symbol, side and quantity' });
      return z.NEVER;
    }
    return [brokerOrder(order, null, order)];
  }
  if (order.leg.some((leg) => leg.quantity === null || !(leg.side in SIDES))) {
    context.addIssue({ code: 'custom', message: 'expected side and quantity of each leg' });
    return z.NEVER;
  }
  // The parent's own terms, where it has any, describe the package and would be counted a second time.
  const parent: BrokerOrder = {
    ...brokerOrder(order, null, order),
    symbol: '',
    quantity: 0,
    execQuantity: 0,
    remainingQuantity: 0,
  };
  return [parent, ...order.leg.map((leg) => brokerOrder(leg, order.id, order))];
});

export const orderReply = reply('order', orderRows);
export const ordersReply = reply('orders', listOf('order', orderRows));

type OrderRow = z.output<typeof orderRow>;

function brokerOrder(row: OrderRow, parentId: number | null, parent: OrderRow): BrokerOrder {
  const quantity = row.quantity ?? 0;
  const execQuantity = row.exec_quantity ?? row.executed_quantity ?? 0;
  const createdAt = row.create_date ?? parent.create_date ?? row.transaction_date ?? 0;
  const tag = row.tag || parent.tag;
  return {
    id: row.id,
    parentId,
    tag: tag === '' ? undefined : tag,
    class: row.class,
    symbol: row.option_symbol || row.symbol || parent.symbol,
    side: SIDES[row.side] ?? 'buy',
    type: row.type || parent.type,
    duration: row.duration || parent.duration,
    quantity,
    price: row.price,
    stop: row.stop_price,
    status: row.status,
    execQuantity,
    remainingQuantity: row.remaining_quantity ?? (isTerminal(row.status) ? 0 : quantity - execQuantity),
    avgFillPrice: row.avg_fill_price,
    reason: row.reason_description || row.errors.join('; ') || null,
    createdAt,
    updatedAt: row.transaction_date ?? createdAt,
  };
}

/** What a preview answers; a failing one carries `errors` inside the order or instead of it. */
export const previewReply = reply(
  'order',
  z.object({
    status: wordOrEmpty,
    result: z.boolean().optional(),
    cost: decimalOrZero,
    commission: decimalOrZero,
    margin_change: decimalOrZero,
    errors: errorTexts,
  }),
);
