import type { EpochMs } from '../../domain/clock.ts';
import type { Money } from '../../domain/money.ts';
import { type OrderIntent, orderIntentSchema } from '../../domain/order.ts';
import type { Refusal } from '../../domain/trace.ts';
import type { JournalDatabase, Row } from './database.ts';

export type IntentState = 'PREPARED' | 'ACTIVE' | 'DONE' | 'DENIED' | 'LAPSED' | 'MANUAL';

/** Who placed an order and what travels with its messages. */
export interface Origin {
  nodeId: string;
  passThrough: Record<string, unknown>;
}

export interface IntentRecord {
  intent: OrderIntent;
  hash: string;
  state: IntentState;
  refusals: Refusal[];
  origin: Origin;
  createdAt: EpochMs;
}

export interface PermitRecord {
  permitId: string;
  intentId: string;
  intentHash: string;
  epoch: number;
  expiresElapsed: number;
  state: 'ISSUED' | 'SPENT' | 'EXPIRED' | 'VOID';
}

export interface ReservationRecord {
  intentId: string;
  symbol: string;
  side: string;
  book: string;
  quantity: number;
  amount: Money;
}

const NO_ORIGIN: Origin = { nodeId: '', passThrough: {} };

/** Decisions to place an order, the permit each was given and what is reserved for it. */
export class IntentTable {
  readonly #db: JournalDatabase;

  constructor(db: JournalDatabase) {
    this.#db = db;
  }

  find(intentId: string): IntentRecord | null {
    const row = this.#db.get('SELECT * FROM intent WHERE intent_id = :intentId', { intentId });
    return row ? toIntent(row) : null;
  }

  ofSignal(signalKey: string): IntentRecord[] {
    return this.#db
      .all('SELECT * FROM intent WHERE signal_key = :signalKey ORDER BY created_at', { signalKey })
      .map(toIntent);
  }

  /** The newest approvals, for the rule against duplicate orders after a restart. */
  approvedWithin(ms: number, wall: EpochMs): { intent: OrderIntent; ageMs: number }[] {
    return this.#db
      .all(
        `SELECT payload, decided_wall FROM intent WHERE decided_wall >= :since AND EXISTS
           (SELECT 1 FROM attempt WHERE attempt.intent_id = intent.intent_id
            AND attempt.state IN ('SENDING', 'UNKNOWN', 'ACKED', 'MANUAL')) ORDER BY decided_wall`,
        { since: wall - ms },
      )
      .map((row) => ({
        intent: orderIntentSchema.parse(JSON.parse(String(row.payload))),
        ageMs: Math.max(0, wall - Number(row.decided_wall)),
      }));
  }

