import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bar } from '../../lib/domain/market-data.ts';
import { ExchangeBroker } from '../../lib/exchange/broker.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { MINUTE } from '../../lib/market/exchange-time.ts';
import { MarketData } from '../../lib/market/market-data.ts';
import { TapeSource } from '../market/bars/tape-source.ts';
import { SimulatedDesk } from './simulated-desk.ts';

describe("an account's market data", () => {
  let desk: SimulatedDesk;

  beforeEach(() => {
    desk = new SimulatedDesk();
  });
  afterEach(() => desk.dispose());

  it('is bars, symbols and days beside the journal, kept over a restart', async () => {
    const account = await desk.open();
    const to = toEpoch('2026-03-02');
    const bars = await account.bars.history('AAPL', 'D', { count: 50, to });
    assert.deepEqual(
      bars.map(({ time, close }) => [time, close]),
      desk.exchange
        .dailyBars('AAPL', '2025-01-01', '2026-02-28')
        .slice(-50)
        .map(({ time, close }) => [time, close]),
    );
    assert.equal((await account.symbols.lookup('BRK.B'))?.sector, 'Financial Services');
    assert.equal(account.calendar.sessionBack('2026-03-02', 1)?.date, '2026-02-27');
    await desk.run(1_000);
    assert.equal(account.calendar.source('2026-03-02'), 'broker');
    assert.deepEqual(account.feed, { mode: 'streaming', delayMs: 0, simulated: true, borrowed: false });
    assert.ok(existsSync(join(desk.folder, 'market.db')));

    await desk.reopen();
    let reads = 0;
    const read = desk.broker.history.bind(desk.broker);
    desk.broker.history = (...asked) => {
      reads += 1;
      return read(...asked);
    };
    assert.deepEqual(await desk.account.bars.history('AAPL', 'D', { count: 50, to }), bars);
    assert.equal(reads, 0);
  });

  it('has a price for what it holds as soon as it is open', async () => {
    await desk.open();
    await desk.place();
    await desk.run(5_000);
    await desk.reopen();
    const [position] = (await desk.account.snapshot()).positions;
    assert.equal(position?.quantity, 100);
    assert.ok((position?.marketValue ?? 0) > 0);
  });

  it('follows bars while it trades, and ends what is under way when it closes', async () => {
    const account = await desk.open();
    const heard: Bar[] = [];
    account.bars.follow('AAPL', '1', {}, ({ bar }) => heard.push(bar));
    await desk.run(3 * MINUTE + 5_000);
    const from = toEpoch('2026-03-02', '10:00');
    assert.deepEqual(heard, desk.exchange.minuteBars('AAPL', from, from + 3 * MINUTE));
    const pending = account.bars.history('MSFT', 'D', { count: 5 });
    const refused = assert.rejects(pending, { code: 'E_ACCOUNT_CLOSED' });
    await account.close();
    await refused;
    await assert.rejects(account.bars.history('AAPL', 'D', { count: 5 }), { code: 'E_ACCOUNT_CLOSED' });
    assert.throws(() => account.bars.follow('AAPL', 'D', {}, () => undefined), { code: 'E_ACCOUNT_CLOSED' });
  });

  it('forgets what lies after its market time: another run of a simulator told it', async () => {
    const from = toEpoch('2026-02-26', '11:00');
    const account = await desk.open();
    await account.bars.history('AAPL', '1', { from: toEpoch('2026-02-25'), to: toEpoch('2026-02-28') });
    await account.close();
    const source = new TapeSource(from, 9);
    const market = new MarketData({
      source,
      borrowed: false,
      clock: source.clock,
      folder: desk.folder,
      log: () => undefined,
      onStream: () => undefined,
    });
    market.start();
    await source.run(3 * MINUTE + 3_000);
    const bars = await market.bars.history('AAPL', '1', { from, to: from + 3 * MINUTE });
    assert.deepEqual(bars, source.exchange.minuteBars('AAPL', from, from + 3 * MINUTE));
    market.close();
  });

  it('knows the day as the broker tells it, and so do the risk rules', async () => {
    const hours = (start: string, end: string) => ({ start, end });
    const day = { date: '2026-03-02', status: 'open', description: 'Market closes at 10:05' } as const;
    const [premarket, open, postmarket] = [
      hours('07:00', '09:24'),
      hours('09:30', '10:05'),
      hours('10:05', '13:00'),
    ];
    desk.special = [{ ...day, premarket, open, postmarket }];
    const account = await desk.open();
    await desk.run(1_000);
    const decide = async () => {
      const size = await account.size(desk.signal(), { method: 'as_signal' });
      assert.ok(size.kind === 'sized');
      return account.check(size.intent);
    };
    assert.equal((await decide()).kind, 'approved');
    await desk.run(5 * MINUTE);
    const decision = await decide();
    assert.ok(decision.kind === 'refused');
    assert.deepEqual(
      decision.refusals.map(({ rule, value }) => [rule, value]),
      [['market-session', 'postmarket']],
    );
  });

  it('leaves its file to whoever opens the account next, also when the opening failed', async () => {
    const { clock, folder, log } = desk;
    const wall = {
      now() {
        if (existsSync(join(folder, 'market.db'))) throw new Error('no time');
        return clock.wall.now();
      },
    };
    const failing = { elapsed: clock.elapsed, market: clock.market, wall };
    await assert.rejects(desk.open({ clock: failing }), /no time/);
    await desk.open();
    assert.doesNotMatch(log.join('\n'), /locked|in memory/);
  });

  for (const speed of [1, 130, 390])
    it(`lets alerts on bars send their signals where it runs ${speed} times as fast as we do`, async () => {
      const { clock, exchange } = desk;
      const begin = clock.market.now();
      const market = { now: () => begin + Math.floor((clock.market.now() - begin) * speed) };
      const onError = (error: unknown) => {
        throw error;
      };
      const broker = new ExchangeBroker({ exchange, market, speed, onError });
      const account = await desk.open({ broker, clock: { ...clock, elapsed: clock.elapsed, market } });
      const wish = { condition: 'volume_above', value: 1, interval: '1' };
      const { id } = account.alerts.add({ symbol: 'AAPL', ...wish, signal: { action: 'buy', quantity: 1 } });
      for (let n = 0; n < 150_000 && account.alerts.get(id)?.firings === 0; n += 250) {
        await clock.advance(250);
        broker.pulse();
      }
      const [firing] = account.alerts.firings(id);
      assert.deepEqual([firing?.missed, firing?.signal?.action], [false, 'buy']);
      await account.close();
    });

  it('is stated anew when shares that are held are split, and alerts wait for prices of new shares', async () => {
    const account = await desk.open();
    await desk.place();
    await desk.run(10_000);
    assert.equal(desk.held(), 100);
    const to = toEpoch('2026-03-02');
    const span = { count: 3, to };
    const closes = async () =>
      (await account.bars.history('AAPL', 'D', span)).map(({ close }) => Math.round(close * 100) / 100);
    const before = await closes();
    const { last } = await account.quote('AAPL', 1_000);
    const value = Math.round((last ?? 0) * 1.2);
    const crossing = account.alerts.add({ symbol: 'AAPL', condition: 'price_above', value });
    await desk.run(5_000);
    desk.exchange.split('AAPL', { newShares: 2, oldShares: 1 });
    for (let n = 0; n < 240 && desk.account.alerts.get(crossing.id)?.note === ''; n += 1) await desk.run(250);
    assert.equal(account.alerts.get(crossing.id)?.value, value / 2, desk.log.join('\n'));
    await desk.run(20_000);
    const now = await closes();
    assert.deepEqual(account.alerts.firings(crossing.id), []);
    for (const [n, close] of now.entries()) assert.ok(Math.abs(close - (before[n] ?? 0) / 2) < 0.02);
  });

  it('keeps alerts on shares that nobody holds from firing by a split, in its session and over a night', async () => {
    for (const night of [false, true]) {
      const account = await desk.open();
      const { last } = await account.quote('SPY', 1_000);
      const value = Math.round((last ?? 0) * 0.8);
      const falls = account.alerts.add({ symbol: 'SPY', condition: 'price_cross_below', value });
      const bars = account.alerts.add({ symbol: 'SPY', condition: 'rsi_oversold', value: 3, interval: '1' });
      await desk.run(5 * MINUTE);
      if (night) {
        await account.close();
        await desk.clock.advance(22 * 60 * MINUTE);
      }
      desk.exchange.split('SPY', { newShares: 2, oldShares: 1 });
      if (night) await desk.open();
      await desk.run(5 * MINUTE);
      const { alerts } = desk.account;
      assert.equal(alerts.get(falls.id)?.value, value / 2, desk.log.join('\n'));
      assert.deepEqual([...alerts.firings(falls.id), ...alerts.firings(bars.id)], []);
      alerts.remove(falls.id);
      alerts.remove(bars.id);
      await desk.account.close();
    }
  }).timeout(60_000);

  it('may come from another account: its delay is what the rules see, its stream what the status tells', async () => {
    const source = new TapeSource(desk.clock.market.now(), 1);
    source.quoteDelayMs = 15 * MINUTE;
    await desk.open();
    await desk.account.close();
    const account = await desk.open({ marketData: source });
    assert.deepEqual(account.feed, { mode: 'streaming', delayMs: 900_000, simulated: true, borrowed: true });
    assert.equal((await account.quote('AAPL', 1_000)).delayMs, 900_000);
    assert.ok(source.reads.includes('quotes AAPL'));
    source.streamStates.emit({ stream: 'market', state: 'open', gap: false, reason: 'connected' });
    assert.equal(account.status().streams.market, 'open');
    const size = await account.size(desk.signal(), { method: 'as_signal' });
    assert.ok(size.kind === 'sized');
    const decision = await account.check(size.intent);
    assert.equal(decision.kind, 'refused');
    assert.match(JSON.stringify(decision), /delay/);
  });
});
