import type { EpochMs } from '../domain/clock.ts';
import { hash, hashText, unit } from './chance.ts';
import { volatility } from './factors.ts';
import type { Instrument } from './listings.ts';
import type { Market } from './market.ts';
import { displayedSize } from './top-of-book.ts';

/** The grid of market time at whose instants orders are matched, ms. */
export const GRID = 1000;

const LEVELS = 4;
/** Part of what trades beyond a resting limit, and at it, that comes to us rather than to others in the queue. */
const SHARE_THROUGH = 0.25;
const SHARE_AT = 0.1;

interface Level {
  /** Cents. */
  price: number;
  left: number;
}

export interface Execution {
  /** Cents. */
  price: number;
  quantity: number;
}

/**
 * What one side of a symbol's book offers at one instant. All orders matched at that instant share it: what one
 * took is gone for the next. It is full again an instant later.
 */
export class Liquidity {
  readonly #instrument: Instrument;
  readonly #levels: Level[];
  readonly #buying: boolean;
  readonly #market: Market;
  readonly #at: EpochMs;
  #restingTaken = 0;

  /** `buying`: from the view of the order that takes it. */
  constructor(market: Market, instrument: Instrument, at: EpochMs, buying: boolean) {
    this.#market = market;
    this.#instrument = instrument;
    this.#at = at;
    this.#buying = buying;
    this.#levels = levelsAt(market, instrument, at, buying);
  }

  /** True when the best price is within the limit (cents; null is no limit), moved by `impact` cents. */
  reaches(limit: number | null, impact: number): boolean {
    const best = this.#levels[0];
    return best !== undefined && this.#within(this.#moved(best.price, impact), limit);
  }

  /** Takes up to `wanted` shares from the best price outward, never beyond the limit. */
  take(wanted: number, limit: number | null, impact: number): Execution[] {
    const executions: Execution[] = [];
    let open = wanted;
    for (const level of this.#levels) {
      const price = this.#moved(level.price, impact);
      if (open === 0 || !this.#within(price, limit)) break;
      const quantity = Math.min(open, level.left);
      if (quantity === 0) continue;
      level.left -= quantity;
      open -= quantity;
      executions.push({ price, quantity });
    }
    return executions;
  }

  /** What comes to an order that rests at `limit`: its share of the prints since the last instant, and sizes on offer. */
  takeResting(wanted: number, limit: number): Execution[] {
    let through = 0;
    let at = 0;
    this.#market.eachPrintBack(this.#instrument, this.#at - GRID, this.#at, (print) => {
      if (print.price === limit) at += print.size;
      else if (this.#within(print.price, limit)) through += print.size;
      return true;
    });
    let offered = 0;
    for (const level of this.#levels) if (this.#within(level.price, limit)) offered += level.left;
    const available = Math.floor(through * SHARE_THROUGH + at * SHARE_AT) + offered - this.#restingTaken;
    const quantity = Math.min(wanted, Math.max(0, available));
    if (quantity === 0) return [];
    this.#restingTaken += quantity;
    return [{ price: limit, quantity }];
  }

  #within(price: number, limit: number | null): boolean {
    return limit === null || (this.#buying ? price <= limit : price >= limit);
  }

  #moved(price: number, impact: number): number {
    return this.#buying ? price + impact : Math.max(1, price - impact);
  }
}

/**
 * How far an order that has already taken `quantity` shares has pushed the price, in cents: by the square root
 * of its part of a day's volume, as large orders do.
 */
export function impactCents(instrument: Instrument, cents: number, quantity: number): number {
  return Math.round(cents * volatility(instrument) * 0.7 * Math.sqrt(quantity / instrument.averageVolume));
}

function levelsAt(market: Market, instrument: Instrument, at: EpochMs, buying: boolean): Level[] {
  const top = market.top(instrument, at);
  if (top === null) return [];
  const best = buying ? top.ask : top.bid;
  const step = Math.max(1, Math.round((top.ask - top.bid) / 2));
  const key = hash(
    hashText(`depth ${market.seed}`),
    hashText(instrument.symbol),
    (at / GRID) | 0,
    buying ? 1 : 2,
  );
  const levels: Level[] = [{ price: best, left: buying ? top.askSize : top.bidSize }];
  for (let i = 1; i < LEVELS; i++) {
    const price = best + (buying ? i : -i) * step;
    if (price < 1) break;
    const size = displayedSize(instrument, hash(key, i)) * (1 + 0.4 * i * unit(hash(key, i, 5)));
    levels.push({ price, left: Math.round(size / 100) * 100 });
  }
  return levels;
}
