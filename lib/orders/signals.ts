import type { Clock } from '../domain/clock.ts';
import { TraderError } from '../domain/errors.ts';
import type { Signal } from '../domain/signal.ts';
import type { Refusal } from '../domain/trace.ts';
import type { Inbox, InboxEntry, Recorded, SignalOutcome } from '../webhook/inbox.ts';
import { orderOf } from './desk.ts';
import { outcomeState } from './journal/inbox.ts';
import type { Journal } from './journal/journal.ts';
import { outcomeOrder } from './order-view.ts';

/** The account's inbox: what came in, what became of it, and what still waits for a decision. */
export class SignalRecord implements Inbox {
  readonly accountKey: string;
  readonly live: boolean;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #simulated: boolean;
  readonly #isOpen: () => boolean;

  constructor(
    journal: Journal,
    clock: Clock,
    account: { key: string; live: boolean; simulated: boolean; isOpen: () => boolean },
  ) {
    this.#journal = journal;
    this.#clock = clock;
    this.accountKey = account.key;
    this.live = account.live;
    this.#simulated = account.simulated;
    this.#isOpen = account.isOpen;
  }

  record(entry: InboxEntry): Recorded {
    if (!this.#isOpen()) throw new TraderError('E_RECORD');
    const recorded = this.#journal.inbox.record(entry);
    if (recorded.kind !== 'duplicate') return recorded;
    const outcome = this.outcome(entry.source, recorded.signalKey) ?? {
      signal: recorded.signalKey,
      state: 'received',
      refusals: [],
      order: null,
    };
    return { ...recorded, outcome };
  }

  together(work: () => void): void {
    if (!this.#isOpen()) throw new TraderError('E_RECORD');
    this.#journal.inbox.together(work);
  }

  outcome(source: string, signal: string): SignalOutcome | null {
    const found = this.#journal.inbox.find(source, signal);
    if (!found) return null;
    const intents = this.#journal.intents.ofSignal(found.signalKey);
    const orders = intents.flatMap(({ intent }) => {
      const order = orderOf({ journal: this.#journal, simulated: this.#simulated }, intent.intentId);
      return order ? [order] : [];
    });
    const permitted = intents.some(({ state }) => state === 'PREPARED');
    const newest = orders.at(-1) ?? null;
    return {
      signal: found.signalKey,
      state: outcomeState(found.state, found.refusals, permitted, newest !== null),
      refusals: found.refusals,
      order: newest ? outcomeOrder(newest) : null,
    };
  }

  /** Young ones are returned; the others are marked stale: an old wish is not acted on any more. */
  undecided(source: string, maxAgeMs: number): Signal[] {
    const now = this.#clock.wall.now();
    const young: Signal[] = [];
    for (const { key, signal } of this.#journal.inbox.undecided(source)) {
      const ageMs = now - (signal.firedAt ?? signal.receivedAt);
      if (ageMs <= maxAgeMs) {
        young.push(signal);
        continue;
      }
      this.#journal.inbox.stale(key, {
        rule: 'stale',
        message: `nothing decided it within ${maxAgeMs / 1000} s; it is ${Math.round(ageMs / 1000)} s old`,
        limit: maxAgeMs / 1000,
        value: Math.round(ageMs / 1000),
        at: this.#clock.market.now(),
      });
    }
    return young;
  }

  refuse(signalKey: string, refusals: Refusal[]): void {
    const at = this.#clock.market.now();
    this.#journal.inbox.decide(
      signalKey,
      refusals.map((refusal) => ({ ...refusal, at })),
    );
  }
}
