import type { EpochMs } from '../domain/clock.ts';
import { type Signal, signalSchema } from '../domain/signal.ts';
import type { Firing, PriceAlert } from './alert.ts';
import { inWords } from './terms.ts';
import type { Found } from './watch.ts';

/** A wish found this long after it came true is not acted on; market time. */
export const MOST_LATE_MS = 5 * 60_000;
/** Neither is one that waited this long for a flow to take it; wall time. */
export const MOST_WAIT_MS = 60_000;

const PRICE = { minimumFractionDigits: 2, maximumFractionDigits: 4 } as const;

/** What the next firing of an alert says. `late`: it came true too long ago to act on. */
export function firingOf(alert: PriceAlert, found: Found, wall: EpochMs, late: boolean): Firing {
  const n = alert.firings + 1;
  const { at, price, missed } = found;
  const when = missed ? ', found afterwards' : '';
  const text = `${inWords(alert)}: ${price.toLocaleString('en-US', PRICE)}${when}`;
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
    reason: (alert.message === '' ? text : alert.message).slice(0, 512),
    firedAt: wall,
    receivedAt: wall,
  });
}
