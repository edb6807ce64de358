import type { EpochMs } from '../domain/clock.ts';
import type { Session } from '../market/calendar.ts';
import { type Execution, GRID, impactCents, Liquidity } from './liquidity.ts';
import type { Instrument } from './listings.ts';
import type { Market } from './market.ts';
import { limitCents, type OrderRecord, reachesStop, waitsForStop } from './order-record.ts';
import { isBuy } from './sides.ts';

/** Matches orders against the market at one instant. Give it the orders in the order of their ids. */
export class Matching {
  readonly #market: Market;
  readonly #at: EpochMs;
  readonly #sides = new Map<string, Liquidity>();

  constructor(market: Market, at: EpochMs) {
    this.#market = market;
    this.#at = at;
  }

  /** What the order trades now; marks it as resting when it finds no one to trade with. */
  match(record: OrderRecord): Execution[] {
    const { order } = record;
    const instrument = this.#market.instrument(order.symbol);
    if (instrument === null) return [];
    if (waitsForStop(record) && !this.#trigger(record, instrument)) return [];
    const liquidity = this.#liquidity(record, instrument.symbol);
    const limit = limitCents(record);
    if (limit !== null && record.resting) return liquidity.takeResting(order.remainingQuantity, limit);
    const impact = impactCents(instrument, order.lastFillPrice * 100, order.execQuantity);
    if (limit !== null && !liquidity.reaches(limit, impact)) {
      record.resting = true;
      return [];
    }
    return liquidity.take(order.remainingQuantity, limit, impact);
  }

  /** Looks at what has printed since the last instant, and at the last print for an order that came after it. */
  #trigger(record: OrderRecord, instrument: Instrument): boolean {
    const last = this.#market.lastPrint(instrument, this.#at);
    let reached = last !== null && reachesStop(record, last.price);
    const from = Math.max(this.#at - GRID, record.since);
    this.#market.eachPrintBack(instrument, from, this.#at, (print) => {
      reached ||= reachesStop(record, print.price);
      return !reached;
    });
    record.triggered = reached;
    if (reached) record.resting = false;
    return reached;
  }

  #liquidity({ order }: OrderRecord, symbol: string): Liquidity {
    const buying = isBuy(order.side);
    const key = `${buying ? 'buy' : 'sell'} ${symbol}`;
    let side = this.#sides.get(key);
    if (side === undefined) {
      const instrument = this.#market.instrument(symbol);
      if (instrument === null) throw new RangeError(`${symbol} is not listed`);
      side = new Liquidity(this.#market, instrument, this.#at, buying);
      this.#sides.set(key, side);
    }
    return side;
  }
}

/** True when the order cannot trade in this minute of the session, whatever its instants: it need not be matched. */
export function isQuiet(market: Market, record: OrderRecord, session: Session, minute: number): boolean {
  const instrument = market.instrument(record.order.symbol);
  if (instrument === null) return false;
  const day = market.day(instrument, session);
  const high = day.high[minute] as number;
  const low = day.low[minute] as number;
  const buying = isBuy(record.order.side);
  if (waitsForStop(record)) return !reachesStop(record, buying ? high : low);
  const limit = limitCents(record);
  // Ask >= last print >= low and bid <= last print <= high, so the bar alone decides.
  return limit !== null && (buying ? limit < low : limit > high);
}

/** True when the quote of this instant is within the order's limit. */
export function reachesQuote(market: Market, record: OrderRecord, at: EpochMs): boolean {
  const limit = limitCents(record);
  const instrument = market.instrument(record.order.symbol);
  const top = instrument === null ? null : market.top(instrument, at);
  if (limit === null || top === null) return true;
  return isBuy(record.order.side) ? top.ask <= limit : top.bid >= limit;
}
