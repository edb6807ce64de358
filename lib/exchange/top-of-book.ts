import type { EpochMs } from '../domain/clock.ts';
import { hash, hashText, unit } from './chance.ts';
import { volatility } from './factors.ts';
import type { Instrument } from './listings.ts';

/** The best bid and ask and the last print at one instant. Prices in whole cents, sizes in shares. */
export interface TopOfBook {
  bid: number;
  ask: number;
  bidSize: number;
  askSize: number;
  last: number;
  lastSize: number;
  lastTime: EpochMs;
  /** When the quote last changed: quotes are renewed each second of the session. */
  quoteTime: EpochMs;
}

/** One print and what was random about it. */
export interface Print {
  time: EpochMs;
  price: number;
  size: number;
  bits: number;
  /** Shares traded in the session up to and including it. */
  cumulativeVolume: number;
}

const EXCHANGES = ['Q', 'N', 'P', 'K', 'Z', 'D', 'V'];

/** Tradier's letter of the venue a print came from. */
export function venue(bits: number): string {
  return EXCHANGES[(bits >>> 8) % EXCHANGES.length] as string;
}

/**
 * The quote around a print: the last buyer paid the ask or the last seller got the bid, so that last, bid and
 * ask agree. `intoDay` is minutes since the open, `factor` widens the spread (outside the session).
 */
export function topOfBook(
  seed: number,
  instrument: Instrument,
  print: Print,
  at: EpochMs,
  intoDay: number,
  factor = 1,
): TopOfBook {
  const width = spreadCents(instrument, print.price, intoDay, 0.7 + 0.9 * unit(print.bits << 12)) * factor;
  const bought = (print.bits & 1) === 1;
  const bid = Math.max(1, bought ? print.price - width : print.price);
  const ask = Math.max(bid + 1, bought ? print.price : print.price + width);
  const second = Math.floor(at / 1000);
  const key = hash(hashText(`sizes ${seed}`), hashText(instrument.symbol), second | 0);
  return {
    bid,
    ask,
    bidSize: displayedSize(instrument, hash(key, 1)),
    askSize: displayedSize(instrument, hash(key, 2)),
    last: print.price,
    lastSize: print.size,
    lastTime: print.time,
    quoteTime: second * 1000,
  };
}

/** Usual spread in whole cents: wide for dear, restless and thinly traded symbols and in the first minutes. */
function spreadCents(instrument: Instrument, cents: number, intoDay: number, mood: number): number {
  const thin = Math.sqrt(Math.max(0.2, instrument.averageVolume / 1_000_000));
  const kind = instrument.kind === 'etf' ? 0.35 : 1;
  const morning = 1 + 2 * Math.exp(-Math.max(0, intoDay) / 4);
  return Math.max(1, Math.round((cents * volatility(instrument) * 0.05 * kind * morning * mood) / thin));
}

/** Shares shown at the best price: round lots, a tenth of what trades in a second on average. */
export function displayedSize(instrument: Instrument, chance: number): number {
  const usual = Math.min(1500, Math.max(150, instrument.averageVolume / 23_400 / 8));
  const spread = 0.3 + 1.9 * unit(chance) * unit(hash(chance, 7)) + 0.5 * unit(hash(chance, 9));
  return Math.max(1, Math.round((usual * spread) / 100)) * 100;
}
