import assert from 'node:assert/strict';
import { BrokerSymbols } from '../../lib/market/symbols/directory.ts';
import { optionTerms, readSymbol, readSymbols, tickerOf } from '../../lib/market/symbols/names.ts';
import { TapeSource } from './bars/tape-source.ts';

describe('symbol names', () => {
  it('are written as Tradier does, whoever wrote them', () => {
    const cases = {
      aapl: 'AAPL',
      ' BRK.B ': 'BRK/B',
      'brk-b': 'BRK/B',
      'BRK/B': 'BRK/B',
      'NYSE:BRK.B': 'BRK/B',
      'NASDAQ:AAPL': 'AAPL',
      'BATS_DLY:SPY': 'SPY',
      T: 'T',
      AAPL240119C00185000: 'AAPL240119C00185000',
      'AAPL  240119C00185000': 'AAPL240119C00185000',
      'OPRA:SPY240119P00400500': 'SPY240119P00400500',
    };
    for (const [text, symbol] of Object.entries(cases)) {
      assert.equal(readSymbol(text), symbol);
      assert.equal(readSymbol(tickerOf(symbol)), symbol, 'there and back');
    }
    assert.equal(tickerOf('BRK/B'), 'BRK.B');
    assert.deepEqual(readSymbols(['brk.b', 'BRK/B', 'spy']), ['BRK/B', 'SPY']);
  });

  it('are refused when they cannot be any', () => {
    for (const text of [
      '',
      '  ',
      'A B',
      'AAPL,MSFT',
      '../etc',
      'BRK..B',
      'A'.repeat(30),
      null,
      5,
      {},
      'AAPL240231C00185000x',
    ])
      assert.throws(() => readSymbol(text), { code: 'E_INPUT', field: 'symbol' }, String(text));
  });

  it('tell the terms of an option', () => {
    assert.deepEqual(optionTerms('SPY240119P00400500'), {
      underlying: 'SPY',
      expiration: '2024-01-19',
      right: 'put',
      strike: 400.5,
    });
    for (const other of ['AAPL', 'AAPL240231C00185000', 'AAPL240119C00000000', 'AAPL241319C00185000'])
      assert.equal(optionTerms(other), null, other);
  });
});

describe('symbol directory', () => {
  let source: TapeSource;
  let symbols: BrokerSymbols;
  const found = async (what: Parameters<BrokerSymbols['search']>[0]) =>
    (await symbols.search(what)).map(({ symbol }) => symbol);

  beforeEach(() => {
    source = new TapeSource(Date.UTC(2026, 2, 9, 15));
    symbols = new BrokerSymbols(source, source.clock.elapsed);
  });

  it('finds the exact symbol first, then what begins so, then names', async () => {
    assert.deepEqual(await found({ query: 'v' }), [
      'V',
      'VTI',
      ...(await found({ query: 'v', limit: 500 })).slice(2, 30),
    ]);
    assert.deepEqual(await found({ query: 'apple' }), ['AAPL']);
    assert.deepEqual(await found({ query: 'BRK.B' }), ['BRK/B']);
    assert.deepEqual(await found({ query: 'NYSE:brk' }), ['BRK/B']);
    assert.deepEqual(await found({ query: 'xl', kind: 'stock' }), []);
    const arca = await symbols.search({ query: 'xl', exchange: 'NYSE Arca', kind: 'etf', limit: 3 });
    assert.deepEqual(
      arca.map(({ symbol, exchangeName, sector }) => [symbol, exchangeName, sector]),
      [
        ['XLE', 'NYSE Arca', 'Energy'],
        ['XLF', 'NYSE Arca', 'Financials'],
        ['XLI', 'NYSE Arca', 'Industrials'],
      ],
    );
    assert.deepEqual(await found({ query: 'xl', exchange: 'P', limit: 1 }), ['XLE']);
    assert.deepEqual(await found({ query: 'xl', exchange: 'Nowhere' }), []);
    assert.deepEqual(await found({ query: '  ' }), []);
  });

  it('knows one symbol in any spelling, and null for none', async () => {
    assert.deepEqual(await symbols.lookup('NYSE:BRK.B'), {
      symbol: 'BRK/B',
      ticker: 'BRK.B',
      description: 'Berkshire Hathaway Inc Class B',
      exchange: 'N',
      exchangeName: 'NYSE',
      kind: 'stock',
      tick: 0.01,
      sector: 'Financials',
    });
    assert.equal(await symbols.lookup('ZZZZ'), null);
    await assert.rejects(symbols.lookup('no symbol'), { code: 'E_INPUT' });
  });

  it('asks once for the same thing, but not for ever, and never keeps an error', async () => {
    await found({ query: 'aapl' });
    const asked = source.reads.length;
    await found({ query: 'AAPL', limit: 1 });
    assert.equal(source.reads.length, asked);
    await source.clock.advance(11 * 60_000);
    await found({ query: 'aapl' });
    assert.equal(source.reads.length, asked * 2);
    source.failure = new Error('down');
    await assert.rejects(symbols.lookup('MSFT'), /down/);
    source.failure = null;
    assert.equal((await symbols.lookup('MSFT'))?.symbol, 'MSFT');
  });

  it('refuses what is too long or no number', async () => {
    await assert.rejects(found({ query: 'x'.repeat(65) }), { code: 'E_INPUT', field: 'query' });
    for (const limit of [0, 501, 1.5])
      await assert.rejects(found({ query: 'x', limit }), { code: 'E_INPUT', field: 'limit' });
  });
});
