import type { Chance } from '../../domain/chance.ts';
import type { ElapsedTime } from '../../domain/clock.ts';
import type { StreamState } from '../port.ts';
import { type ConnectionOptions, tradierConnection } from './connection.ts';
import { TradierReads } from './rest.ts';
import { SessionStream } from './session-stream.ts';
import type { StreamMessage } from './stream-messages.ts';
import type { TradierTimeouts } from './timeouts.ts';

export interface OrderStreamParts {
  reads: TradierReads;
  timeouts: TradierTimeouts;
  elapsed: ElapsedTime;
  chance: Chance;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

export interface OrderStreamListener {
  /** Of every account of the token. */
  onMessage(message: StreamMessage): void;
  onState(state: StreamState): void;
}

/**
 * The account stream of one token: it tells the orders of all accounts the token is for, and Tradier opens one session
 * of this kind for a token. It connects for the first who joins; whoever made it closes it.
 */
export class OrderStream {
  readonly #stream: SessionStream;
  readonly #listeners = new Set<OrderStreamListener>();
  #state: StreamState | null = null;
  #closed = false;

  constructor({ reads, timeouts, elapsed, chance, log }: OrderStreamParts) {
    this.#stream = new SessionStream({
      name: 'account',
      openSession: () => reads.openSession('account'),
      subscribe: (sessionid) => ({ events: ['order'], sessionid, excludeAccounts: [] }),
      onMessage: (message) => {
        for (const listener of [...this.#listeners]) listener.onMessage(message);
      },
      toleratesError: () => false,
      onState: (state) => this.#tell(state),
      silenceMs: timeouts.accountSilenceMs,
      renewMs: timeouts.streamRenewMs,
      handshakeMs: timeouts.handshakeMs,
      backoffMs: timeouts.streamBackoffMs,
      backoffMaxMs: timeouts.streamBackoffMaxMs,
      elapsed,
      chance,
      log,
    });
  }

  /** Hears the stream until it leaves. */
  join(listener: OrderStreamListener): { leave(): void } {
    this.#listeners.add(listener);
    if (!this.#closed) this.#stream.start();
    // A stream that is long open tells a late listener nothing by itself; no gap is its own.
    if (this.#state !== null) listener.onState({ ...this.#state, gap: false });
    return { leave: () => void this.#listeners.delete(listener) };
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#stream.stop();
  }

  #tell(state: StreamState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener.onState(state);
  }
}

/** An account stream for several accounts of one token, with a connection of its own. Throws E_INPUT as a broker does. */
export function sharedOrderStream(options: ConnectionOptions): {
  stream: OrderStream;
  close(): Promise<void>;
} {
  const connection = tradierConnection(options);
  const { reader, endpoints } = connection;
  const stream = new OrderStream({ ...connection, reads: new TradierReads(reader, endpoints, '') });
  return {
    stream,
    async close() {
      // The reader goes within the stream's wait: a session request under way would hold its loop.
      const closing = stream.close();
      await reader.close();
      await closing;
    },
  };
}
