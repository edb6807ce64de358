import type { OrderIntent } from '../../domain/order.ts';
import type { Signal } from '../../domain/signal.ts';
import { count } from '../../sizing/answer.ts';
import type { SizeDecision, Sized, Sizing, SizingContext } from '../../sizing/contract.ts';
import { size } from '../../sizing/size.ts';
import type { Commitment } from '../exposure.ts';
import { obstacles } from './obstacles.ts';

export interface NextStep {
  context: SizingContext;
  sizing: Sizing;
  /** What sizing says, counting what is on its way. */
  decision: SizeDecision;
  onTheWay: readonly Commitment[];
  /** True for an order that can be taken out of the way, or is on its way out. */
  cancelable: (commitment: Commitment) => boolean;
  /** An order of the symbol has an unknown outcome. */
  unresolved: boolean;
}

/** What is done next for a target: what sizing says, or wait, with what has to be out of the way first. */
export type Plan = { kind: 'go' } | { kind: 'wait'; because: string; inTheWay: Commitment[] };

/** What sizing has nothing more to add to, while something is on its way. */
const UNDER_WAY: ReadonlySet<string> = new Set(['already-at-target', 'nothing-to-sell', 'nothing-to-cover']);

/** A single step, never across zero: whatever leads elsewhere is canceled first, an entry waits for the exit's fill. */
export function planStep(next: NextStep): Plan {
  const { context, decision, onTheWay } = next;
  const { held, signal } = context;
  const go: Plan = { kind: 'go' };
  const wait = (why: string, inTheWay: Commitment[] = []): Plan => {
    const { target, book } = signal;
    const because = `target ${count(target ?? 0)}: book ${book} holds ${count(held ?? 0)}; ${why}`;
    return { kind: 'wait', because, inTheWay };
  };
  if (held === null) return go;
  const alone = size({ ...context, working: { buy: 0, sell: 0 }, account: null, caps: NO_CAPS }, next.sizing);
  const aim = aimOf(alone, held);
  const inTheWay = aim === null ? [] : obstacles(held, aim, onTheWay);
  if (inTheWay.length > 0) {
    if (inTheWay.some(next.cancelable)) return wait(`first cancel ${wordsOf(inTheWay)}`, inTheWay);
    // What cannot be canceled may take its time; an exit of what is held does not wait for it.
    const exits = alone.kind === 'sized' && alone.reduceOnly;
    if (!exits) return wait(`first ${wordsOf(inTheWay)} has to end`, inTheWay);
  }
  if (decision.kind === 'refused') {
    const underWay = onTheWay.length > 0 && decision.refusals.some(({ rule }) => UNDER_WAY.has(rule));
    return underWay ? wait(`${wordsOf(onTheWay)} is on its way`) : go;
  }
  if (decision.kind !== 'sized' || decision.intent.reduceOnly) return go;
  return next.unresolved
    ? wait(`first the outcome of an earlier ${signal.symbol} order has to be known`)
    : go;
}

const NO_CAPS = { maxOrderQuantity: null, maxOrderValue: null };

/** Where the next step would end if nothing were on its way. */
function aimOf(alone: Sized, held: number): number | null {
  if (alone.kind === 'refused') {
    return alone.refusals.some(({ rule }) => rule === 'already-at-target') ? held : null;
  }
  return held + signed(alone);
}

/** Shares an order adds to the position of its book. */
export function signed({ side, quantity }: Pick<OrderIntent, 'side' | 'quantity'>): number {
  return side === 'buy' || side === 'buy_to_cover' ? quantity : -quantity;
}

/** The position a target can end at: below zero only for a sender that may sell short. */
export function finalOf({ target = 0, mayShort = false }: Signal): number {
  return target < 0 && !mayShort ? 0 : target;
}

/** True when a position lies on the other side of zero than the target: first out, then in. */
export function crosses(signal: Signal, held: number): boolean {
  return held * finalOf(signal) < 0;
}

/** The plan of a target that needs two steps, in words: "book b holds -20; first cover 20, then buy 50". */
export function twoSteps({ signal, held }: SizingContext, sizing: Sizing, intent: OrderIntent): string {
  const covers = intent.side === 'buy_to_cover';
  const final = finalOf(signal);
  const size = sizing.method === 'as_signal' ? ` ${count(Math.abs(final))}` : '';
  const first = `${covers ? 'cover' : 'sell'} ${count(intent.quantity)}`;
  const then = `${final > 0 ? 'buy' : 'sell short'}${size}`;
  return `target ${count(signal.target ?? 0)}: book ${signal.book} holds ${count(held ?? 0)}; first ${first}, then ${then}`;
}

const VERBS = {
  buy: 'the buy of',
  sell: 'the sale of',
  sell_short: 'the short sale of',
  buy_to_cover: 'the cover of',
};

function wordsOf(commitments: readonly Commitment[]): string {
  const words = commitments.map(({ side, quantity, filled }) => `${VERBS[side]} ${count(quantity - filled)}`);
  return words.join(' and ');
}
