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
 * What one share of the order is taken to cost: its limit; at the market the side of the quote it would trade
 * against; a stop the worse of its trigger and the quote. null when that is not known.
 */
export function orderPrice(intent: OrderIntent, quote: Prices | null): number | null {
  if (intent.type === 'limit' || intent.type === 'stop_limit') {
    return tradable(intent.price) ? intent.price : null;
  }
  const buys = intent.side === 'buy' || intent.side === 'buy_to_cover';
  const opposite = buys ? quote?.ask : quote?.bid;
  if (!tradable(opposite)) return null;
  if (intent.type === 'market') return opposite;
  if (!tradable(intent.stop)) return null;
  return buys ? Math.max(intent.stop, opposite) : Math.min(intent.stop, opposite);
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
