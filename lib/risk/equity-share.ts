import { add, type Money, toDollars } from '../domain/money.ts';
import type { OrderIntent } from '../domain/order.ts';
import type { RiskContext } from './context.ts';
import { markPrice, orderPrice, worth } from './price.ts';
import { known } from './rule.ts';

interface Share {
  /** 0..100 and more. */
  percent: number;
  figures: { held: number; onTheWay: number; value: number; equity: number };
}

/**
 * What the symbol would be of equity, long or short, once the order and the entries on the way are filled, or the
 * sentence that says why that is not known. Shares at hand count at the last trade, the new ones at what the order
 * would pay or be sold at; working exits are not taken off, because they may never fill.
 */
export function equityShare(
  intent: OrderIntent,
  quote: RiskContext['quote'],
  equity: Money | null,
  held: number,
  onTheWay: number,
): Share | string {
  if (!known(equity)) return 'the equity of the account is not known';
  if (equity <= 0) return 'the account has no equity';
  if (!known(onTheWay) || onTheWay < 0) return 'what is on the way in working orders is not known';
  // A short position is exposure as well; it must not make room for a purchase.
  const before = Math.abs(held) + onTheWay;
  const atHand = before === 0 ? (0 as Money) : worth(markPrice(quote), before);
  const ordered = worth(orderPrice(intent, quote), intent.quantity);
  if (atHand === null || ordered === null) return 'there is no price to value the position at';
  const value = add(atHand, ordered);
  return {
    percent: (value / equity) * 100,
    figures: { held, onTheWay, value: toDollars(value), equity: toDollars(equity) },
  };
}
