import type { EpochMs } from '../domain/clock.ts';
import { add, amount, type Money, subtract, toDollars, ZERO } from '../domain/money.ts';
import { reservedByAll } from './commitments.ts';
import type { ExchangeBalances } from './contract.ts';
import { isWorking, type OrderRecord } from './order-record.ts';
import { costOf, type PaperAccount, sharesOf } from './paper-account.ts';

/** The account's worth at the prices of now. */
export interface Worth {
  equity: Money;
  longValue: Money;
  /** Below zero. */
  shortValue: Money;
  openPnl: Money;
  /** What may be spent on stock now, or sold short. */
  buyingPower: Money;
}

/**
 * Values the account; `last` gives dollars a share. Buying power of a margin account is by Regulation T: half of a
 * purchase must be one's own, and a short sale asks for 150 % of its value, of which its own proceeds are 100:
 * 2 x equity − value held long − value held short − worst case of the working entries. A cash account spends what
 * is settled. Never below 0.
 */
export function worthOf(
  account: PaperAccount,
  working: readonly OrderRecord[],
  last: (symbol: string) => number,
  now: EpochMs,
): Worth {
  let longValue = ZERO;
  let shortValue = ZERO;
  let cost = ZERO;
  for (const position of account.positions) {
    const value = amount(last(position.symbol), sharesOf(position.lots));
    if (value < 0) shortValue = add(shortValue, value);
    else longValue = add(longValue, value);
    cost = add(cost, costOf(position.lots));
  }
  const equity = add(account.cash, longValue, shortValue);
  const free =
    account.type === 'cash'
      ? subtract(account.cash, account.unsettled(now))
      : add(equity, equity, subtract(shortValue, longValue));
  const buyingPower = subtract(free, reservedByAll(working));
  return {
    equity,
    longValue,
    shortValue,
    openPnl: subtract(add(longValue, shortValue), cost),
    buyingPower: buyingPower > 0 ? buyingPower : ZERO,
  };
}

/** The balances as a broker states them, in dollars. */
export function balancesOf(
  account: PaperAccount,
  working: readonly OrderRecord[],
  last: (symbol: string) => number,
  now: EpochMs,
): ExchangeBalances {
  const worth = worthOf(account, working, last, now);
  return {
    type: account.type,
    totalEquity: toDollars(worth.equity),
    totalCash: toDollars(account.cash),
    stockBuyingPower: toDollars(worth.buyingPower),
    longMarketValue: toDollars(worth.longValue),
    shortMarketValue: toDollars(worth.shortValue),
    openPnl: toDollars(worth.openPnl),
    closePnl: toDollars(account.realized),
    pendingOrders: working.filter(isWorking).length,
    unsettledFunds: toDollars(account.unsettled(now)),
  };
}
