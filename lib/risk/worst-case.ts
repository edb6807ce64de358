import { type Money, scale, ZERO } from '../domain/money.ts';
import type { OrderIntent } from '../domain/order.ts';
import type { RiskContext } from './context.ts';
import { orderPrice, worth } from './price.ts';
import { known } from './rule.ts';

/** A short sale binds its value and half of it again, by Regulation T. */
const SHORT_MARGIN = 1.5;

/**
 * The most dollars this order can take from the account: what is reserved for it until it proves terminal.
 * A limited buy: its limit x quantity. A buy at the market, or a triggered stop: the ask (or the stop, if higher)
 * plus the collar x quantity. A short sale: 1.5 x the highest price it is taken to be sold at x quantity. What closes a
 * position: nothing. null when it cannot be known; then nothing may be sent.
 */
export function worstCase(
  intent: OrderIntent,
  quote: RiskContext['quote'],
  collarPercent: number,
): Money | null {
  if (intent.side === 'sell' || intent.side === 'buy_to_cover') return ZERO;
  const value = worth(orderPrice(intent, quote), intent.quantity);
  if (value === null || value <= 0) return null;
  if (intent.side === 'sell_short') return scale(value, SHORT_MARGIN);
  if (intent.type === 'limit' || intent.type === 'stop_limit') return value;
  if (!known(collarPercent) || collarPercent < 0) return null;
  return scale(value, 1 + collarPercent / 100);
}
