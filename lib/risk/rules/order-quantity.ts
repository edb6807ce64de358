import type { Rule } from '../rule.ts';
import { isEntry, pass, refuse, sharesText, within } from '../rule.ts';

const NAME = 'order-quantity';
const FIELD = 'maxOrderQuantity';

/** Whole shares for every order; at most the limit for entries. */
export const rule: Rule = ({ intent }, policy) => {
  const { quantity } = intent;
  const limit = policy.maxOrderQuantity;
  if (!Number.isSafeInteger(quantity) || quantity <= 0) {
    return refuse(NAME, `quantity ${quantity} is not a whole number of shares above 0`, {
      field: 'quantity',
      value: String(quantity),
    });
  }
  if (!isEntry(intent)) return pass(NAME, `${sharesText(quantity)} shares; exits have no limit on shares`);
  const detail = { field: FIELD, limit, value: quantity };
  return within(quantity, limit)
    ? pass(NAME, `${sharesText(quantity)} shares are within ${sharesText(limit)} an order`, detail)
    : refuse(
        NAME,
        `${sharesText(quantity)} shares are more than ${sharesText(limit)} an order (${FIELD})`,
        detail,
      );
};
