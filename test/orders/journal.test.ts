import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { intentId, orderTag, signalKey } from '../../lib/domain/ids.ts';
import type { Money } from '../../lib/domain/money.ts';
import type { OrderIntent } from '../../lib/domain/order.ts';
import { type Signal, signalSchema } from '../../lib/domain/signal.ts';
import type { BrokerOrderRecord } from '../../lib/orders/journal/broker-orders.ts';
import { cautionAbout, isHalted } from '../../lib/orders/journal/database.ts';
import { Journal } from '../../lib/orders/journal/journal.ts';
import { isOfOldShares } from '../../lib/orders/protection/split.ts';
import { bookEvents } from '../../lib/portfolio/history.ts';
import { Ledger } from '../../lib/portfolio/ledger.ts';

describe('journal', () => {
  let folder: string;
  let journal: Journal;
  const path = () => join(folder, 'account', 'journal.db');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'journal-'));
    journal = new Journal(path(), 1_000);
  });

  afterEach(() => {
    journal.close();
    rmSync(folder, { recursive: true });
  });

  it('is a private file in a private folder, synced at every commit', () => {
    assert.equal(statSync(path()).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, 'account')).mode & 0o777, 0o700);
    assert.equal(journal.db.get('PRAGMA synchronous')?.synchronous, 2);
    assert.equal(journal.db.get('PRAGMA journal_mode')?.journal_mode, 'wal');
    assert.equal(journal.db.get('PRAGMA locking_mode')?.locking_mode, 'exclusive');
  });

  it('belongs to one opener at a time, and counts its openings', () => {
    assert.throws(() => new Journal(path(), 2_000), /locked.*another process has it open/);
    assert.equal(journal.db.epoch, 1);
    journal.close();
    journal = new Journal(path(), 2_000);
    assert.equal(journal.db.epoch, 2);
  });

  it('refuses a file of a newer version', () => {
    journal.db.run('PRAGMA user_version = 99');
    journal.close();
    assert.throws(() => new Journal(path(), 2_000), /newer version \(99\)/);
    journal.close();
  });

  it('knows which SQLite versions are safe', () => {
    assert.equal(cautionAbout('3.51.3'), '');
    assert.equal(cautionAbout('3.50.7'), '');
    assert.equal(cautionAbout('3.44.6'), '');
    assert.equal(cautionAbout('3.53.4'), '');
    assert.match(cautionAbout('3.51.2'), /3\.51\.2/);
    assert.match(cautionAbout('3.50.6'), /WAL defect/);
    assert.match(cautionAbout('3.45.1'), /WAL defect/);
  });

  it('has at most one live attempt of an intent', () => {
    const intent = decided(journal);
    begin(journal, intent, 1);
    assert.throws(() => begin(journal, intent, 2), /UNIQUE/);
    journal.attempts.settle(intent.intentId, 1, 'NOT_SENT', 'refused connection', null);
    begin(journal, intent, 2);
  });

  it('writes no attempt without a spent permit', () => {
    const intent = sampleIntent('1');
    journal.intents.decide(intent, 'h', 'PREPARED', { at: 1, wall: 1, decidedWith: [], refusals: [] });
    assert.throws(() => begin(journal, intent, 1), /no spent permit/);
  });

  it('writes no attempt while trading is halted, and only exits while it is reducing', () => {
    const intent = decided(journal);
    journal.latch.set('halted', 'a test', 'test', 5);
    assert.throws(
      () => begin(journal, intent, 1),
      (error) => isHalted(error),
    );
    journal.latch.set('reducing', 'a test', 'test', 6);
    assert.throws(
      () => begin(journal, intent, 1),
      (error) => isHalted(error),
    );
    const exit = decided(journal, { ...sampleIntent('2'), side: 'sell', reduceOnly: true });
    begin(journal, exit, 1);
    assert.equal(journal.db.all('SELECT * FROM latch_log').length, 2);
  });

  it('lets no state go backwards', () => {
    const intent = decided(journal);
    begin(journal, intent, 1);
    journal.attempts.settle(intent.intentId, 1, 'ACKED', '', 100_000_000);
    assert.throws(() => journal.attempts.settle(intent.intentId, 1, 'UNKNOWN', '', null), /forbidden change/);
    assert.throws(() => journal.intents.setState(intent.intentId, 'PREPARED'), /forbidden/);
  });

  it('never replaces a permit in force', () => {
    const intent = decided(journal);
    assert.throws(() => issue(journal, intent, 'another'), /in force is not replaced/);
  });

  it('lets executed quantities only grow', () => {
    const intent = decided(journal);
    begin(journal, intent, 1);
    journal.orders.save(order(intent, 60), 1);
    assert.throws(() => journal.orders.save(order(intent, 50), 2), /cannot shrink/);
  });

  it('turns what a dead process was sending into unknown, and its unspent permits into lapsed intents', () => {
    const sent = decided(journal);
    begin(journal, sent, 1);
    const unsent = sampleIntent('2');
    journal.intents.decide(unsent, 'h', 'PREPARED', { at: 1, wall: 1, decidedWith: [], refusals: [] });
    issue(journal, unsent, 'permit-2');
    journal.close();
    journal = new Journal(path(), 2_000);
    assert.equal(journal.attempts.latest(sent.intentId)?.state, 'UNKNOWN');
    assert.equal(journal.intents.find(unsent.intentId)?.state, 'LAPSED');
    assert.equal(journal.intents.permitOf(unsent.intentId)?.state, 'EXPIRED');
    assert.deepEqual(
      journal.intents.held().map((held) => held.intentId),
      [sent.intentId],
    );
  });

  it('puts a split between the fills before and after it, and notes what happened', () => {
    const intent = decided(journal);
    begin(journal, intent, 1);
    const fill = (cumQuantity: number) =>
      journal.orders.addFill({
        orderId: 100_000_000,
        cumQuantity,
        quantity: 40,
        price: 150,
        symbol: 'AAPL',
        side: 'buy',
        book: 'book',
        at: 1,
      });
    journal.orders.save(order(intent, 40), 1);
    fill(40);
    const split = {
      symbol: 'AAPL',
      kind: 'split' as const,
      words: '2-for-1 split',
      at: 5,
      ratio: { newShares: 2, oldShares: 1 },
      paidOut: 0,
      price: null,
      afterFill: journal.orders.lastFill(),
      quantityBefore: 40,
      quantityAfter: 80,
    };
    fill(80);
    journal.adjustments.add(split, 5);
    journal.adjustments.add({ ...split, kind: 'external', ratio: null, words: 'more' }, 6);
    assert.deepEqual(
      bookEvents(journal).map(({ kind }) => kind),
      ['fill', 'split', 'fill'],
    );
    const ledger = new Ledger();
    ledger.rebuild(bookEvents(journal));
    assert.equal(ledger.bookQuantity('book', 'AAPL'), 120);
    assert.deepEqual(journal.adjustments.splits(), [split]);
    assert.deepEqual(
      journal.adjustments.notes(5).map(({ words }) => words),
      ['more', '2-for-1 split'],
    );
    assert.throws(
      () => journal.adjustments.add({ ...split, ratio: { newShares: 0, oldShares: 1 } }, 7),
      /CHECK/,
    );
    const working = journal.orders.find(100_000_000) as BrokerOrderRecord;
    assert.deepEqual(
      [working, { ...working, quantity: 200 }, { ...working, createdAt: 6 }].map((one) =>
        isOfOldShares({ journal }, one),
      ),
      [true, false, false],
    );
  });

  it('recognises an alert by its id for ever and by its body for a minute', () => {
    const first = entry('a', 'digest-1', 1_000);
    assert.deepEqual(journal.inbox.record(first), { kind: 'accepted' });
    assert.deepEqual(journal.inbox.record({ ...first, signal: { ...first.signal, receivedAt: 9_000_000 } }), {
      kind: 'duplicate',
      signalKey: first.signalKey,
      ageMs: 8_999_000,
    });
    assert.equal(journal.inbox.record({ ...first, bodyDigest: 'other' }).kind, 'conflict');

    const body = { ...entry('b', 'digest-2', 1_000), identity: 'body' as const };
    assert.equal(journal.inbox.record(body).kind, 'accepted');
    assert.equal(
      journal.inbox.record({ ...entry('c', 'digest-2', 60_900), identity: 'body' }).kind,
      'duplicate',
    );
    assert.equal(
      journal.inbox.record({ ...entry('d', 'digest-2', 61_100), identity: 'body' }).kind,
      'accepted',
    );
  });

  it('fails as not recorded, and records nothing, when the file cannot be written', () => {
    journal.db.run('PRAGMA query_only = 1');
    assert.throws(
      () => journal.inbox.record(entry('a', 'digest', 1)),
      (error: Error & { code?: string }) => error.code === 'E_RECORD',
    );
    journal.db.run('PRAGMA query_only = 0');
    assert.equal(journal.inbox.undecided('hook').length, 0);
  });

  it('gives the file back although its last write fails', () => {
    journal.outbox.told(1);
    journal.db.run('PRAGMA query_only = 1');
    assert.throws(() => journal.close(), /readonly|query_only/i);
    journal = new Journal(path(), 2_000);
  });

  it('forgets ids after 30 days unless they led to an order', () => {
    const day = 86_400_000;
    journal.inbox.record(entry('a', 'x', day));
    journal.close();
    journal = new Journal(path(), 32 * day);
    assert.equal(journal.inbox.find('hook', 'a'), null);
  });
});

