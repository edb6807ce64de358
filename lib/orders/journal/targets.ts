import type { EpochMs } from '../../domain/clock.ts';
import { type Signal, signalSchema } from '../../domain/signal.ts';
import type { JournalDatabase, Row } from './database.ts';
import type { Origin } from './intents.ts';

/** How long targets are remembered that are over. */
const KEEP_MS = 30 * 24 * 60 * 60 * 1000;

export type TargetState =
  /** It stands and is worked towards. */
  | 'OPEN'
  /** A newer one stands in its place. */
  | 'SUPERSEDED'
  | 'REACHED'
  | 'GIVEN_UP';

/** A position wanted of one symbol by one book. */
export interface TargetRecord {
  signalKey: string;
  book: string;
  symbol: string;
  signal: Signal;
  /** The signed position wanted. */
  quantity: number;
  /** Wall time; the receipt, when the sender did not say. */
  firedAt: EpochMs;
  receivedAt: EpochMs;
  /** Signed shares of the book when the target came. */
  held: number;
  /** The node that sized it, and what goes with its messages. */
  origin: Origin;
  /** It had to wait for other orders, so the account carries it on. */
  waited: boolean;
  /** How often its node was asked to go on. */
  rounds: number;
  state: TargetState;
  reason: string;
}

export type NewTarget = Omit<TargetRecord, 'waited' | 'rounds' | 'state' | 'reason'>;

/** Every target position that came in, and what became of it. At most one of a book and symbol is open. */
export class TargetTable {
  readonly #db: JournalDatabase;

  constructor(db: JournalDatabase) {
    this.#db = db;
  }

  find(signalKey: string): TargetRecord | null {
    const row = this.#db.get('SELECT * FROM target WHERE signal_key = :signalKey', { signalKey });
    return row ? toTarget(row) : null;
  }

  open(): TargetRecord[] {
    return this.#db.all(`SELECT * FROM target WHERE state = 'OPEN' ORDER BY rowid`).map(toTarget);
  }

  openOf(book: string, symbol: string): TargetRecord | null {
    const row = this.#db.get(
      `SELECT * FROM target WHERE book = :book AND symbol = :symbol AND state = 'OPEN'`,
      { book, symbol },
    );
    return row ? toTarget(row) : null;
  }

  /** Those that were fired last, all at the same time, in order of arrival. */
  lastFired(book: string, symbol: string): TargetRecord[] {
    return this.#db
      .all(
        `SELECT * FROM target WHERE book = :book AND symbol = :symbol AND fired_at =
           (SELECT max(fired_at) FROM target WHERE book = :book AND symbol = :symbol) ORDER BY rowid`,
        { book, symbol },
      )
      .map(toTarget);
  }

  /** Of every book those of one symbol that were fired last: what stands, and what may stand again. */
  newestIn(symbol: string): TargetRecord[] {
    return this.#db
      .all(
        `SELECT * FROM target AS one WHERE symbol = :symbol AND fired_at =
           (SELECT max(fired_at) FROM target WHERE book = one.book AND symbol = :symbol) ORDER BY rowid`,
        { symbol },
      )
      .map(toTarget);
  }

  /** The same wish in other figures. */
  restate(
    signalKey: string,
    { signal, ...figures }: Pick<TargetRecord, 'signal' | 'quantity' | 'held'>,
  ): void {
    this.#db.run(
      `UPDATE target SET signal = :signal, quantity = :quantity, held = :held WHERE signal_key = :signalKey`,
      { signalKey, signal: JSON.stringify(signal), ...figures },
    );
  }

  /** Enters a target that does not stand yet. */
  add({ origin, signal, ...target }: NewTarget): void {
    this.#db.run(
      `INSERT INTO target (signal_key, book, symbol, signal, quantity, fired_at, received_at, held, node_id,
         pass_through, state)
       VALUES (:signalKey, :book, :symbol, :signal, :quantity, :firedAt, :receivedAt, :held, :nodeId, :passThrough,
         'SUPERSEDED')`,
      {
        ...target,
        signal: JSON.stringify(signal),
        nodeId: origin.nodeId,
        passThrough: JSON.stringify(origin.passThrough),
      },
    );
  }

  /** `tell`: its node has to say so. */
  settle(signalKey: string, state: TargetState, reason: string, tell = false): void {
    this.#db.run(
      `UPDATE target SET state = :state, reason = :reason, told = :told WHERE signal_key = :signalKey`,
      { signalKey, state, reason: reason.slice(0, 500), told: tell ? 0 : 1 },
    );
  }

  waits(signalKey: string): void {
    this.#db.run('UPDATE target SET waited = 1 WHERE signal_key = :signalKey', { signalKey });
  }

  countRound(signalKey: string): void {
    this.#db.run('UPDATE target SET rounds = rounds + 1 WHERE signal_key = :signalKey', { signalKey });
  }

  /** Ends that the node has not said yet; those received before `since` are left unsaid. */
  untold(nodeId: string, since: EpochMs): TargetRecord[] {
    return this.#db
      .all(
        'SELECT * FROM target WHERE told = 0 AND node_id = :nodeId AND received_at >= :since ORDER BY rowid',
        { nodeId, since },
      )
      .map(toTarget);
  }

  told(signalKey: string): void {
    this.#db.run('UPDATE target SET told = 1 WHERE signal_key = :signalKey', { signalKey });
  }

  purge(wall: EpochMs): void {
    this.#db.run(`DELETE FROM target WHERE state <> 'OPEN' AND received_at < :before`, {
      before: wall - KEEP_MS,
    });
  }
}

function toTarget(row: Row): TargetRecord {
  return {
    signalKey: String(row.signal_key),
    book: String(row.book),
    symbol: String(row.symbol),
    signal: signalSchema.parse(JSON.parse(String(row.signal))),
    quantity: Number(row.quantity),
    firedAt: Number(row.fired_at),
    receivedAt: Number(row.received_at),
    held: Number(row.held),
    origin: {
      nodeId: String(row.node_id),
      passThrough: JSON.parse(String(row.pass_through)) as Record<string, unknown>,
    },
    waited: Number(row.waited) === 1,
    rounds: Number(row.rounds),
    state: String(row.state) as TargetState,
    reason: String(row.reason),
  };
}
