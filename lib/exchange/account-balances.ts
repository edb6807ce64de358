import type { Balances } from '../broker/port.ts';
import { add, amount, type Money, subtract, toDollars, ZERO } from '../domain/money.ts';
import { isWorking, type OrderRecord, reserved } from './order-record.ts';
import { costOf, type PaperAccount, sharesOf } from './paper-account.ts';

/** The account's worth at the prices of now. */
export interface Worth {
  equity: Money;
  longValue: Money;
  openPnl: Money;
  /** What may be spent on stock now. */
  buyingPower: Money;
}

/**
 * Values the account. Buying power by Regulation T (half of a purchase must be one's own):
 * 2 x equity − value of what is held − worst case of the working buys, at least 0.
 * `last` gives dollars a share.
 */
export function worthOf(
  account: PaperAccount,
  working: readonly OrderRecord[],
  last: (symbol: string) => number,
): Worth {
  let longValue = ZERO;
  let cost = ZERO;
  for (const position of account.positions) {
    longValue = add(longValue, amount(last(position.symbol), sharesOf(position.lots)));
    cost = add(cost, costOf(position.lots));
  }
  const equity = add(account.cash, longValue);
  const open = add(...working.map(reserved));
  const buyingPower = subtract(subtract(add(equity, equity), longValue), open);
  return {
    equity,
    longValue,
    openPnl: subtract(longValue, cost),
    buyingPower: buyingPower > 0 ? buyingPower : ZERO,
  };
}

/** The balances as a broker states them, in dollars. */
export function balancesOf(
  account: PaperAccount,
  working: readonly OrderRecord[],
  last: (symbol: string) => number,
): Balances {
  const worth = worthOf(account, working, last);
  return {
    type: 'margin',
    totalEquity: toDollars(worth.equity),
    totalCash: toDollars(account.cash),
    stockBuyingPower: toDollars(worth.buyingPower),
    longMarketValue: toDollars(worth.longValue),
    shortMarketValue: 0,
    openPnl: toDollars(worth.openPnl),
    closePnl: toDollars(account.realized),
    pendingOrders: working.filter(isWorking).length,
  };
}
