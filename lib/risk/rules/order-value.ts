import { formatDollars, formatNumber, toDollars } from '../../domain/money.ts';
import { orderPrice, worth } from '../price.ts';
import type { Rule } from '../rule.ts';
import { exitPasses, isEntry, pass, refuse, sharesText, within } from '../rule.ts';

const NAME = 'order-value';
const FIELD = 'maxOrderValue';

/** What an entry would cost at its limit, or at the ask. The collar is for reservations, not for this limit. */
export const rule: Rule = ({ intent, quote }, policy) => {
  if (!isEntry(intent)) return exitPasses(NAME, 'the order value');
  const limit = policy.maxOrderValue;
  const price = orderPrice(intent, quote);
  const cost = worth(price, intent.quantity);
  if (price === null || cost === null) {
    return refuse(NAME, 'what the order would cost is not known: there is no price to value it at', {
      field: FIELD,
      limit,
    });
  }
  const value = toDollars(cost);
  const sum = `${sharesText(intent.quantity)} at ${formatNumber(price, 2, 4)} = `;
  const detail = { field: FIELD, limit, value };
  return within(value, limit)
    ? pass(NAME, `${sum}${formatDollars(value)} is within ${formatDollars(limit)} an order`, detail)
    : refuse(
        NAME,
        `${sum}${formatNumber(value, 2, 4)} is more than ${formatDollars(limit)} an order (${FIELD})`,
        detail,
      );
};
