import type { Broker, OrderRequest, PlaceOutcome } from '../broker/port.ts';
import type { Clock } from '../domain/clock.ts';
import { ERRORS, type ErrorCode, messageOf } from '../domain/errors.ts';
import { canonicalDigest, orderTag } from '../domain/ids.ts';
import type { Order, OrderIntent } from '../domain/order.ts';
import type { HaltState } from '../domain/portfolio.ts';
import type { Refusal } from '../domain/trace.ts';
import { adopt } from './adopt.ts';
import type { Exposure } from './exposure.ts';
import type { AttemptRecord } from './journal/attempts.ts';
import { isHalted, isRefusedBySchema } from './journal/database.ts';
import type { Origin } from './journal/intents.ts';
import type { Journal } from './journal/journal.ts';
import type { OrderMessages } from './messages.ts';
import { orderView, unsentView } from './order-view.ts';
import { requestOf } from './request.ts';
import { standsBy } from './roles.ts';

export interface DeskParts {
  journal: Journal;
  exposure: Exposure;
  broker: Broker;
  clock: Clock;
  namespace: string;
  simulated: boolean;
  /** New York date of market now. */
  session: () => string;
  /** From its first write on, an order's changes belong to the result of its placing. */
  messages: Pick<OrderMessages, 'hold' | 'release'>;
  /** Shares of a symbol outside our books; null: not known. */
  external: (symbol: string) => number | null;
  /** False once the journal failed or the account closes: nothing more leaves. */
  isOpen: () => boolean;
  /** A journal that cannot be written any more stops everything. */
  onJournalFailure: (error: unknown) => void;
}

/** Between the checks and the first byte; connecting may not take longer. */
const FIRST_BYTE_MS = 2_000;

export type SendResult =
  | { kind: 'blocked'; code: ErrorCode; refusals: Refusal[] }
  | { kind: 'sent'; attempt: AttemptRecord; outcome: PlaceOutcome };

/** The hash a permit is issued for: every field of the intent, whatever the order of its keys. */
export function intentHash(intent: OrderIntent): string {
  const { permit: _, ...approved } = intent;
  return canonicalDigest(approved);
}

/**
 * Sends orders, one at a time: the permit is spent and the attempt written as SENDING in one synced transaction,
 * then the order is transmitted once, then what is known of the outcome is written.
 */
