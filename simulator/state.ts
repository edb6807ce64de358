import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EpochMs } from '../lib/domain/clock.ts';
import { messageOf, TraderError } from '../lib/domain/errors.ts';
import type { SplitRatio } from '../lib/domain/shares.ts';
import type { ExchangeSnapshot, NewOrder, NewOrderGroup, OrderChange } from '../lib/exchange/contract.ts';
import type { AccountType } from './options.ts';

/** One thing a client or an operator did to the exchange, at the market time it took effect. */
export type Command =
  | { kind: 'place'; at: EpochMs; order: NewOrder | NewOrderGroup }
  | { kind: 'change'; at: EpochMs; id: number; change: OrderChange }
  | { kind: 'cancel'; at: EpochMs; id: number }
  | { kind: 'split'; at: EpochMs; symbol: string; ratio: SplitRatio }
  | { kind: 'dividend'; at: EpochMs; symbol: string; perShare: number; reinvest: boolean };

/** What makes a paper account: it never changes while the account lives. */
export interface AccountRecord {
  account: string;
  token: string;
  seed: number;
  type: AccountType;
  /** Market time at which the account was opened. */
  opened: EpochMs;
}

export interface StoredState {
  account: AccountRecord;
  /** Market time never goes back behind this. */
  clock: EpochMs;
  snapshot: ExchangeSnapshot | null;
  /** What happened after the snapshot, oldest first. */
  commands: Command[];
}

const FORMAT = '1';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS command (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
`;

/**
 * The simulator's memory: one SQLite file. The exchange is deterministic, so an order is made safe by one small
 * row, written before the exchange sees it, and a snapshot now and then keeps the list of rows short.
 */
export class StateFile {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Without a directory everything stays in memory. One process at a time may have a directory. */
  static open(directory: string | undefined): StateFile {
    if (directory === undefined) return new StateFile(prepared(new DatabaseSync(':memory:')));
    const path = join(resolve(directory), 'simulator.sqlite');
    try {
      makeDirectory(resolve(directory));
      return new StateFile(prepared(new DatabaseSync(path)));
    } catch (error) {
      const reason = messageOf(error);
      const expected = /locked|busy/i.test(reason)
        ? 'a directory that no other running simulator uses'
        : 'a directory this process can write to';
      throw new TraderError(
        'E_INPUT',
        `state: ${directory} cannot be used (${reason}); expected ${expected}`,
        { field: 'state', value: directory, expected, cause: error },
      );
    }
  }

  /** What was kept, or null for a directory without an account. */
  load(): StoredState | null {
    const format = this.#meta('format');
    if (format === undefined) return null;
    if (format !== FORMAT) {
      throw new TraderError(
        'E_INPUT',
        `state: the directory was written by another version (format ${format}); start with --fresh or choose another --state`,
        { field: 'state', value: format, expected: `format ${FORMAT}` },
      );
    }
    const snapshot = this.#db.prepare('SELECT body FROM snapshot').get() as { body: string } | undefined;
    const rows = this.#db.prepare('SELECT body FROM command ORDER BY seq').all() as { body: string }[];
    return {
      account: accountOf(this.#meta('account') as string),
      clock: Number(this.#meta('clock')),
      snapshot: snapshot ? (JSON.parse(snapshot.body) as ExchangeSnapshot) : null,
      commands: rows.map((row) => JSON.parse(row.body) as Command),
    };
  }

  /** Forgets everything and begins a new account. */
  begin(account: AccountRecord): void {
    this.#transaction(() => {
      this.#db.exec('DELETE FROM meta; DELETE FROM snapshot; DELETE FROM command;');
      this.#setMeta('format', FORMAT);
      this.#setMeta('account', JSON.stringify(account));
      this.#setMeta('clock', String(account.opened));
    });
  }

  /** On disk when this returns. */
  record(command: Command): void {
    this.#db.prepare('INSERT INTO command (body) VALUES (?)').run(JSON.stringify(command));
  }

  saveClock(at: EpochMs): void {
    this.#setMeta('clock', String(at));
  }

  /** The snapshot contains what every command recorded so far did, so those go. */
  saveSnapshot(snapshot: ExchangeSnapshot): void {
    this.#transaction(() => {
      this.#db
        .prepare(
          'INSERT INTO snapshot (id, body) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
        )
        .run(JSON.stringify(snapshot));
      this.#db.exec('DELETE FROM command');
      this.#setMeta('clock', String(snapshot.now));
    });
  }

  close(): void {
    this.#db.close();
  }

  #meta(key: string): string | undefined {
    const row = this.#db.prepare('SELECT value FROM meta WHERE key = ?').get(key);
    return (row as { value: string } | undefined)?.value;
  }

  #setMeta(key: string, value: string): void {
    this.#db
      .prepare(
        'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      )
      .run(key, value);
  }

  #transaction(run: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      run();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Before there were cash accounts nobody wrote the type down. */
function accountOf(body: string): AccountRecord {
  const kept = JSON.parse(body) as Omit<AccountRecord, 'type'> & Partial<Pick<AccountRecord, 'type'>>;
  return { ...kept, type: kept.type ?? 'margin' };
}

/** Not mkdir's own `recursive`: Node 24 never returns from it where the system refuses, as below /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeDirectory(dirname(path));
  mkdirSync(path);
}

function prepared(db: DatabaseSync): DatabaseSync {
  try {
    // Exclusive: a second simulator on the same directory is refused instead of mixing two markets.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    db.exec(SCHEMA);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
