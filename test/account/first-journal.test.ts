import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { toTick } from '../../lib/domain/tick.ts';
import { SimulatedDesk } from './simulated-desk.ts';

/** Leaves of a journal what its first version had. */
function asFirstVersion(path: string): void {
  const db = new DatabaseSync(path);
  for (const index of ['broker_order_by_parent', 'closing_open']) db.exec(`DROP INDEX IF EXISTS ${index}`);
  for (const column of ['quantity', 'request']) db.exec(`ALTER TABLE attempt DROP COLUMN ${column}`);
  for (const column of ['side', 'type', 'price', 'stop', 'duration'])
    db.exec(`ALTER TABLE broker_order DROP COLUMN ${column}`);
  const tables = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
  const first =
    /^(?:epoch|latch|latch_log|baseline|inbox|intent|permit|reservation|attempt|broker_order|fill|outbox|recon|sqlite_.*)$/;
  for (const { name } of tables) if (!first.test(String(name))) db.exec(`DROP TABLE "${String(name)}"`);
  db.exec('PRAGMA user_version = 1');
  db.close();
}

describe('account: on a journal of the first version', () => {
  it('follows its working orders, closes its positions and protects new ones', async () => {
    const desk = new SimulatedDesk();
    try {
      let account = await desk.open();
      await desk.place({ quantity: 20 });
      await desk.run(3_000);
      const quote = await account.quote('AAPL', 5_000);
      const limitPrice = toTick((quote.bid ?? 0) - 0.05, 'down');
      const resting = await desk.place({ quantity: 10, type: 'limit', limitPrice, strategy: 'adds' });
      assert.ok(resting.kind === 'acknowledged');
      await account.close();
      asFirstVersion(join(desk.folder, 'journal.db'));
      account = await desk.open();
      for (let i = 0; i < 4_000 && desk.held() < 30; i += 1) await desk.run(250);
      await desk.run(2_000);
      const order = account.order(resting.order.intentId);
      assert.deepEqual([order?.status, order?.execQuantity, order?.price], ['filled', 10, limitPrice]);
      const closed = await desk.place({ action: 'close' });
      assert.ok(closed.kind === 'acknowledged', JSON.stringify(closed));
      await desk.run(3_000);
      assert.equal(desk.held(), 0);
      await desk.bracketed({ stop: 5 }, { quantity: 10, strategy: 'later' });
      await desk.run(5_000);
      assert.equal(desk.held(), 10);
      assert.deepEqual((await account.snapshot()).protection.missing, []);
    } finally {
      await desk.dispose();
    }
  });
});
