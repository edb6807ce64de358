import type { Broker, BrokerOrder } from '../broker/port.ts';
import type { Clock, ElapsedMs } from '../domain/clock.ts';
import { messageOf } from '../domain/errors.ts';
import { parseTag } from '../domain/ids.ts';
import { type Fill, isTerminal } from '../domain/order.ts';
import type { ExternalOrder } from '../domain/portfolio.ts';
import { AbsenceProof } from './absence.ts';
import { adopt, adoptLegs } from './adopt.ts';
import type { Exposure } from './exposure.ts';
import type { AttemptRecord } from './journal/attempts.ts';
import type { Journal } from './journal/journal.ts';
import type { OutboxEvent } from './journal/outbox.ts';
import { type Observation, observe } from './observe.ts';
import { orderView } from './order-view.ts';
import { commitmentOf } from './restore.ts';

export interface ReconcileParts {
  journal: Journal;
  exposure: Exposure;
  broker: Broker;
  clock: Clock;
  namespace: string;
  simulated: boolean;
  session: () => string;
  /** Shares of a symbol the broker has and the books have not, read since then; null: not known for sure. */
  difference: (symbol: string, since: ElapsedMs) => number | null;
  /** Signed shares of a book, by what was recorded before. */
  held: (book: string, symbol: string) => number;
  /** Attempts on the wire now: their answer is still to come. */
  inFlight: ReadonlySet<string>;
  /** A change was recorded, with the fill it brought. */
  changed: (event: OutboxEvent | null, fill: Fill | null) => void;
  /** An order that has to be read once more, soon. */
  lookAgain: (id: number) => void;
  /** Something that must never be: stop trading. */
  alarm: (reason: string) => void;
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
  settleMs: number;
  /** Between two reads that may count as proof of absence. */
  proofGapMs: number;
}

export type Seen = 'unchanged' | 'changed' | 'look_again' | 'contradiction' | 'foreign';

/**
 * Holds the journal against the broker's complete list: adopts what is found by its tag, follows what works,
 * and counts the proof that an order of unknown outcome never arrived. It never sends an order.
 */
export class Reconciler {
  readonly #parts: ReconcileParts;
  readonly #proof: AbsenceProof;
  /** What was alarmed about, so that one strange order rings once. */
  readonly #alarmed = new Set<string>();

  constructor(parts: ReconcileParts) {
    this.#parts = parts;
    this.#proof = new AbsenceProof(parts);
  }

