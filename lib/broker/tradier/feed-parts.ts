import type { Chance } from '../../domain/chance.ts';
import type { ElapsedTime } from '../../domain/clock.ts';
import type { StreamState } from '../port.ts';
import type { TradierReads } from './rest.ts';
import type { TradierTimeouts } from './timeouts.ts';

export interface StreamsParts {
  reads: TradierReads;
  /** False: quotes are polled instead. */
  marketStream: boolean;
  timeouts: TradierTimeouts;
  elapsed: ElapsedTime;
  chance: Chance;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

/** What a feed needs besides: where it tells its state and what a listener threw. */
export interface FeedParts extends StreamsParts {
  onState(state: StreamState): void;
  onError(error: unknown): void;
}
