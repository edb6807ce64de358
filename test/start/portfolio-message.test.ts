import assert from 'node:assert/strict';
import type { PortfolioSnapshot } from '../../lib/domain/portfolio.ts';
import { cleanUp, DeskRun, eventually, temporaryDirectory } from './desk-run.ts';

type Config = Record<string, unknown> & { id: string };

/** A tab that answers with what the portfolio node sends for a message. */
const ASK: Config[] = [
  { id: 'ask-tab', type: 'tab', label: 'ask', disabled: false, info: '', env: [] },
  {
    id: 'ask-in',
    type: 'http in',
    z: 'ask-tab',
    url: '/ask',
    method: 'get',
    x: 100,
    y: 100,
    wires: [['ask-portfolio']],
  },
  {
    id: 'ask-portfolio',
    type: 'portfolio',
    z: 'ask-tab',
    name: '',
    account: 'tt-account',
    onChange: false,
    interval: 0,
    version: 1,
    x: 300,
    y: 100,
    wires: [['ask-out']],
  },
  { id: 'ask-out', type: 'http response', z: 'ask-tab', x: 500, y: 100, wires: [] },
];

describe('npm start: what the flow shows', function () {
  this.timeout(90_000);
  let run: DeskRun;
  let order = 0;

  const userDir = temporaryDirectory();

  before(async () => {
    run = await DeskRun.start({ userDir });
    await deploy((flows) => [...flows, ...ASK]);
    // Node-RED answers a deploy before its flows run.
    await eventually('the tab answers', async () => (await fetch(`${run.ready.editor}ask`)).ok, 15_000);
  });
  after(async () => {
    await run?.stop();
    await cleanUp();
  });

  it('has the position in the message of the portfolio', async () => {
    const signal = await alert();
    await eventually(
      'the order is filled',
      async () => (await outcome(signal)).order?.status === 'filled',
      15_000,
    );
    await eventually('the portfolio has it', async () => (await portfolio()).cash < 90_000, 15_000);
    const snapshot = await portfolio();
    assert.equal(snapshot.simulated, true);
    assert.equal(snapshot.positions.length, 1);
    const [position] = snapshot.positions;
    assert.deepEqual(
      { symbol: position?.symbol, book: position?.book, quantity: position?.quantity },
      { symbol: 'AAPL', book: 'momentum', quantity: 100 },
    );
    const value = (position?.last ?? 0) * 100;
    assert.ok(Math.abs((position?.marketValue ?? 0) - value) < 0.01);
    assert.ok(Math.abs(snapshot.equity - (snapshot.cash + value)) < 0.01, JSON.stringify(snapshot));
    assert.equal(snapshot.dayPnl?.baseline, 100_000);
  });

  it('has it as it was after a stop, and after a kill', async () => {
    const before = await portfolio();
    const kept = ({ cash, dayPnl, positions }: PortfolioSnapshot) => ({
      cash,
      baseline: dayPnl?.baseline,
      positions: positions.map(({ symbol, book, quantity, averagePrice, costBasis, realizedPnl }) => {
        return { symbol, book, quantity, averagePrice, costBasis, realizedPnl };
      }),
    });
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await run.stop(signal);
      run = await DeskRun.start({ userDir });
      await eventually('the tab answers', async () => (await fetch(`${run.ready.editor}ask`)).ok, 15_000);
      const after = await portfolio();
      assert.deepEqual(kept(after), kept(before), signal);
      const value = (after.positions[0]?.last ?? 0) * 100;
      assert.ok(Math.abs(after.equity - (after.cash + value)) < 0.01, signal);
    }
  });

  it('refuses the same under the Careful policy and names the limit', async () => {
    await deploy((flows) =>
      flows.map((node) => (node.id === 'tt-policy' ? { ...node, preset: 'careful' } : node)),
    );
    const signal = await alert({ ticker: 'MSFT', contracts: 45 });
    await eventually('it is refused', async () => (await outcome(signal)).state === 'refused', 15_000);
    const { refusals, order: none } = await outcome(signal);
    assert.equal(none, null);
    const limit = refusals.find((refusal) => refusal.field === 'maxPositionPercent');
    assert.match(String(limit?.message), /the limit is 10/);
    const orders = (await (await fetch(`${run.ready.simulator}/_sim/truth`)).json()) as { orders: unknown[] };
    assert.equal(orders.orders.length, 1);
  });

  async function deploy(change: (flows: Config[]) => Config[]): Promise<void> {
    const headers = { 'node-red-api-version': 'v2', 'content-type': 'application/json' };
    const now = (await (await fetch(`${run.ready.editor}flows`, { headers })).json()) as {
      flows: Config[];
      rev: string;
    };
    const body = JSON.stringify({ flows: change(now.flows), rev: now.rev });
    const response = await fetch(`${run.ready.editor}flows`, { method: 'POST', headers, body });
    assert.equal(response.status, 200, await response.text());
  }

  async function alert(more: Record<string, unknown> = {}): Promise<string> {
    order += 1;
    const body = {
      id: `shown-${order}`,
      secret: run.ready.secret,
      ticker: 'AAPL',
      action: 'buy',
      contracts: 100,
      strategy: { name: 'momentum', version: '1.0', signal_type: 'entry' },
      timestamp: new Date().toISOString(),
      ...more,
    };
    const headers = { 'content-type': 'application/json' };
    const send = () => fetch(run.ready.webhook, { method: 'POST', headers, body: JSON.stringify(body) });
    let response = await send();
    // A new policy reopens the account; until it is there the webhook asks to send again, as TradingView does.
    const accepted = async () => {
      if (response.status === 503) response = await send();
      return response.status !== 503;
    };
    await eventually('the alert is taken', accepted, 15_000);
    const reply = (await response.json()) as { status: string; signal: string };
    assert.equal(reply.status, 'accepted', JSON.stringify(reply));
    return reply.signal;
  }

  function lookUp(signal: string): Promise<Response> {
    const headers = { authorization: `Bearer ${run.ready.secret}` };
    return fetch(`${run.ready.webhook}/signals/${signal}`, { headers });
  }

  async function outcome(signal: string) {
    return (await (await lookUp(signal)).json()) as {
      state: string;
      refusals: { field?: string; message: string }[];
      order: { status: string } | null;
    };
  }

  async function portfolio(): Promise<PortfolioSnapshot> {
    return (await (await fetch(`${run.ready.editor}ask`)).json()) as PortfolioSnapshot;
  }
});
