import assert from 'node:assert/strict';
import { toEpoch } from '../../lib/market/exchange-time.ts';
import { UdfFeed } from '../../lib/udf/feed.ts';
import { directly } from './chart-desk.ts';
import { FilledMarket } from './filled-market.ts';
import { UdfReader } from './reader.ts';

const NOW = toEpoch('2026-03-06', '12:00');
let filled: FilledMarket;

describe('udf symbols', () => {
  before(() => {
    filled = new FilledMarket(NOW);
  });
  after(() => filled.close());

  it('are what the chart needs to align and format its bars', async () => {
    const reader = new UdfReader({ get: directly(filled.source()), now: () => NOW });
    const { session_holidays, corrections, ...symbol } = await reader.resolve('NYSE:BRK.B');
    assert.deepEqual(symbol, {
      name: 'BRK.B',
      ticker: 'BRK.B',
      description: 'Berkshire Hathaway Inc Class B',
      type: 'stock',
      sector: 'Financial Services',
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
    const source = filled.source({ simulated: true, delayMs: 900_000 });
    const reader = new UdfReader({ get: directly(source), now: () => NOW });
    const symbol = await reader.resolve('SPY');
    assert.deepEqual(
      [symbol.description, symbol.data_status, symbol.delay, symbol.type],
      ['SPDR S&P 500 ETF Trust (SIMULATED)', 'delayed_streaming', 900, 'etf'],
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

  it('know the steps of an option, as far as anybody tells them, and when it ended', async () => {
    const market = new FilledMarket(NOW);
    const reader = new UdfReader({ get: directly(market.source()), now: () => NOW });
    const option = await optionOf(market);
    const running = await reader.resolve(option);
    // It trades in cents, also below a dollar; no answer of the broker's tells in which steps its class is quoted.
    assert.deepEqual(
      [running.type, running.minmov, running.pricescale, running.variable_tick_size, running.expired],
      ['option', 1, 100, undefined, undefined],
    );
    market.market.clock.skipTo(toEpoch('2026-06-27', '12:00'));
    const over = await reader.resolve(option);
    assert.deepEqual([over.expired, over.expiration_date], [true, toEpoch('2026-06-26', '16:00') / 1000]);
    market.close();
  });

  it('are found by what is typed, chosen by exchange and type, and resolved by their ticker', async () => {
    const source = filled.source();
    const reader = new UdfReader({ get: directly(source), now: () => NOW });
    const config = await reader.open();
    const option = await optionOf(filled);
    for (const query of ['a', 'brk.b', 'NYSE:BRK/B', 'apple', 'xl', 'spdr', option, 'zzzz', '?', '%'])
      for (const { value: exchange } of config.exchanges ?? [])
        for (const { value: type } of config.symbols_types ?? [])
          for (const found of await reader.search(query, { exchange, type })) {
            const symbol = await reader.resolve(found.ticker ?? found.symbol);
            const { ticker, type: kind, exchange: on, description } = symbol;
            assert.deepEqual(
              { ticker, type: kind, exchange: on, description },
              {
                ticker: found.ticker,
                type: found.type,
                exchange: found.exchange,
                description: found.description,
              },
            );
          }
    const tickers = async (query: string) => (await reader.search(query)).map(({ ticker }) => ticker);
    assert.deepEqual(await tickers('nyse:brk/b'), ['BRK.B']);
    assert.deepEqual(await tickers(option.toLowerCase()), [option]);
    assert.deepEqual(await tickers(`OPRA:${option.replace('AAPL', 'AAPL  ')}`), [option]);
    assert.deepEqual(await tickers(option), [option]);
    for (const none of ['ZZZZ', 'ZZZZ260626C00185000', '<script>', "' OR 1=1 --", '../..'])
      assert.deepEqual(await tickers(none), [], none);
    assert.match(await reader.unknown('ZZZZ'), /^The broker does not know ZZZZ\.$/);
    assert.match(await reader.unknown(''), /symbol/);
  });

  it('that the desk is busy with stand in the dialog as it opens, unless its trades are not to be seen', async () => {
    const source = filled.source();
    const option = await optionOf(filled);
    const watch = filled.quotes.watch(['MSFT', 'NYSE:BRK.B', 'SPY', option, 'ZZZZ'], () => undefined);
    const reader = new UdfReader({ get: directly(source), now: () => NOW });
    await reader.open();
    const tickers = async (filter = {}) => (await reader.search('', filter)).map(({ ticker }) => ticker);
    assert.deepEqual(await tickers(), [option, 'BRK.B', 'MSFT', 'SPY']);
    assert.deepEqual(await tickers({ type: 'stock' }), ['BRK.B', 'MSFT']);
    assert.deepEqual(await tickers({ exchange: 'NYSE' }), ['BRK.B']);
    assert.deepEqual(await tickers({ exchange: 'NYSE Arca', type: 'stock' }), []);
    const limited = new UdfFeed(source, { marks: true }).answer(
      '/search',
      new URLSearchParams({ limit: '2' }),
    );
    assert.equal((JSON.parse((await limited).body.toString()) as unknown[]).length, 2);
    const discreet = new UdfFeed(source, { marks: false }).answer('/search', new URLSearchParams());
    assert.equal((await discreet).body.toString(), '[]');
    watch.release();
  });

  it('have quotes as a watchlist takes them, in the order and by the names asked for', async () => {
    const reader = new UdfReader({ get: directly(filled.source()), now: () => NOW });
    const option = await optionOf(filled);
    const names = ['NYSE:BRK.B', 'SPY', 'ZZZZ', 'AAPL', '<b>', 'aapl', option];
    const rows = await reader.quotes(names);
    assert.deepEqual(
      rows.map(({ s }) => s),
      ['ok', 'ok', 'error', 'ok', 'error', 'ok', 'ok'],
    );
    const [berkshire] = rows;
    assert.deepEqual(
      [berkshire?.v.short_name, berkshire?.v.original_name, berkshire?.v.exchange],
      ['BRK.B', 'NYSE:BRK.B', 'NYSE'],
    );
    const get = directly(filled.source());
    assert.deepEqual(JSON.parse(await get('/quotes?symbols=')), { s: 'ok', d: [] });
  });
});

/** A call near the money. */
async function optionOf(market: FilledMarket): Promise<string> {
  const { last } = await market.quotes.confirmed('AAPL', 60_000);
  return `AAPL260626C${String(Math.round(last ?? 0) * 1000).padStart(8, '0')}`;
}
