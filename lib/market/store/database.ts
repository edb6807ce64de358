import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { messageOf, TraderError } from '../../domain/errors.ts';

export type Row = Record<string, null | number | bigint | string | Uint8Array>;
export type Values = Record<string, SQLInputValue>;
export type Log = (level: 'info' | 'warn' | 'error', message: string) => void;

const VERSION = 1;

const SCHEMA = `
CREATE TABLE series (
  id INTEGER PRIMARY KEY, symbol TEXT NOT NULL, tier TEXT NOT NULL,
  bars INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL DEFAULT 0, UNIQUE (symbol, tier)
) STRICT;
CREATE TABLE bar (
  series INTEGER NOT NULL, time INTEGER NOT NULL,
  open REAL NOT NULL, high REAL NOT NULL, low REAL NOT NULL, close REAL NOT NULL, volume REAL NOT NULL,
  PRIMARY KEY (series, time)
) STRICT, WITHOUT ROWID;
CREATE TABLE covered (
  series INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, PRIMARY KEY (series, start)
) STRICT, WITHOUT ROWID;
CREATE TABLE day (date TEXT PRIMARY KEY, listed TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/**
 * The file of market data: a cache of what the broker can tell again. Commits are not synced one by one; a file that
 * is damaged or of another version is begun anew, and one that cannot be used at all is replaced by memory. Every method
 * throws TraderError E_MARKET_DATA when the file cannot be read or written, such as on a full disk.
 */
export class MarketDatabase {
  /** `:memory:` when the file could not be used. */
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, log: Log) {
    const opened = open(path, log);
    this.path = opened.path;
    this.#db = opened.db;
  }

  get(sql: string, values: Values = {}): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(values) as Row | undefined);
  }

  all(sql: string, values: Values = {}): Row[] {
    return this.#guard(() => this.#statement(sql).all(values) as Row[]);
  }

  run(sql: string, values: Values = {}): void {
    this.#guard(() => this.#statement(sql).run(values));
  }

  transaction(work: () => void): void {
    this.#guard(() => this.#db.exec('BEGIN IMMEDIATE'));
    try {
      work();
      this.#guard(() => this.#db.exec('COMMIT'));
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#db.isOpen;
  }

  close(): void {
    if (!this.#db.isOpen) return;
    this.#statements.clear();
    this.#db.close();
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const reason = `the market data in ${this.path} cannot be read or written: ${messageOf(error)}`;
      throw new TraderError('E_MARKET_DATA', reason, { cause: error });
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function open(path: string, log: Log): { db: DatabaseSync; path: string } {
  if (path === ':memory:') return { db: prepared(path), path };
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return { db: prepared(path), path };
  } catch (error) {
    // Another process has it: that one's file must not be taken away.
    if (/locked|busy/i.test(messageOf(error))) return inMemory(path, error, log);
    log('warn', `The market data kept in ${path} cannot be read and is fetched anew: ${messageOf(error)}`);
  }
  try {
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
    return { db: prepared(path), path };
  } catch (error) {
    return inMemory(path, error, log);
  }
}

function inMemory(path: string, error: unknown, log: Log): { db: DatabaseSync; path: string } {
  log('warn', `Market data cannot be kept in ${path}: ${messageOf(error)}. It is kept in memory.`);
  return { db: prepared(':memory:'), path: ':memory:' };
}

function prepared(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    if (path !== ':memory:') chmodSync(path, 0o600);
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
    db.exec('BEGIN IMMEDIATE');
    const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
    if (version === 0) db.exec(`${SCHEMA} PRAGMA user_version = ${VERSION}`);
    db.exec('COMMIT');
    if (version !== 0 && version !== VERSION) throw new Error(`it is of version ${version}`);
    const check = String(db.prepare('PRAGMA quick_check(1)').get()?.quick_check);
    if (check !== 'ok') throw new Error(check);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
