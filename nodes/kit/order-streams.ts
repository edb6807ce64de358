import type { OrderStream } from '../../lib/broker/tradier/order-stream.ts';
import { Leases } from './leases.ts';

/** The account stream of a token, which tells the orders of every account the token is for. */
export interface OpenOrderStream {
  stream: OrderStream;
  close(): Promise<void>;
}

const REGISTRY = Symbol.for('@trader-ops/node-red-trader/order-streams');

/** The account streams of this process, one for each token. */
export function orderStreams(): Leases<OpenOrderStream> {
  const shared = globalThis as { [REGISTRY]?: Leases<OpenOrderStream> };
  shared[REGISTRY] ??= new Leases();
  return shared[REGISTRY];
}
