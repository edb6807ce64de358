import { known, refused, sharesText, type TurnedDown, turnDown } from './answer.ts';
import { cap } from './cap.ts';
import { AS_THE_SIGNAL, type Sized, type Sizing, type SizingContext } from './contract.ts';
import { type EntryPlan, entryOf, planEntry } from './entry.ts';
import { type ClosingSide, closable, exitOf, unknownPosition } from './exit.ts';
import { reckon } from './methods.ts';
import { askedToClose } from './signal-size.ts';
import { sizeTarget } from './target.ts';

/**
 * Turns a signal into a side and a whole number of shares, or says what is missing. The method sizes entries; exits
 * are sized by the signal's quantity and what the book holds. Nothing crosses zero in one order: `sell` reduces a long
 * and `buy` a short; what opens a short needs a sender that may.
 */
export function size(context: SizingContext, sizing: Sizing): Sized {
  const { signal, held } = context;
  switch (signal.action) {
    case 'buy':
      return known(held) && held < 0
        ? exit(context, 'buy_to_cover', 'to buy')
        : enter(context, sizing, 'buy');
    case 'sell':
      return known(held) && held <= 0 && signal.mayShort === true
        ? enter(context, sizing, 'sell_short')
        : exit(context, 'sell', 'to sell');
    case 'short':
      return short(context, sizing);
    case 'cover':
      return exit(context, 'buy_to_cover', 'to cover');
    case 'close':
      return close(context);
    case 'target':
      return sizeTarget(context, sizing);
    default:
      return refused(
        turnDown('missing-figure', 'the signal names no action that can be sized', { field: 'action' }),
      );
  }
}

function enter(context: SizingContext, sizing: Sizing, side: EntryPlan['side']): Sized {
  const plan = planEntry(context, side, sizing.protection ?? AS_THE_SIGNAL);
  if ('refusal' in plan) return refused(plan);
  const wanted = reckon(context, sizing, plan);
  if ('refusal' in wanted) return refused(wanted);
  const capped = cap(context, plan, wanted);
  return 'refusal' in capped ? refused(capped) : entryOf(plan, capped);
}

function short(context: SizingContext, sizing: Sizing): Sized {
  const { held, signal } = context;
  if (signal.mayShort !== true) return refused(mayNotShort('the signal asks to sell short'));
  if (known(held) && held > 0) {
    const message = `book ${signal.book} holds ${sharesText(held)} of ${signal.symbol}: they are sold before it goes short`;
    return refused(turnDown('would-cross-zero', message, { field: 'held', value: held, limit: 0 }));
  }
  return enter(context, sizing, 'sell_short');
}

function close(context: SizingContext): Sized {
  const { held, signal } = context;
  if (!known(held)) return refused(unknownPosition(context));
  const side = held < 0 ? 'buy_to_cover' : 'sell';
  if (signal.sizing?.kind === 'percent_of_position') return exit(context, side, 'to close');
  const why =
    signal.quantity === undefined
      ? 'close all'
      : `close all, whatever the quantity of ${sharesText(signal.quantity)}`;
  const reckoned = closable(context, side, undefined, why);
  return 'refusal' in reckoned ? refused(reckoned) : exitOf(context, side, reckoned);
}

function exit(context: SizingContext, side: ClosingSide, verb: string): Sized {
  const asked = askedToClose(context, side, verb);
  if ('refusal' in asked) return refused(asked);
  const reckoned = closable(context, side, asked.shares, asked.why);
  return 'refusal' in reckoned ? refused(reckoned) : exitOf(context, side, reckoned);
}

/** Why a short is not opened for this sender. */
export function mayNotShort(what: string): TurnedDown {
  return turnDown('long-only', `${what}, and its sender may not open short positions (May short is off)`, {
    field: 'mayShort',
    value: 'false',
    limit: 'true',
  });
}
