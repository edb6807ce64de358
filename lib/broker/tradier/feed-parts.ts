import type { StreamState } from '../port.ts';
import type { OrderStream, OrderStreamParts } from './order-stream.ts';

export interface StreamsParts extends OrderStreamParts {
  /** False: quotes are polled instead. */
  marketStream: boolean;
  /** The account stream of the token, where other accounts use it too. */
  orderStream?: OrderStream | undefined;
}

/** What a feed needs besides: where it tells its state and what a listener threw. */
export interface FeedParts extends StreamsParts {
  onState(state: StreamState): void;
  onError(error: unknown): void;
}