function sampleIntent(id: string): OrderIntent {
  const key = signalKey('simulator:VA1', 'hook', id);
  return {
    intentId: intentId(key, 'book', 'main'),
    signalKey: key,
    account: 'simulator:VA1',
    leg: 'main',
    book: 'book',
    strategy: 'book',
    symbol: 'AAPL',
    side: 'buy',
    quantity: 100,
    type: 'market',
    duration: 'day',
    reduceOnly: false,
    reason: '',
  };
}

function issue(journal: Journal, intent: OrderIntent, permitId: string): void {
  const { intentId, symbol, side, book, quantity } = intent;
  journal.intents.issue(
    { permitId, intentId, intentHash: 'h', epoch: journal.db.epoch, expiresElapsed: 5_000 },
    1,
    { intentId, symbol, side, book, quantity, amount: 1_000 as Money },
  );
}

/** An intent with a spent permit, ready for an attempt. */
function decided(journal: Journal, intent: OrderIntent = sampleIntent('1')): OrderIntent {
  journal.intents.decide(intent, 'h', 'PREPARED', { at: 1, wall: 1, decidedWith: [], refusals: [] });
  issue(journal, intent, `permit-${intent.intentId}`);
  journal.intents.spend(`permit-${intent.intentId}`);
  journal.intents.activate(intent.intentId, { nodeId: 'n', passThrough: {} });
  return intent;
}

