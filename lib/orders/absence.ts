import type { BrokerOrder } from '../broker/port.ts';
import type { Clock, ElapsedMs } from '../domain/clock.ts';
import type { AttemptRecord } from './journal/attempts.ts';
import type { Journal } from './journal/journal.ts';

const PROOFS = 3;
/** Positions may be fractional, and differences of fractions are not exact. */
const SAME = 1e-6;

export interface AbsenceParts {
  journal: Journal;
  clock: Clock;
  difference: (symbol: string, since: ElapsedMs) => number | null;
  settleMs: number;
  proofGapMs: number;
}

export type Verdict =
  | { kind: 'open' }
  | { kind: 'absent'; words: string }
  /** The lists do not have it, and yet the position changed. */
  | { kind: 'manual'; words: string };

/**
 * When an order of unknown outcome may be held for never accepted: not in several complete lists, some time apart,
 * after a settle time, while the position is what it was before it was sent. The last point also holds across the
 * end of the day, when the list forgets what was filled.
 */
export class AbsenceProof {
  readonly #parts: AbsenceParts;
  readonly #proofs = new Map<string, { count: number; last: ElapsedMs }>();
  /** When this process first held an attempt for unknown: the earliest the settle time can begin. */
  readonly #doubtedSince = new Map<string, ElapsedMs>();

  constructor(parts: AbsenceParts) {
    this.#parts = parts;
  }

  doubt(attempt: AttemptRecord): ElapsedMs {
    const since = this.#doubtedSince.get(attempt.tag) ?? this.#parts.clock.elapsed.now();
    this.#doubtedSince.set(attempt.tag, since);
    return since;
  }

  clear(tag: string): void {
    this.#doubtedSince.delete(tag);
    this.#proofs.delete(tag);
  }

  /** A list counts only if it holds every order we know of this session. */
  isWitnessed(list: readonly BrokerOrder[], session: string): boolean {
    const listed = new Set(list.map((row) => row.id));
    return this.#parts.journal.orders.idsOfSession(session).every((id) => listed.has(id));
  }

  /** One more complete list, asked for at `asked`, does not hold the attempt. */
  weigh(attempt: AttemptRecord, witnessed: boolean, asked: ElapsedMs): Verdict {
    const { settleMs, proofGapMs } = this.#parts;
    const since = this.doubt(attempt);
    if (!witnessed || asked - since < settleMs) return { kind: 'open' };
    const proof = this.#proofs.get(attempt.tag) ?? { count: 0, last: Number.NEGATIVE_INFINITY };
    if (asked - proof.last < proofGapMs) return { kind: 'open' };
    const count = proof.count + 1;
    this.#proofs.set(attempt.tag, { count, last: asked });
    if (count < PROOFS) return { kind: 'open' };
    const position = this.#difference(attempt, since + settleMs);
    // Without positions that were read after the settle time and agree with themselves, nothing is proven.
    if (position === null) return { kind: 'open' };
    const seconds = Math.round((asked - since) / 1000);
    const lists = `not in ${PROOFS} complete lists of the broker within ${seconds} s`;
    const before = attempt.externalBefore;
    if (before !== null && Math.abs(position - before) < SAME) return { kind: 'absent', words: lists };
    return {
      kind: 'manual',
      words: `${lists}, but the position of its symbol changed since it was sent; compare the broker's order history`,
    };
  }

  #difference(attempt: AttemptRecord, since: ElapsedMs): number | null {
    const symbol = this.#parts.journal.intents.find(attempt.intentId)?.intent.symbol;
    return symbol === undefined ? null : this.#parts.difference(symbol, since);
  }
}
