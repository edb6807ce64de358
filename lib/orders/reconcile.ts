import type { Broker, BrokerOrder } from '../broker/port.ts';
import type { Clock, ElapsedMs } from '../domain/clock.ts';
import { parseTag } from '../domain/ids.ts';
import { type Fill, isTerminal } from '../domain/order.ts';
import { adopt } from './desk.ts';
import type { Exposure } from './exposure.ts';
import type { AttemptRecord } from './journal/attempts.ts';
import type { Journal } from './journal/journal.ts';
import type { OutboxEvent } from './journal/outbox.ts';
import { type Observation, observe } from './observe.ts';
import { orderView } from './order-view.ts';

export interface ReconcileParts {
  journal: Journal;
  exposure: Exposure;
  broker: Broker;
  clock: Clock;
  namespace: string;
  simulated: boolean;
  session: () => string;
  /** Attempts on the wire now: their answer is still to come. */
  inFlight: ReadonlySet<string>;
  /** A change was recorded, with the fill it brought. */
  changed: (event: OutboxEvent, fill: Fill | null) => void;
  /** Something that must never be: stop trading. */
  alarm: (reason: string) => void;
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
  settleMs: number;
  /** Between two reads that may count as proof of absence. */
  proofGapMs: number;
}

const PROOFS = 3;

/**
 * Holds the journal against the broker's complete list: adopts what is found by its tag, follows what works,
 * and counts the proof that an order of unknown outcome never arrived. It never sends an order.
 */
export class Reconciler {
  readonly #parts: ReconcileParts;
  readonly #proofs = new Map<string, { count: number; last: ElapsedMs }>();
  /** When this process first held an attempt for unknown: the earliest the settle time can begin. */
  readonly #doubtedSince = new Map<string, ElapsedMs>();

  constructor(parts: ReconcileParts) {
    this.#parts = parts;
  }

  /** Symbols with an order of unknown outcome. */
  unresolvedSymbols(): Set<string> {
    const symbols = new Set<string>();
    for (const attempt of this.#parts.journal.attempts.unknown()) {
      const symbol = this.#parts.journal.intents.find(attempt.intentId)?.intent.symbol;
      if (symbol) symbols.add(symbol);
    }
    return symbols;
  }

  /** One complete read of the broker's list. Throws when it could not be read whole. */
  async run(): Promise<void> {
    const { broker, clock, journal } = this.#parts;
    for (const attempt of journal.attempts.unknown()) this.#doubt(attempt);
    const asked = clock.elapsed.now();
    const list = await broker.orders();
    for (const row of list) this.#see(row, asked);
    await this.#lookUpMissing(new Set(list.map((row) => row.id)));
    this.#parts.exposure.setExternal(list.filter((row) => this.#isExternal(row)).map(external));
    this.#countProofs(list, asked);
  }

  /** After a 200 with errors: one complete list decides whether the order exists. */
  async decideRejection(attempt: AttemptRecord): Promise<void> {
    const list = await this.#parts.broker.orders();
    const asked = this.#parts.clock.elapsed.now();
    const found = list.filter((row) => row.tag === attempt.tag);
    for (const row of found) this.#see(row, asked);
    if (found.length === 0 && this.#isWitnessed(list)) {
      this.#settle(attempt, 'REJECTED', attempt.outcome, null);
    }
  }

  /** An event of the stream or a single read; foreign ids are left to the next complete list. */
  observe(seen: Observation): 'unchanged' | 'changed' | 'look_again' | 'foreign' {
    const result = observe(this.#parts, seen);
    if (result.kind === 'changed') this.#parts.changed(result.event, result.fill);
    return result.kind;
  }

  async lookAt(id: number): Promise<'unchanged' | 'changed' | 'look_again' | 'foreign'> {
    const row = await this.#parts.broker.order(id);
    return row ? this.observe(row) : 'unchanged';
  }

  #see(row: BrokerOrder, asked: ElapsedMs): void {
    const { journal, namespace, inFlight, exposure } = this.#parts;
    const known = journal.orders.find(row.id);
    if (!known) {
      const parts = parseTag(row.tag);
      if (!row.tag || parts?.namespace !== namespace || row.parentId !== null || inFlight.has(row.tag))
        return;
      const attempt = journal.attempts.byTag(row.tag);
      if (!attempt) {
        this.#parts.alarm(`order ${row.id} carries this account's mark but is not in its journal`);
        return;
      }
      this.#found(attempt, row);
    }
    const order = journal.orders.find(row.id);
    if (order) exposure.seen(order.intentId, asked);
    this.observe(row);
  }

