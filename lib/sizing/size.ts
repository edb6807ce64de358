import { known, refused, sharesText, sized, turnDown } from './answer.ts';
import { cap } from './cap.ts';
import type { Sized, Sizing, SizingContext } from './contract.ts';
import { sellable } from './exit.ts';
import { reckon } from './methods.ts';
import { sizeTarget } from './target.ts';

/**
 * Turns a signal into a side and a whole number of shares, or says what is missing. The method sizes entries; exits
 * are sized by the signal's quantity and what the book holds. Nothing crosses zero; long only in this version.
 */
export function size(context: SizingContext, sizing: Sizing): Sized {
  const { signal } = context;
  if (signal.type === 'limit' && !(known(signal.limitPrice) && signal.limitPrice > 0)) {
    return refused(
      turnDown('missing-figure', 'a limit order needs a limit price above 0', { field: 'limitPrice' }),
    );
  }
  switch (signal.action) {
    case 'buy':
      return buy(context, sizing);
    case 'sell':
      return sell(context);
    case 'close':
      return exit(context, undefined, closing(context));
    case 'target':
      return sizeTarget(context, sizing);
    case 'short':
      return longOnly('short sales are not available in this version');
    case 'cover':
      return longOnly('there is no short position to cover: short sales are not available in this version');
    default:
      return refused(
        turnDown('missing-figure', 'the signal names no action that can be sized', { field: 'action' }),
      );
  }
}

function buy(context: SizingContext, sizing: Sizing): Sized {
  const { held, signal } = context;
  if (known(held) && held < 0) {
    return longOnly(
      `book ${signal.book} is short ${sharesText(-held)} of ${signal.symbol}; covering is not available in this version`,
    );
  }
  const wanted = reckon(context, sizing);
  if ('refusal' in wanted) return refused(wanted);
  const capped = cap(context, wanted);
  return 'refusal' in capped ? refused(capped) : sized('buy', false, capped);
}

function sell(context: SizingContext): Sized {
  const { quantity } = context.signal;
  const why = quantity === undefined ? 'sell all' : `the signal asks to sell ${sharesText(quantity)}`;
  return exit(context, quantity, why);
}

function closing({ signal }: SizingContext): string {
  return signal.quantity === undefined
    ? 'close all'
    : `close all, whatever the quantity of ${sharesText(signal.quantity)}`;
}

function exit(context: SizingContext, asked: number | undefined, why: string): Sized {
  const reckoned = sellable(context, asked, why);
  return 'refusal' in reckoned ? refused(reckoned) : sized('sell', true, reckoned);
}

function longOnly(message: string): Sized {
  return refused(turnDown('long-only', message, { field: 'action' }));
}
