import type { Side } from '../domain/order.ts';

/** True when shares are bought, whether to open or to cover. */
export function isBuy(side: Side): boolean {
  return side === 'buy' || side === 'buy_to_cover';
}

/** True when the order opens or enlarges a position. */
export function opens(side: Side): boolean {
  return side === 'buy' || side === 'sell_short';
}
