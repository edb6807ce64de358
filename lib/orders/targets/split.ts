import { type SplitRatio, splitPrice, splitShares } from '../../domain/shares.ts';
import type { Signal } from '../../domain/signal.ts';
import { tickOf, toTick } from '../../domain/tick.ts';
import type { Journal } from '../journal/journal.ts';

/**
 * The shares of a symbol were split: what is wanted of it is wanted in new shares, at prices of new shares. Also of targets
 * that stand no more: one of them may stand again, and they are told apart by what they wanted. Inside a transaction.
 */
export function splitTargets({ targets }: Journal, symbol: string, ratio: SplitRatio): void {
  for (const { signalKey, signal, quantity, held } of targets.newestIn(symbol)) {
    targets.restate(signalKey, {
      signal: splitSignal(signal, ratio),
      quantity: splitShares(quantity, ratio),
      held: splitShares(held, ratio),
    });
  }
}

/** Shares and prices of it in new shares. What is a percentage or a multiple, or money, stays what it is. */
function splitSignal(signal: Signal, ratio: SplitRatio): Signal {
  const shares = (old: number) => splitShares(old, ratio);
  const price = (old: number) => nearestTick(splitPrice(old, ratio));
  const away = (old: number) => splitPrice(old, ratio);
  const { stopLoss, takeProfit, trail, sizing } = signal;
  return {
    ...signal,
    ...changed(signal, ['target', 'previous', 'quantity'], shares),
    ...changed(signal, ['limitPrice', 'stopPrice'], price),
    ...changed(signal, ['price', 'stopDistance'], away),
    ...(stopLoss && { stopLoss: { ...stopLoss, ...changed(stopLoss, ['price', 'limitPrice'], price) } }),
    ...(takeProfit && { takeProfit: { ...takeProfit, ...changed(takeProfit, ['price'], price) } }),
    ...(trail && { trail: { ...trail, ...changed(trail, ['amount'], away) } }),
    ...(sizing?.kind === 'shares' && { sizing: { ...sizing, value: shares(sizing.value) } }),
  };
}

/** The named figures that are there, made anew. */
function changed<K extends string>(
  of: { readonly [name in K]?: number | undefined },
  names: readonly K[],
  make: (old: number) => number,
): Partial<Record<K, number>> {
  const made: Partial<Record<K, number>> = {};
  for (const name of names) {
    const old = of[name];
    if (old !== undefined) made[name] = make(old);
  }
  return made;
}

function nearestTick(price: number): number {
  const tick = tickOf(price);
  return Math.max(tick, toTick(price + tick / 2, 'down'));
}
