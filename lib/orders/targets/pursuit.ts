import type { Broker } from '../../broker/port.ts';
import type { Clock, Timer } from '../../domain/clock.ts';
import type { OrderIntent } from '../../domain/order.ts';
import type { Signal } from '../../domain/signal.ts';
import type { Refusal } from '../../domain/trace.ts';
import type { Ledger } from '../../portfolio/ledger.ts';
import type { SizeDecision, Sizing } from '../../sizing/contract.ts';
import type { MarketSeen, SizeParts } from '../../sizing/decide.ts';
import type { Exposure } from '../exposure.ts';
import type { Origin } from '../journal/intents.ts';
import type { Journal } from '../journal/journal.ts';
import type { TargetRecord } from '../journal/targets.ts';
import { Clearance } from './clearance.ts';
import type { Continuations } from './continuations.ts';
import { crosses } from './next-step.ts';
import { isAccomplished, isReached } from './reached.ts';
import { enter, sizeStep, type TargetSizing } from './sized.ts';
import { type Step, stepsOf } from './steps.ts';

export interface PursuitParts {
  journal: Journal;
  exposure: Exposure;
  ledger: Ledger;
  clock: Clock;
  broker: Broker;
  continuations: Continuations;
  /** Symbols with an order of unknown outcome. */
  unresolved: () => ReadonlySet<string>;
  /** An approval that came to nothing. */
  forget: (intent: OrderIntent) => void;
  /** Reads one order of the broker soon. */
  lookAgain: (orderId: number) => void;
  isOpen: () => boolean;
  log: (level: 'info' | 'warn', message: string) => void;
}

/** After its receipt a target is not carried on any further. */
const PATIENCE_MS = 5 * 60_000;
const ROUNDS = 10;
/** How long the end of a target waits for a node that says it. */
const UNTOLD_MS = 60 * 60_000;

/** Refusals after which somebody else carries the target on, or nobody has to. */
const LEFT_TO_OTHERS: ReadonlySet<string> = new Set([
  'superseded',
  'target-done',
  'already-approved',
  'already-ordered',
]);

/**
 * Carries each standing target on until its book is there: what leads elsewhere is canceled, and after each step whose
 * fill is proven, with nothing of that book and symbol on its way, the node that sized it is asked to size it again.
 * It sends no order itself: every step takes the whole way through sizing, gate and desk.
 */
export class Pursuit {
  readonly #parts: PursuitParts;
  readonly #clearance: Clearance;
  /** Signals that a node was asked to size, or whose sized order no risk-check has seen. */
  readonly #out = new Set<string>();
  /** Targets whose node just came: it is asked once even though something is on its way. */
  readonly #resumed = new Set<string>();
  /** Targets whose entry waits for an order of unknown outcome, perhaps of another book. */
  readonly #doubting = new Set<string>();
  /** Nodes that have to say the end of a target. */
  readonly #toTell = new Set<string>();
  #soon: Timer | null = null;
  #late: Timer | null = null;

