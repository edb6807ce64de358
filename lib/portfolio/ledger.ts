import { inputError } from '../domain/errors.ts';
import { add, amount, type Money, money, subtract, toDollars, ZERO } from '../domain/money.ts';
import type { Fill } from '../domain/order.ts';
import { tidy } from '../domain/shares.ts';
import { type Lot, settle } from './lots.ts';

/** What one book holds of one symbol, by its executions alone. */
export interface Holding {
  book: string;
  symbol: string;
  /** Signed shares. */
  quantity: number;
  /** What the open lots cost; negative when short. */
  cost: Money;
  /** Dollars a share of the open lots; 0 when flat. */
  averagePrice: number;
  /** Profit of everything closed since the first fill. */
  realized: Money;
}

/** One book and symbol. */
interface Line {
  holding: Holding;
  lots: Lot[];
}

/**
 * The books: FIFO lots per book and symbol, kept from the fills of our own orders. A pure fold: the same fills in the
 * same order give the same ledger, and a fill heard twice counts once.
 */
export class Ledger {
  readonly #lines = new Map<string, Line>();
  readonly #seen = new Set<string>();

  constructor(fills: Iterable<Fill> = []) {
    for (const fill of fills) this.apply(fill);
  }

  /** False when this fill (order and cumulative quantity) was applied before. Throws E_INPUT on impossible figures. */
  apply(fill: Fill): boolean {
    const { book, symbol, side, price, quantity } = fill;
    const name = `${fill.orderId}:${fill.cumQuantity}`;
    if (this.#seen.has(name)) return false;
    requirePositive('quantity', quantity);
    requirePositive('price', price);
    const buys = side === 'buy' || side === 'buy_to_cover';
    const shares = tidy(buys ? quantity : -quantity);
    const value = amount(price, quantity);
    const paid = buys ? value : subtract(ZERO, value);
    const line = this.#lines.get(key(book, symbol)) ?? { holding: flat(book, symbol), lots: [] };
    const realized = settle(line.lots, shares, paid);
    line.holding = grown(line.holding, shares, add(paid, realized), realized);
    this.#lines.set(key(book, symbol), line);
    this.#seen.add(name);
    return true;
  }

  /** What the book holds of the symbol; flat when it never traded it. */
  holding(book: string, symbol: string): Holding {
    return this.#lines.get(key(book, symbol))?.holding ?? flat(book, symbol);
  }

  /** The open lots of one book and symbol, oldest first. */
  lots(book: string, symbol: string): Lot[] {
    return (this.#lines.get(key(book, symbol))?.lots ?? []).map((lot) => ({ ...lot }));
  }

  /** Signed shares of one book. */
  bookQuantity(book: string, symbol: string): number {
    return this.#lines.get(key(book, symbol))?.holding.quantity ?? 0;
  }

  /** Signed shares of all books together. */
  quantity(symbol: string): number {
    let sum = 0;
    for (const { holding } of this.#lines.values()) if (holding.symbol === symbol) sum += holding.quantity;
    return tidy(sum);
  }

  /** Symbols some book holds. */
  symbols(): string[] {
    const symbols = new Set<string>();
    for (const { holding } of this.#lines.values()) if (holding.quantity !== 0) symbols.add(holding.symbol);
    return [...symbols];
  }

  /** Every book and symbol ever traded, also those that are flat now, for their realised profit. */
  holdings(): Holding[] {
    return [...this.#lines.values()].map((line) => line.holding);
  }
}

function flat(book: string, symbol: string): Holding {
  return { book, symbol, quantity: 0, cost: ZERO, averagePrice: 0, realized: ZERO };
}

/** `cost` is what was paid in plus what was realised: exactly what the open lots cost more than before. */
function grown(before: Holding, shares: number, cost: Money, realized: Money): Holding {
  const { book, symbol } = before;
  const quantity = tidy(before.quantity + shares);
  const total = add(before.cost, cost);
  const averagePrice = averageOf(total, quantity);
  return { book, symbol, quantity, cost: total, averagePrice, realized: add(before.realized, realized) };
}

/** Dollars a share, to 1/10,000; 0 when flat. */
export function averageOf(cost: Money, quantity: number): number {
  return quantity === 0 ? 0 : toDollars(money(toDollars(cost) / quantity));
}

function key(book: string, symbol: string): string {
  // Neither a symbol nor the separator can hold the other, so no two pairs share a key.
  return `${symbol}\n${book}`;
}

function requirePositive(field: 'quantity' | 'price', value: number): void {
  if (!Number.isFinite(value) || value <= 0)
    throw inputError(field, value, 'a finite number above 0 in a fill');
}
