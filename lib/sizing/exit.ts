import { count, known, type Reckoning, sharesText, turnDown } from './answer.ts';
import type { SizingContext } from './contract.ts';

/**
 * How many shares of its book an exit sells: what is asked for, at most what is held and not already being sold.
 * Policy caps do not apply to exits. `asked` is absent when everything is to go.
 */
export function sellable(context: SizingContext, asked: number | undefined, why: string): Reckoning {
  const { signal, held, working } = context;
  const { book, symbol } = signal;
  if (!known(held) || !known(working.sell) || working.sell < 0) {
    return turnDown('missing-figure', `what book ${book} holds of ${symbol} is not known`, { field: 'held' });
  }
  if (held < 0) {
    return turnDown(
      'long-only',
      `book ${book} is short ${sharesText(-held)} of ${symbol}; covering is not available in this version`,
    );
  }
  if (held === 0) {
    return turnDown('nothing-to-sell', `book ${book} holds no ${symbol}`, { field: 'held', value: 0 });
  }
  const free = Math.max(0, held - working.sell);
  const selling = working.sell > 0 ? `, ${count(working.sell)} of them already being sold` : '';
  const holds = `book ${book} holds ${sharesText(held)} of ${symbol}${selling}`;
  const figures = { held, workingSell: working.sell, ...(asked === undefined ? {} : { asked }) };
  if (free < 1) {
    const rest = free > 0 ? '; what is left is less than one whole share' : '';
    return {
      ...turnDown('nothing-to-sell', `${holds}${rest}`, { field: 'held', value: free, limit: 1 }),
      figures,
    };
  }
  if (asked !== undefined && !known(asked)) {
    return turnDown('missing-figure', 'the quantity to sell is not a number', { field: 'quantity' });
  }
  if (asked !== undefined && asked < 1) {
    const message = `${why}: less than one whole share (quantity)`;
    return {
      ...turnDown('below-one-share', message, { field: 'quantity', value: asked, limit: 1 }),
      figures,
    };
  }
  const wanted = Math.min(asked ?? free, free);
  const quantity = Math.floor(wanted);
  const cut = asked !== undefined && asked > free ? `; cut to what can be sold` : '';
  const rounded = quantity === wanted ? '' : `; rounded down to ${sharesText(quantity)}`;
  return { quantity, because: `${why}: ${holds}${cut}${rounded}`, figures };
}