  /** Symbols with an order of unknown outcome, and those a person has to decide about. */
  unresolvedSymbols(): Set<string> {
    const symbols = new Set<string>();
    for (const attempt of this.#parts.journal.attempts.unresolved()) {
      if (this.#parts.inFlight.has(attempt.tag)) continue;
      const symbol = this.#parts.journal.intents.find(attempt.intentId)?.intent.symbol;
      if (symbol) symbols.add(symbol);
    }
    return symbols;
  }

  /** One complete read of the broker's list. Throws when it could not be read whole. */
  async run(): Promise<void> {
    const { broker, clock, journal, inFlight, exposure } = this.#parts;
    const session = this.#parts.session();
    for (const attempt of journal.attempts.unknown()) this.#proof.doubt(attempt);
    const asked = clock.elapsed.now();
    const onTheWire = new Set(inFlight);
    const list = await broker.orders();
    for (const row of list) this.#see(row, asked, list);
    exposure.setExternal(list.filter((row) => this.#isExternal(row, onTheWire)).map(external));
    this.#countProofs(list, session, asked);
    await this.#lookUpMissing(new Set(list.map((row) => row.id)));
  }

  /** After a 200 with errors: one complete list decides whether the order exists. */
  async decideRejection(attempt: AttemptRecord): Promise<void> {
    const asked = this.#parts.clock.elapsed.now();
    const session = this.#parts.session();
    const list = await this.#parts.broker.orders();
    const found = list.filter((row) => row.tag === attempt.tag);
    for (const row of found) this.#see(row, asked, list);
    if (found.length === 0 && this.#proof.isWitnessed(list, session)) {
      this.#settle(attempt, 'REJECTED', attempt.outcome, 'DONE');
    }
  }

  /** An event of the stream or a single read; foreign ids are left to the next complete list. */
  observe(seen: Observation): Seen {
    const result = observe(this.#parts, seen);
    if (result.kind === 'look_again') return result.contradiction ? 'contradiction' : 'look_again';
    if (result.kind === 'changed') {
      this.#parts.changed(result.event, result.fill);
      if (result.overfilled)
        this.#alarm(`order ${seen.id} executed ${seen.execQuantity}, more than was ordered`);
    }
    return result.kind;
  }

  /** Reads one order, with the legs of its group. What its legs said counts with what it said itself. */
  async lookAt(id: number): Promise<Seen> {
    const asked = this.#parts.clock.elapsed.now();
    const rows = await this.#parts.broker.orderTree(this.#headOf(id));
    const [own] = rows;
    if (own && rows.length > 1) return this.#lookAtGroup(rows, asked);
    if (own) return this.observe(own);
    this.#alarm(`the broker does not know order ${id}, which it acknowledged`);
    return 'unchanged';
  }

  /** A leg is read with its group. */
  #headOf(id: number): number {
    return this.#parts.journal.orders.find(id)?.parentId ?? id;
  }

  #lookAtGroup(rows: BrokerOrder[], asked: ElapsedMs): Seen {
    let said: Seen = 'unchanged';
    for (const row of rows) {
      const seen = this.#see(row, asked, rows);
      if (seen !== 'unchanged' && said !== 'look_again' && said !== 'contradiction') said = seen;
    }
    return said;
  }

  #see(row: BrokerOrder, asked: ElapsedMs, rows: readonly BrokerOrder[]): Seen {
    const { journal, inFlight, exposure } = this.#parts;
    if (!journal.orders.find(row.id)) {
      if (row.parentId !== null) this.#adoptLegs(row.parentId, rows);
      else if (!row.tag || inFlight.has(row.tag)) return 'foreign';
      else this.#adoptTagged(row, row.tag);
    }
    const order = journal.orders.find(row.id);
    if (!order) return 'foreign';
    if (order.role === 'group') this.#adoptLegs(order.orderId, rows);
    if (order.role !== 'stop_loss' && order.role !== 'take_profit') exposure.seen(order.intentId, asked);
    const seen = this.observe(row);
    if (seen === 'look_again' || seen === 'contradiction') this.#parts.lookAgain(row.id);
    return seen;
  }

  #adoptLegs(parentId: number, rows: readonly BrokerOrder[]): void {
    const { journal } = this.#parts;
    const parent = journal.orders.find(parentId);
    const known = (row: BrokerOrder) => row.parentId !== parentId || journal.orders.find(row.id) !== null;
    if (parent && !rows.every(known)) journal.db.transaction(() => adoptLegs(this.#parts, parent, rows));
  }

  #adoptTagged(row: BrokerOrder, tag: string): void {
    const { journal, namespace } = this.#parts;
    const attempt = journal.attempts.byTag(tag);
    if (attempt) this.#found(attempt, row);
    else if (parseTag(tag)?.namespace === namespace) {
      this.#alarm(`order ${row.id} carries this account's mark but is not in its journal`);
    }
  }
  #found(attempt: AttemptRecord, row: BrokerOrder): void {
    const { journal, exposure, log } = this.#parts;
    if (attempt.state === 'ACKED') {
      this.#alarm(
        `orders ${attempt.orderId} and ${row.id} carry the same tag: one intent was accepted twice`,
      );
      return;
    }
    if (attempt.state === 'REJECTED' || attempt.state === 'NOT_SENT') {
      this.#alarm(`order ${row.id} exists although its sending was recorded as ${attempt.state}`);
      return;
    }
    const record = journal.intents.find(attempt.intentId);
    if (!record) return;
    log('warn', `order ${row.id} was found by its tag; its outcome had been unknown`);
    const acked: AttemptRecord = { ...attempt, state: 'ACKED', outcome: '', orderId: row.id };
    const { reserved, event } = journal.db.transaction(() => {
      journal.attempts.settle(attempt.intentId, attempt.n, 'ACKED', '', row.id);
      if (record.state !== 'ACTIVE') journal.intents.setState(attempt.intentId, 'ACTIVE');
      adopt(this.#parts, record.intent, acked, row.id);
      return {
        reserved: journal.intents.reserveAgain(attempt.intentId),
        event: journal.outbox.add(
          orderView(record, acked, journal.orders.find(row.id), this.#parts.simulated),
        ),
      };
    });
    if (reserved && !exposure.get(attempt.intentId))
      exposure.hold(commitmentOf(record.intent, acked, reserved, 0));
    this.#parts.changed(event, null);
    this.#proof.clear(attempt.tag);
    if (attempt.state === 'ABSENT') this.#alarm(`order ${row.id} appeared after it was held for absent`);
  }

  /** Orders we follow that the list does not hold: of an earlier day, or not listed yet. One alone cannot stop a pass. */
  async #lookUpMissing(listed: Set<number>): Promise<void> {
    const missing = this.#parts.journal.orders.working().filter(({ orderId }) => !listed.has(orderId));
    for (const id of new Set(missing.map(({ orderId, parentId }) => parentId ?? orderId))) {
      try {
        const seen = await this.lookAt(id);
        if (seen === 'look_again' || seen === 'contradiction') this.#parts.lookAgain(id);
      } catch (error) {
        const words = messageOf(error);
        this.#parts.log('warn', `order ${id} could not be read: ${words}`);
      }
    }
  }

