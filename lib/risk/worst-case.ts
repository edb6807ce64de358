import { type Money, scale, ZERO } from '../domain/money.ts';
import type { OrderIntent } from '../domain/order.ts';
import type { RiskContext } from './context.ts';
import { orderPrice, worth } from './price.ts';
import { known } from './rule.ts';

/**
 * The most dollars this order can take from the account: what is reserved for it until it proves terminal.
 * A limited buy: its limit x quantity. A buy at the market, or a triggered stop: the ask (or the stop, if higher)
 * plus the collar x quantity. A sale of what is held: nothing. null when it cannot be known; then nothing may be sent.
 */
export function worstCase(
  intent: OrderIntent,
  quote: RiskContext['quote'],
  collarPercent: number,
): Money | null {
  if (intent.side === 'sell') return ZERO;
  // A short sale is margined by rules this version does not know, and covering belongs to it.
  if (intent.side !== 'buy') return null;
  const value = worth(orderPrice(intent, quote), intent.quantity);
  if (value === null || value <= 0) return null;
  if (intent.type === 'limit' || intent.type === 'stop_limit') return value;
  if (!known(collarPercent) || collarPercent < 0) return null;
  return scale(value, 1 + collarPercent / 100);
}
