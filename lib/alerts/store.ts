import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, TraderError } from '../domain/errors.ts';
import { read } from '../domain/read.ts';
import {
  type AlertStatus,
  alertTermsSchema,
  type Firing,
  type PriceAlert,
  type Progress,
  type Seen,
} from './alert.ts';

const VERSION = 3;
/** Firings kept of each alert. */
const MOST_FIRINGS = 1_000;

const SCHEMA = `
CREATE TABLE alert (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, terms TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'triggered', 'expired')),
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  firings INTEGER NOT NULL, fired_at INTEGER, fired_price REAL,
  side TEXT NOT NULL, seen_at INTEGER, note TEXT NOT NULL DEFAULT '', split_at INTEGER,
  series TEXT NOT NULL DEFAULT '', last TEXT, carried_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE firing (
  alert_id TEXT NOT NULL REFERENCES alert ON DELETE CASCADE, n INTEGER NOT NULL, body TEXT NOT NULL,
  told INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (alert_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX firing_untold ON firing (alert_id) WHERE told = 0;
`;

const SINCE_1 = `
ALTER TABLE alert ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE alert ADD COLUMN split_at INTEGER;
`;
const SINCE_2 = `
ALTER TABLE alert ADD COLUMN series TEXT NOT NULL DEFAULT '';
ALTER TABLE alert ADD COLUMN last TEXT;
ALTER TABLE alert ADD COLUMN carried_at INTEGER;
PRAGMA user_version = ${VERSION};
`;

/** Alerts that cannot be kept on disk are watched all the same, until the end of the process; the log says so. */
export function openAlertStore(path: string, log: StoreLog): AlertStore {
  try {
    return new AlertStore(path, log);
  } catch (error) {
    log('error', `${messageOf(error)}; alerts are kept in memory for now`);
    return new AlertStore(':memory:', log);
  }
}

export type StoreLog = (level: 'error', message: string) => void;

export interface StoredAlert {
  alert: PriceAlert;
  progress: Progress;
}

type Row = Record<string, unknown>;

/**
 * The alerts of one account in a file of their own. Every change is on disk when its method returns; the primary key
 * of a firing keeps one from being recorded twice. What cannot be read of it is left out and kept; the log names it.
 */
export class AlertStore {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #log: StoreLog;

  /** Throws TraderError E_RECORD when the file cannot be used. `:memory:` keeps nothing. */
  constructor(path: string, log: StoreLog) {
    this.#path = path;
    this.#log = log;
    this.#db = this.#guard(() => open(path));
  }

  all(): StoredAlert[] {
    return this.#read('SELECT * FROM alert ORDER BY created_at, id', [], (row) => `alert ${row.id}`, toAlert);
  }

