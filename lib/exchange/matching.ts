import type { EpochMs } from '../domain/clock.ts';
import type { Session } from '../market/calendar.ts';
import { type Execution, impactCents, Liquidity } from './liquidity.ts';
import type { Market } from './market.ts';
import { limitCents, type OrderRecord } from './order-record.ts';

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

  #liquidity({ order }: OrderRecord, symbol: string): Liquidity {
    const buying = order.side === 'buy';
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
  const limit = limitCents(record);
  const instrument = market.instrument(record.order.symbol);
  if (limit === null || instrument === null) return false;
  const day = market.day(instrument, session);
  // Ask >= last print >= low and bid <= last print <= high, so the bar alone decides.
  return record.order.side === 'buy'
    ? limit < (day.low[minute] as number)
    : limit > (day.high[minute] as number);
}
