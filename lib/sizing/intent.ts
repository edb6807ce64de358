import { intentId, signalKey } from '../domain/ids.ts';
import type { OrderIntent } from '../domain/order.ts';
import type { Signal } from '../domain/signal.ts';
import type { Refusal } from '../domain/trace.ts';
import type { Sized } from './contract.ts';

/** The key under which this account knows a signal. */
export function keyOf(account: string, signal: Signal): string {
  return signalKey(account, signal.source, signal.id);
}

/** A sized signal as the order it asks for, or why its price can not be one. */
export function intentOf(
  account: string,
  signal: Signal,
  key: string,
  sized: Extract<Sized, { kind: 'sized' }>,
): OrderIntent | Refusal {
  const strategy = signal.strategy ?? signal.book;
  const price = signal.type === 'limit' ? signal.limitPrice : undefined;
  if (signal.type === 'limit' && price === undefined) {
    return {
      rule: 'limit-price',
      field: 'limitPrice',
      message: 'a limit order needs limitPrice; it has none',
    };
  }
  if (price !== undefined && !onTick(price)) {
    return {
      rule: 'limit-price',
      field: 'limitPrice',
      value: price,
      limit: tickOf(price),
      message: `limit price ${price} is not a multiple of ${tickOf(price)} dollars, the smallest step at this price`,
    };
  }
  const leg = sized.reduceOnly && signal.action === 'close' ? 'exit' : 'main';
  return {
    intentId: intentId(key, strategy, leg),
    signalKey: key,
    account,
    leg,
    book: signal.book,
    strategy,
    symbol: signal.symbol,
    side: sized.side,
    quantity: sized.quantity,
    type: signal.type,
    ...(price === undefined ? {} : { price }),
    duration: signal.duration,
    reduceOnly: sized.reduceOnly,
    reason: signal.reason,
  };
}

/** The smallest price step of US stocks: a cent from one dollar, a hundredth of a cent below. */
function tickOf(price: number): number {
  return price >= 1 ? 0.01 : 0.0001;
}

function onTick(price: number): boolean {
  const steps = price / tickOf(price);
  return Math.abs(steps - Math.round(steps)) < 1e-6;
}