  #countProofs(list: BrokerOrder[], session: string, asked: ElapsedMs): void {
    const { journal, clock } = this.#parts;
    const unknown = journal.attempts.unknown();
    if (unknown.length === 0) return;
    const witnessed = this.#proof.isWitnessed(list, session);
    journal.recordRun(clock.wall.now(), witnessed, list.length, 'looking for unknown orders');
    for (const attempt of unknown) {
      const verdict = this.#proof.weigh(attempt, witnessed, asked);
      if (verdict.kind === 'absent') this.#settle(attempt, 'ABSENT', verdict.words, 'LAPSED');
      if (verdict.kind === 'manual') this.#leaveToPerson(attempt, verdict.words);
    }
  }

  #settle(
    attempt: AttemptRecord,
    state: 'REJECTED' | 'ABSENT',
    words: string,
    intent: 'LAPSED' | 'DONE',
  ): void {
    const { journal, exposure, clock, simulated, changed, log } = this.#parts;
    const record = journal.intents.find(attempt.intentId);
    if (!record) return;
    const event = journal.db.transaction(() => {
      journal.attempts.settle(attempt.intentId, attempt.n, state, words, null);
      journal.intents.release(attempt.intentId);
      journal.intents.setState(attempt.intentId, intent);
      return journal.outbox.add(orderView(record, { ...attempt, state, outcome: words }, null, simulated));
    });
    exposure.end(attempt.intentId, clock.elapsed.now());
    this.#proof.clear(attempt.tag);
    const { side, quantity, symbol } = record.intent;
    log('warn', `order ${attempt.tag} (${side} ${quantity} ${symbol}): ${words}`);
    changed(event, null);
  }

  /**
   * Neither found nor proven absent: its reservation stays, its symbol takes no entries. One that stood by stands by no
   * more: if it was executed, the account holds less; if not, its shares need another.
   */
  #leaveToPerson(attempt: AttemptRecord, words: string): void {
    const { journal, exposure, log } = this.#parts;
    const standsBy = exposure.get(attempt.intentId)?.standsBy === true;
    journal.db.transaction(() => {
      journal.attempts.settle(attempt.intentId, attempt.n, 'MANUAL', words, null);
      journal.intents.setState(attempt.intentId, 'MANUAL');
      if (standsBy) journal.intents.release(attempt.intentId);
    });
    if (standsBy) exposure.drop(attempt.intentId);
    this.#proof.clear(attempt.tag);
    log('error', `order ${attempt.tag} needs a person: ${words}`);
  }

  #isExternal(row: BrokerOrder, onTheWire: ReadonlySet<string>): boolean {
    if (isTerminal(row.status) || row.symbol === '') return false;
    return !this.#parts.journal.orders.find(row.id) && !(row.tag && onTheWire.has(row.tag));
  }

  #alarm(reason: string): void {
    if (this.#alarmed.has(reason)) return;
    this.#parts.alarm(reason);
    this.#alarmed.add(reason);
  }
}

function external(row: BrokerOrder): ExternalOrder {
  const { id, parentId, symbol, side, type, price, stop, duration, status } = row;
  const remaining = row.remainingQuantity || row.quantity - row.execQuantity;
  return { id, parentId, symbol, side, remaining, type, price, stop, duration, status };
}
