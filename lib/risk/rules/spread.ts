import { formatNumber } from '../../domain/money.ts';
import { tradable } from '../price.ts';
import type { Rule } from '../rule.ts';
import { exitPasses, isEntry, pass, percentOver, percentText, refuse, within } from '../rule.ts';

const NAME = 'spread';
const FIELD = 'maxSpreadPercent';

/** An entry without a limit price needs both sides of the market, uncrossed and close together. */
export const rule: Rule = ({ intent, quote }, policy) => {
  if (intent.type === 'limit' || intent.type === 'stop_limit')
    return pass(NAME, 'the limit price bounds the cost');
  if (!isEntry(intent)) return exitPasses(NAME, 'the spread');
  const limit = policy.maxSpreadPercent;
  const bid = quote?.bid;
  const ask = quote?.ask;
  if (!tradable(bid) || !tradable(ask)) {
    return refuse(NAME, 'the spread is not known: the quote lacks a bid or an ask', { field: FIELD, limit });
  }
  const sides = `${formatNumber(bid, 2, 4)} bid, ${formatNumber(ask, 2, 4)} ask`;
  if (bid > ask)
    return refuse(NAME, `the quote is crossed: ${sides}`, { field: FIELD, limit, figures: { bid, ask } });
  const value = ((ask - bid) / ((ask + bid) / 2)) * 100;
  const detail = { field: FIELD, limit, value, figures: { bid, ask } };
  return within(value, limit)
    ? pass(NAME, `the spread is ${percentText(value)} (${sides}), within ${percentText(limit)}`, detail)
    : refuse(
        NAME,
        `the spread is ${percentOver(value, limit)} (${sides}); the limit for market orders is ${percentText(limit)} (${FIELD})`,
        detail,
      );
};