function begin(journal: Journal, intent: OrderIntent, n: number): void {
  journal.attempts.begin({
    intentId: intent.intentId,
    n,
    tag: orderTag('test', intent.intentId, n),
    sentWall: 1,
    sentMarket: 1,
    session: '2026-03-02',
    externalBefore: 0,
    quantity: null,
    request: null,
  });
}

function order(intent: OrderIntent, cumQuantity: number) {
  return {
    orderId: 100_000_000,
    intentId: intent.intentId,
    parentId: null,
    role: 'main' as const,
    tag: orderTag('test', intent.intentId, 1),
    side: null,
    type: null,
    price: null,
    stop: null,
    duration: null,
    status: 'partially_filled',
    quantity: 100,
    cumQuantity,
    remaining: 100 - cumQuantity,
    averagePrice: 150,
    reason: null,
    createdAt: 1,
    updatedAt: 1,
    closed: false,
  };
}

function entry(id: string, bodyDigest: string, receivedAt: number) {
  const signal: Signal = signalSchema.parse({
    id,
    source: 'hook',
    symbol: 'AAPL',
    action: 'buy',
    quantity: 1,
    book: 'book',
    receivedAt,
  });
  return {
    signalKey: signalKey('simulator:VA1', 'hook', id),
    source: 'hook',
    identity: 'id' as const,
    bodyDigest,
    bodyRedacted: '{}',
    signal,
  };
}
