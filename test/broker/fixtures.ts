import type { SingleOrderRequest } from '../../lib/broker/port.ts';
import { TradierBroker, type TradierOptions } from '../../lib/broker/tradier/broker.ts';
import { systemElapsed, systemWall } from '../../lib/domain/clock.ts';

export const TOKEN = 'canary-token-7f3a';

/** A broker that talks to a test server as if to the simulator. */
export function brokerAt(baseUrl: string, more: Partial<TradierOptions> = {}): TradierBroker {
  return new TradierBroker({
    environment: 'simulator',
    baseUrl,
    token: TOKEN,
    accountId: 'VA00000001',
    clock: { elapsed: systemElapsed, wall: systemWall },
    log: () => undefined,
    ...more,
    timeouts: { readBackoffMs: 5, streamBackoffMs: 5, ...more.timeouts },
  });
}

export function anOrder(more: Partial<SingleOrderRequest> = {}): SingleOrderRequest {
  return {
    symbol: 'AAPL',
    side: 'buy',
    quantity: 10,
    type: 'market',
    duration: 'day',
    tag: 'abcd-test-1',
    ...more,
  };
}

/** Polls until the condition holds; fails after two seconds, or as long as it may take. */
export async function eventually(condition: () => boolean, what: string, withinMs = 2_000): Promise<void> {
  for (let n = 0; n < withinMs / 5; n++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`did not happen: ${what}`);
}
