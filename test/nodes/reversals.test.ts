import assert from 'node:assert/strict';
import type { Order, OrderIntent } from '../../lib/domain/order.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import type { Refusal, TraceEntry } from '../../lib/domain/trace.ts';
import { ACCOUNT, FlowDesk, type FlowNode, listener, node, pause, probe } from './flow-desk.ts';

const SECRET = 'the-webhook-secret-of-the-reversals';
const SECRETS = { hook: { secret: SECRET } };
const PATH = '/webhook/tradingview';

const pipeline = (round = 0): FlowNode[] => [
  { id: 'shorts', type: 'risk-policy', preset: 'standard', version: 2 },
  { ...ACCOUNT, policy: 'shorts' },
  node('webhook-in', 'hook', { path: PATH, book: 'trend', mayShort: true, version: 2, wires: [['size']] }),
  node('position-size', 'size', { name: `size ${round}`, wires: [['check', 'sized'], ['unsized']] }),
  node('risk-check', 'check', { wires: [['order'], ['refused']] }),
  node('place-order', 'order', { wires: [['orders'], ['failed']] }),
  listener('catch', 'catch'),
  ...['sized', 'unsized', 'refused', 'orders', 'failed'].map(probe),
];

describe('reversals through the nodes', () => {
  const desk = new FlowDesk();
  let alerts = 0;

  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  /** What a strategy of TradingView sends when its position changes. */
  async function alert(position: number, fields: Record<string, unknown> = {}): Promise<void> {
    alerts += 1;
    const side = position === 0 ? 'flat' : position > 0 ? 'long' : 'short';
    const body = {
      secret: SECRET,
      id: `reversal-${alerts}`,
      action: position > 0 ? 'buy' : 'sell',
      market_position: side,
      market_position_size: String(Math.abs(position)),
      timestamp: Date.now(),
      ...fields,
    };
    const response = await desk.fetch(PATH, { method: 'POST', body: JSON.stringify(body) });
    assert.equal(response.status, 200, await response.text());
  }

  const filled = (side: string) => (msg: { payload?: unknown }) =>
    (msg.payload as Order).status === 'filled' && (msg.payload as Order).side === side;

  async function held(symbol: string): Promise<number> {
    const { positions } = await (await desk.account()).snapshot();
    return positions.find((one) => one.symbol === symbol && one.book === 'trend')?.quantity ?? 0;
  }

  const sides = async (symbol: string) =>
    (await desk.ordersOf(symbol)).map(({ side, quantity, status }) => `${side} ${quantity} ${status}`);

  it('long 100, then short 50: two orders, the second after the fill of the first', async () => {
    await desk.load(pipeline(), SECRETS);
    await desk.account();
    await alert(100, { ticker: 'XLF' });
    await desk.hears('orders', filled('buy'));
    await alert(-50, { ticker: 'XLF', note: 'kept' });
    await desk.hears('orders', filled('sell_short'));
    assert.equal(await held('XLF'), -50);
    assert.deepEqual(await sides('XLF'), ['buy 100 filled', 'sell 100 filled', 'sell_short 50 filled']);
    const [, exit, entry] = desk.heard('sized').map((msg) => msg.payload as OrderIntent);
    assert.deepEqual([exit?.leg, exit?.target, exit?.reduceOnly], ['exit', 0, true]);
    assert.deepEqual([entry?.leg, entry?.target, entry?.reduceOnly], ['main', -50, false]);
    assert.equal(exit?.signalKey, entry?.signalKey);
    assert.notEqual(exit?.intentId, entry?.intentId);
    const words = desk.heard('sized').map((msg) => (msg.trace as TraceEntry[]).at(-1)?.because);
    assert.equal(words[1], 'target -50: book trend holds 100; first sell 100, then sell short 50');
    for (const id of ['unsized', 'refused', 'failed', 'catch']) assert.deepEqual(desk.heard(id), [], id);
  });

  it('keeps what came with the message, and goes on through the node a deploy put in its place', async () => {
    await desk.load(pipeline(), SECRETS);
    await desk.account();
    const wish = { symbol: 'XLV', action: 'target', mayShort: true, book: 'trend' };
    desk.node('size').receive({ payload: { ...wish, target: 20 }, _msgid: 'one', note: 'kept' });
    await desk.hears('orders', filled('buy'));
    await desk.spoil('delay', { ms: 700 });
    desk.node('size').receive({ payload: { ...wish, target: -10 }, _msgid: 'two', note: 'kept' });
    await pause(250);
    await desk.deploy(pipeline(1), 'full', SECRETS);
    const entry = await desk.hears('orders', filled('sell_short'));
    assert.equal(entry.note, 'kept');
    assert.equal(await held('XLV'), -10);
    assert.deepEqual(await sides('XLV'), ['buy 20 filled', 'sell 20 filled', 'sell_short 10 filled']);
  });

  it('goes on after the account was closed and opened again', async () => {
    await desk.load(pipeline(), SECRETS);
    await desk.account();
    await alert(20, { ticker: 'XLE' });
    await desk.hears('orders', filled('buy'));
    await desk.spoil('delay', { ms: 700 });
    await alert(-10, { ticker: 'XLE' });
    await pause(300);
    await desk.unload();
    await desk.load(pipeline(2), SECRETS);
    await desk.hears('orders', filled('sell_short'), 20_000);
    assert.equal(await held('XLE'), -10);
    assert.deepEqual(await sides('XLE'), ['buy 20 filled', 'sell 20 filled', 'sell_short 10 filled']);
  }).timeout(40_000);

  it('two alerts at once, the older one last: the newer position', async () => {
    await desk.load(pipeline(), SECRETS);
    await desk.account();
    const fired = Date.now() - 2_000;
    await Promise.all([
      alert(30, { ticker: 'XLI', timestamp: fired + 500 }),
      alert(80, { ticker: 'XLI', timestamp: fired }),
    ]);
    const late = await desk.hears('unsized');
    const { refusals } = late.payload as Signal & { refusals: Refusal[] };
    assert.ok(
      refusals.every(({ rule }) => rule === 'superseded'),
      JSON.stringify(refusals),
    );
    await desk.hears('orders', filled('buy'));
    await pause(1_000);
    assert.equal(await held('XLI'), 30);
  });

  it('a step that is refused ends it, and the second output says so', async () => {
    await desk.load(pipeline(), SECRETS);
    const account = await desk.account();
    await alert(15, { ticker: 'XLP' });
    await desk.hears('orders', filled('buy'));
    account.setHaltState('reducing', 'a test', 'a person');
    await alert(-10, { ticker: 'XLP' });
    const end = await desk.hears('unsized');
    await desk.shows('size', /refused|target-given-up/);
    account.setHaltState('active', 'a test', 'a person');
    const { refusals, target } = end.payload as Signal & { refusals: Refusal[] };
    assert.equal(target, -10);
    assert.equal(refusals[0]?.rule, 'target-given-up');
    assert.match(
      refusals[0]?.message ?? '',
      /target -10 of book trend for XLP is given up at 0: risk-check refused the step: .*exits|reduces/,
    );
    assert.equal((end.trace as TraceEntry[]).at(-1)?.decision, 'refused');
    const check = await desk.hears('refused');
    assert.equal((check.payload as OrderIntent).leg, 'main');
    assert.equal(await held('XLP'), 0);
  });
});
