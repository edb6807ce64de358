import { z } from 'zod';
import type { AccountProfile, Balances, BrokerPosition } from '../port.ts';
import { decimal, decimalOrZero, isoDateOrNull, listOf, many, reply, word, wordOrEmpty } from './codec.ts';

/** The documents about the user, the account and its stream sessions. Shapes: docs.tradier.com. */

const accountType = z.enum(['cash', 'margin', 'pdt']);

export const profileReply = reply(
  'profile',
  z.object({
    account: many(
      z
        .object({ account_number: word, type: accountType, status: wordOrEmpty })
        .transform(
          (row): AccountProfile => ({ accountId: row.account_number, type: row.type, status: row.status }),
        ),
    ),
  }),
).transform((profile) => profile.account);

const power = z.object({ stock_buying_power: decimal });

export const balancesReply = reply(
  'balances',
  z
    .object({
      account_type: accountType,
      total_equity: decimal,
      total_cash: decimal,
      long_market_value: decimalOrZero,
      short_market_value: decimalOrZero,
      open_pl: decimalOrZero,
      close_pl: decimalOrZero,
      pending_orders_count: decimalOrZero,
      cash: z.object({ cash_available: decimal }).optional(),
      margin: power.optional(),
      pdt: power.optional(),
    })
    .transform((row, context): Balances => {
      // The reply carries one of the three, chosen by the account's type; without it nothing may be assumed.
      const buyingPower =
        row.account_type === 'cash' ? row.cash?.cash_available : row[row.account_type]?.stock_buying_power;
      if (buyingPower === undefined) {
        context.addIssue({ code: 'custom', message: `expected ${row.account_type} balances` });
        return z.NEVER;
      }
      return {
        type: row.account_type,
        totalEquity: row.total_equity,
        totalCash: row.total_cash,
        stockBuyingPower: buyingPower,
        longMarketValue: row.long_market_value,
        shortMarketValue: row.short_market_value,
        openPnl: row.open_pl,
        closePnl: row.close_pl,
        pendingOrders: row.pending_orders_count,
      };
    }),
);

export const positionsReply = reply(
  'positions',
  listOf(
    'position',
    z
      .object({ symbol: word, quantity: decimal, cost_basis: decimal, date_acquired: isoDateOrNull })
      .transform(
        (row): BrokerPosition => ({
          symbol: row.symbol,
          quantity: row.quantity,
          costBasis: row.cost_basis,
          acquiredAt: row.date_acquired ?? 0,
        }),
      ),
  ),
);

export const sessionReply = reply('stream', z.object({ url: word, sessionid: word }));
