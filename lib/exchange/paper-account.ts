import type { EpochMs } from '../domain/clock.ts';
import { add, amount, type Money, money, subtract, toDollars, ZERO } from '../domain/money.ts';
import type { Side } from '../domain/order.ts';
import { type SplitRatio, splitPrice, splitShares, tidy } from '../domain/shares.ts';
import { type Unsettled, unsettledAt, withProceeds } from './settlement.ts';
import { isBuy, opens } from './sides.ts';

/** Shares bought, or sold short (below zero), together. */
export interface AccountLot {
  quantity: number;
  /** Dollars a share. */
  price: number;
}

/** What is held of one symbol, oldest lot first; all lots of one sign. */
export interface AccountPosition {
  id: number;
  symbol: string;
  acquiredAt: EpochMs;
  lots: AccountLot[];
}

/** The account as plain JSON. */
export interface AccountState {
  cash: Money;
  realized: Money;
  nextPositionId: number;
  positions: AccountPosition[];
  type: 'margin' | 'cash';
  unsettled: Unsettled[];
}

const FIRST_POSITION_ID = 1_000_000;

/** Cash and positions of the paper account, changed by fills, splits and dividends. What closes takes the oldest shares first. */
export class PaperAccount {
  readonly type: 'margin' | 'cash';
  #cash: Money;
  #realized: Money = ZERO;
  #unsettled: Unsettled[] = [];
  #nextPositionId = FIRST_POSITION_ID;
  readonly #positions = new Map<string, AccountPosition>();

  /** `start` is dollars of cash for a new account, or the state of an old one. */
  constructor(start: number | AccountState, type: 'margin' | 'cash' = 'margin') {
    if (typeof start === 'number') {
      this.#cash = money(start);
      this.type = type;
      return;
    }
    const { cash, realized, nextPositionId, positions, unsettled } = structuredClone(start);
    this.type = start.type;
    this.#cash = cash;
    this.#realized = realized;
    this.#nextPositionId = nextPositionId;
    this.#unsettled = unsettled;
    for (const position of positions) this.#positions.set(position.symbol, position);
  }

  get cash(): Money {
    return this.#cash;
  }

  /** Proceeds of a cash account that may not be spent yet. */
  unsettled(now: EpochMs): Money {
    return unsettledAt(this.#unsettled, now);
  }

  /** Profit and loss of everything closed since the account began, first in first out. */
  get realized(): Money {
    return this.#realized;
  }

  /** Positions in the order they were opened. */
  get positions(): readonly AccountPosition[] {
    return [...this.#positions.values()];
  }

  /** Shares held; below zero when short. */
  held(symbol: string): number {
    return sharesOf(this.#positions.get(symbol)?.lots ?? []);
  }

  /**
   * Books one execution. Throws RangeError on one that would cross zero or whose side does not fit the position: the
   * desk must not let it come here.
   */
  apply(fill: { symbol: string; side: Side; quantity: number; price: number; at: EpochMs }): void {
    const { symbol, side, quantity, price, at } = fill;
    const held = this.held(symbol);
    const signed = isBuy(side) ? quantity : -quantity;
    // Seen from the position's own side: what opens adds to it, what closes takes at most all of it.
    const own = side === 'buy' || side === 'sell' ? held : -held;
    if (own < (opens(side) ? 0 : quantity))
      throw new RangeError(`paper account: cannot ${side} ${quantity} ${symbol}, ${held} held`);
    const value = amount(price, signed);
    this.#cash = subtract(this.#cash, value);
    if (this.type === 'cash' && side === 'sell') {
      this.#unsettled = withProceeds(this.#unsettled, subtract(ZERO, value), at);
    }
    if (opens(side)) this.#open(symbol, signed, price, at);
    else this.#close(symbol, signed, value);
  }

  /**
   * Turns old shares into new ones at the same cost. A whole position stays whole: the fraction a split leaves of it
   * is paid out at `price`.
   */
  split(symbol: string, ratio: SplitRatio, price: number): void {
    const position = this.#positions.get(symbol);
    if (position === undefined) return;
    const before = sharesOf(position.lots);
    for (const lot of position.lots) {
      lot.price = splitPrice(lot.price, ratio);
      lot.quantity = splitShares(lot.quantity, ratio);
    }
    const after = splitShares(before, ratio);
    // What rounding the lots one by one left over belongs to the newest.
    const newest = position.lots.at(-1) as AccountLot;
    newest.quantity = tidy(newest.quantity + after - sharesOf(position.lots));
    const fraction = Number.isInteger(before) ? tidy(after - Math.trunc(after)) : 0;
    if (fraction === 0) return;
    const value = amount(price, -fraction);
    this.#cash = subtract(this.#cash, value);
    this.#close(symbol, -fraction, value);
  }

  /** Pays dollars a share for what is held (a short pays); reinvested, the money buys shares of it at `price`. */
  dividend(symbol: string, perShare: number, reinvestAt: number | null, at: EpochMs): void {
    const held = this.held(symbol);
    const paid = amount(perShare, held);
    this.#cash = add(this.#cash, paid);
    if (reinvestAt === null || held <= 0) return;
    // Never for more than was paid.
    const quantity = tidy(Math.floor((toDollars(paid) / reinvestAt) * 1e5) / 1e5);
    if (quantity === 0) return;
    this.#cash = subtract(this.#cash, amount(reinvestAt, quantity));
    this.#open(symbol, quantity, reinvestAt, at);
  }

  state(): AccountState {
    return structuredClone({
      cash: this.#cash,
      realized: this.#realized,
      nextPositionId: this.#nextPositionId,
      positions: [...this.positions],
      type: this.type,
      unsettled: this.#unsettled,
    });
  }

  #open(symbol: string, quantity: number, price: number, at: EpochMs): void {
    let position = this.#positions.get(symbol);
    if (position === undefined) {
      position = { id: this.#nextPositionId++, symbol, acquiredAt: at, lots: [] };
      this.#positions.set(symbol, position);
    }
    const newest = position.lots.at(-1);
    if (newest?.price === price) newest.quantity = tidy(newest.quantity + quantity);
    else position.lots.push({ quantity, price });
  }

  /** Takes the oldest lots against an execution worth `value` (below zero for a sale). */
  #close(symbol: string, quantity: number, value: Money): void {
    const position = this.#positions.get(symbol) as AccountPosition;
    const direction = Math.sign(quantity);
    let cost = ZERO;
    let left = Math.abs(quantity);
    while (left > 0) {
      const oldest = position.lots[0] as AccountLot;
      const closed = Math.min(left, Math.abs(oldest.quantity));
      cost = add(cost, amount(oldest.price, -direction * closed));
      oldest.quantity = tidy(oldest.quantity + direction * closed);
      left = tidy(left - closed);
      if (oldest.quantity === 0) position.lots.shift();
    }
    this.#realized = subtract(this.#realized, add(value, cost));
    if (position.lots.length === 0) this.#positions.delete(symbol);
  }
}

export function sharesOf(lots: readonly AccountLot[]): number {
  return tidy(lots.reduce((sum, lot) => sum + lot.quantity, 0));
}

/** What the shares cost in all; below zero for what a short sale brought. */
export function costOf(lots: readonly AccountLot[]): Money {
  return add(...lots.map((lot) => amount(lot.price, lot.quantity)));
}

/** Total cost in dollars, as brokers state it. */
export function costBasis(position: AccountPosition): number {
  return toDollars(costOf(position.lots));
}
