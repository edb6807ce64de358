import {
  count,
  known,
  type Reckoned,
  type Reckoning,
  refused,
  sharesText,
  sized,
  turnDown,
} from './answer.ts';
import { cap } from './cap.ts';
import type { Sized, Sizing, SizingContext } from './contract.ts';
import { sellable } from './exit.ts';
import { reckon } from './methods.ts';

/**
 * A wanted position becomes the difference to what the book holds and has working. Sized as the signal, the target is
 * the number of shares wanted, up or down. Sized by another method, the target only gives the direction: above zero
 * buys up to the method's size and sells nothing, zero sells all. A target below zero is long only's zero: what is held
 * is sold, and the short side, which is not available in this version, is left out.
 */
export function sizeTarget(context: SizingContext, sizing: Sizing): Sized {
  const { signal, held, working } = context;
  const { target, book, symbol } = signal;
  if (!known(target)) {
    return refused(turnDown('missing-figure', 'the signal names no target position', { field: 'target' }));
  }
  if (target < 0 && !(known(held) && held > 0)) {
    const message = `target ${count(target)}: short sales are not available in this version`;
    return refused(turnDown('long-only', message, { field: 'target', value: target, limit: 0 }));
  }
  if (!known(held) || !known(working.buy) || !known(working.sell) || working.buy < 0 || working.sell < 0) {
    return refused(
      turnDown('missing-figure', `what book ${book} holds of ${symbol} is not known`, { field: 'held' }),
    );
  }
  if (held < 0) {
    const message = `book ${book} is short ${sharesText(-held)} of ${symbol}; covering is not available in this version`;
    return refused(turnDown('long-only', message, { field: 'held', value: held }));
  }
  const wanted = desired(context, sizing, target);
  if ('refusal' in wanted) return refused(wanted);

  const position = held + working.buy - working.sell;
  const missing = wanted.quantity - position;
  const figures = {
    ...wanted.figures,
    target,
    position,
    held,
    workingBuy: working.buy,
    workingSell: working.sell,
  };
  const stands = `book ${book} stands at ${count(position)}${onTheWay(context)}`;
  const only = sizing.method !== 'as_signal' && target > 0;
  const leaving = target < 0 && missing > 0;
  if (Math.abs(missing) < 1 || (only && missing < 0) || leaving) {
    const message = `${wanted.because}; ${stands}: nothing to do`;
    return refused({
      ...turnDown('already-at-target', message, { field: 'target', value: position }),
      figures,
    });
  }
  if (missing > 0) {
    const quantity = Math.floor(missing);
    const because = `${wanted.because}; ${stands}, ${sharesText(quantity)} missing`;
    const capped = cap(context, { quantity, because, figures });
    return 'refusal' in capped ? refused(capped) : sized('buy', false, capped);
  }
  const exit = sellable(context, -missing, `${wanted.because}; ${stands}, ${sharesText(-missing)} too many`);
  return 'refusal' in exit
    ? refused(exit)
    : sized('sell', true, { ...exit, figures: { ...figures, ...exit.figures } });
}

function desired(context: SizingContext, sizing: Sizing, target: number): Reckoning {
  if (target < 0) {
    const because = `target ${count(target)}: short sales are not available in this version, so only the long is sold`;
    return { quantity: 0, because, figures: {} };
  }
  if (target === 0) return { quantity: 0, because: 'target flat', figures: {} } satisfies Reckoned;
  if (sizing.method !== 'as_signal') return reckon(context, sizing);
  const quantity = Math.floor(target);
  const rounded = quantity === target ? '' : `, rounded down to ${count(quantity)}`;
  return { quantity, because: `target ${count(target)}${rounded}`, figures: {} };
}

function onTheWay({ held, working }: SizingContext): string {
  if (working.buy === 0 && working.sell === 0) return '';
  return ` (${count(held ?? 0)} held, ${count(working.buy)} being bought, ${count(working.sell)} being sold)`;
}