  /** Writes the decision; an intent that was denied or lapsed unsent may be decided again. */
  decide(
    intent: OrderIntent,
    hash: string,
    state: 'PREPARED' | 'DENIED',
    decision: { at: EpochMs; wall: EpochMs; decidedWith: unknown; refusals: Refusal[] },
  ): void {
    const values = {
      intentId: intent.intentId,
      signalKey: intent.signalKey,
      leg: intent.leg,
      book: intent.book,
      strategy: intent.strategy,
      symbol: intent.symbol,
      side: intent.side,
      quantity: intent.quantity,
      reduceOnly: intent.reduceOnly ? 1 : 0,
      hash,
      payload: JSON.stringify(intent),
      decidedWith: JSON.stringify(decision.decidedWith),
      at: decision.at,
      wall: decision.wall,
      refusals: JSON.stringify(decision.refusals),
      state,
    };
    this.#db.run(
      `INSERT INTO intent (intent_id, signal_key, leg, book, strategy, symbol, side, quantity, reduce_only, hash,
         payload, decided_with, created_at, decided_wall, state, refusals)
       VALUES (:intentId, :signalKey, :leg, :book, :strategy, :symbol, :side, :quantity, :reduceOnly, :hash,
         :payload, :decidedWith, :at, :wall, :state, :refusals)
       ON CONFLICT (intent_id) DO UPDATE SET symbol = :symbol, side = :side, quantity = :quantity,
         reduce_only = :reduceOnly, hash = :hash, payload = :payload, decided_with = :decidedWith,
         decided_wall = :wall, state = :state, refusals = :refusals`,
      values,
    );
  }

  setState(intentId: string, state: IntentState): void {
    this.#db.run('UPDATE intent SET state = :state WHERE intent_id = :intentId', { intentId, state });
  }

  activate(intentId: string, origin: Origin): void {
    this.#db.run(`UPDATE intent SET state = 'ACTIVE', origin = :origin WHERE intent_id = :intentId`, {
      intentId,
      origin: JSON.stringify(origin),
    });
  }

  permit(permitId: string): PermitRecord | null {
    const row = this.#db.get('SELECT * FROM permit WHERE permit_id = :permitId', { permitId });
    return row ? toPermit(row) : null;
  }

  permitOf(intentId: string): PermitRecord | null {
    const row = this.#db.get('SELECT * FROM permit WHERE intent_id = :intentId', { intentId });
    return row ? toPermit(row) : null;
  }

  /** A new permit, in place of one that expired unspent. */
  issue(permit: Omit<PermitRecord, 'state'>, wall: EpochMs, reservation: ReservationRecord): void {
    this.#db.run(
      `INSERT INTO permit (permit_id, intent_id, intent_hash, epoch, issued_wall, expires_elapsed, state)
       VALUES (:permitId, :intentId, :intentHash, :epoch, :wall, :expiresElapsed, 'ISSUED')
       ON CONFLICT (intent_id) DO UPDATE SET permit_id = :permitId, intent_hash = :intentHash, epoch = :epoch,
         issued_wall = :wall, expires_elapsed = :expiresElapsed, state = 'ISSUED'`,
      { ...permit, wall },
    );
    this.#db.run(
      `INSERT INTO reservation (intent_id, symbol, side, book, quantity, amount, state)
       VALUES (:intentId, :symbol, :side, :book, :quantity, :amount, 'HELD')
       ON CONFLICT (intent_id) DO UPDATE SET symbol = :symbol, side = :side, book = :book, quantity = :quantity,
         amount = :amount, state = 'HELD'`,
      { ...reservation },
    );
  }

  spend(permitId: string): void {
    this.#db.run(`UPDATE permit SET state = 'SPENT' WHERE permit_id = :permitId`, { permitId });
  }

  /** The permit was not used in time: its reservation falls. */
  expire(intentId: string): boolean {
    return this.#endPermit(intentId, 'EXPIRED');
  }

  /** An unspent permit is taken back: what it approved is not wanted any more. */
  withdraw(intentId: string): boolean {
    return this.#endPermit(intentId, 'VOID');
  }

  #endPermit(intentId: string, state: 'EXPIRED' | 'VOID'): boolean {
    const changed = this.#db.run(
      `UPDATE permit SET state = :state WHERE intent_id = :intentId AND state = 'ISSUED'`,
      { intentId, state },
    );
    if (changed === 0) return false;
    this.release(intentId);
    this.setState(intentId, 'LAPSED');
    return true;
  }

  /** Permits of an earlier run: their elapsed time means nothing any more. */
  expireLeftovers(): void {
    for (const row of this.#db.all(`SELECT intent_id FROM permit WHERE state = 'ISSUED'`)) {
      this.expire(String(row.intent_id));
    }
  }

  release(intentId: string): void {
    this.#db.run(`UPDATE reservation SET state = 'RELEASED' WHERE intent_id = :intentId AND state = 'HELD'`, {
      intentId,
    });
  }

  /** For an order that was held for absent and is there after all. */
  reserveAgain(intentId: string): ReservationRecord | null {
    this.#db.run(`UPDATE reservation SET state = 'HELD' WHERE intent_id = :intentId`, { intentId });
    const row = this.#db.get('SELECT * FROM reservation WHERE intent_id = :intentId', { intentId });
    return row ? toReservation(row) : null;
  }

  held(): ReservationRecord[] {
    return this.#db.all(`SELECT * FROM reservation WHERE state = 'HELD'`).map(toReservation);
  }
}

function toIntent(row: Row): IntentRecord {
  const origin = JSON.parse(String(row.origin)) as Partial<Origin>;
  return {
    intent: orderIntentSchema.parse(JSON.parse(String(row.payload))),
    hash: String(row.hash),
    state: String(row.state) as IntentState,
    refusals: JSON.parse(String(row.refusals)) as Refusal[],
    origin: { ...NO_ORIGIN, ...origin },
    createdAt: Number(row.created_at),
  };
}

function toReservation(row: Row): ReservationRecord {
  return {
    intentId: String(row.intent_id),
    symbol: String(row.symbol),
    side: String(row.side),
    book: String(row.book),
    quantity: Number(row.quantity),
    amount: Number(row.amount) as Money,
  };
}

function toPermit(row: Row): PermitRecord {
  return {
    permitId: String(row.permit_id),
    intentId: String(row.intent_id),
    intentHash: String(row.intent_hash),
    epoch: Number(row.epoch),
    expiresElapsed: Number(row.expires_elapsed),
    state: String(row.state) as PermitRecord['state'],
  };
}
