import type { Side } from '../domain/order.ts';
import { onTick, tickOf } from '../domain/tick.ts';
import { known, priced, priceText, type TurnedDown, turnDown } from './answer.ts';
import type { Placing, SizingContext } from './contract.ts';

const PRICES = {
  limitPrice: { rule: 'limit-price', words: 'limit price' },
  stopPrice: { rule: 'stop-price', words: 'stop price' },
} as const;

/**
 * How the signal wants its order placed, once its prices are ones the broker takes: above 0, on a tick, a stop ahead
 * of the market. An exit whose stop cannot be compared for want of a quote is left to the broker.
 */
export function placingOf(context: SizingContext, side: Side): Placing | TurnedDown {
  const { type, limitPrice, stopPrice, duration } = context.signal;
  const extended = duration === 'pre' || duration === 'post';
  if (extended && type !== 'limit') {
    const message = `an order of the extended hours (${duration}) is a limit order, not a ${type} order`;
    return turnDown('extended-hours', message, { field: 'type', value: type, limit: 'limit' });
  }
  const placing: Placing = { type, duration };
  if (type === 'limit' || type === 'stop_limit') {
    const wrong = refusePrice('limitPrice', limitPrice, type);
    if (wrong) return wrong;
    placing.price = limitPrice as number;
  }
  if (type === 'stop' || type === 'stop_limit') {
    const wrong = refusePrice('stopPrice', stopPrice, type) ?? passed(context, side, stopPrice as number);
    if (wrong) return wrong;
    placing.stop = stopPrice as number;
  }
  // The broker takes no market order that outlives the day.
  return type === 'market' ? { ...placing, duration: 'day' } : placing;
}

function refusePrice(field: keyof typeof PRICES, price: number | undefined, type: string): TurnedDown | null {
  const { rule, words } = PRICES[field];
  if (!priced(price)) {
    return turnDown('missing-figure', `a ${type} order needs a ${words} above 0`, { field });
  }
  if (onTick(price)) return null;
  const tick = tickOf(price);
  const message = `${words} ${price} is not a multiple of ${tick} dollars, the smallest step at this price`;
  return turnDown(rule, message, { field, value: price, limit: tick });
}

/** A stop that the market has passed would trigger at once: the broker refuses it. */
function passed({ quote, signal }: SizingContext, side: Side, stop: number): TurnedDown | null {
  const buys = side === 'buy' || side === 'buy_to_cover';
  const near = buys ? quote?.ask : quote?.bid;
  const name = buys ? 'ask' : 'bid';
  if (!known(near) || near <= 0) {
    if (side === 'sell' || side === 'buy_to_cover') return null;
    return turnDown('missing-figure', `there is no ${name} of ${signal.symbol} to compare the stop with`, {
      field: 'quote',
    });
  }
  if (buys ? stop > near : stop < near) return null;
  const where = buys ? 'above' : 'below';
  const message = `a stop to ${buys ? 'buy' : 'sell'} stands ${where} the market: ${priceText(stop)} is not ${where} the ${name} ${priceText(near)}`;
  return turnDown('stop-price', message, { field: 'stopPrice', value: stop, limit: near });
}
