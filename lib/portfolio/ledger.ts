import { inputError } from '../domain/errors.ts';
import { add, amount, type Money, money, subtract, toDollars, ZERO } from '../domain/money.ts';
import type { Fill } from '../domain/order.ts';
import { type SplitRatio, tidy } from '../domain/shares.ts';
import { type Lot, settle, splitLots } from './lots.ts';

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

/** A split as the books see it. */
export interface BookSplit {
  symbol: string;
  ratio: SplitRatio;
  /** Signed shares of the books that were paid out in cash, as fractions of a share are. */
  paidOut: number;
  /** Dollars a share at which they were; null: not known, so what they cost. */
  price: number | null;
}

export type BookEvent = { kind: 'fill'; fill: Fill } | { kind: 'split'; split: BookSplit };

/**
 * The books: FIFO lots per book and symbol, kept from the fills of our own orders and the splits between them. A pure
 * fold: the same events in the same order give the same ledger, and a fill heard twice counts once.
 */
export class Ledger {
  readonly #lines = new Map<string, Line>();
  readonly #seen = new Set<string>();

  constructor(fills: Iterable<Fill> = []) {
    for (const fill of fills) this.apply(fill);
  }

  /** Begins again with what happened, in its order. */
  rebuild(events: Iterable<BookEvent>): void {
    this.#lines.clear();
    this.#seen.clear();
    for (const event of events) {
      if (event.kind === 'fill') this.apply(event.fill);
      else this.split(event.split);
    }
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
    settleIn(line, shares, paid);
    this.#lines.set(key(book, symbol), line);
    this.#seen.add(name);
    return true;
  }

  /** Multiplies every book's lots of the symbol, at the same cost; then fractions leave for what was paid for them. */
  split({ symbol, ratio, paidOut, price }: BookSplit): void {
    const lines = [...this.#lines.values()].filter(({ holding }) => holding.symbol === symbol);
    for (const line of lines) {
      splitLots(line.lots, ratio);
      const quantity = tidy(line.lots.reduce((sum, lot) => sum + lot.quantity, 0));
      line.holding = restated(line.holding, quantity, line.holding.cost, line.holding.realized);
    }
    for (const { line, shares } of fractionsToPay(lines, paidOut)) {
      settleIn(line, -shares, amount(price ?? line.holding.averagePrice, -shares));
    }
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

/** One execution: what was paid in plus what was realised is exactly what the open lots cost more than before. */
function settleIn(line: Line, shares: number, paid: Money): void {
  const { quantity, cost, realized } = line.holding;
  const gained = settle(line.lots, shares, paid);
  const total = add(cost, paid, gained);
  line.holding = restated(line.holding, tidy(quantity + shares), total, add(realized, gained));
}

function restated({ book, symbol }: Holding, quantity: number, cost: Money, realized: Money): Holding {
  return { book, symbol, quantity, cost, averagePrice: averageOf(cost, quantity), realized };
}

/** Which books lose the fractions that were paid out: the largest first, until all of it is found. */
function fractionsToPay(lines: readonly Line[], paidOut: number): { line: Line; shares: number }[] {
  const fraction = ({ holding }: Line) => tidy(holding.quantity - Math.trunc(holding.quantity));
  const sign = Math.sign(paidOut);
  let left = Math.abs(paidOut);
  const found: { line: Line; shares: number }[] = [];
  const candidates = lines
    .filter((line) => fraction(line) * sign > 0)
    .sort(
      (a, b) => Math.abs(fraction(b)) - Math.abs(fraction(a)) || (a.holding.book < b.holding.book ? -1 : 1),
    );
  for (const line of candidates) {
    const shares = Math.min(Math.abs(fraction(line)), left);
    left = tidy(left - shares);
    if (shares > 0) found.push({ line, shares: sign * shares });
  }
  return found;
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
