import {
  count,
  known,
  type Reckoned,
  type Reckoning,
  refused,
  sharesText,
  sized,
  type TurnedDown,
  turnDown,
} from './answer.ts';
import type { Sized, SizingContext } from './contract.ts';
import { placingOf } from './placing.ts';

export type ClosingSide = 'sell' | 'buy_to_cover';

/** The order that closes so many shares, placed as the signal asks. What it asks for around an entry is not for it. */
export function exitOf(context: SizingContext, side: ClosingSide, reckoned: Reckoned): Sized {
  const placing = placingOf(context, side);
  if ('refusal' in placing) return refused(placing);
  const { stopLoss, takeProfit, trail } = context.signal;
  const bracketed = stopLoss !== undefined || takeProfit !== undefined || trail !== undefined;
  const note = bracketed ? '; an exit opens nothing, so its stop loss and take profit are not used' : '';
  return sized(side, true, placing, { ...reckoned, because: reckoned.because + note });
}

/**
 * How many shares of its book an exit closes: what is asked for, at most what is held or short and not already on its way
 * out. Policy caps do not apply to exits. `asked` is absent when everything is to go.
 */
export function closable(
  context: SizingContext,
  side: ClosingSide,
  asked: number | undefined,
  why: string,
): Reckoning {
  const { signal, held, working, account } = context;
  const { book, symbol } = signal;
  const sells = side === 'sell';
  const leaving = sells ? working.sell : working.buy;
  if (!known(held) || !known(leaving) || leaving < 0) return unknownPosition(context);
  const position = sells ? held : -held;
  const rule = sells ? 'nothing-to-sell' : 'nothing-to-cover';
  if (position <= 0) {
    const other = sells ? `is short ${sharesText(-position)} of` : `holds ${sharesText(-position)} of`;
    const has = position < 0 ? other : sells ? 'holds no' : 'is short of no';
    const message = `book ${book} ${has} ${symbol}${position < 0 ? `: there is nothing to ${sells ? 'sell' : 'cover'}` : ''}`;
    return turnDown(rule, message, { field: 'held', value: held });
  }
  const ofBook = Math.max(0, position - leaving);
  const ofAccount = Math.max(0, ((sells ? account?.sell : account?.cover) ?? position) - leaving);
  const free = Math.min(ofBook, ofAccount);
  const acted = sells ? 'sold' : 'covered';
  const selling = leaving > 0 ? `, ${count(leaving)} of them already being ${acted}` : '';
  const short = ofAccount < ofBook ? `, and the account has ${count(ofAccount)} left to be ${acted}` : '';
  const holds = `book ${book} ${sells ? 'holds' : 'is short'} ${sharesText(position)} of ${symbol}${selling}${short}`;
  const out = sells ? { workingSell: leaving } : { workingBuy: leaving };
  const figures = { held, ...out, ...(asked === undefined ? {} : { asked }) };
  if (free < 1) {
    const rest = free > 0 ? '; what is left is less than one whole share' : '';
    return { ...turnDown(rule, `${holds}${rest}`, { field: 'held', value: free, limit: 1 }), figures };
  }
  if (asked !== undefined && !known(asked)) {
    const verb = sells ? 'sell' : 'cover';
    return turnDown('missing-figure', `the quantity to ${verb} is not a number`, { field: 'quantity' });
  }
  if (asked !== undefined && asked < 1) {
    const message = `${why}: less than one whole share (quantity)`;
    return {
      ...turnDown('below-one-share', message, { field: 'quantity', value: asked, limit: 1 }),
      figures,
    };
  }
  const want = Math.min(asked ?? free, free);
  const quantity = Math.floor(want);
  const cut = (asked ?? ofBook) > free ? `; cut to what can be ${acted}` : '';
  const rounded = quantity === want ? '' : `; rounded down to ${sharesText(quantity)}`;
  return { quantity, because: `${why}: ${holds}${cut}${rounded}`, figures };
}

export function unknownPosition({ signal }: SizingContext): TurnedDown {
  const message = `what book ${signal.book} holds of ${signal.symbol} is not known`;
  return turnDown('missing-figure', message, { field: 'held' });
}
