import { formatDollars, formatMoney, money, toDollars } from '../../domain/money.ts';
import type { Check, RiskContext } from '../context.ts';
import type { Policy } from '../policy.ts';
import { tradable } from '../price.ts';
import type { Rule } from '../rule.ts';
import { known, pass, refuse, sharesText } from '../rule.ts';

const NAME = 'short-sales';
const FIELD = 'allowShortSales';

/** Tradier sells nothing short below this price, dollars. */
const LEAST_PRICE = 5;
/** What an account must be worth to borrow, by FINRA rule 4210. */
const LEAST_EQUITY = money(2_000);

type Fault = Pick<Check, 'message' | 'field' | 'limit' | 'value'>;

/** A short sale: allowed by the policy, and all that the broker asks of one. Every reason is told at once. */
export const rule: Rule = (context, policy) => {
  const { intent, quote, equity } = context;
  if (intent.side !== 'sell_short') return pass(NAME, 'nothing is sold short');
  const [first, ...others] = faults(context, policy);
  if (first) {
    const { message, ...detail } = first;
    return refuse(NAME, [message, ...others.map((one) => one.message)].join('; '), detail);
  }
  const last = quote?.last ?? 0;
  const message = `a short sale at ${formatDollars(last)} on a margin account with ${formatMoney(equity ?? money(0))} of equity`;
  return pass(NAME, message, { field: FIELD, figures: { last, equity: toDollars(equity ?? money(0)) } });
};

function faults(context: RiskContext, policy: Policy): Fault[] {
  const { intent, quote, equity, accountType, held, stances, working } = context;
  const { symbol } = intent;
  const found: Fault[] = [];
  const fault = (message: string, detail: Omit<Fault, 'message'>) => found.push({ message, ...detail });
  if (policy.allowShortSales !== true) fault(`the policy allows no short sales (${FIELD})`, { field: FIELD });
  if (accountType === null) fault('what kind of account this is is not known', { field: 'accountType' });
  else if (accountType === 'cash') {
    fault('a cash account cannot sell short', { field: 'accountType', value: accountType, limit: 'margin' });
  }
  const last = quote?.last;
  if (!tradable(last)) fault('the last price is not known', { field: 'last', limit: LEAST_PRICE });
  else if (last < LEAST_PRICE) {
    const message = `the last price ${formatDollars(last)} is below ${formatDollars(LEAST_PRICE)}, the least a stock is sold short at`;
    fault(message, { field: 'last', limit: LEAST_PRICE, value: last });
  }
  if (intent.duration !== 'day') {
    const message = `a short sale is good for the day only, not ${intent.duration}`;
    fault(message, { field: 'duration', limit: 'day', value: intent.duration });
  }
  const least = toDollars(LEAST_EQUITY);
  if (!known(equity)) fault('the equity of the account is not known', { field: 'equity', limit: least });
  else if (equity < LEAST_EQUITY) {
    const message = `equity ${formatMoney(equity)} is below ${formatMoney(LEAST_EQUITY)}, the least for short sales`;
    fault(message, { field: 'equity', limit: least, value: toDollars(equity) });
  }
  const coming = working.accountLong;
  const long = Math.max(stances.long, held?.account ?? Number.NaN);
  if (!known(long) || !known(coming)) {
    fault(`whether the account is long of ${symbol} is not known`, { field: 'held' });
  } else if (long > 0 || coming > 0) {
    const held = long > 0 ? `${sharesText(long)} held` : '';
    const bought = coming > 0 ? `${sharesText(coming)} being bought` : '';
    const message = `the account is long of ${symbol}: ${[held, bought].filter(Boolean).join(', ')}`;
    fault(message, { field: 'held', limit: 0, value: long + coming });
  }
  return found;
}
