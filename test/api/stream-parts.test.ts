import assert from 'node:assert/strict';
import { Emitter } from '../../lib/domain/events.ts';
import type { TradingAccount } from '../../lib/trading-account.ts';
import { ManualTime } from '../broker/manual-time.ts';
import { until } from '../nodes/flow-desk.ts';
import { StreamReader } from './api-desk.ts';
import { QuoteSource, type RunningStream, runStream } from './quote-source.ts';

interface Row {
  id?: string;
  tag: string;
  role: string;
  symbol: string;
  status: string;
  reason: string;
  simulated?: boolean;
}

/** More than may wait for one client, in rows of about a kilobyte. */
const MANY = 3_000;

describe('a long snapshot on WS /stream', () => {
  const time = new ManualTime();
  const changes = new Emitter<undefined>((error) => assert.fail(String(error)));
  let rows: Row[];
  let running: RunningStream;
  let reader: StreamReader;

  beforeEach(async () => {
    rows = Array.from({ length: MANY }, (_, n) => ({
      ...{ id: `a${n}`, tag: `t${n}`, role: 'entry', symbol: 'SPY' },
      ...{ status: 'open', reason: 'x'.repeat(1_000) },
    }));
    running = await runStream(time);
    running.stream.bind({
      ...new QuoteSource().account,
      key: 'simulator:VA1',
      simulated: true,
      portfolioChanges: changes,
      haltState: () => 'active',
      orders: () => rows,
      orderSteps: () => ({ steps: [], place: null }),
      alerts: {
        changes: new Emitter<never>(() => undefined),
        list: () => rows,
        get: (id: string) => rows.find((row) => row.id === id) ?? null,
      },
    } as unknown as TradingAccount);
    reader = await StreamReader.open(`ws://127.0.0.1:${running.port}`, {}, []);
  });
  afterEach(async () => {
    reader.ws.terminate();
    await running.close();
  });

  const lastPart = (type: string) => reader.hears(type, ({ part, parts }) => part === parts);
  const rowsOf = (type: string) => reader.of(type).flatMap(({ data }) => data as Row[]);

  for (const channel of ['orders', 'alerts']) {
    it(`of ${channel} comes in parts, each whole, and nobody is let go for it`, async () => {
      reader.say({ action: 'subscribe', channels: [channel] });
      await lastPart(channel);
      assert.equal(reader.closed, null);
      const told = reader.of(channel);
      assert.deepEqual(
        told.map(({ part, parts, snapshot, seq }) => [part, parts, snapshot, seq]),
        told.map((_, n) => [n + 1, 15, true, 0]),
      );
      assert.deepEqual(
        rowsOf(channel).map(({ tag }) => tag),
        rows.map(({ tag }) => tag),
      );
    });
  }

  it('shows nothing older than what was told between its parts', async () => {
    // More than the system takes for one who does not read.
    for (const row of rows) row.reason = 'x'.repeat(4_000);
    reader.ws.pause();
    reader.say({ action: 'subscribe', channels: ['orders'] });
    await until(() => (running.stream.backlogs()[0]?.bytes ?? 0) > 131_072 || undefined, 'a reader behind');
    const [ended, gone] = [rows[MANY - 1], rows[MANY - 2]];
    assert.ok(ended && gone);
    rows = rows
      .filter((row) => row !== gone)
      .map((row) => (row === ended ? { ...row, status: 'filled' } : row));
    changes.emit(undefined);
    await time.pass(100);
    reader.ws.resume();
    await lastPart('orders');
    assert.equal(reader.closed, null);
    const update = reader.told.findIndex(({ type }) => type === 'order_update');
    const last = reader.told.findIndex(({ part, parts }) => part !== undefined && part === parts);
    assert.ok(update > 0 && update < last, 'the change came between the parts');
    const shown = rowsOf('orders');
    assert.equal(shown.find(({ tag }) => tag === ended.tag)?.status, 'filled');
    assert.equal(
      shown.some(({ tag }) => tag === gone.tag),
      false,
    );
  });
});
