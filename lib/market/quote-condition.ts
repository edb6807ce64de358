import type { EpochMs } from '../domain/clock.ts';
import type { Quote, QuoteCondition } from '../domain/market-data.ts';
import type { Session } from './calendar-days.ts';
import { MINUTE } from './exchange-time.ts';

/** A busy symbol without any change for this long, while others change, is taken as halted. */
const HALT_MS = 5 * MINUTE;
/** Shares a day from which on a symbol trades every few seconds. */
const BUSY_VOLUME = 1_000_000;

/** The newest instant a quote tells of. */
export function newestTime(quote: Quote): EpochMs {
  return Math.max(quote.bidTime, quote.askTime, quote.tradeTime);
}

/**
 * What is unusual about a quote at the moment the feed confirmed it. Tradier has no flag for a halt: it shows as a market
 * without both sides, or as a busy symbol that stands still while others move.
 * @param edge the newest instant any quote of the same feed told of
 * @param openSession the regular session running at an instant, else null
 */
export function conditionOf(
  quote: Quote,
  edge: EpochMs,
  openSession: (at: EpochMs) => Session | null,
): QuoteCondition {
  const { bid, ask, kind } = quote;
  if (bid !== null && ask !== null && bid > ask) return 'crossed';
  const session = openSession(edge);
  // Outside regular hours an empty side means nothing, and these have no sides at all.
  if (session === null || kind === 'index' || kind === 'mutual_fund') return 'normal';
  if (bid === null && ask === null) return 'halted';
  const still = edge - Math.max(newestTime(quote), session.open);
  if (still > HALT_MS && quote.averageVolume >= BUSY_VOLUME) return 'halted';
  return bid === null || ask === null ? 'one_sided' : 'normal';
}
