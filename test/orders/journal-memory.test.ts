import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../lib/domain/clock.ts';
import type { Money } from '../../lib/domain/money.ts';
import { signalSchema } from '../../lib/domain/signal.ts';
import { Journal } from '../../lib/orders/journal/journal.ts';

describe('journal: commits that are shared and answers that are remembered', () => {
  let folder: string;
  let journal: Journal;
  const path = () => join(folder, 'journal.db');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'journal-'));
    journal = new Journal(path(), 1_000);
  });

  afterEach(() => {
    journal.close();
    rmSync(folder, { recursive: true });
  });

  const alert = (id: string, bodyDigest = id) => ({
    signalKey: `key-${id}`,
    source: 'hook',
    identity: 'id' as const,
    bodyDigest,
    bodyRedacted: '{}',
    signal: signalSchema.parse({
      id,
      source: 'hook',
      symbol: 'AAPL',
      action: 'buy',
      quantity: 1,
      book: 'b',
      receivedAt: 1_000,
    }),
  });
  const commits = () => {
    let count = 0;
    journal.db.beforeCommit(() => {
      count += 1;
    });
    return () => count;
  };

  it('records several alerts with one commit, and knows each of them within it', () => {
    const counted = commits();
    journal.inbox.together(() => {
      assert.equal(journal.inbox.record(alert('a')).kind, 'accepted');
      assert.equal(journal.inbox.record(alert('b')).kind, 'accepted');
      assert.equal(journal.inbox.record(alert('a')).kind, 'duplicate');
      assert.equal(journal.inbox.record(alert('b', 'other')).kind, 'conflict');
    });
    assert.equal(counted(), 1);
    journal.close();
    journal = new Journal(path(), 2_000);
    assert.deepEqual(
      journal.inbox.undecided('hook').map(({ key }) => key),
      ['key-a', 'key-b'],
    );
  });

  it('records none of them when the commit fails, and each by itself afterwards', () => {
    let fails = true;
    journal.db.beforeCommit(() => {
      if (fails) throw new Error('disk full');
    });
    assert.throws(
      () => journal.inbox.together(() => void journal.inbox.record(alert('a'))),
      (error: Error & { code?: string }) => error.code === 'E_RECORD',
    );
    fails = false;
    assert.deepEqual(journal.inbox.undecided('hook'), []);
    assert.equal(journal.inbox.record(alert('a')).kind, 'accepted');
  });

  it('leaves one out that cannot be written and keeps the others', () => {
    journal.inbox.together(() => {
      journal.inbox.record(alert('a'));
      const impossible = { ...alert('b'), identity: 'nothing' as 'id' };
      assert.throws(
        () => journal.inbox.record(impossible),
        (error: Error & { code?: string }) => error.code === 'E_RECORD',
      );
      journal.inbox.record(alert('c'));
    });
    assert.equal(journal.inbox.undecided('hook').length, 2);
  });

  it('records nothing outside the commit when SQLite ended it', () => {
    assert.throws(() =>
      journal.inbox.together(() => {
        journal.inbox.record(alert('a'));
        journal.db.run('ROLLBACK');
        assert.throws(() => journal.inbox.record(alert('b')));
      }),
    );
    assert.deepEqual(journal.inbox.undecided('hook'), []);
  });

  it('answers the halt state as it is on disk, also after a change that failed', () => {
    assert.equal(journal.latch.read().state, 'active');
    journal.latch.set('reducing', 'a test', 'test', 5);
    assert.deepEqual(journal.latch.read(), { state: 'reducing', setAt: 5, reason: 'a test', by: 'test' });
    journal.db.run('PRAGMA query_only = 1');
    assert.throws(() => journal.latch.set('active', 'not written', 'test', 6));
    journal.db.run('PRAGMA query_only = 0');
    assert.equal(journal.latch.read().state, 'reducing');
    assert.equal(journal.db.get(`SELECT state FROM latch`)?.state, 'reducing');
    journal.close();
    assert.throws(() => journal.latch.read());
    journal = new Journal(path(), 2_000);
    assert.equal(journal.latch.read().state, 'reducing');
  });

  it('answers the first equity of each session', () => {
    const clock = { market: { now: () => 1 }, wall: { now: () => 1 } } as Clock;
    assert.equal(journal.baselines.find('2026-03-02'), null);
    journal.baselines.keep('2026-03-02', 100 as Money, clock);
    journal.baselines.keep('2026-03-02', 200 as Money, clock);
    assert.equal(journal.baselines.find('2026-03-02'), 100);
    journal.baselines.keep('2026-03-03', 300 as Money, clock);
    assert.equal(journal.baselines.find('2026-03-03'), 300);
    assert.equal(journal.baselines.find('2026-03-02'), 100);
  });
});