export class OrderDesk {
  readonly #parts: DeskParts;
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** Attempts whose request is on the wire in this process. */
  readonly inFlight = new Set<string>();

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** Spends the intent's permit and sends its order. */
  send(intent: OrderIntent, origin: Origin): Promise<SendResult> {
    return this.#inTurn(async () => {
      if (this.#closed || !this.#parts.isOpen()) return blocked('E_ACCOUNT_CLOSED', 'account');
      const refusal = this.#permitRefusal(intent);
      return refusal ?? this.#send(intent, intent.quantity, () => this.#spend(intent, origin));
    });
  }

  /**
   * Spends the permit of an exit whose position is protected: from here on it is decided, and its order is sent by
   * `sendAuthorised` once nothing else sells those shares. Returns why not, or null.
   */
  authorise(intent: OrderIntent, origin: Origin): SendResult | null {
    if (this.#closed || !this.#parts.isOpen()) return blocked('E_ACCOUNT_CLOSED', 'account');
    const refusal = this.#permitRefusal(intent);
    if (refusal) return refusal;
    const { journal, exposure, clock } = this.#parts;
    const { intentId, book, symbol } = intent;
    const latch = journal.latch.read();
    if (!letsThrough(latch.state, intent.reduceOnly)) return blocked('E_HALTED', 'halt-state', latch.reason);
    return this.#written(() => {
      this.#spend(intent, origin);
      journal.closings.begin({ intentId, book, symbol, begunWall: clock.wall.now() });
      exposure.sent(intentId, intent.quantity, false);
    });
  }

  /**
   * Sends the order of an intent that was authorised before: at most its quantity, what is still held. With a stop, a
   * limit exit rests beside it as an OCO, so that the position is not without one while it waits.
   */
  sendAuthorised(intent: OrderIntent, quantity: number, stop: number | null): Promise<SendResult> {
    const { journal } = this.#parts;
    const spent = () => journal.closings.settle(intent.intentId, 'SENT', '');
    return this.#inTurn(() => this.#send(intent, quantity, spent, stop));
  }

  #inTurn(send: () => Promise<SendResult>): Promise<SendResult> {
    const turn = this.#tail.then(send);
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  /** No new sends; resolves when the one on the wire has its outcome written. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#tail;
  }

  async #send(
    intent: OrderIntent,
    quantity: number,
    before: () => void,
    stop: number | null = null,
  ): Promise<SendResult> {
    if (this.#closed || !this.#parts.isOpen()) return blocked('E_ACCOUNT_CLOSED', 'account');
    const begun = this.#begin(intent, quantity, before, stop);
    if ('kind' in begun) return begun;
    this.inFlight.add(begun.tag);
    try {
      const outcome = await this.#transmit(intent, begun.request);
      return { kind: 'sent', attempt: this.#settle(intent, begun, outcome), outcome };
    } catch (error) {
      this.#parts.messages.release(intent.intentId, false);
      throw error;
    } finally {
      this.inFlight.delete(begun.tag);
    }
  }

  /** A port that throws although it must not leaves open what it did. */
  async #transmit(intent: OrderIntent, request: OrderRequest): Promise<PlaceOutcome> {
    const { broker, journal, clock } = this.#parts;
    const begun = clock.elapsed.now();
    const proceed = () => {
      try {
        const inTime = clock.elapsed.now() - begun < FIRST_BYTE_MS;
        return inTime && this.#parts.isOpen() && letsThrough(journal.latch.read().state, intent.reduceOnly);
      } catch {
        return false;
      }
    };
    try {
      return await broker.place(request, { proceed });
    } catch (error) {
      const words = messageOf(error);
      return { kind: 'unknown', reason: `the broker's client failed: ${words}`, expectRejected: false };
    }
  }

  /** On disk before the first byte. */
  #begin(
    intent: OrderIntent,
    quantity: number,
    before: () => void,
    stop: number | null,
  ): SendResult | (AttemptRecord & { request: OrderRequest }) {
    const { journal, exposure, clock } = this.#parts;
    const n = (journal.attempts.latest(intent.intentId)?.n ?? 0) + 1;
    const tag = orderTag(this.#parts.namespace, intent.intentId, n);
    const attempt = {
      intentId: intent.intentId,
      n,
      tag,
      sentWall: clock.wall.now(),
      sentMarket: clock.market.now(),
      session: this.#parts.session(),
      externalBefore: this.#parts.external(intent.symbol),
      quantity,
      request: requestOf(intent, tag, quantity, stop),
    };
    const refusal = this.#written(() => {
      before();
      journal.attempts.begin(attempt);
    });
    if (refusal) return refusal;
    this.#parts.messages.hold(intent.intentId);
    exposure.sent(intent.intentId, quantity, standsBy(intent, attempt.request));
    return { ...attempt, state: 'SENDING', outcome: '', orderId: null };
  }

  /** The permit is spent, the signal decided: inside the transaction that records what they were spent on. */
  #spend(intent: OrderIntent, origin: Origin): void {
    const { journal } = this.#parts;
    journal.intents.spend(intent.permit?.permitId ?? '');
    journal.intents.activate(intent.intentId, origin);
    journal.inbox.decide(intent.signalKey, []);
  }

  /** One synced transaction; null when it is on disk, else that trading is halted. */
  #written(write: () => void): SendResult | null {
    try {
      this.#parts.journal.db.transaction(write);
      return null;
    } catch (error) {
      if (isHalted(error)) return blocked('E_HALTED', 'halt-state', this.#parts.journal.latch.read().reason);
      if (!isRefusedBySchema(error)) this.#parts.onJournalFailure(error);
      throw error;
    }
  }

  #permitRefusal(intent: OrderIntent): SendResult | null {
    const { journal, exposure, clock } = this.#parts;
    if (!intent.permit) return blocked('E_NO_PERMIT', 'permit');
    const permit = journal.intents.permit(intent.permit.permitId);
    if (!permit || permit.intentId !== intent.intentId) return blocked('E_PERMIT_UNKNOWN', 'permit');
    if (permit.state === 'SPENT') return blocked('E_PERMIT_SPENT', 'permit');
    if (permit.state === 'VOID') return blocked('E_PERMIT_VOID', 'permit');
    if (permit.intentHash !== intentHash(intent)) return blocked('E_INTENT_ALTERED', 'permit');
    if (permit.state === 'EXPIRED' || permit.expiresElapsed <= clock.elapsed.now()) {
      if (permit.state === 'ISSUED') journal.db.transaction(() => journal.intents.expire(intent.intentId));
      exposure.drop(intent.intentId);
      return blocked('E_PERMIT_EXPIRED', 'permit');
    }
    return null;
  }

  #settle(intent: OrderIntent, attempt: AttemptRecord, outcome: PlaceOutcome): AttemptRecord {
    const { journal, exposure, clock } = this.#parts;
    const settled = after(attempt, outcome);
    try {
      journal.db.transaction(() => {
        journal.attempts.settle(attempt.intentId, attempt.n, settled.state, settled.outcome, settled.orderId);
        if (outcome.kind === 'acknowledged') adopt(this.#parts, intent, settled, outcome.orderId);
        if (settled.state === 'REJECTED' || settled.state === 'NOT_SENT') {
          journal.intents.release(intent.intentId);
          journal.intents.setState(intent.intentId, 'DONE');
        }
        const record = journal.intents.find(intent.intentId);
        if (record) {
          journal.outbox.add(
            orderView(record, settled, journal.orders.ofIntent(intent.intentId), this.#parts.simulated),
          );
        }
      });
    } catch (error) {
      // What was sent stays SENDING on disk; the next start looks it up by its tag.
      this.#parts.onJournalFailure(error);
      throw error;
    }
    if (settled.state === 'REJECTED' || settled.state === 'NOT_SENT')
      exposure.end(intent.intentId, clock.elapsed.now());
    return settled;
  }
}

