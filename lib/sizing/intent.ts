import { intentId, signalKey } from '../domain/ids.ts';
import type { OrderIntent } from '../domain/order.ts';
import type { Signal } from '../domain/signal.ts';
import type { Sized } from './contract.ts';

/** The key under which this account knows a signal. */
export function keyOf(account: string, signal: Signal): string {
  return signalKey(account, signal.source, signal.id);
}

/** A sized signal as the order it asks for. */
export function intentOf(
  account: string,
  signal: Signal,
  key: string,
  sized: Extract<Sized, { kind: 'sized' }>,
): OrderIntent {
  const strategy = signal.strategy ?? signal.book;
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
    ...sized.placing,
    reduceOnly: sized.reduceOnly,
    ...(sized.bracket ? { bracket: sized.bracket } : {}),
    reason: signal.reason,
  };
}
