import type { EpochMs } from '../../domain/clock.ts';
import { TraderError } from '../../domain/errors.ts';
import { type Signal, signalSchema } from '../../domain/signal.ts';
import type { Refusal } from '../../domain/trace.ts';
import type { InboxEntry, SignalOutcome } from '../../webhook/inbox.ts';
import type { JournalDatabase, Row } from './database.ts';

/** How long an alert without an id counts as the same one. */
const BODY_WINDOW_MS = 60_000;
/** How long ids are remembered. */
const KEEP_MS = 30 * 24 * 60 * 60 * 1000;

export type InboxRecorded =
  | { kind: 'accepted' }
  | { kind: 'duplicate'; signalKey: string; ageMs: number }
  | { kind: 'conflict'; signalKey: string; ageMs: number };

/** Alerts as they came in: synced before they are acknowledged, so that none is lost or acted on twice. */
export class InboxTable {
  readonly #db: JournalDatabase;
  #together = false;

  constructor(db: JournalDatabase) {
    this.#db = db;
  }

  /** One commit for everything `work` records: on disk when this returns; E_RECORD when that failed. */
  together(work: () => void): void {
    this.#together = true;
    try {
      this.#db.transaction(work);
    } catch (error) {
      throw new TraderError('E_RECORD', undefined, { cause: error });
    } finally {
      this.#together = false;
    }
  }

  /** On disk when it returns, or with everything else of `together`; E_RECORD when that failed. */
  record(entry: InboxEntry): InboxRecorded {
    try {
      const earlier = entry.identity === 'id' ? this.#byKey(entry.signalKey) : this.#byBody(entry);
      if (earlier) {
        const ageMs = Math.max(0, entry.signal.receivedAt - Number(earlier.received_at));
        const kind = earlier.body_digest === entry.bodyDigest ? 'duplicate' : 'conflict';
        return { kind, signalKey: String(earlier.signal_key), ageMs };
      }
      if (this.#together) this.#insertWithOthers(entry);
      else this.#db.transaction(() => this.#insert(entry));
      return { kind: 'accepted' };
    } catch (error) {
      throw new TraderError('E_RECORD', undefined, { cause: error });
    }
  }

  /** Signals of one source that nothing decided yet, oldest first. */
  undecided(source: string): { key: string; signal: Signal }[] {
    return this.#db
      .all(`SELECT * FROM inbox WHERE source = :source AND state = 'RECEIVED' ORDER BY received_at, rowid`, {
        source,
      })
      .map((row) => ({
        key: String(row.signal_key),
        signal: signalSchema.parse(JSON.parse(String(row.signal))),
      }));
  }

  /** Marks a signal decided; refusals add up when several branches refuse it. */
  decide(signalKey: string, refusals: Refusal[]): void {
    const row = this.#byKey(signalKey);
    if (!row) return;
    const all = [...(JSON.parse(String(row.refusals)) as Refusal[]), ...refusals];
    this.#db.run(
      `UPDATE inbox SET state = 'DECIDED', refusals = :refusals WHERE signal_key = :signalKey AND state <> 'STALE'`,
      { signalKey, refusals: JSON.stringify(all.slice(-50)) },
    );
  }

  stale(signalKey: string, refusal: Refusal): void {
    this.#db.run(
      `UPDATE inbox SET state = 'STALE', refusals = :refusals WHERE signal_key = :signalKey AND state = 'RECEIVED'`,
      { signalKey, refusals: JSON.stringify([refusal]) },
    );
  }

  /** By key, or by the sender's own id (its newest use). */
  find(source: string, signal: string): { signalKey: string; state: string; refusals: Refusal[] } | null {
    const row =
      this.#db.get('SELECT * FROM inbox WHERE signal_key = :signal AND source = :source', {
        signal,
        source,
      }) ??
      this.#db.get(
        'SELECT * FROM inbox WHERE source = :source AND sender_id = :signal ORDER BY received_at DESC LIMIT 1',
        { source, signal },
      );
    if (!row) return null;
    return {
      signalKey: String(row.signal_key),
      state: String(row.state),
      refusals: JSON.parse(String(row.refusals)) as Refusal[],
    };
  }

  /** Forgets alerts older than 30 days that led to no order. */
  purge(wall: EpochMs): void {
    this.#db.run(
      `DELETE FROM inbox WHERE received_at < :before AND signal_key NOT IN
         (SELECT signal_key FROM intent WHERE state IN ('ACTIVE', 'DONE', 'MANUAL', 'LAPSED'))`,
      { before: wall - KEEP_MS },
    );
  }

  #byKey(signalKey: string): Row | undefined {
    return this.#db.get('SELECT * FROM inbox WHERE signal_key = :signalKey', { signalKey });
  }

  #byBody(entry: InboxEntry): Row | undefined {
    return this.#db.get(
      `SELECT * FROM inbox WHERE source = :source AND body_digest = :digest AND identity = 'body'
       AND received_at > :since ORDER BY received_at DESC LIMIT 1`,
      {
        source: entry.source,
        digest: entry.bodyDigest,
        since: entry.signal.receivedAt - BODY_WINDOW_MS,
      },
    );
  }

  /** A single statement: one that fails leaves the rest of the transaction as it is, unless SQLite ended it. */
  #insertWithOthers(entry: InboxEntry): void {
    if (!this.#db.inTransaction) throw new TraderError('E_RECORD');
    this.#insert(entry);
  }

  #insert(entry: InboxEntry): void {
    this.#db.run(
      `INSERT INTO inbox (signal_key, source, sender_id, identity, received_at, body_digest, body_redacted, signal, state)
       VALUES (:signalKey, :source, :senderId, :identity, :receivedAt, :bodyDigest, :bodyRedacted, :signal, 'RECEIVED')`,
      {
        signalKey: entry.signalKey,
        source: entry.source,
        senderId: entry.signal.id,
        identity: entry.identity,
        receivedAt: entry.signal.receivedAt,
        bodyDigest: entry.bodyDigest,
        bodyRedacted: entry.bodyRedacted,
        signal: JSON.stringify(entry.signal),
      },
    );
  }
}

/** The state of a signal in the words of its outcome, from its inbox row and the best of its orders. */
export function outcomeState(
  inboxState: string,
  refusals: Refusal[],
  permitted: boolean,
  ordered: boolean,
): SignalOutcome['state'] {
  if (ordered) return 'ordered';
  if (inboxState === 'STALE') return 'stale';
  if (permitted) return 'permitted';
  return refusals.length > 0 ? 'refused' : 'received';
}
