import { equityShare } from '../equity-share.ts';
import type { Rule } from '../rule.ts';
import {
  exitPasses,
  isEntry,
  known,
  pass,
  percentOver,
  percentText,
  refuse,
  sharesText,
  within,
} from '../rule.ts';

const NAME = 'max-position';
const FIELD = 'maxPositionPercent';

/** One book's position in the symbol after the order, its working entries filled, as part of equity. */
export const rule: Rule = ({ intent, held, working, quote, equity }, policy) => {
  if (!isEntry(intent)) return exitPasses(NAME, 'the position limit');
  const limit = policy.maxPositionPercent;
  const { book, symbol, quantity } = intent;
  if (held === null || !known(held.book)) {
    return refuse(NAME, `what book ${book} holds of ${symbol} is not known`, { field: FIELD, limit });
  }
  const onTheWay = intent.side === 'sell_short' ? working.bookSell : working.bookBuy;
  const share = equityShare(intent, quote, equity, held.book, onTheWay);
  if (typeof share === 'string') return refuse(NAME, share, { field: FIELD, limit });
  const before = Math.abs(held.book) + onTheWay;
  const also = before === 0 ? '' : ` with ${sharesText(before)} held and on the way`;
  const text = `${sharesText(quantity)} ${symbol}${also} would make`;
  const where = `of equity in book ${book}`;
  const detail = { field: FIELD, limit, value: share.percent, figures: share.figures };
  return within(share.percent, limit)
    ? pass(NAME, `${text} ${percentText(share.percent)} ${where}, within ${percentText(limit)}`, detail)
    : refuse(
        NAME,
        `${text} ${percentOver(share.percent, limit)} ${where}; the limit is ${percentText(limit)} (${FIELD})`,
        detail,
      );
};
