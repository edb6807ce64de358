import assert from 'node:assert/strict';
import { toEpoch } from '../../lib/market/exchange-time.ts';
import type { SymbolInfo } from '../../lib/market/symbols/contract.ts';
import { directly, sourceOf } from './chart-desk.ts';
import { FilledBars } from './filled-bars.ts';
import { UdfReader } from './reader.ts';

const NOW = toEpoch('2026-03-06', '12:00');
const bars = new FilledBars(10);

describe('udf symbols', () => {
  it('are what the chart needs to align and format its bars', async () => {
    const reader = new UdfReader({ get: directly(sourceOf(bars, { now: NOW })), now: () => NOW });
    const { session_holidays, corrections, ...symbol } = await reader.resolve('NYSE:BRK.B');
    assert.deepEqual(symbol, {
      name: 'BRK.B',
      ticker: 'BRK.B',
      description: 'Berkshire Hathaway Class B',
      type: 'stock',
      exchange: 'NYSE',
      listed_exchange: 'NYSE',
      timezone: 'America/New_York',
      session: '0930-1600',
      minmov: 1,
      pricescale: 100,
      variable_tick_size: '0.0001 1 0.01',
      format: 'price',
      has_intraday: true,
      intraday_multipliers: ['1', '3', '5', '10', '15', '30', '60', '120', '240'],
      has_daily: true,
      has_weekly_and_monthly: true,
      supported_resolutions: ['1', '3', '5', '10', '15', '30', '60', '120', '240', '1D', '1W', '1M'],
      has_empty_bars: false,
      visible_plots_set: 'ohlcv',
      volume_precision: 0,
      data_status: 'streaming',
    });
    const closed = String(session_holidays).split(',');
    for (const date of ['20260101', '20251225', '20250109', '20260703'])
      assert.ok(closed.includes(date), date);
    for (const date of ['20260306', '20251224', '20260307']) assert.ok(!closed.includes(date), date);
    const [hours, dates] = String(corrections).split(':');
    assert.equal(hours, '0930-1300');
    assert.ok(dates?.split(',').includes('20251128') && dates.includes('20251224'));
  });

  it('say that they are simulated or late', async () => {
    const source = sourceOf(bars, { now: NOW, simulated: true, delayMs: 900_000 });
    const reader = new UdfReader({ get: directly(source), now: () => NOW });
    const symbol = await reader.resolve('SPY');
    assert.deepEqual(
      [symbol.description, symbol.data_status, symbol.delay, symbol.type],
      ['SPDR S&P 500 (SIMULATED)', 'delayed_streaming', 900, 'etf'],
    );
    const found = JSON.parse(
      await directly(source)('/search?query=APPLE&type=stock&exchange=NASDAQ'),
    ) as object[];
    assert.deepEqual(found, [
      {
        symbol: 'AAPL',
        full_name: 'AAPL',
        ticker: 'AAPL',
        description: 'Apple Inc (SIMULATED)',
        exchange: 'NASDAQ',
        type: 'stock',
      },
    ]);
    assert.deepEqual(JSON.parse(await directly(source)('/search?query=APPLE&type=etf&exchange=')), []);
  });

  it('know the tick of an option and when it ended', async () => {
    const source = sourceOf(bars, { now: NOW });
    const option: SymbolInfo = {
      symbol: 'AAPL240119C00185000',
      ticker: 'AAPL240119C00185000',
      description: 'AAPL Jan 19 2024 $185 Call',
      exchange: '',
      exchangeName: '',
      kind: 'option',
      tick: 0.05,
      sector: null,
      option: { underlying: 'AAPL', expiration: '2024-01-19', right: 'call', strike: 185 },
    };
    const symbols = { search: async () => [option], lookup: async () => option };
    const get = directly({ ...source, symbols });
    const symbol = JSON.parse(await get('/symbols?symbol=AAPL240119C00185000')) as Record<string, unknown>;
    assert.deepEqual(
      [symbol.minmov, symbol.pricescale, symbol.variable_tick_size, symbol.expired, symbol.expiration_date],
      [5, 100, undefined, true, toEpoch('2024-01-19', '16:00') / 1000],
    );
  });
});
