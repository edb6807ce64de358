import { type Chance, systemChance } from '../../domain/chance.ts';
import type { ElapsedTime, WallTime } from '../../domain/clock.ts';
import { inputError } from '../../domain/errors.ts';
import type { Environment } from '../../domain/portfolio.ts';
import { type Endpoints, endpointsFor } from './endpoints.ts';
import { RateLimits } from './rate-limits.ts';
import { Reader } from './reader.ts';
import { type TradierTimeouts, timeoutsFor } from './timeouts.ts';

export interface ConnectionOptions {
  environment: Environment;
  /** REST base with the version; required for the simulator (`http://127.0.0.1:8181/v1`). */
  baseUrl?: string;
  token: string;
  clock: { elapsed: ElapsedTime; wall: WallTime };
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
  timeouts?: Partial<TradierTimeouts>;
  chance?: Chance;
}

/** What everything that talks to Tradier with one token shares. */
export interface TradierConnection {
  endpoints: Endpoints;
  marketStream: boolean;
  /** The whole header value. */
  authorization: string;
  timeouts: TradierTimeouts;
  rates: RateLimits;
  reader: Reader;
  elapsed: ElapsedTime;
  chance: Chance;
  withoutSecrets(text: string): string;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

/** Throws E_INPUT for a token no HTTP header can carry and for an address that may not be used. */
export function tradierConnection(options: ConnectionOptions): TradierConnection {
  const { environment, clock } = options;
  const token = options.token.trim();
  // What HTTP would refuse as a header must not surface later, in an error that quotes it.
  if (!/^[\x21-\x7e]+$/.test(token)) throw inputError('token', undefined, 'an access token');
  const endpoints = endpointsFor(environment, options.baseUrl);
  const timeouts = timeoutsFor(environment, options.timeouts);
  const rates = new RateLimits(clock);
  const chance = options.chance ?? systemChance;
  const { elapsed } = clock;
  const authorization = `Bearer ${token}`;
  const withoutSecrets = (text: string) => text.replaceAll(token, '•••');
  return {
    endpoints,
    marketStream: endpoints.marketStream,
    authorization,
    timeouts,
    rates,
    reader: new Reader({ endpoints, authorization, elapsed, chance, rates, timeouts, withoutSecrets }),
    elapsed,
    chance,
    withoutSecrets,
    log: (level, message) => options.log(level, withoutSecrets(message)),
  };
}
