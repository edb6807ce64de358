/** The main job on real input: an alert posted to `npm start` is bought, shown, kept, and not bought twice. */
import assert from 'node:assert/strict';
import { cleanUp, DeskRun, eventually, temporaryDirectory } from './desk-run.ts';

interface Truth {
  account: string;
  orders: {
    id: number;
    symbol: string;
    side: string;
    quantity: number;
    status: string;
    tag: string | null;
  }[];
  fills: { order_id: number; symbol: string; side: string; quantity: number; price: number }[];
}

interface SignalState {
  signal: string;
  state: string;
  refusals: unknown[];
  order: { id: string | number; status: string } | null;
}

interface Reply {
  status: number;
  body: { status?: string; signal?: string; [more: string]: unknown };
}

/** An alert as the old system sent it. */
function alert(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ticker: 'AAPL',
    action: 'buy',
    contracts: 100,
    strategy: { name: 'momentum', version: '1.0', signal_type: 'entry' },
    price: 150,
    alert_name: 'momentum_long_entry',
    timestamp: new Date().toISOString(),
    ...more,
  };
}

function send(run: DeskRun, body: Record<string, unknown>): Promise<Response> {
  return fetch(run.ready.webhook, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secret: run.ready.secret, ...body }),
  });
}

async function post(run: DeskRun, body: Record<string, unknown>): Promise<Reply> {
  const response = await send(run, body);
  return { status: response.status, body: (await response.json()) as Reply['body'] };
}

async function signalState(run: DeskRun, signal: string): Promise<SignalState> {
  const response = await fetch(`${run.ready.webhook}/signals/${encodeURIComponent(signal)}`, {
    headers: { authorization: `Bearer ${run.ready.secret}` },
  });
  assert.equal(response.status, 200);
  return (await response.json()) as SignalState;
}

async function truth(run: DeskRun): Promise<Truth> {
  return (await (await fetch(`${run.ready.simulator}/_sim/truth`)).json()) as Truth;
}

/** Posts and waits until the order is filled at the simulated exchange. */
async function filled(run: DeskRun, body: Record<string, unknown>): Promise<Truth['orders'][number]> {
  const known = new Set((await truth(run)).orders.map(({ id }) => id));
  const reply = await post(run, body);
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  const newOrders = async () => (await truth(run)).orders.filter(({ id }) => !known.has(id));
  await eventually(
    'the order is filled',
    async () => (await newOrders()).some(({ status }) => status === 'filled'),
    15_000,
  ).catch(async (error) => {
    const state = await signalState(run, String(reply.body.signal));
    throw new Error(`${error.message}: ${JSON.stringify(state)}\n${run.stderr}`);
  });
  const orders = await newOrders();
  assert.equal(orders.length, 1);
  return orders[0] as Truth['orders'][number];
}

describe('an alert posted to npm start', function () {
  this.timeout(120_000);
  after(cleanUp);

  it('becomes one filled order, and stays one through restarts and a kill', async () => {
    const userDir = temporaryDirectory();
    const env = { SIM_SPEED: '10' };
    let run = await DeskRun.start({ userDir, env });
    const { account } = await truth(run);

    const first = alert({ id: 'first-alert' });
    const order = await filled(run, first);
    assert.deepEqual(
      [order.symbol, order.side, order.quantity, order.status],
      ['AAPL', 'buy', 100, 'filled'],
    );

    const again = await post(run, first);
    assert.equal(again.status, 200);
    assert.equal(again.body.status, 'duplicate');
    const state = await signalState(run, String(again.body.signal));
    assert.deepEqual(state.refusals, []);
    assert.equal(String(state.order?.id), String(order.id));
    assert.equal((await truth(run)).orders.length, 1);

    await run.stop();
    run = await DeskRun.start({ userDir, env });
    assert.deepEqual(await ordersOf(run), { account, ids: [order.id] });
    assert.equal((await signalState(run, String(again.body.signal))).order?.status, 'filled');
    assert.equal((await post(run, { ...first })).body.status, 'duplicate');
    const second = await filled(run, alert({ id: 'second-alert', ticker: 'MSFT', contracts: 5 }));

    await run.stop('SIGKILL');
    run = await DeskRun.start({ userDir, env });
    assert.deepEqual(await ordersOf(run), { account, ids: [order.id, second.id] });
    assert.equal((await post(run, { ...first })).body.status, 'duplicate');
    const sale = await filled(run, alert({ id: 'third-alert', action: 'sell', contracts: 40 }));
    assert.deepEqual([sale.symbol, sale.side, sale.quantity], ['AAPL', 'sell', 40]);
    assert.equal((await truth(run)).orders.length, 3);
    await run.stop();
  });

  it('is unknown to a fresh account, which has a new number', async () => {
    const userDir = temporaryDirectory();
    const env = { SIM_SPEED: '10' };
    const old = await DeskRun.start({ userDir, env });
    const before = await truth(old);
    await filled(old, alert({ id: 'same-id', contracts: 1 }));
    await old.stop();

    const fresh = await DeskRun.start({ userDir, env, args: ['--fresh'] });
    const after = await truth(fresh);
    assert.notEqual(after.account, before.account);
    assert.deepEqual([after.orders, after.fills], [[], []]);
    await filled(fresh, alert({ id: 'same-id', contracts: 1 }));
    await fresh.stop();
  });

  it('is refused without the secret, and its order is not placed', async () => {
    const run = await DeskRun.start({ userDir: temporaryDirectory() });
    assert.equal((await send(run, alert({ id: 'stranger', secret: 'guess' }))).status, 401);
    assert.deepEqual((await truth(run)).orders, []);
    await run.stop();
  });
});

async function ordersOf(run: DeskRun): Promise<{ account: string; ids: number[] }> {
  const { account, orders } = await truth(run);
  return { account, ids: orders.map(({ id }) => id) };
}