function letsThrough(state: HaltState, reduceOnly: boolean): boolean {
  return state === 'active' || (state === 'reducing' && reduceOnly);
}

/** The order of an intent, or null when nothing of it was ever sent and nothing decided about it. */
export function orderOf(parts: Pick<DeskParts, 'journal' | 'simulated'>, intentId: string): Order | null {
  const { journal, simulated } = parts;
  const record = journal.intents.find(intentId);
  if (!record) return null;
  const attempt = journal.attempts.latest(intentId);
  if (attempt) return orderView(record, attempt, journal.orders.ofIntent(intentId), simulated);
  const closing = journal.closings.find(intentId);
  const over = closing?.state === 'DONE' || closing?.state === 'GIVEN_UP';
  return over ? unsentView(record, closing.reason, simulated) : null;
}

function after(attempt: AttemptRecord, outcome: PlaceOutcome): AttemptRecord {
  switch (outcome.kind) {
    case 'acknowledged':
      return { ...attempt, state: 'ACKED', outcome: '', orderId: outcome.orderId };
    case 'rejected':
      return { ...attempt, state: 'REJECTED', outcome: outcome.reason };
    case 'not_sent':
      return { ...attempt, state: 'NOT_SENT', outcome: outcome.reason };
    case 'unknown':
      return { ...attempt, state: 'UNKNOWN', outcome: outcome.reason };
  }
}

function blocked(code: ErrorCode, rule: string, why = ''): SendResult {
  return {
    kind: 'blocked',
    code,
    refusals: [{ rule, message: why === '' ? ERRORS[code] : `${ERRORS[code]} Why: ${why}` }],
  };
}
