import type { Money } from '../domain/money.ts';
import { amount } from '../domain/money.ts';
import type { OrderIntent } from '../domain/order.ts';
import type { RiskContext } from './context.ts';
import { known } from './rule.ts';

type Prices = Pick<NonNullable<RiskContext['quote']>, 'bid' | 'ask' | 'last'>;

/** Quantities and prices beyond this are mistakes, and their product would not be exact as Money. */
const MAX_DOLLARS = 100_000_000_000;

/** A price one can trade at: known and above zero. */
export function tradable(price: number | null | undefined): price is number {
  return known(price) && price > 0;
}

/**
 * What one share of an entry is taken to cost: a buy its limit, at the market the ask, at a stop the higher of its
 * trigger and the ask. What is sold short weighs more the higher it is sold, and a limit is the least it is sold for: the
 * highest of limit, trigger and bid. null when that is not known.
 */
export function orderPrice(
  intent: Pick<OrderIntent, 'side' | 'type' | 'price' | 'stop'>,
  quote: Prices | null,
): number | null {
  const { type, price, stop } = intent;
  const limited = type === 'limit' || type === 'stop_limit';
  if (limited && !tradable(price)) return null;
  if (type === 'stop' && !tradable(stop)) return null;
  if (intent.side === 'sell_short') {
    const bid = tradable(quote?.bid) ? quote.bid : null;
    if (bid === null && !limited) return null;
    return Math.max(price ?? 0, stop ?? 0, bid ?? 0);
  }
  if (limited) return price as number;
  const ask = quote?.ask;
  if (!tradable(ask)) return null;
  return type === 'stop' ? Math.max(stop as number, ask) : ask;
}

/** What one share already held is worth: the last trade, else the ask, else the bid. */
export function markPrice(quote: Prices | null): number | null {
  if (quote === null) return null;
  for (const price of [quote.last, quote.ask, quote.bid]) if (tradable(price)) return price;
  return null;
}

/** price x quantity, or null when either is unknown or the product is beyond any account. */
export function worth(price: number | null, quantity: number): Money | null {
  if (!tradable(price) || !known(quantity) || Math.abs(price * quantity) > MAX_DOLLARS) return null;
  return amount(price, quantity);
}
