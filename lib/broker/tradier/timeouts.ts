import type { Environment } from '../../domain/portfolio.ts';

/** How long things may take, all in elapsed ms. */
export interface TradierTimeouts {
  /** To reach the broker: connection and TLS, of an order write and of a read. */
  connectMs: number;
  /** One order write as a whole, connection included. */
  requestMs: number;
  /** How long an order may wait behind another one of the account before it is given up unsent. */
  queueMs: number;
  /** One try of a read. */
  readTryMs: number;
  /** All tries of a read together, waits included. */
  readBudgetMs: number;
  /** The wait before the second try; it doubles, with jitter. */
  readBackoffMs: number;
  /** How long `close` waits for an order that is on the wire. */
  closeMs: number;
  /** Silence after which the account stream counts as dead; Tradier sends a heartbeat every 60 s. */
  accountSilenceMs: number;
  /** The same for the market stream, which has no documented heartbeat: quiet symbols are silent for long. */
  marketSilenceMs: number;
  /** The age at which a stream's connection is replaced. */
  streamRenewMs: number;
  /** From the start of a WebSocket connection to its opening. */
  handshakeMs: number;
  /** The wait before the first reconnection; it doubles, with jitter, up to streamBackoffMaxMs. */
  streamBackoffMs: number;
  streamBackoffMaxMs: number;
  /** By when a subscription that was sent certainly holds; Tradier does not acknowledge it. */
  streamSettleMs: number;
  /** How often quotes are read where there is no market stream (Tradier's sandbox). */
  quotePollMs: number;
}

const DEFAULTS: TradierTimeouts = {
  connectMs: 3_000,
  requestMs: 10_000,
  queueMs: 2_000,
  readTryMs: 5_000,
  readBudgetMs: 8_000,
  readBackoffMs: 200,
  closeMs: 1_000,
  accountSilenceMs: 90_000,
  marketSilenceMs: 300_000,
  streamRenewMs: 20 * 3_600_000,
  handshakeMs: 10_000,
  streamBackoffMs: 500,
  streamBackoffMaxMs: 60_000,
  streamSettleMs: 2_000,
  quotePollMs: 3_000,
};

/** The defaults of an environment with what the caller wants otherwise. */
export function timeoutsFor(
  environment: Environment,
  wanted: Partial<TradierTimeouts> = {},
): TradierTimeouts {
  // The simulator confirms every quote at least every 2 s, so its silence means more than Tradier's.
  const market = environment === 'simulator' ? { marketSilenceMs: 15_000 } : {};
  return { ...DEFAULTS, ...market, ...wanted };
}
