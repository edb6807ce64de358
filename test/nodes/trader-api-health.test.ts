import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TradingAccount } from '../../lib/account.ts';
import type { ApiContext, StreamFigures } from '../../lib/api/context.ts';
import { healthEndpoint } from '../../lib/api/endpoints/health.ts';
import { healthAnswer } from '../../lib/api/schemas.ts';
import { TraderError } from '../../lib/domain/errors.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { JournalDatabase } from '../../lib/orders/journal/database.ts';
import { SimulatedDesk } from '../account/simulated-desk.ts';

interface Part {
  ok: boolean;
  detail: string;
  [more: string]: unknown;
}

interface Health {
  code: number;
  status: string;
  tradier_connected: boolean;
  parts: Record<'broker' | 'streams' | 'journal' | 'clock' | 'quotes' | 'alerts', Part>;
}

describe('/health of a real account, part by part', () => {
  let desk: SimulatedDesk;
  let account: TradingAccount;
  const nobody: StreamFigures = { clients: 0, symbols: 0, oldestQuoteMs: null };

  beforeEach(async () => {
    desk = new SimulatedDesk();
    account = await desk.open();
    await desk.run(1_000);
  });
  afterEach(() => desk.dispose());

  async function health(stream = nobody, running: TradingAccount | null = account): Promise<Health> {
    const context: ApiContext = {
      account: () => account,
      running: () => running,
      reason: () => 'the broker does not answer',
      since: desk.clock.wall.now() - 90_500,
      now: () => desk.clock.wall.now(),
      versions: { 'node-red-trader': '9.9.9' },
      stream: () => stream,
    };
    const { status: code, body } = await healthEndpoint.handle(context, { params: {}, query: {}, body: {} });
    const said = healthAnswer.parse(body);
    assert.deepEqual([said.version, said.uptime, said.active_connections], ['9.9.9', 90, stream.clients]);
    return { code, ...said };
  }

  /** Of these parts that something is wrong, and of no other. */
  async function ails(expected: string[], code: number, status: string, stream = nobody): Promise<Health> {
    const said = await health(stream);
    const wrong = Object.entries(said.parts).flatMap(([name, { ok }]) => (ok ? [] : [name]));
    assert.deepEqual([wrong, said.code, said.status], [expected, code, status], JSON.stringify(said));
    return said;
  }

  /** Nothing more comes of the market, whoever asks. */
  function mute(): void {
    desk.broker.quotes = () => Promise.reject(new TraderError('E_BROKER_UNREACHABLE'));
  }

  it('is well while all of them are', async () => {
    const { parts, tradier_connected } = await ails([], 200, 'ok');
    assert.equal(tradier_connected, true);
    assert.deepEqual([parts.streams.account, parts.journal.haltState], ['open', 'active']);
    assert.match(parts.clock.detail, /market open/);
  });

  it('is down when what is held has no quote for half a minute of a session', async () => {
    await desk.place({ quantity: 10 });
    await desk.run(3_000);
    assert.equal((await health()).parts.quotes.symbols, 1);
    mute();
    await desk.clock.advance(29_000);
    await ails([], 200, 'ok');
    await desk.clock.advance(3_000);
    const { parts } = await ails(['quotes'], 503, 'down');
    assert.match(parts.quotes.detail, /silent/);
    assert.ok(Number(parts.quotes.oldestMs) > 30_000 && Number(parts.quotes.oldestMs) < 40_000);
  });

  it('is down when a quote somebody follows is as old, and only in a session', async () => {
    const fresh = { clients: 1, symbols: 1, oldestQuoteMs: 30_000 };
    const stale = { clients: 1, symbols: 1, oldestQuoteMs: 30_001 };
    account.watchQuotes(['AAPL'], () => undefined);
    await desk.run(1_000);
    await ails([], 200, 'ok', fresh);
    const { parts } = await ails(['quotes'], 503, 'down', stale);
    assert.deepEqual([parts.quotes.symbols, parts.quotes.oldestMs], [1, 30_001]);
    await desk.clock.advance(toEpoch('2026-03-02', '20:30') - desk.clock.market.now());
    const closed = await health(stale);
    assert.equal(closed.parts.quotes.ok, true, JSON.stringify(closed));
    assert.match(closed.parts.clock.detail, /market closed/);
  });

  it('is down when the broker cannot be read', async () => {
    const { balances } = desk.broker;
    desk.broker.balances = () => Promise.reject(new TraderError('E_BROKER_UNREACHABLE', 'no answer'));
    await desk.run(90_000);
    const said = await ails(['broker'], 503, 'down');
    assert.match(said.parts.broker.detail, /no answer/);
    assert.equal(said.tradier_connected, false);
    desk.broker.balances = balances;
    await desk.run(60_000);
    await ails([], 200, 'ok');
  });

  it('is degraded while events have to be asked for', async () => {
    const down = { state: 'down', gap: false, reason: 'closed' } as const;
    desk.broker.streamStates.emit({ stream: 'account', ...down });
    const { parts } = await ails(['streams'], 200, 'degraded');
    assert.equal(parts.streams.account, 'down');
    desk.broker.streamStates.emit({ stream: 'account', state: 'open', gap: true, reason: '' });
    desk.broker.streamStates.emit({ stream: 'market', ...down });
    await ails([], 200, 'ok');
    // Without a symbol the market's stream has nothing to tell.
    await ails(['streams'], 200, 'degraded', { clients: 1, symbols: 1, oldestQuoteMs: 10 });
  });

  it('is down when the journal failed, and says why', async () => {
    const { transaction } = JournalDatabase.prototype;
    const intent = await desk.approve({ quantity: 1 });
    JournalDatabase.prototype.transaction = () => {
      throw new TraderError('E_JOURNAL', 'the disk is full');
    };
    try {
      await assert.rejects(account.place(intent, { nodeId: 'n', passThrough: {} }), { code: 'E_JOURNAL' });
    } finally {
      JournalDatabase.prototype.transaction = transaction;
    }
    const { parts } = await ails(['journal'], 503, 'down');
    assert.match(parts.journal.detail, /the disk is full/);
    assert.equal(parts.journal.haltState, 'halted');
  });

  it('is down while the time is not known', async () => {
    const { now } = account.clock.market;
    account.clock.market.now = () => {
      throw new TraderError('E_BROKER_UNREACHABLE');
    };
    try {
      const { parts } = await ails(['clock'], 503, 'down');
      assert.equal(parts.clock.market, null);
    } finally {
      account.clock.market.now = now;
    }
  });

  it('is degraded while alerts cannot be kept on disk', async () => {
    await account.close();
    const file = join(desk.folder, 'alerts.db');
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
    mkdirSync(file);
    account = await desk.open();
    await desk.run(1_000);
    const { parts } = await ails(['alerts'], 200, 'degraded');
    assert.match(parts.alerts.detail, /kept in memory alone: the alerts in .*alerts\.db could not be read/);
  });

  it('is down in every part without an account', async () => {
    const { code, status, parts } = await health(nobody, null);
    assert.deepEqual([code, status], [503, 'down']);
    for (const { ok, detail } of Object.values(parts))
      assert.deepEqual([ok, detail], [false, 'the broker does not answer']);
  });
});