  constructor(parts: PursuitParts) {
    this.#parts = parts;
    this.#clearance = new Clearance(parts, (signalKey) => {
      this.#resumed.add(signalKey);
      this.changed();
    });
    parts.continuations.onCame((nodeId) => this.#came(nodeId));
  }

  /** Enters a target before it is sized; the answer is why it is not worked towards, or null. */
  enter(account: string, signal: Signal, origin: Origin): SizeDecision | null {
    const entered = enter(this.#parts, account, signal, origin);
    for (const intent of entered.withdrawn) {
      this.#parts.exposure.drop(intent.intentId);
      this.#parts.forget(intent);
    }
    if (entered.reinstated) {
      this.#parts.journal.targets.waits(entered.reinstated.signalKey);
      this.#resumed.add(entered.reinstated.signalKey);
    }
    if (entered.displaced) this.#forget(entered.displaced.signalKey);
    this.changed();
    if (!entered.refusal) return null;
    return { kind: 'refused', refusals: [entered.refusal], figures: {} };
  }

  /** The next single step of a target that stands. */
  size(parts: SizeParts, signal: Signal, sizing: Sizing, seen: MarketSeen): SizeDecision {
    const step: TargetSizing = sizeStep(this.#parts, parts, this.#clearance, signal, sizing, seen);
    this.#out.delete(step.signalKey);
    this.#doubting.delete(step.signalKey);
    if (step.decision.kind === 'sized') this.#out.add(step.signalKey);
    if (step.decision.kind === 'waiting' && this.#inDoubt(signal)) this.#doubting.add(step.signalKey);
    this.#clearance.set(step.signalKey, step.inTheWay);
    this.changed();
    return step.decision;
  }

  /** What risk-check said to a step. */
  checked(intent: OrderIntent, refusals: readonly Refusal[]): void {
    const { journal, exposure, clock } = this.#parts;
    const target = intent.target === undefined ? null : journal.targets.find(intent.signalKey);
    if (!target) return;
    this.#out.delete(target.signalKey);
    this.changed();
    if (refusals.length === 0) {
      if (target.state !== 'OPEN') journal.targets.settle(target.signalKey, 'OPEN', '');
    } else if (refusals.some(({ rule }) => LEFT_TO_OTHERS.has(rule)) || target.state !== 'OPEN') {
      return;
    } else if (refusals.some(({ rule }) => rule === 'target-moved')) {
      journal.targets.waits(target.signalKey);
    } else {
      const onTheWay = exposure.onTheWay(target.book, target.symbol, clock.elapsed.now());
      if (this.#own(target, [...onTheWay]).length > 0) return;
      this.#giveUp(
        target,
        `risk-check refused the step: ${refusals.map(({ message }) => message).join('; ')}`,
      );
    }
  }

  /** Something happened to an order, or to a permit. */
  changed(): void {
    this.#soon ??= this.#parts.clock.elapsed.after(0, () => {
      this.#soon = null;
      this.#look();
    });
  }

  close(): void {
    this.#soon?.cancel();
    this.#late?.cancel();
    this.#clearance.close();
  }

  #look(): void {
    const { journal, isOpen } = this.#parts;
    this.#late?.cancel();
    if (!journal.db.isOpen || !isOpen()) return;
    for (const target of journal.targets.open()) this.#lookAt(target);
    for (const nodeId of this.#toTell) this.#tellEnds(nodeId);
    this.#toTell.clear();
    this.#armLate();
  }

  #lookAt(target: TargetRecord): void {
    const { journal, exposure, ledger, clock } = this.#parts;
    const { signalKey, book, symbol } = target;
    const steps = stepsOf(journal, signalKey);
    const last = steps.at(-1) ?? null;
    const takenOver = last !== null || target.waited;
    const resumed = this.#resumed.delete(signalKey);
    const onTheWay = [...exposure.onTheWay(book, symbol, clock.elapsed.now())];
    if (onTheWay.length > 0) {
      const own = this.#own(target, onTheWay);
      // An entry of its own that rests at the broker is all that is left to do.
      if (this.#isLate(target) && !own.some(({ reduceOnly }) => !reduceOnly)) this.#lapse(target, takenOver);
      else if (resumed && takenOver && own.length === 0) this.#ask(target);
      else this.#clearance.clear(signalKey, onTheWay);
      return;
    }
    const held = ledger.bookQuantity(book, symbol);
    if (takenOver && isReached(target.signal, last, held)) this.#reached(target, last, held);
    else if (this.#isLate(target)) this.#lapse(target, takenOver);
    else if (this.#out.has(signalKey) || !takenOver) return;
    else if (this.#doubting.has(signalKey) && this.#inDoubt(target)) return;
    else if (last && !isAccomplished(last, held) && !(resumed && target.waited))
      this.#failed(target, last, held);
    else if (journal.latch.read().state === 'halted') this.#giveUp(target, 'trading is halted');
    else if (target.rounds >= ROUNDS) this.#giveUp(target, `its book was not there after ${ROUNDS} rounds`);
    else this.#ask(target);
  }

  #ask({ signalKey, signal, origin }: TargetRecord): void {
    const { journal, continuations } = this.#parts;
    if (!continuations.reaches(origin.nodeId)) return;
    journal.targets.countRound(signalKey);
    this.#out.add(signalKey);
    continuations.tell(origin.nodeId, { kind: 'size', signal, passThrough: origin.passThrough });
  }

  #reached(target: TargetRecord, last: Step | null, held: number): void {
    const { journal } = this.#parts;
    const { signalKey, book, symbol, quantity } = target;
    const message = `target ${quantity}: other orders brought book ${book} to ${held} ${symbol}`;
    if (!last)
      journal.inbox.decide(signalKey, [{ rule: 'already-at-target', field: 'target', value: held, message }]);
    journal.targets.settle(signalKey, 'REACHED', '');
    this.#forget(signalKey);
  }

  #lapse(target: TargetRecord, takenOver: boolean): void {
    const minutes = PATIENCE_MS / 60_000;
    if (takenOver) this.#giveUp(target, `it was not reached within ${minutes} minutes`);
    else {
      this.#parts.journal.targets.settle(
        target.signalKey,
        'GIVEN_UP',
        `nothing was sent within ${minutes} minutes`,
      );
      this.#forget(target.signalKey);
    }
  }

  #failed(target: TargetRecord, last: Step, held: number): void {
    const { side, quantity, leg } = last.intent;
    const first = stepsOf(this.#parts.journal, target.signalKey).length === 1;
    const said = first && !target.waited && !crosses(target.signal, held);
    this.#giveUp(target, `its ${leg} (${side} ${quantity}) ended ${last.words}`, !said);
  }

  /** `tell`: no other message says so, or the target is left half done. */
  #giveUp(target: TargetRecord, reason: string, tell?: boolean): void {
    const { journal, ledger, log } = this.#parts;
    const { signalKey, book, symbol, quantity, origin } = target;
    const begun = stepsOf(journal, signalKey).length > 0;
    const held = ledger.bookQuantity(book, symbol);
    const message = `target ${quantity} of book ${book} for ${symbol} is given up at ${held}: ${reason}`;
    journal.db.transaction(() => {
      journal.targets.settle(signalKey, 'GIVEN_UP', message, tell ?? (begun || target.waited));
      if (!begun && target.waited) journal.inbox.decide(signalKey, [endOf(target, message)]);
    });
    log('warn', message);
    this.#forget(signalKey);
    // After the message of the node that refused the step.
    this.#toTell.add(origin.nodeId);
    this.changed();
  }

  #came(nodeId: string): void {
    const { journal } = this.#parts;
    if (!journal.db.isOpen) return;
    this.#toTell.add(nodeId);
    for (const { signalKey, origin } of journal.targets.open()) {
      if (origin.nodeId !== nodeId) continue;
      this.#out.delete(signalKey);
      this.#resumed.add(signalKey);
    }
    this.changed();
  }

  #tellEnds(nodeId: string): void {
    const { journal, continuations, clock } = this.#parts;
    if (!continuations.reaches(nodeId)) return;
    for (const target of journal.targets.untold(nodeId, clock.wall.now() - UNTOLD_MS)) {
      const { signal, signalKey, origin, reason } = target;
      const refusals = [endOf(target, reason)];
      continuations.tell(nodeId, { kind: 'ended', signal, passThrough: origin.passThrough, refusals });
      journal.targets.told(signalKey);
    }
  }

  /** Orders of this very target among those on their way. */
  #own(target: TargetRecord, onTheWay: readonly { intentId: string }[]): OrderIntent[] {
    const ids = new Set(onTheWay.map(({ intentId }) => intentId));
    return this.#parts.journal.intents
      .ofSignal(target.signalKey)
      .flatMap(({ intent }) => (ids.has(intent.intentId) ? [intent] : []));
  }

  #inDoubt({ symbol }: { symbol: string }): boolean {
    return this.#parts.unresolved().has(symbol);
  }

  #isLate({ receivedAt }: TargetRecord): boolean {
    return this.#parts.clock.wall.now() - receivedAt >= PATIENCE_MS;
  }

  #forget(signalKey: string): void {
    this.#out.delete(signalKey);
    this.#resumed.delete(signalKey);
    this.#doubting.delete(signalKey);
    this.#clearance.set(signalKey, []);
  }

  /** The next look that nothing else brings about: when a target becomes too old. */
  #armLate(): void {
    const { journal, clock } = this.#parts;
    const waits = journal.targets
      .open()
      .map(({ receivedAt }) => receivedAt + PATIENCE_MS - clock.wall.now())
      .filter((ms) => ms > 0);
    if (waits.length > 0) this.#late = clock.elapsed.after(Math.min(...waits), () => this.#look());
  }
}

function endOf({ quantity }: TargetRecord, message: string): Refusal {
  return { rule: 'target-given-up', field: 'target', value: quantity, message };
}
