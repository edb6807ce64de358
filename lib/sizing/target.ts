import type { Figures } from '../domain/trace.ts';
import {
  count,
  known,
  type Reckoned,
  type Reckoning,
  refused,
  sharesText,
  type TurnedDown,
  turnDown,
} from './answer.ts';
import { cap } from './cap.ts';
import { AS_THE_SIGNAL, type Sized, type Sizing, type SizingContext } from './contract.ts';
import { type EntryPlan, entryOf, planEntry } from './entry.ts';
import { closable, exitOf, unknownPosition } from './exit.ts';
import { reckon } from './methods.ts';

/** Where the book stands, signed, everything on its way counted, and where it is to go. */
interface Course {
  context: SizingContext;
  held: number;
  target: number;
  position: number;
}

const BARRED = 'its sender may not open short positions (May short is off)';

/**
 * A wanted position becomes the next step from what the book holds and has working; it never crosses zero, so that a
 * change of sign begins with the exit. Sized as the signal, the target is the number of shares wanted, up or down.
 * Sized by another method, the target only gives the direction: above zero buys up to the method's size and sells
 * nothing, below zero likewise short, zero closes all. For a sender that may not open shorts, a target below zero
 * closes a long and opens nothing.
 */
export function sizeTarget(context: SizingContext, sizing: Sizing): Sized {
  const { signal, held, working } = context;
  const { target } = signal;
  if (!known(target)) {
    return refused(turnDown('missing-figure', 'the signal names no target position', { field: 'target' }));
  }
  const barred = target < 0 && signal.mayShort !== true;
  if (barred && !(known(held) && held !== 0)) return refused(noShort(target));
  if (!known(held) || !known(working.buy) || !known(working.sell) || working.buy < 0 || working.sell < 0) {
    return refused(unknownPosition(context));
  }
  const course = { context, held, target, position: held + working.buy - working.sell };
  if (target === 0)
    return less(course, Math.sign(held || course.position), 0, { because: 'target flat', figures: {} });
  if (held !== 0 && Math.sign(held) !== Math.sign(target)) {
    const why = barred ? `${BARRED}, so only what is held goes` : 'what is held goes first';
    return less(course, Math.sign(held), 0, { because: `target ${count(target)}: ${why}`, figures: {} });
  }
  return approach(course, sizing, barred);
}

/** The book is flat or on the wanted side: more of it, or less. */
function approach(course: Course, sizing: Sizing, barred: boolean): Sized {
  const { context, target, position } = course;
  const sign = Math.sign(target);
  const plan = planEntry(context, sign > 0 ? 'buy' : 'sell_short', sizing.protection ?? AS_THE_SIGNAL);
  const want = desired(context, sizing, target, plan);
  if ('refusal' in want) return refused(want);
  const missing = want.quantity - sign * position;
  if (sizing.method !== 'as_signal' && missing < 0) return atTarget(course, want);
  if (missing < 1) return less(course, sign, want.quantity, want);
  if (barred) return refused(noShort(target));
  if ('refusal' in plan) return refused(plan);
  const quantity = Math.floor(missing);
  const because = `${want.because}; ${standing(course)}, ${sharesText(quantity)} missing`;
  const figures = { ...want.figures, ...positions(course) };
  const capped = cap(context, plan, { quantity, because, figures });
  return 'refusal' in capped ? refused(capped) : entryOf(plan, capped);
}

/** Shares wanted on the target's side. A plan that cannot be made stops an entry, not an exit. */
function desired(
  context: SizingContext,
  sizing: Sizing,
  target: number,
  plan: EntryPlan | TurnedDown,
): Reckoning {
  if (sizing.method !== 'as_signal') return 'refusal' in plan ? plan : reckon(context, sizing, plan);
  const quantity = Math.floor(Math.abs(target));
  const signed = Math.sign(target) * quantity;
  const rounded = signed === target ? '' : `, rounded ${target > 0 ? 'down' : 'up'} to ${count(signed)}`;
  return { quantity, because: `target ${count(target)}${rounded}`, figures: {} };
}

/** Closes what is held on this side beyond `left` shares; within a share of it there is nothing to do. */
function less(course: Course, sign: number, left: number, want: Omit<Reckoned, 'quantity'>): Sized {
  const { context, position } = course;
  const tooMany = sign * position - left;
  if (sign === 0 || tooMany < 1) return atTarget(course, want);
  const side = sign > 0 ? 'sell' : 'buy_to_cover';
  const why = `${want.because}; ${standing(course)}, ${sharesText(tooMany)} too many`;
  const closing = closable(context, side, tooMany, why);
  if ('refusal' in closing) return refused(closing);
  const figures = { ...want.figures, ...positions(course), ...closing.figures };
  return exitOf(context, side, { ...closing, figures });
}

function atTarget(course: Course, want: Omit<Reckoned, 'quantity'>): Sized {
  const message = `${want.because}; ${standing(course)}: nothing to do`;
  const detail = { field: 'target', value: course.position };
  const figures = { ...want.figures, ...positions(course) };
  return refused({ ...turnDown('already-at-target', message, detail), figures });
}

function noShort(target: number): TurnedDown {
  const detail = { field: 'target', value: target, limit: 0 };
  return turnDown('long-only', `target ${count(target)}: ${BARRED}`, detail);
}

function positions({ context, held, target, position }: Course): Figures {
  const { buy, sell } = context.working;
  return { target, position, held, workingBuy: buy, workingSell: sell };
}

function standing({ context, held, position }: Course): string {
  const { signal, working } = context;
  const { buy, sell } = working;
  const way =
    buy === 0 && sell === 0
      ? ''
      : ` (${count(held)} held, ${count(buy)} being bought, ${count(sell)} being sold)`;
  return `book ${signal.book} stands at ${count(position)}${way}`;
}
