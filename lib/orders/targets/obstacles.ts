import type { Commitment } from '../exposure.ts';

/**
 * What of the shares on their way leads away from, or past, where the next step is to end. From `held` to `aim`
 * everything on the way is part of the step; nothing else may be.
 */
export function obstacles(held: number, aim: number, onTheWay: readonly Commitment[]): Commitment[] {
  const buys = onTheWay.filter(({ side }) => side === 'buy' || side === 'buy_to_cover');
  const sells = onTheWay.filter(({ side }) => side === 'sell' || side === 'sell_short');
  return [
    ...(sharesOf(buys) > Math.max(0, aim - held) + 1e-6 ? buys : []),
    ...(sharesOf(sells) > Math.max(0, held - aim) + 1e-6 ? sells : []),
  ];
}

function sharesOf(commitments: readonly Commitment[]): number {
  return commitments.reduce((sum, { quantity, filled }) => sum + quantity - filled, 0);
}
