import type { OrderIntent } from '../../domain/order.ts';
import type { Check, RiskContext } from '../context.ts';
import type { Rule } from '../rule.ts';
import { isEntry, known, pass, refuse, sharesText } from '../rule.ts';

const NAME = 'no-cross-zero';

type Held = NonNullable<RiskContext['held']>;

/**
 * No order turns a position's sign. What closes is at most what its book holds, and at most what the account holds,
 * each less what is already on its way out and, for an order that only stands by, less what others stand by for. What
 * opens finds nothing on the other side, in no book and not elsewhere: the broker would net the two. This is the one
 * rule that proves an exit to be an exit, so it lets nothing pass on trust.
 */
export const rule: Rule = (context) => {
  const { intent, held, working, covered } = context;
  const { symbol } = intent;
  if (held === null || !known(held.book) || !known(held.account)) {
    return refuse(NAME, `what is held of ${symbol} is not known`, { field: 'held' });
  }
  const counts = [...Object.values(working), covered.book, covered.account];
  if (!counts.every((shares) => known(shares) && shares >= 0)) {
    return refuse(NAME, `what is on its way in working orders of ${symbol} is not known`, {
      field: 'working',
    });
  }
  return isEntry(intent) ? entry(context, held) : exit(context, held);
};

function exit({ intent, working, covered }: RiskContext, held: Held): Check {
  const { side, symbol, quantity, book } = intent;
  const sells = side === 'sell';
  const sign = sells ? 1 : -1;
  const leaving = sells
    ? { book: working.bookSell, account: working.accountSell }
    : { book: working.bookBuy, account: working.accountBuy };
  const ofBook = sign * held.book - leaving.book - covered.book;
  const ofAccount = sign * held.account - leaving.account - covered.account;
  const byBook = ofBook <= ofAccount;
  const limit = Math.max(0, byBook ? ofBook : ofAccount);
  const owner = byBook ? `book ${book}` : 'the account';
  const position = sign * (byBook ? held.book : held.account);
  const out = byBook ? leaving.book : leaving.account;
  const stood = byBook ? covered.book : covered.account;
  const figures = {
    heldByBook: held.book,
    heldByAccount: held.account,
    ...(sells
      ? { bookSell: leaving.book, accountSell: leaving.account }
      : { bookBuy: leaving.book, accountBuy: leaving.account }),
    ...(stood > 0 ? { covered: stood } : {}),
  };
  const detail = { field: 'quantity', limit, value: quantity, figures };
  const has = sells ? 'holds' : 'is short';
  const shares = position < 0 ? `${has} no ${symbol}` : `${has} ${sharesText(position)} ${symbol}`;
  const standing = stood > 0 ? `, other orders standing by for ${sharesText(stood)}` : '';
  const free = `${owner} ${shares}, ${sharesText(out)} of them already being ${sells ? 'sold' : 'covered'}${standing}`;
  const acts = sells ? 'selling' : 'covering';
  return quantity <= limit
    ? pass(NAME, `${acts} ${sharesText(quantity)} leaves ${sharesText(limit - quantity)}: ${free}`, detail)
    : refuse(NAME, `${acts} ${sharesText(quantity)} would cross zero: ${free}`, detail);
}

function entry({ intent, stances, working }: RiskContext, held: Held): Check {
  const { symbol, reduceOnly } = intent;
  const buys = intent.side === 'buy';
  const act = buys ? 'a buy' : 'a short sale';
  if (reduceOnly) {
    return refuse(NAME, `${act} cannot reduce a position`, { field: 'reduceOnly', value: 'true' });
  }
  if (!known(stances.long) || !known(stances.short)) {
    return refuse(NAME, `what the books hold of ${symbol} is not known`, { field: 'held' });
  }
  const sign = buys ? 1 : -1;
  const against = Math.max(buys ? stances.short : stances.long, -sign * held.book, -sign * held.account);
  const coming = buys ? working.accountShort : working.accountLong;
  const other = buys ? 'short' : 'long';
  if (against > 0) {
    const message = `${sharesText(against)} ${symbol} are ${other} in the account; ${act} would net against them`;
    return refuse(NAME, message, { field: 'held', value: -sign * against, limit: 0 });
  }
  if (coming > 0) {
    const message = `${sharesText(coming)} ${symbol} are being ${buys ? 'sold short' : 'bought'}; ${act} would net against them`;
    return refuse(NAME, message, { field: 'working', value: coming, limit: 0 });
  }
  return pass(NAME, adds(intent, held), { value: held.book });
}

function adds({ side, symbol }: OrderIntent, held: Held): string {
  const act = side === 'buy' ? 'a buy' : 'a short sale';
  return `${act} adds to ${sharesText(Math.abs(held.book))} ${symbol} ${side === 'buy' ? 'held' : 'short'}`;
}
