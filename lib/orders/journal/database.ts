import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { EpochMs } from '../../domain/clock.ts';
import { messageOf, TraderError } from '../../domain/errors.ts';
import { VERSIONS } from './schema/versions.ts';

export type Row = Record<string, null | number | bigint | string | Uint8Array>;
export type Values = Record<string, SQLInputValue>;

/**
 * One SQLite file with one connection, every commit synced before it returns. All methods throw TraderError
 * E_JOURNAL; the text of a constraint of the schema stays readable in `cause`.
 */
export class JournalDatabase {
  readonly path: string;
  readonly epoch: number;
  /** Empty, or why live trading must not run on this file. */
  readonly caution: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #beforeCommit: (() => void) | null = null;

  constructor(path: string, wall: EpochMs) {
    this.path = path;
    this.#db = open(path);
    try {
      this.caution = cautionAbout(String(this.#db.prepare('SELECT sqlite_version() AS v').get()?.v));
      prepareFile(this.#db, path);
      this.epoch = nextEpoch(this.#db, wall);
    } catch (error) {
      this.#db.close();
      throw journalError(error, `the journal ${path} could not be opened`);
    }
  }

  /** Runs inside the same transaction as every write, just before its commit. */
  beforeCommit(run: () => void): void {
    this.#beforeCommit = run;
  }

  get(sql: string, values: Values = {}): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(values) as Row | undefined);
  }

  all(sql: string, values: Values = {}): Row[] {
    return this.#guard(() => this.#statement(sql).all(values) as Row[]);
  }

  run(sql: string, values: Values = {}): number {
    return this.#guard(() => Number(this.#statement(sql).run(values).changes));
  }

  /** All or nothing, on disk when it returns. Not to be nested. */
  transaction<T>(work: () => T): T {
    this.#guard(() => this.#statement('BEGIN IMMEDIATE').run());
    let result: T;
    try {
      result = work();
      this.#beforeCommit?.();
    } catch (error) {
      this.#rollBack();
      throw error;
    }
    try {
      this.#statement('COMMIT').run();
    } catch (error) {
      this.#rollBack();
      throw journalError(error, 'a commit failed');
    }
    return result;
  }

  /** SQLite itself rolls back on a full disk; a second ROLLBACK would hide the first error. */
  #rollBack(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
  }

  close(): void {
    if (!this.#db.isOpen) return;
    this.#statements.clear();
    this.#db.close();
  }

  get inTransaction(): boolean {
    return this.#db.isTransaction;
  }

  get isOpen(): boolean {
    return this.#db.isOpen;
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw journalError(error, 'a statement failed');
    }
  }
}

/** True when a rule of the schema refused a write: nothing is wrong with the file. */
export function isRefusedBySchema(error: unknown): boolean {
  const cause = error instanceof TraderError ? error.cause : null;
  // 19 is SQLITE_CONSTRAINT; its kinds have it in their low byte.
  return cause instanceof Error && 'errcode' in cause && (Number(cause.errcode) & 0xff) === 19;
}

/** True when the error comes from the halt latch in the schema. */
export function isHalted(error: unknown): boolean {
  return error instanceof TraderError && error.cause instanceof Error && error.cause.message === 'halted';
}

function open(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const db = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
    chmodSync(path, 0o600);
    return db;
  } catch (error) {
    throw journalError(error, `the journal ${path} could not be opened`);
  }
}

/** Each setting is read back: a journal that only believes it is synced is none. */
function prepareFile(db: DatabaseSync, path: string): void {
  expectPragma(db, 'locking_mode', 'EXCLUSIVE', 'exclusive');
  expectPragma(db, 'journal_mode', 'WAL', 'wal');
  expectPragma(db, 'synchronous', 'FULL', 2);
  expectPragma(db, 'foreign_keys', 'ON', 1);
  expectPragma(db, 'trusted_schema', 'OFF', 0);
  expectPragma(db, 'cell_size_check', 'ON', 1);
  expectPragma(db, 'wal_autocheckpoint', '1000', 1000);
  // The first write takes the exclusive lock; another process that has it makes this fail as "locked".
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
    if (version > VERSIONS.length) {
      throw new TraderError(
        'E_JOURNAL',
        `the journal ${path} was written by a newer version (${version}); this one knows ${VERSIONS.length}`,
      );
    }
    for (const step of VERSIONS.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${VERSIONS.length}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
  const check = String(db.prepare('PRAGMA quick_check').get()?.quick_check);
  if (check !== 'ok') throw new TraderError('E_JOURNAL', `the journal ${path} is damaged: ${check}`);
  expectPragma(db, 'synchronous', 'FULL', 2);
}

function expectPragma(db: DatabaseSync, name: string, set: string, expected: string | number): void {
  db.exec(`PRAGMA ${name} = ${set}`);
  const read = Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  if (read !== expected) {
    throw new TraderError(
      'E_JOURNAL',
      `the journal could not set ${name} to ${set}; it reads ${String(read)}`,
    );
  }
}

function nextEpoch(db: DatabaseSync, wall: EpochMs): number {
  const row = db.prepare('UPDATE epoch SET n = n + 1, started_at = :wall RETURNING n').get({ wall });
  return Number(row?.n);
}

/** SQLite before 3.51.3 (3.50.7 and 3.44.6 of their branches) can damage a WAL shared by two connections. */
export function cautionAbout(version: string): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const atLeast = (a: number, b: number, c: number) =>
    major > a || (major === a && (minor > b || (minor === b && patch >= c)));
  const patched = atLeast(3, 51, 3) || (minor === 50 && patch >= 7) || (minor === 44 && patch >= 6);
  return patched ? '' : `SQLite ${version} has a known WAL defect; use a newer Node.js before trading live`;
}

function journalError(error: unknown, what: string): TraderError {
  if (error instanceof TraderError) return error;
  const words = messageOf(error);
  const hint = /locked|busy/i.test(words) ? ' (another process has it open)' : '';
  return new TraderError('E_JOURNAL', `${what}: ${words}${hint}`, { cause: error });
}
