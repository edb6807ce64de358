import type { Clock } from '../../domain/clock.ts';
import { intentId } from '../../domain/ids.ts';
import type { Signal } from '../../domain/signal.ts';
import type { Ledger } from '../../portfolio/ledger.ts';
import type { SizeDecision, Sizing } from '../../sizing/contract.ts';
import { decideSize, type MarketSeen, type SizeParts, sizingContext } from '../../sizing/decide.ts';
import { keyOf } from '../../sizing/intent.ts';
import type { Commitment, Exposure } from '../exposure.ts';
import type { Origin } from '../journal/intents.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clearance } from './clearance.ts';
import { crosses, planStep, signed, twoSteps } from './next-step.ts';
import { type Entered, enterTarget, refusalOf } from './standing.ts';
import { nextLeg } from './steps.ts';

export interface TargetSizingParts {
  journal: Journal;
  exposure: Exposure;
  ledger: Ledger;
  clock: Clock;
  unresolved: () => ReadonlySet<string>;
}

export interface TargetSizing {
  signalKey: string;
  decision: SizeDecision;
  /** What has to be out of the way before the step can be sized. */
  inTheWay: Commitment[];
}

/** Times further off than this are not believed: they would make later targets look old, or this one. */
const BELIEVED_MS = 60_000;

/** Enters a target under the time it was fired, as far as that can be true. */
export function enter(parts: TargetSizingParts, account: string, signal: Signal, origin: Origin): Entered {
  const { journal, ledger, clock } = parts;
  const { book, symbol, target = 0 } = signal;
  const signalKey = keyOf(account, signal);
  const now = clock.wall.now();
  const receivedAt = Math.min(now, Math.max(signal.receivedAt, now - BELIEVED_MS));
  const firedAt = Math.min(signal.firedAt ?? receivedAt, now + BELIEVED_MS);
  const held = ledger.bookQuantity(book, symbol);
  const entered = enterTarget(journal, {
    signalKey,
    book,
    symbol,
    signal,
    quantity: target,
    firedAt,
    receivedAt,
    held,
    origin,
  });
  if (entered.refusal) journal.inbox.decide(signalKey, [entered.refusal]);
  return entered;
}

/** Sizes the next step of a target: an order, a refusal that ends it, or that it waits. */
export function sizeStep(
  own: TargetSizingParts,
  parts: SizeParts,
  clearance: Clearance,
  asked: Signal,
  sizing: Sizing,
  seen: MarketSeen,
): TargetSizing {
  const { journal, exposure, clock } = own;
  const { book, symbol } = asked;
  const signalKey = keyOf(parts.account, asked);
  const target = journal.targets.find(signalKey);
  if (target?.state !== 'OPEN') {
    const refusals = target ? [refusalOf(journal, target)] : [];
    journal.inbox.decide(signalKey, refusals);
    return { signalKey, decision: { kind: 'refused', refusals, figures: {} }, inTheWay: [] };
  }
  // A split since it came makes it another number of shares.
  const signal = { ...asked, target: target.quantity };
  const context = sizingContext(parts, signal, seen);
  const decision = decideSize(parts, signal, sizing, seen);
  const plan = planStep({
    context,
    sizing,
    decision,
    onTheWay: [...exposure.onTheWay(book, symbol, clock.elapsed.now())],
    cancelable: (one) => clearance.canCancel(one),
    unresolved: own.unresolved().has(symbol),
  });
  if (plan.kind === 'wait') {
    const { because, inTheWay } = plan;
    journal.db.transaction(() => {
      journal.targets.waits(signalKey);
      journal.inbox.decide(signalKey, []);
    });
    return { signalKey, decision: { kind: 'waiting', because, figures: decision.figures }, inTheWay };
  }
  if (decision.kind === 'refused') {
    const there = decision.refusals.some(({ rule }) => rule === 'already-at-target');
    const words = decision.refusals.map(({ message }) => message).join('; ');
    journal.db.transaction(() => {
      journal.inbox.decide(signalKey, decision.refusals);
      journal.targets.settle(signalKey, there ? 'REACHED' : 'GIVEN_UP', there ? '' : words);
    });
  }
  if (decision.kind !== 'sized') return { signalKey, decision, inTheWay: [] };
  const { intent, because, figures } = decision;
  const leg = nextLeg(journal, signalKey, intent.strategy, intent.reduceOnly);
  const position = (context.held ?? 0) + context.working.buy - context.working.sell;
  const step = {
    ...intent,
    leg,
    intentId: intentId(signalKey, intent.strategy, leg),
    target: position + signed(intent),
  };
  const two = intent.reduceOnly && crosses(signal, context.held ?? 0);
  const words = two ? twoSteps(context, sizing, intent) : because;
  return { signalKey, decision: { kind: 'sized', intent: step, because: words, figures }, inTheWay: [] };
}
