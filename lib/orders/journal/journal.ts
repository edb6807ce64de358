import type { EpochMs } from '../../domain/clock.ts';
import { AdjustmentTable } from './adjustments.ts';
import { AnnotationView } from './annotations.ts';
import { AttemptTable } from './attempts.ts';
import { BrokerOrderTable } from './broker-orders.ts';
import { ClosingTable } from './closings.ts';
import { JournalDatabase } from './database.ts';
import { InboxTable } from './inbox.ts';
import { IntentTable } from './intents.ts';
import { BaselineTable, LatchTable } from './latch.ts';
import { OutboxTable } from './outbox.ts';
import { ProtectionTable } from './protections.ts';
import { TargetTable } from './targets.ts';
import { UnprotectedTable } from './unprotected.ts';

/** The record of one account: one file, one connection, one process. */
export class Journal {
  readonly db: JournalDatabase;
  readonly inbox: InboxTable;
  readonly intents: IntentTable;
  readonly attempts: AttemptTable;
  readonly orders: BrokerOrderTable;
  readonly closings: ClosingTable;
  readonly targets: TargetTable;
  readonly protections: ProtectionTable;
  readonly unprotected: UnprotectedTable;
  readonly adjustments: AdjustmentTable;
  readonly outbox: OutboxTable;
  readonly latch: LatchTable;
  readonly annotations: AnnotationView;
  readonly baselines: BaselineTable;

  /** Opens or makes the file and puts what an earlier process left half done into a safe state. */
  constructor(path: string, wall: EpochMs) {
    this.db = new JournalDatabase(path, wall);
    this.inbox = new InboxTable(this.db);
    this.intents = new IntentTable(this.db);
    this.attempts = new AttemptTable(this.db);
    this.orders = new BrokerOrderTable(this.db);
    this.closings = new ClosingTable(this.db);
    this.targets = new TargetTable(this.db);
    this.protections = new ProtectionTable(this.db);
    this.unprotected = new UnprotectedTable(this.db);
    this.adjustments = new AdjustmentTable(this.db);
    this.outbox = new OutboxTable(this.db);
    this.latch = new LatchTable(this.db);
    this.annotations = new AnnotationView(this.db);
    this.baselines = new BaselineTable(this.db);
    this.db.transaction(() => {
      this.attempts.doubtLeftovers();
      this.intents.expireLeftovers();
      this.closings.sweep();
      this.inbox.purge(wall);
      this.targets.purge(wall);
      this.outbox.purge();
      this.db.run('DELETE FROM recon WHERE run_id <= (SELECT max(run_id) FROM recon) - 1000');
    });
  }

  get path(): string {
    return this.db.path;
  }

  /** A complete list that was read while an order was in doubt, and whether it may count as proof. */
  recordRun(finished: EpochMs, witnessOk: boolean, orders: number, note: string): void {
    this.db.run(
      'INSERT INTO recon (finished, witness_ok, orders, note) VALUES (:finished, :witnessOk, :orders, :note)',
      { finished, witnessOk: witnessOk ? 1 : 0, orders, note },
    );
  }

  close(): void {
    if (!this.db.isOpen) return;
    try {
      this.outbox.flush();
    } finally {
      this.db.close();
    }
  }
}