  /** One that is new, in place of whatever has its id, with what that left behind. */
  make(stored: StoredAlert): void {
    this.#transaction(() => {
      this.#db.prepare('DELETE FROM alert WHERE id = ?').run(stored.alert.id);
      this.#write(stored.alert, stored.progress);
    });
  }

  save({ alert, progress }: StoredAlert): void {
    this.#guard(() => this.#write(alert, progress));
  }

  /** Many at once, for what was seen while nothing fired. */
  saveAll(alerts: StoredAlert[]): void {
    if (alerts.length > 0)
      this.#transaction(() => {
        for (const { alert, progress } of alerts) this.#write(alert, progress);
      });
  }

  /** The firing and what the alert became by it, together or not at all. */
  fire(stored: StoredAlert, firing: Firing): void {
    this.#transaction(() => {
      this.#write(stored.alert, stored.progress);
      this.#db
        .prepare('INSERT INTO firing (alert_id, n, body) VALUES (?, ?, ?)')
        .run(firing.alertId, firing.n, JSON.stringify(firing));
      this.#db
        .prepare('DELETE FROM firing WHERE alert_id = ? AND n <= ?')
        .run(firing.alertId, firing.n - MOST_FIRINGS);
    });
  }

  told(firing: Firing): void {
    this.#guard(() =>
      this.#db
        .prepare('UPDATE firing SET told = 1 WHERE alert_id = ? AND n = ?')
        .run(firing.alertId, firing.n),
    );
  }

  /** Firings that no flow has taken yet, oldest first. */
  untold(): Firing[] {
    const untold = this.#read('SELECT * FROM firing WHERE told = 0', [], nameOf, toFiring);
    return untold.sort((a, b) => a.wall - b.wall);
  }

  /** The latest firings of one alert, newest first. */
  firingsOf(id: string, limit: number): Firing[] {
    const newest = 'SELECT * FROM firing WHERE alert_id = ? ORDER BY n DESC LIMIT ?';
    return this.#read(newest, [id, limit], nameOf, toFiring);
  }

  remove(id: string): void {
    this.#guard(() => this.#db.prepare('DELETE FROM alert WHERE id = ?').run(id));
  }

  get isOpen(): boolean {
    return this.#db.isOpen;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #read<T>(query: string, values: (string | number)[], name: (row: Row) => string, to: (row: Row) => T): T[] {
    const rows = this.#guard(() => this.#db.prepare(query).all(...values) as Row[]);
    return rows.flatMap((row) => {
      try {
        return [to(row)];
      } catch (error) {
        this.#log(
          'error',
          `${name(row)} in ${this.#path} is left out: it cannot be read: ${messageOf(error)}`,
        );
        return [];
      }
    });
  }

  #write(alert: PriceAlert, { side, seenAt, splitAt, last, carriedAt }: Progress): void {
    const { id, series, owner, status, createdAt, updatedAt, firings, firedAt, firedPrice, note, ...terms } =
      alert;
    this.#db
      .prepare(
        `INSERT INTO alert VALUES (:id, :owner, :terms, :status, :createdAt, :updatedAt, :firings, :firedAt,
           :firedPrice, :side, :seenAt, :note, :splitAt, :series, :last, :carriedAt)
         ON CONFLICT (id) DO UPDATE SET owner = :owner, terms = :terms, status = :status, updated_at = :updatedAt,
           firings = :firings, fired_at = :firedAt, fired_price = :firedPrice, side = :side, seen_at = :seenAt,
           note = :note, split_at = :splitAt, series = :series, last = :last, carried_at = :carriedAt`,
      )
      .run({
        ...{ id, owner, status, createdAt, updatedAt, firings, firedAt, firedPrice, side, seenAt, note },
        ...{ series, splitAt: splitAt ?? null, carriedAt: carriedAt ?? null },
        last: last === undefined ? null : JSON.stringify(last),
        terms: JSON.stringify(terms),
      });
  }

  #transaction(work: () => void): void {
    this.#guard(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        work();
        this.#db.exec('COMMIT');
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof TraderError) throw error;
      const message = `the alerts in ${this.#path} could not be read or written: ${messageOf(error)}`;
      throw new TraderError('E_RECORD', message, { cause: error });
    }
  }
}

const nameOf = (row: Row) => `firing ${row.n} of alert ${row.alert_id}`;

/** Those of earlier versions are named by their alert and number alone. */
function toFiring({ body }: Row): Firing {
  const firing = JSON.parse(String(body)) as Firing;
  return { ...firing, id: firing.id ?? `${firing.alertId}:${firing.n}` };
}

function toAlert(row: Row): StoredAlert {
  const number = (value: unknown) => (value === null ? null : Number(value));
  return {
    alert: {
      ...read(alertTermsSchema, JSON.parse(String(row.terms))),
      id: String(row.id),
      series: String(row.series),
      owner: String(row.owner),
      status: String(row.status) as AlertStatus,
      createdAt: Number(row.created_at),
      updatedAt: Number(row.updated_at),
      firings: Number(row.firings),
      firedAt: number(row.fired_at),
      firedPrice: number(row.fired_price),
      note: String(row.note),
    },
    progress: {
      side: String(row.side),
      seenAt: number(row.seen_at),
      ...(row.split_at === null ? {} : { splitAt: Number(row.split_at) }),
      ...(row.last === null ? {} : { last: JSON.parse(String(row.last)) as Seen }),
      ...(row.carried_at === null ? {} : { carriedAt: Number(row.carried_at) }),
    },
  };
}

function open(path: string): DatabaseSync {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
  try {
    if (path !== ':memory:') chmodSync(path, 0o600);
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    db.exec('PRAGMA trusted_schema = OFF; BEGIN IMMEDIATE');
    const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
    if (version > VERSION)
      throw new Error(`written by a newer version (${version}); this one knows ${VERSION}`);
    if (version === 0) db.exec(`${SCHEMA} PRAGMA user_version = ${VERSION}`);
    if (version === 1) db.exec(SINCE_1);
    if (version === 1 || version === 2) db.exec(SINCE_2);
    db.exec('COMMIT');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
