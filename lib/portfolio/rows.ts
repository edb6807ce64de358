import type { BrokerPosition } from '../broker/port.ts';
import { add, amount, type Money, money, subtract, toDollars, ZERO } from '../domain/money.ts';
import type { Position } from '../domain/portfolio.ts';
import { tidy } from '../domain/shares.ts';
import { averageOf, type Ledger } from './ledger.ts';

/** The book of what was not ordered through this account's desk. */
export const EXTERNAL = 'external';

/** One line of the portfolio before it becomes plain dollars. */
export interface Row {
  symbol: string;
  book: string;
  quantity: number;
  cost: Money;
  realized: Money;
  last: number | null;
  value: Money | null;
}

/** What each book holds and what no book bought, by symbol, `external` last. Flat lines are left out. */
export function rowsOf(
  positions: readonly BrokerPosition[],
  ledger: Ledger,
  externalOf: ((symbol: string) => number) | undefined,
  mark: (symbol: string) => number | null,
): Row[] {
  const broker = atBroker(positions);
  const rows: Row[] = [];
  for (const symbol of [...new Set([...broker.keys(), ...ledger.symbols()])].sort()) {
    const last = mark(symbol);
    const books = ledger
      .holdings()
      .filter((holding) => holding.symbol === symbol && holding.quantity !== 0)
      .sort((a, b) => (a.book < b.book ? -1 : 1));
    for (const { book, quantity, cost, realized } of books) {
      rows.push({ symbol, book, quantity, cost, realized, last, value: valueAt(last, quantity) });
    }
    const booked = { quantity: ledger.quantity(symbol), cost: add(...books.map(({ cost }) => cost)) };
    const held = broker.get(symbol) ?? { quantity: 0, cost: ZERO };
    const quantity = tidy(externalOf ? externalOf(symbol) : held.quantity - booked.quantity);
    if (quantity === 0) continue;
    const cost = externalCost(quantity, held, booked);
    rows.push({
      symbol,
      book: EXTERNAL,
      quantity,
      cost,
      realized: ZERO,
      last,
      value: valueAt(last, quantity),
    });
  }
  return rows;
}

export function toPosition(row: Row, equity: Money): Position {
  const { symbol, book, quantity, cost, realized, last, value } = row;
  return {
    symbol,
    book,
    quantity,
    averagePrice: averageOf(cost, quantity),
    costBasis: toDollars(cost),
    last,
    marketValue: value === null ? null : toDollars(value),
    unrealizedPnl: value === null ? null : toDollars(subtract(value, cost)),
    realizedPnl: toDollars(realized),
    weight: value === null || equity <= 0 ? null : value / equity,
  };
}

interface Held {
  quantity: number;
  cost: Money;
}

function atBroker(positions: readonly BrokerPosition[]): Map<string, Held> {
  const held = new Map<string, Held>();
  for (const { symbol, quantity, costBasis } of positions) {
    const before = held.get(symbol) ?? { quantity: 0, cost: ZERO };
    held.set(symbol, {
      quantity: tidy(before.quantity + quantity),
      cost: add(before.cost, money(costBasis)),
    });
  }
  return held;
}

/**
 * The broker's cost less the books' cost; while the broker's list is behind (or ahead of) the books the two do not
 * belong together, and the broker's average stands in.
 */
function externalCost(quantity: number, held: Held, booked: Held): Money {
  if (tidy(held.quantity - booked.quantity) === quantity) return subtract(held.cost, booked.cost);
  return held.quantity === 0 ? ZERO : amount(toDollars(held.cost) / held.quantity, quantity);
}

function valueAt(last: number | null, quantity: number): Money | null {
  return last === null ? null : amount(last, quantity);
}
