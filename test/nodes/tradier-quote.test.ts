import assert from 'node:assert/strict';
import type { ConfirmedQuote } from '../../lib/domain/market-data.ts';
import { DAY, dayNumber, newYorkDate, weekday } from '../../lib/market/exchange-time.ts';
import { readSymbols } from '../../nodes/kit/symbols.ts';
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
    assert.deepEqual(readSymbols('NYSE:BRK.B, aapl261218c00150000', 'x'), ['BRK/B', 'AAPL261218C00150000']);
    assert.throws(() => readSymbols('no symbol', 'topic'), { code: 'E_INPUT', field: 'topic' });
    assert.throws(() => readSymbols('AAPL, $$$', 'symbols'), { message: /"\$\$\$"/, value: '$$$' });
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

  it('quotes options, with their greeks when asked for', async () => {
    const expiry = await optionExpiry();
    await desk.load(flow({ greeks: true }));
    const spot = Math.round((await (await desk.account()).quote('SPY', 60_000)).last ?? 0);
    const symbol = `SPY${expiry}C${String(spot * 1_000).padStart(8, '0')}`;
    desk.node('quote').receive({ topic: `SPY, ${symbol}` });
    const option = await desk.hears('quotes', (msg) => msg.topic === symbol);
    assert.equal(quote(option).kind, 'option');
    assert.ok((quote(option).greeks?.delta ?? 0) > 0.3);
    assert.match(String(option.because), /, delta 0\.\d+$/);
    const share = await desk.hears('quotes', (msg) => msg.topic === 'SPY');
    assert.equal('greeks' in quote(share), false);
    await desk.unload();
    await desk.load(flow({ greeks: true, mode: 'stream', symbols: symbol, throttle: 0, onlyChanges: true }));
    const live = await desk.hears('quotes', (msg) => quote(msg).greeks !== undefined);
    assert.deepEqual([live.topic, quote(live).kind], [symbol, 'option']);
  });

  it('leaves out quotes that only confirm the last one, when asked', async () => {
    const streamed = async (onlyChanges: boolean) => {
      await desk.load(flow({ mode: 'stream', symbols: 'AAPL, SPY, QQQ', throttle: 0, onlyChanges }));
      await desk.hears('quotes');
      await pause(2_500);
      const shown = desk.heard('quotes').map((msg) => {
        const { symbol, bid, ask, bidSize, askSize, last, volume, condition } = quote(msg);
        return JSON.stringify([symbol, bid, ask, bidSize, askSize, last, volume, condition]);
      });
      await desk.unload();
      return shown;
    };
    const repeated = (shown: string[]) =>
      shown.filter(
        (one, place) =>
          shown.slice(0, place).findLast((each) => each.split(',')[0] === one.split(',')[0]) === one,
      );
    const all = await streamed(false);
    assert.ok(repeated(all).length > 0, `${all.length} messages and no confirmation among them`);
    const changes = await streamed(true);
    assert.ok(changes.length >= 3);
    assert.deepEqual(repeated(changes), []);
  });

  /** The Friday in five weeks or so, as an OCC symbol writes it. */
  async function optionExpiry(): Promise<string> {
    await desk.load(flow({}));
    const { clock, calendar } = await desk.account();
    const from = newYorkDate(clock.market.now() + 28 * DAY);
    const friday = calendar
      .sessionsBetween(from, newYorkDate(clock.market.now() + 60 * DAY))
      .find(({ date }) => weekday(dayNumber(date)) === 5);
    await desk.unload();
    return friday?.date.slice(2).replaceAll('-', '') ?? '';
  }

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

  it('stops at a message that names nothing, and shows it', async () => {
    await desk.load(flow({ mode: 'stream', symbols: 'AAPL', throttle: 0 }));
    await desk.hears('quotes');
    desk.node('quote').receive({ payload: '' });
    await desk.hears('done');
    const count = desk.heard('quotes').length;
    await desk.shows('quote', 'SIM needsSymbol');
    await pause(1_200);
    assert.equal(desk.heard('quotes').length, count);
    assert.equal(desk.statusOf('quote').text, 'SIM needsSymbol');
  });

  it('shows which symbols are unknown for as long as they are, and tells it to Catch once', async () => {
    await desk.load(flow({ mode: 'stream', symbols: 'AAPL, NOPE', throttle: 0 }));
    const { error } = await desk.hears('catch');
    const { code, message, source } = error as { code: string; message: string; source: { id: string } };
    assert.deepEqual([code, source.id], ['E_NO_QUOTE', 'quote']);
    assert.match(message, /symbols: the broker does not know "NOPE"$/);
    await desk.shows('quote', 'SIM AAPL; unknown NOPE');
    const count = desk.heard('quotes').length;
    await desk.hears('quotes', () => desk.heard('quotes').length > count);
    await pause(1_200);
    const shown = desk.statusOf('quote');
    assert.deepEqual([shown.fill, shown.text], ['yellow', 'SIM AAPL; unknown NOPE']);
    assert.equal(desk.heard('catch').length, 1);
    desk.node('quote').receive({ topic: 'NOPE' });
    await desk.hears('catch', () => desk.heard('catch').length === 2);
    await desk.shows('quote', 'SIM unknown NOPE');
    assert.equal(desk.statusOf('quote').fill, 'red');
    desk.node('quote').receive({ topic: 'SPY' });
    await desk.shows('quote', /^SIM SPY [\d.]+$/);
  });

  it('says that it needs a symbol when it streams none', async () => {
    await desk.load(flow({ mode: 'stream' }));
    await desk.account();
    await desk.shows('quote', 'SIM needsSymbol');
    assert.equal(desk.statusOf('quote').fill, 'grey');
  });

  it('names what an answer lacks', async () => {
    await desk.load(flow({ symbols: 'AAPL, NOPE' }));
    desk.node('quote').receive({});
    await desk.hears('catch');
    await desk.shows('quote', 'SIM AAPL; unknown NOPE');
  });
});
