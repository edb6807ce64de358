import assert from 'node:assert/strict';
import type { ConfirmedQuote } from '../../lib/domain/market-data.ts';
import { readSymbols } from '../../nodes/tradier-quote/tradier-quote.ts';
import { ACCOUNT, FlowDesk, listener, node, pause, probe } from './flow-desk.ts';

describe('tradier-quote', () => {
  const desk = new FlowDesk();
  const flow = (fields: Record<string, unknown>) => [
    ACCOUNT,
    node('tradier-quote', 'quote', {
      mode: 'request',
      symbols: '',
      throttle: 1,
      ...fields,
      wires: [['quotes']],
    }),
    listener('catch', 'catch'),
    listener('complete', 'done', ['quote']),
    probe('quotes'),
  ];
  const quote = (msg: { payload?: unknown }) => msg.payload as ConfirmedQuote;

  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  it('reads symbols from text, lists and objects', () => {
    assert.deepEqual(readSymbols('aapl, msft ,,AAPL', 'x'), ['AAPL', 'MSFT']);
    assert.deepEqual(readSymbols(['brk.b'], 'x'), ['BRK/B']);
    assert.deepEqual(readSymbols({ symbol: 'SPY' }, 'x'), ['SPY']);
    assert.deepEqual(readSymbols({ symbols: ['SPY', 'QQQ'] }, 'x'), ['SPY', 'QQQ']);
    for (const none of ['', undefined, null, 1_700_000_000_000, {}, []])
      assert.deepEqual(readSymbols(none, 'x'), []);
    assert.throws(() => readSymbols('no symbol', 'topic'), { code: 'E_INPUT', field: 'topic' });
    assert.throws(() => readSymbols([1], 'payload'), { code: 'E_INPUT', field: 'payload' });
  });

  it('answers with one message a symbol, from the setting, the topic or the payload', async () => {
    await desk.load(flow({ symbols: 'AAPL, MSFT' }));
    desk.node('quote').receive({ payload: 0, note: 'kept' });
    await desk.hears('quotes', () => desk.heard('quotes').length === 2);
    assert.deepEqual(
      desk.heard('quotes').map((msg) => [msg.topic, msg.note]),
      [
        ['AAPL', 'kept'],
        ['MSFT', 'kept'],
      ],
    );
    const first = quote(desk.heard('quotes')[0] ?? {});
    const words = /^AAPL [\d,]+\.\d+, bid [\d,]+\.\d+, ask [\d,]+\.\d+, confirmed [\d.]+ s ago$/;
    assert.match(String(desk.heard('quotes')[0]?.because), words);
    assert.ok(first.ageMs >= 0 && first.ageMs < 5_000 && first.simulated && (first.last ?? 0) > 0);
    await desk.hears('done');
    await desk.unload();

    await desk.load(flow({}));
    desk.node('quote').receive({ topic: 'SPY' });
    desk.node('quote').receive({ topic: '', payload: { symbol: 'QQQ' } });
    await desk.hears('quotes', () => desk.heard('quotes').length === 2);
    assert.deepEqual(
      desk
        .heard('quotes')
        .map((msg) => msg.topic)
        .sort(),
      ['QQQ', 'SPY'],
    );
  });

  it('gives what is found, and E_NO_QUOTE for what is not', async () => {
    await desk.load(flow({ symbols: 'AAPL, NOSUCH' }));
    desk.node('quote').receive({});
    const { error } = await desk.hears('catch');
    assert.equal((error as { code: string }).code, 'E_NO_QUOTE');
    assert.equal(quote(await desk.hears('quotes')).symbol, 'AAPL');
  });

  it('asks for a symbol when there is none', async () => {
    await desk.load(flow({}));
    desk.node('quote').receive({ payload: 1_700_000_000_000 });
    assert.equal(((await desk.hears('catch')).error as { code: string }).code, 'E_INPUT');
  });

  it('streams within its pace, and changes the list on a message', async () => {
    await desk.load(flow({ mode: 'stream', symbols: 'AAPL', throttle: '0.5' }));
    await desk.hears('quotes');
    await pause(1_600);
    const count = desk.heard('quotes').length;
    assert.ok(count >= 2 && count <= 5, `${count} messages in 1.6 s`);
    desk.node('quote').receive({ topic: 'SPY' });
    await desk.hears('quotes', (msg) => msg.topic === 'SPY');
    const aapl = desk.heard('quotes').filter((msg) => msg.topic === 'AAPL').length;
    await pause(1_100);
    assert.equal(desk.heard('quotes').filter((msg) => msg.topic === 'AAPL').length, aapl);
  });
});
