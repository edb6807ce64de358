import type { EpochMs } from '../../domain/clock.ts';
import type { Fill, Order } from '../../domain/order.ts';
import { tickerOf } from '../../market/symbols/names.ts';
import { rounded } from '../view.ts';

/** As the old service named it: action beside side. */
export function executionOf(order: Order, fill: Fill, timestamp: EpochMs): object {
  const { book, strategy, account, id, intentId, tag, simulated } = order;
  const { symbol, side, quantity, price, cumQuantity, at } = fill;
  return {
    // The same for the same shares, for ever.
    executionId: `${id}-${cumQuantity}`,
    symbol,
    ticker: tickerOf(symbol),
    action: side,
    side,
    quantity,
    price: rounded(price),
    book,
    strategy,
    account,
    orderId: id,
    intentId,
    tag,
    at,
    timestamp,
    simulated,
  };
}
