import assert from 'node:assert/strict';
import { TraderError } from '../../lib/domain/errors.ts';
import { HOUR } from '../../lib/market/exchange-time.ts';
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

  const sectorReads = () => source.reads.filter((read) => read.startsWith('sector '));

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
        ['XLE', 'NYSE Arca', null],
        ['XLF', 'NYSE Arca', null],
        ['XLI', 'NYSE Arca', null],
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
      tickBelowDollar: 0.0001,
      sector: 'Financial Services',
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

  it('knows the sector of companies alone, asks once for it, and never for a list', async () => {
    await found({ query: 'a', limit: 500 });
    assert.equal((await symbols.lookup('AAPL'))?.sector, 'Technology');
    assert.equal((await symbols.lookup('SPY'))?.sector, null);
    assert.equal((await symbols.lookup('SPY270115C00500000'))?.sector, null);
    await source.clock.advance(HOUR);
    assert.equal((await symbols.lookup('NASDAQ:AAPL'))?.sector, 'Technology');
    assert.deepEqual(sectorReads(), ['sector AAPL']);
    const listed = await symbols.search({ query: 'a', limit: 500 });
    assert.deepEqual(
      listed.flatMap(({ symbol, sector }) => (sector === null ? [] : [[symbol, sector]])),
      [['AAPL', 'Technology']],
      'a list has what is known',
    );
    await source.clock.advance(24 * HOUR);
    await symbols.lookup('AAPL');
    assert.equal(sectorReads().length, 2, 'a day later it is asked for again');
  });

  it('does without a sector that cannot be had, and leaves a broker that fails alone', async () => {
    const real = source.companySector.bind(source);
    source.companySector = async (symbol) => {
      source.reads.push(`sector ${symbol}`);
      throw new TraderError('E_BROKER', 'no such path');
    };
    for (const symbol of ['AAPL', 'MSFT', 'NVDA', 'AAPL'])
      assert.equal((await symbols.lookup(symbol))?.sector, null);
    assert.deepEqual(sectorReads(), ['sector AAPL']);
    await source.clock.advance(61_000);
    await symbols.lookup('MSFT');
    await source.clock.advance(61_000);
    await symbols.lookup('MSFT');
    assert.deepEqual(sectorReads(), ['sector AAPL', 'sector MSFT'], 'the pause doubles');
    source.companySector = real;
    await source.clock.advance(60_000);
    assert.equal((await symbols.lookup('MSFT'))?.sector, 'Technology');
    assert.equal((await symbols.lookup('BRK.B'))?.sector, 'Financial Services');
  });

  it('waits half a second for a sector and no longer, and asks for one at a time', async () => {
    const answers: ((sector: string) => void)[] = [];
    source.companySector = (symbol) => {
      source.reads.push(`sector ${symbol}`);
      return new Promise((resolve) => answers.push(resolve));
    };
    const looked = ['AAPL', 'MSFT', 'AAPL'].map((symbol) => symbols.lookup(symbol));
    await source.clock.advance(499);
    assert.equal(await Promise.race([...looked, 'waiting']), 'waiting');
    await source.clock.advance(2);
    assert.deepEqual(
      (await Promise.all(looked)).map((info) => info?.sector),
      [null, null, null],
    );
    assert.deepEqual(sectorReads(), ['sector AAPL']);
    answers[0]?.('Technology');
    await source.clock.advance(0);
    assert.equal((await symbols.lookup('AAPL'))?.sector, 'Technology', 'it came later and was kept');
    assert.deepEqual(sectorReads(), ['sector AAPL', 'sector MSFT']);
  });

  it('finds an option by its OCC symbol, though no list has it', async () => {
    const { last } = (await source.quotes(['AAPL'])).quotes[0] ?? {};
    const option = `AAPL260626P${String(Math.round(last ?? 0) * 1000).padStart(8, '0')}`;
    const spelled = [option, option.toLowerCase(), `OPRA:${option}`, option.replace('AAPL', 'AAPL  ')];
    for (const query of spelled) assert.deepEqual(await found({ query }), [option], query);
    assert.deepEqual(await found({ query: option, kind: 'stock' }), []);
    assert.deepEqual(await found({ query: option, exchange: 'NYSE' }), []);
    assert.deepEqual(await found({ query: 'AAPL260626P99999000' }), [], 'no such strike');
    const [info] = await symbols.search({ query: option });
    assert.deepEqual([info?.kind, info?.tick, info?.tickBelowDollar], ['option', 0.01, 0.01]);
    assert.deepEqual(info, await symbols.lookup(option));
  });

  it('says in which steps a price moves, from a dollar up and below', async () => {
    const steps = async (symbol: string) => {
      const info = await symbols.lookup(symbol);
      return [info?.kind, info?.tick, info?.tickBelowDollar];
    };
    assert.deepEqual(await steps('AAPL'), ['stock', 0.01, 0.0001]);
    assert.deepEqual(await steps('SPY'), ['etf', 0.01, 0.0001]);
  });

  it('finds nothing where nothing can be, and asks nobody about what is no text', async () => {
    for (const query of ['<script>', "' OR 1=1 --", '../..', '%00', '?', '*', '\\', '{}'])
      assert.deepEqual(await found({ query }), [], query);
    const asked = source.reads.length;
    for (const query of ['\u0000', 'a\u0000b', 'a\nb', '\ud800', '\u202egro'])
      await assert.rejects(found({ query }), { code: 'E_INPUT', field: 'query' }, JSON.stringify(query));
    assert.equal(source.reads.length, asked);
  });

  it('refuses what is too long or no number', async () => {
    await assert.rejects(found({ query: 'x'.repeat(65) }), { code: 'E_INPUT', field: 'query' });
    for (const limit of [0, 501, 1.5])
      await assert.rejects(found({ query: 'x', limit }), { code: 'E_INPUT', field: 'limit' });
  });
});
