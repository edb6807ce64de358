import assert from 'node:assert/strict';
import { cleanUp, DeskRun, eventually, temporaryDirectory } from './desk-run.ts';

const ALERTS = 12;

describe('alerts that arrive while flows are deployed', function () {
  this.timeout(90_000);
  let run: DeskRun;
  after(async () => {
    await run?.stop();
    await cleanUp();
  });

  it('are each ordered once, or asked to be sent again', async () => {
    run = await DeskRun.start({ userDir: temporaryDirectory() });
    const signals: string[] = [];
    for (let n = 1; n <= ALERTS; n += 1) {
      const deployed = deploy(n % 2 === 0 ? 'full' : 'nodes', n);
      // Spread over the deploy: some before it, some in the middle of it.
      await new Promise((resolve) => setTimeout(resolve, n * 7));
      signals.push(await accepted(n));
      await deployed;
    }
    const open = new Set(signals);
    const ordered = async () => {
      for (const signal of [...open]) if ((await outcome(signal)).state === 'ordered') open.delete(signal);
      return open.size === 0;
    };
    await eventually('every accepted alert is ordered', ordered, 25_000).catch(async (error) => {
      const left = await Promise.all([...open].map(outcome));
      throw new Error(`${error.message}: ${JSON.stringify(left)}`);
    });
    // An order counts as ordered from before its first byte: the last one may still be on the wire.
    await eventually('the simulator has every order', async () => (await orders()) >= ALERTS, 10_000);
    assert.equal(await orders(), ALERTS);
  });

  async function orders(): Promise<number> {
    const truth = (await (await fetch(`${run.ready.simulator}/_sim/truth`)).json()) as { orders: unknown[] };
    return truth.orders.length;
  }

  async function deploy(type: string, n: number): Promise<void> {
    const headers = {
      'node-red-api-version': 'v2',
      'content-type': 'application/json',
      'node-red-deployment-type': type,
    };
    const url = `${run.ready.editor}flows`;
    const now = (await (await fetch(url, { headers })).json()) as { flows: { id: string }[]; rev: string };
    const flows = now.flows.map((node) =>
      node.id === 'tt-webhook-size' || node.id === 'tt-webhook-risk'
        ? { ...node, name: `number ${n}` }
        : node,
    );
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ flows, rev: now.rev }),
    });
    assert.equal(response.status, 200, await response.text());
  }

  /** As TradingView does: what is answered with 503 is sent again. */
  async function accepted(n: number): Promise<string> {
    const body = JSON.stringify({
      id: `during-${n}`,
      secret: run.ready.secret,
      ticker: 'AAPL',
      action: 'buy',
      contracts: 1,
      strategy: { name: `strategy-${n}` },
      timestamp: new Date().toISOString(),
    });
    for (let sends = 0; sends < 40; sends += 1) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(run.ready.webhook, { method: 'POST', headers, body });
      if (response.status !== 503) {
        const reply = (await response.json()) as { status: string; signal: string };
        assert.equal(response.status, 200, JSON.stringify(reply));
        return reply.signal;
      }
      await response.text();
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    throw new Error(`alert ${n} was never accepted`);
  }

  async function outcome(signal: string): Promise<{ state: string }> {
    const headers = { authorization: `Bearer ${run.ready.secret}` };
    return (await (await fetch(`${run.ready.webhook}/signals/${signal}`, { headers })).json()) as {
      state: string;
    };
  }
});
