import type { EpochMs } from '../domain/clock.ts';
import { add, amount, type Money, money, subtract, toDollars, ZERO } from '../domain/money.ts';
import type { Side } from '../domain/order.ts';

/** Shares bought together. */
export interface AccountLot {
  quantity: number;
  /** Dollars a share. */
  price: number;
}

/** What is held of one symbol, oldest lot first. Long only. */
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
}

const FIRST_POSITION_ID = 1_000_000;

/** Cash and positions of the paper account, changed by fills alone. Sales take the oldest shares first. */
export class PaperAccount {
  #cash: Money;
  #realized: Money = ZERO;
  #nextPositionId = FIRST_POSITION_ID;
  readonly #positions = new Map<string, AccountPosition>();

  /** `start` is dollars of cash for a new account, or the state of an old one. */
  constructor(start: number | AccountState) {
    if (typeof start === 'number') {
      this.#cash = money(start);
      return;
    }
    const { cash, realized, nextPositionId, positions } = structuredClone(start);
    this.#cash = cash;
    this.#realized = realized;
    this.#nextPositionId = nextPositionId;
    for (const position of positions) this.#positions.set(position.symbol, position);
  }

  get cash(): Money {
    return this.#cash;
  }

  /** Profit and loss of everything sold since the account began, first in first out. */
  get realized(): Money {
    return this.#realized;
  }

  /** Positions in the order they were opened. */
  get positions(): readonly AccountPosition[] {
    return [...this.#positions.values()];
  }

  held(symbol: string): number {
    return sharesOf(this.#positions.get(symbol)?.lots ?? []);
  }

  /** Books one execution. Throws RangeError on a sale of more than is held: the desk must not let it come here. */
  apply(fill: { symbol: string; side: Side; quantity: number; price: number; at: EpochMs }): void {
    if (fill.side === 'buy') this.#buy(fill);
    else if (fill.side === 'sell') this.#sell(fill);
    else throw new RangeError(`paper account: side ${fill.side} is not traded here`);
  }

  state(): AccountState {
    return structuredClone({
      cash: this.#cash,
      realized: this.#realized,
      nextPositionId: this.#nextPositionId,
      positions: [...this.positions],
    });
  }

  #buy({
    symbol,
    quantity,
    price,
    at,
  }: {
    symbol: string;
    quantity: number;
    price: number;
    at: EpochMs;
  }): void {
    this.#cash = subtract(this.#cash, amount(price, quantity));
    let position = this.#positions.get(symbol);
    if (position === undefined) {
      position = { id: this.#nextPositionId++, symbol, acquiredAt: at, lots: [] };
      this.#positions.set(symbol, position);
    }
    const newest = position.lots.at(-1);
    if (newest?.price === price) newest.quantity += quantity;
    else position.lots.push({ quantity, price });
  }

  #sell({ symbol, quantity, price }: { symbol: string; quantity: number; price: number }): void {
    const position = this.#positions.get(symbol);
    if (position === undefined || sharesOf(position.lots) < quantity) {
      throw new RangeError(`paper account: cannot sell ${quantity} ${symbol}, ${this.held(symbol)} held`);
    }
    const proceeds = amount(price, quantity);
    this.#cash = add(this.#cash, proceeds);
    let cost = ZERO;
    let left = quantity;
    while (left > 0) {
      const oldest = position.lots[0] as AccountLot;
      const sold = Math.min(left, oldest.quantity);
      cost = add(cost, amount(oldest.price, sold));
      oldest.quantity -= sold;
      left -= sold;
      if (oldest.quantity === 0) position.lots.shift();
    }
    this.#realized = add(this.#realized, subtract(proceeds, cost));
    if (position.lots.length === 0) this.#positions.delete(symbol);
  }
}

export function sharesOf(lots: readonly AccountLot[]): number {
  return lots.reduce((sum, lot) => sum + lot.quantity, 0);
}

/** What the shares cost in all. */
export function costOf(lots: readonly AccountLot[]): Money {
  return add(...lots.map((lot) => amount(lot.price, lot.quantity)));
}

/** Total cost in dollars, as brokers state it. */
export function costBasis(position: AccountPosition): number {
  return toDollars(costOf(position.lots));
}
