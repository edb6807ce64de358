import type { EpochMs } from '../domain/clock.ts';
import { type Signal, signalSchema } from '../domain/signal.ts';
import type { Firing, PriceAlert } from './alert.ts';
import type { Found } from './watch.ts';
import { directionOf, firingInWords } from './words.ts';

/** Neither is one that waited this long for a flow to take it; wall time. */
export const MOST_WAIT_MS = 60_000;

export interface FiringParts {
  wall: EpochMs;
  simulated: boolean;
  /** It came true too long ago to act on. */
  late: boolean;
}

/** What the next firing of an alert says. */
export function firingOf(alert: PriceAlert, found: Found, { wall, simulated, late }: FiringParts): Firing {
  const n = alert.firings + 1;
  const { at, price, measured, missed } = found;
  const text = firingInWords(alert, found, simulated);
  const id = nameOf(alert, n);
  return {
    id,
    alertId: alert.id,
    owner: alert.owner,
    n,
    symbol: alert.symbol,
    condition: alert.condition,
    at,
    wall,
    price,
    measured,
    direction: directionOf(found),
    simulated,
    text,
    message: alert.message,
    tags: alert.tags,
    missed,
    signal: late ? null : signalOf(alert, id, text, price, wall),
  };
}

function nameOf({ id, series }: PriceAlert, n: number): string {
  return series === '' ? `${id}:${n}` : `${id}.${series}:${n}`;
}

/** Its id is derived: however often it is told, it is one wish. */
function signalOf(alert: PriceAlert, id: string, text: string, price: number, wall: EpochMs): Signal | null {
  if (alert.signal === null) return null;
  return signalSchema.parse({
    ...alert.signal,
    id,
    source: alert.owner === '' ? 'price-alert' : alert.owner,
    symbol: alert.symbol,
    price,
    reason: text.slice(0, 512),
    firedAt: wall,
    receivedAt: wall,
  });
}

/** One that was recorded before firings said all of this. */
export function asNow(firing: Firing, simulated: boolean): Firing {
  return { ...firing, measured: firing.measured ?? null, direction: firing.direction ?? null, simulated };
}
