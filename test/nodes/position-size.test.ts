import assert from 'node:assert/strict';
import type { OrderIntent } from '../../lib/domain/order.ts';
import type { TraceEntry } from '../../lib/domain/trace.ts';
import { ACCOUNT, FlowDesk, listener, node, probe } from './flow-desk.ts';

describe('position-size', () => {
  const desk = new FlowDesk();
  const flow = (fields: Record<string, unknown> = {}) => [
    ACCOUNT,
    node('position-size', 'size', { ...fields, wires: [['sized'], ['refused']] }),
    node('position-size', 'size2', { name: 'other', wires: [['sized'], ['refused']] }),
    listener('catch', 'catch'),
    listener('complete', 'done', ['size']),
    probe('sized'),
    probe('refused'),
  ];
  const sized = (msg: { payload?: unknown }) => msg.payload as OrderIntent;

  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  it('sizes by each method, in whole shares, with the arithmetic in the trace', async () => {
    const methods: [Record<string, unknown>, object, (quantity: number) => boolean][] = [
      [{ method: 'as_signal' }, { quantity: 7 }, (n) => n === 7],
      [{ method: 'fixed_shares', shares: '12' }, {}, (n) => n === 12],
      [{ method: 'fixed_cash', cash: 5_000 }, {}, (n) => n > 20 && n < 40],
      [{ method: 'percent_equity', percent: '10' }, {}, (n) => n > 50 && n < 70],
      [{ method: 'risk_per_trade', riskPercent: 0.5, stopDistance: '10' }, {}, (n) => n >= 49 && n <= 50],
    ];
    for (const [fields, signal, fits] of methods) {
      await desk.load(flow(fields));
      desk.node('size').receive({ payload: { symbol: 'AAPL', action: 'buy', ...signal } });
      const msg = await desk.hears('sized');
      assert.ok(fits(sized(msg).quantity), `${fields.method}: ${sized(msg).quantity}`);
      assert.equal(msg.topic, 'AAPL');
      const trace = (msg.trace as TraceEntry[])[0];
      assert.equal(trace?.decision, 'sized');
      assert.equal(msg.because, trace?.because);
      assert.ok(Object.keys(trace?.figures ?? {}).length > 0);
      await desk.hears('done');
      await desk.unload();
    }
    await desk.load(flow());
  });

  it('puts a bracket around an entry, the signal before its own settings', async () => {
    const own = { stopLoss: 'percent', stopLossAway: '2', takeProfit: 'atr', takeProfitAway: 3, collar: '1' };
    await desk.load(flow({ ...own, closingDuration: 'day' }));
    desk.node('size').receive({ payload: { symbol: 'AAPL', action: 'buy', quantity: 5 } });
    const first = sized(await desk.hears('sized'));
    const { bracket, price = 0, type } = first;
    assert.equal(type, 'limit');
    assert.ok(bracket?.stopLoss !== undefined && bracket.takeProfit !== undefined);
    assert.ok(bracket.stopLoss < price * 0.981 && bracket.stopLoss > price * 0.96, String(bracket.stopLoss));
    assert.ok(bracket.takeProfit > price);
    assert.equal(bracket.duration, 'day');
    const payload = { symbol: 'AAPL', action: 'buy', quantity: 5, stopLoss: { percent: 10 } };
    desk.node('size').receive({ payload });
    const second = sized(await desk.hears('sized', (msg) => sized(msg).intentId !== first.intentId));
    assert.ok((second.bracket?.stopLoss ?? price) < price * 0.91);
  });

  it('sizes short sales of a sender that may', async () => {
    await desk.load(flow());
    const payload = { symbol: 'AAPL', action: 'short', quantity: 5 };
    desk.node('size').receive({ payload });
    assert.match(String((await desk.hears('refused')).because), /May short is off/);
    desk.node('size').receive({ payload: { ...payload, mayShort: true } });
    assert.equal(sized(await desk.hears('sized')).side, 'sell_short');
  });

  it('makes one intent of all copies of a message, and another of the next press', async () => {
    await desk.load(flow());
    const payload = { symbol: 'AAPL', action: 'buy', quantity: 1, book: 'b' };
    desk.node('size').receive({ _msgid: 'one', payload: { ...payload } });
    desk.node('size2').receive({ _msgid: 'one', payload: { ...payload } });
    desk.node('size').receive({ _msgid: 'two', payload: { ...payload } });
    desk.node('size').receive({ _msgid: 'two', payload: { ...payload }, parts: { id: 'x', index: 1 } });
    await desk.hears('sized', () => desk.heard('sized').length === 4);
    const ids = desk.heard('sized').map((msg) => sized(msg).intentId);
    assert.equal(new Set(ids).size, 3);
  });

  it('books what names no book under its own setting or name', async () => {
    await desk.load(flow({ book: 'momentum' }));
    desk.node('size').receive({ payload: { symbol: 'AAPL', action: 'buy', quantity: 1 } });
    desk.node('size2').receive({ payload: { symbol: 'AAPL', action: 'buy', quantity: 1 } });
    await desk.hears('sized', () => desk.heard('sized').length === 2);
    assert.deepEqual(
      desk
        .heard('sized')
        .map((msg) => sized(msg).book)
        .sort(),
      ['momentum', 'other'],
    );
  });

  it('refuses on the second output, naming the reason', async () => {
    await desk.load(flow());
    desk.node('size').receive({ payload: { symbol: 'AAPL', action: 'sell', quantity: 5, book: 'empty' } });
    const msg = await desk.hears('refused');
    const { refusals, action } = msg.payload as { refusals: { message: string }[]; action: string };
    assert.equal(action, 'sell');
    assert.ok(refusals[0]?.message);
    assert.equal((msg.trace as TraceEntry[])[0]?.decision, 'refused');
    assert.equal(msg.because, (msg.trace as TraceEntry[])[0]?.because);
    assert.deepEqual(desk.heard('catch'), []);
  });

  it('gives bad input to Catch, naming field, value and what was expected', async () => {
    await desk.load(flow());
    for (const [payload, words] of [
      [{ symbol: 'AAPL', action: 'hold' }, /action.*"hold"/],
      [{ symbol: 'AAPL', action: 'buy', quantity: -1 }, /quantity.*-1/],
      [{ symbol: 'no symbol', action: 'buy' }, /symbol.*NO SYMBOL|symbol.*no symbol/],
      ['buy', /payload.*"buy"/],
    ] as const) {
      const count = desk.heard('catch').length;
      desk.node('size').receive({ payload });
      const { error } = await desk.hears('catch', (msg) => desk.heard('catch').indexOf(msg) === count);
      assert.equal((error as { code: string }).code, 'E_INPUT');
      assert.match((error as { message: string }).message, words);
    }
  });

  it('turns red on a wrong setting, names it, and hands every message to Catch', async () => {
    await desk.load(flow({ method: 'fixed_shares', shares: '1.5' }));
    await desk.shows('size', 'misconfigured');
    assert.equal(desk.statusOf('size').fill, 'red');
    desk.node('size').receive({ payload: { symbol: 'AAPL', action: 'buy' } });
    const { error } = await desk.hears('catch');
    assert.match((error as { message: string }).message, /shares.*1\.5.*whole number/);
  });

  it('turns red on a distance that is missing, and names it', async () => {
    await desk.load(flow({ stopLoss: 'percent', stopLossAway: '' }));
    await desk.shows('size', 'misconfigured');
    desk.node('size').receive({ payload: { symbol: 'AAPL', action: 'buy', quantity: 1 } });
    const { error } = await desk.hears('catch');
    assert.match((error as { message: string }).message, /stopLossAway/);
  });

  it('says that it has no account', async () => {
    await desk.load([
      node('position-size', 'size', { account: '', wires: [['sized'], []] }),
      listener('catch', 'catch'),
      probe('sized'),
    ]);
    assert.deepEqual(desk.statusOf('size'), { fill: 'red', shape: 'ring', text: 'noAccount' });
    desk.node('size').receive({ payload: { symbol: 'AAPL', action: 'buy', quantity: 1 } });
    assert.equal(((await desk.hears('catch')).error as { code: string }).code, 'E_NO_ACCOUNT');
  });
});
