import { type EpochMs, isoTime } from '../../domain/clock.ts';
import type { OrderIntent } from '../../domain/order.ts';
import type { Refusal } from '../../domain/trace.ts';
import type { Journal } from '../journal/journal.ts';
import type { NewTarget, TargetRecord } from '../journal/targets.ts';
import { newestOf } from './newest.ts';
import { stepsOf } from './steps.ts';

export interface Entered {
  /** Why this target is not worked towards; null: it stands. */
  refusal: Refusal | null;
  /** The target that stands no more. */
  displaced: TargetRecord | null;
  /** An earlier one that stands again: all together, the targets of its second turned out to end with it. */
  reinstated: TargetRecord | null;
  /** Approved for the displaced target and not sent: their permits are taken back. */
  withdrawn: OrderIntent[];
}

/** Enters a target and decides which one of its book and symbol stands now. One transaction. */
export function enterTarget(journal: Journal, target: NewTarget): Entered {
  return journal.db.transaction(() => {
    const { targets } = journal;
    const known = targets.find(target.signalKey);
    if (known && known.state !== 'OPEN' && !mayTryAgain(journal, known)) {
      return { refusal: refusalOf(journal, known), displaced: null, reinstated: null, withdrawn: [] };
    }
    if (!known) targets.add(target);
    const newest = newestOf(targets.lastFired(target.book, target.symbol));
    const own = newest?.signalKey === target.signalKey;
    let displaced: TargetRecord | null = null;
    let withdrawn: OrderIntent[] = [];
    const opens = newest?.state === 'SUPERSEDED' || (own && newest.state === 'GIVEN_UP');
    if (newest && opens) {
      displaced = targets.openOf(target.book, target.symbol);
      if (displaced) withdrawn = displace(journal, displaced, newest);
      for (const one of targets.lastFired(target.book, target.symbol)) {
        // Over as it may be, it can turn out to be the newest of its second after all, and then it is not reached any more.
        if (one.state !== 'SUPERSEDED')
          targets.settle(one.signalKey, 'SUPERSEDED', superseded(newest).message);
      }
      targets.settle(newest.signalKey, 'OPEN', '');
    }
    const refusal = newest && !own ? superseded(newest) : null;
    if (refusal) targets.settle(target.signalKey, 'SUPERSEDED', refusal.message);
    return { refusal, displaced, reinstated: opens && !own ? newest : null, withdrawn };
  });
}

/** One that was given up before anything was sent for it, e.g. refused on another branch of the flow; none came after it. */
export function mayTryAgain(journal: Journal, target: TargetRecord): boolean {
  const givenUp = target.state === 'GIVEN_UP' && stepsOf(journal, target.signalKey).length === 0;
  return givenUp && newerThan(journal, target) === null;
}

/** The target that came after this one in its book and symbol, whatever became of it. */
function newerThan(journal: Journal, { signalKey, book, symbol }: TargetRecord): TargetRecord | null {
  const newest = newestOf(journal.targets.lastFired(book, symbol));
  return newest?.signalKey === signalKey ? null : newest;
}

/** Why a target that does not stand is not worked towards. */
export function refusalOf(journal: Journal, target: TargetRecord): Refusal {
  const { state, quantity, reason } = target;
  if (state !== 'REACHED') {
    const newer = newerThan(journal, target);
    if (newer || state === 'SUPERSEDED') return superseded(newer ?? target);
  }
  const ended = state === 'REACHED' ? 'was reached' : `was given up: ${reason}`;
  const message = `target ${quantity} of this signal ${ended}; a signal is acted on once`;
  return { rule: 'target-done', field: 'target', value: quantity, message };
}

function superseded({ quantity, firedAt, book, symbol }: TargetRecord): Refusal {
  const message = `a newer target of book ${book} for ${symbol} stands: ${quantity}, ${fired(firedAt)}`;
  return { rule: 'superseded', field: 'target', limit: quantity, message };
}

function fired(at: EpochMs): string {
  return `fired at ${isoTime(at)}`;
}

function displace(journal: Journal, displaced: TargetRecord, newest: TargetRecord): OrderIntent[] {
  const refusal = superseded(newest);
  journal.targets.settle(displaced.signalKey, 'SUPERSEDED', refusal.message);
  if (stepsOf(journal, displaced.signalKey).length === 0)
    journal.inbox.decide(displaced.signalKey, [refusal]);
  return journal.intents
    .ofSignal(displaced.signalKey)
    .map(({ intent }) => intent)
    .filter(({ intentId }) => journal.intents.withdraw(intentId));
}
