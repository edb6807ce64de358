import type { RiskContext } from '../context.ts';
import type { Rule } from '../rule.ts';
import { known, pass, refuse, sharesText } from '../rule.ts';

const NAME = 'no-cross-zero';

/**
 * No order turns a position's sign. A sale is at most what its book holds, and at most what the account holds, each
 * less what is already on its way out. This is the one rule that proves an exit to be an exit, so it lets nothing
 * pass on trust. Long only in this version.
 */
export const rule: Rule = (context) => {
  const { intent, held, working } = context;
  const { symbol, quantity, book } = intent;
  if (intent.side === 'sell_short' || intent.side === 'buy_to_cover') {
    return refuse(NAME, 'short sales are not available in this version', {
      field: 'side',
      value: intent.side,
    });
  }
  if (held === null || !known(held.book) || !known(held.account)) {
    return refuse(NAME, `what is held of ${symbol} is not known`, { field: 'held' });
  }
  const { bookBuy, bookSell, accountBuy, accountSell } = working;
  if (![bookBuy, bookSell, accountBuy, accountSell].every((shares) => known(shares) && shares >= 0)) {
    return refuse(NAME, `what is on its way in working orders of ${symbol} is not known`, {
      field: 'working',
    });
  }
  if (intent.side === 'buy') return buy(context, held);
  const ofBook = held.book - bookSell;
  const ofAccount = held.account - accountSell;
  const byBook = ofBook <= ofAccount;
  const limit = Math.max(0, byBook ? ofBook : ofAccount);
  const owner = byBook ? `book ${book}` : 'the account';
  const holds = `${owner} holds ${sharesText(byBook ? held.book : held.account)} ${symbol}`;
  const selling = byBook ? bookSell : accountSell;
  const figures = { heldByBook: held.book, heldByAccount: held.account, bookSell, accountSell };
  const detail = { field: 'quantity', limit, value: quantity, figures };
  const free = `${holds}, ${sharesText(selling)} of them already being sold`;
  return quantity <= limit
    ? pass(NAME, `selling ${sharesText(quantity)} leaves ${sharesText(limit - quantity)}: ${free}`, detail)
    : refuse(NAME, `selling ${sharesText(quantity)} would cross zero: ${free}`, detail);
};

function buy({ intent }: RiskContext, held: { book: number; account: number }) {
  const { symbol } = intent;
  if (intent.reduceOnly) {
    return refuse(NAME, `a buy cannot reduce: nothing is short of ${symbol}`, {
      field: 'reduceOnly',
      value: 'true',
    });
  }
  const short = Math.min(held.book, held.account);
  if (short >= 0)
    return pass(NAME, `a buy adds to ${sharesText(held.book)} ${symbol} held`, { value: held.book });
  return refuse(
    NAME,
    `${sharesText(-short)} ${symbol} are short; a buy would net against them, and covering is not available in this version`,
    {
      field: 'held',
      value: short,
      limit: 0,
    },
  );
}