  #found(attempt: AttemptRecord, row: BrokerOrder): void {
    const { journal, alarm, log } = this.#parts;
    if (attempt.state === 'ACKED' && attempt.orderId !== row.id) {
      alarm(`orders ${attempt.orderId} and ${row.id} carry the same tag: one intent was accepted twice`);
      return;
    }
    if (attempt.state === 'REJECTED' || attempt.state === 'NOT_SENT') {
      alarm(`order ${row.id} exists although its sending was recorded as ${attempt.state}`);
      return;
    }
    if (attempt.state === 'ABSENT') alarm(`order ${row.id} appeared after it was held for absent`);
    log('warn', `order ${row.id} was found by its tag; its outcome had been unknown`);
    const record = journal.intents.find(attempt.intentId);
    if (!record) return;
    journal.db.transaction(() => {
      journal.attempts.settle(attempt.intentId, attempt.n, 'ACKED', '', row.id);
      if (record.state !== 'ACTIVE') journal.intents.setState(attempt.intentId, 'ACTIVE');
      adopt(this.#parts, record.intent, { ...attempt, orderId: row.id }, row.id);
    });
    this.#clear(attempt.tag);
  }

  /** Orders we follow that the list does not hold: of an earlier day, or not listed yet. */
  async #lookUpMissing(listed: Set<number>): Promise<void> {
    for (const order of this.#parts.journal.orders.working()) {
      if (!listed.has(order.orderId)) await this.lookAt(order.orderId);
    }
  }

  #countProofs(list: BrokerOrder[], asked: ElapsedMs): void {
    const { settleMs, proofGapMs, journal } = this.#parts;
    const unknown = journal.attempts.unknown();
    if (unknown.length === 0) return;
    const witnessed = this.#isWitnessed(list);
    journal.recordRun(
      this.#parts.clock.wall.now(),
      true,
      witnessed,
      list.length,
      'looking for unknown orders',
    );
    for (const attempt of unknown) {
      const since = this.#doubt(attempt);
      if (!witnessed || asked - since < settleMs) continue;
      const proof = this.#proofs.get(attempt.tag) ?? { count: 0, last: Number.NEGATIVE_INFINITY };
      if (asked - proof.last < proofGapMs) continue;
      const count = proof.count + 1;
      this.#proofs.set(attempt.tag, { count, last: asked });
      if (count < PROOFS) continue;
      const words = `not in ${PROOFS} complete lists of the broker ${Math.round((asked - since) / 1000)} s after it was sent`;
      this.#settle(attempt, 'ABSENT', words, 'LAPSED');
    }
  }

  /** A list counts only if it holds every order we know of this session. */
  #isWitnessed(list: BrokerOrder[]): boolean {
    const listed = new Set(list.map((row) => row.id));
    return this.#parts.journal.orders.idsOfSession(this.#parts.session()).every((id) => listed.has(id));
  }

  #settle(
    attempt: AttemptRecord,
    state: 'REJECTED' | 'ABSENT',
    words: string,
    intent: 'LAPSED' | null,
  ): void {
    const { journal, exposure, clock, simulated, changed, log } = this.#parts;
    const record = journal.intents.find(attempt.intentId);
    if (!record) return;
    const event = journal.db.transaction(() => {
      journal.attempts.settle(attempt.intentId, attempt.n, state, words, null);
      journal.intents.release(attempt.intentId);
      journal.intents.setState(attempt.intentId, intent ?? 'DONE');
      return journal.outbox.add(orderView(record, { ...attempt, state, outcome: words }, null, simulated));
    });
    exposure.end(attempt.intentId, clock.elapsed.now());
    this.#clear(attempt.tag);
    log(
      'warn',
      `order ${attempt.tag} (${record.intent.side} ${record.intent.quantity} ${record.intent.symbol}): ${words}`,
    );
    changed(event, null);
  }

  #doubt(attempt: AttemptRecord): ElapsedMs {
    const since = this.#doubtedSince.get(attempt.tag) ?? this.#parts.clock.elapsed.now();
    this.#doubtedSince.set(attempt.tag, since);
    return since;
  }

  #clear(tag: string): void {
    this.#doubtedSince.delete(tag);
    this.#proofs.delete(tag);
  }

  #isExternal(row: BrokerOrder): boolean {
    return (
      !isTerminal(row.status) && parseTag(row.tag)?.namespace !== this.#parts.namespace && row.symbol !== ''
    );
  }
}

function external(row: BrokerOrder) {
  return {
    symbol: row.symbol,
    side: row.side,
    remaining: row.remainingQuantity || row.quantity - row.execQuantity,
  };
}
