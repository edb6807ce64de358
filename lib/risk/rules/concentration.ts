import { equityShare } from '../equity-share.ts';
import type { Rule } from '../rule.ts';
import { exitPasses, isEntry, known, pass, percentOver, percentText, refuse, within } from '../rule.ts';

const NAME = 'concentration';
const FIELD = 'maxConcentrationPercent';

/** The symbol in the whole account after the order: all books, `external`, and every working entry, as part of equity. */
export const rule: Rule = ({ intent, held, working, quote, equity }, policy) => {
  if (!isEntry(intent)) return exitPasses(NAME, 'the concentration limit');
  const limit = policy.maxConcentrationPercent;
  const { symbol } = intent;
  if (held === null || !known(held.account)) {
    return refuse(NAME, `what the account holds of ${symbol} is not known`, { field: FIELD, limit });
  }
  const onTheWay = intent.side === 'sell_short' ? working.accountSell : working.accountBuy;
  const share = equityShare(intent, quote, equity, held.account, onTheWay);
  if (typeof share === 'string') return refuse(NAME, share, { field: FIELD, limit });
  const text = `the account would have`;
  const detail = { field: FIELD, limit, value: share.percent, figures: share.figures };
  return within(share.percent, limit)
    ? pass(
        NAME,
        `${text} ${percentText(share.percent)} of equity in ${symbol}, within ${percentText(limit)}`,
        detail,
      )
    : refuse(
        NAME,
        `${text} ${percentOver(share.percent, limit)} of equity in ${symbol}; the limit is ${percentText(limit)} (${FIELD})`,
        detail,
      );
};
