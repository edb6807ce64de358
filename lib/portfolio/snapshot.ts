import type { Balances, BrokerPosition } from '../broker/port.ts';
import type { EpochMs } from '../domain/clock.ts';
import { add, amount, type Money, money, subtract, toDollars, ZERO } from '../domain/money.ts';
import type {
  Environment,
  ExternalOrder,
  HaltState,
  PortfolioSnapshot,
  PositionNote,
} from '../domain/portfolio.ts';
import { isShareSymbol } from '../domain/symbol.ts';
import type { Ledger } from './ledger.ts';
import { type Row, rowsOf, toPosition } from './rows.ts';

/** Prices of one symbol as far as they are known. */
export interface MarkQuote {
  last: number | null;
  bid: number | null;
  ask: number | null;
}

export interface SnapshotInput {
  /** `environment:account id`. */
  account: string;
  environment: Environment;
  /** Market time. */
  at: EpochMs;
  balances: Balances;
  /** As the broker lists them, read with the balances. */
  positions: readonly BrokerPosition[];
  ledger: Ledger;
  /** Shares that no book bought, where a caller knows better than broker - books (a fill still on its way). */
  external?: (symbol: string) => number;
  quotes: (symbol: string) => MarkQuote | null;
  /** Equity at the session's start; null when it was never stored. */
  baseline: Money | null;
  /** The session's date. */
  session: string;
  reserved: Money;
  workingOrders: number;
  protection: PortfolioSnapshot['protection'];
  externalOrders: ExternalOrder[];
  notes: PositionNote[];
  haltState: HaltState;
}

/**
 * The account as a flow sees it. Positions are what the books hold plus `external`; equity is the broker's cash plus
 * the broker's positions at the last price, because those two were read together and agree with each other even
 * while a fill is on its way. When a symbol has no quote, the broker's own totals stand instead.
 */
export function portfolioSnapshot(input: SnapshotInput): PortfolioSnapshot {
  const { balances, ledger, baseline } = input;
  const marks = markedBy(input.quotes);
  const rows = rowsOf(input.positions, ledger, input.external, marks);
  const equity = equityOf(input, marks);
  return {
    account: input.account,
    environment: input.environment,
    simulated: input.environment === 'simulator',
    at: input.at,
    cash: toDollars(money(balances.totalCash)),
    buyingPower: toDollars(money(balances.stockBuyingPower)),
    reserved: toDollars(input.reserved),
    equity: toDollars(equity),
    exposure: exposureOf(rows, balances, equity),
    dayPnl: dayPnlOf(equity, baseline, input.session),
    unrealizedPnl: toDollars(unrealizedOf(rows, balances)),
    realizedPnl: toDollars(add(...ledger.holdings().map((holding) => holding.realized))),
    positions: rows.map((row) => toPosition(row, equity)),
    workingOrders: input.workingOrders,
    protection: input.protection,
    externalOrders: input.externalOrders,
    notes: input.notes,
    haltState: input.haltState,
  };
}

/**
 * The price a share is valued at: the last trade, else the middle of bid and ask; asked for once per symbol. An option
 * has none here: the broker's totals know its worth.
 */
function markedBy(quotes: SnapshotInput['quotes']): (symbol: string) => number | null {
  const marks = new Map<string, number | null>();
  return (symbol) => {
    let mark = marks.get(symbol);
    if (mark === undefined) {
      mark = isShareSymbol(symbol) ? markOf(quotes(symbol)) : null;
      marks.set(symbol, mark);
    }
    return mark;
  };
}

function markOf(quote: MarkQuote | null): number | null {
  if (quote === null) return null;
  if (priced(quote.last)) return quote.last;
  return priced(quote.bid) && priced(quote.ask) ? (quote.bid + quote.ask) / 2 : null;
}

function priced(price: number | null): price is number {
  return price !== null && Number.isFinite(price) && price > 0;
}

function equityOf({ positions, balances }: SnapshotInput, marks: (symbol: string) => number | null): Money {
  const values: Money[] = [money(balances.totalCash)];
  for (const { symbol, quantity } of positions) {
    const mark = marks(symbol);
    if (mark === null && quantity !== 0) return money(balances.totalEquity);
    values.push(amount(mark ?? 0, quantity));
  }
  return add(...values);
}

/** By symbol, over all books: what one book is long and another is short is no exposure of the account. */
function exposureOf(rows: readonly Row[], balances: Balances, equity: Money): PortfolioSnapshot['exposure'] {
  let long: Money = money(balances.longMarketValue);
  let short: Money = money(Math.abs(balances.shortMarketValue));
  const values = bySymbol(rows);
  if (values !== null) {
    long = add(...values.filter((value) => value > 0));
    short = add(...values.filter((value) => value < 0).map((value) => subtract(ZERO, value)));
  }
  const gross = add(long, short);
  return {
    long: toDollars(long),
    short: toDollars(short),
    gross: toDollars(gross),
    net: toDollars(subtract(long, short)),
    grossPercent: equity > 0 ? percent(gross, equity) : 0,
  };
}

/** Market value of each symbol; null when one of them has no price. */
function bySymbol(rows: readonly Row[]): Money[] | null {
  const values = new Map<string, Money>();
  for (const { symbol, value } of rows) {
    if (value === null) return null;
    values.set(symbol, add(values.get(symbol) ?? ZERO, value));
  }
  return [...values.values()];
}

function unrealizedOf(rows: readonly Row[], balances: Balances): Money {
  const parts: Money[] = [];
  for (const { value, cost } of rows) {
    if (value === null) return money(balances.openPnl);
    parts.push(subtract(value, cost));
  }
  return add(...parts);
}

function dayPnlOf(equity: Money, baseline: Money | null, session: string): PortfolioSnapshot['dayPnl'] {
  if (baseline === null || baseline <= 0) return null;
  const value = subtract(equity, baseline);
  return {
    value: toDollars(value),
    percent: percent(value, baseline),
    baseline: toDollars(baseline),
    session,
  };
}

/** 0..100, to 1/10,000. */
function percent(part: Money, whole: Money): number {
  return toDollars(money((part / whole) * 100));
}
