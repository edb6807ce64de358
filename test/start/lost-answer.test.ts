import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanUp, DeskRun, eventually, temporaryDirectory } from './desk-run.ts';

interface TruthOrder {
  id: number;
  tag: string;
  symbol: string;
  status: string;
  exec_quantity: number;
}

interface Outcome {
  signal: string;
  state: string;
  order: { id: number | null; status: string; execQuantity: number } | null;
}

describe('an order whose answer is lost', function () {
  this.timeout(90_000);
  let run: DeskRun;
  afterEach(cleanUp);

  it('is found by its tag after SIGKILL between sending and reply, and is not sent again', async () => {
    const userDir = temporaryDirectory();
    run = await DeskRun.start({ userDir });
    await fault({ kind: 'delay', ms: 20_000, when: 'after' });
    const signal = await alert();
    await eventually('the broker has the order', async () => (await orders()).length === 1, 10_000);
    await run.endsBy(() => process.kill(run.ready.pid, 'SIGKILL'));

    run = await DeskRun.start({ userDir });
    await eventually(
      'the order is known to be filled',
      async () => (await outcome(signal)).order?.status === 'filled',
      20_000,
    );
    const [only, ...more] = await orders();
    assert.deepEqual(more, []);
    assert.equal((await outcome(signal)).order?.id, only?.id);
    assert.equal(only?.exec_quantity, 10);
    await sleep(3_000);
    assert.equal((await orders()).length, 1);
    await run.stop();
  });

  it('does not keep the desk from stopping in time, and is found at the next start', async () => {
    const userDir = temporaryDirectory();
    run = await DeskRun.start({ userDir });
    await fault({ kind: 'delay', ms: 20_000, when: 'after' });
    const signal = await alert();
    await eventually('the broker has the order', async () => (await orders()).length === 1, 10_000);
    await run.stop();
    run = await DeskRun.start({ userDir });
    const filled = async () => (await outcome(signal)).order?.status === 'filled';
    await eventually('the order is known to be filled', filled, 20_000);
    assert.equal((await orders()).length, 1);
    await run.stop();
  });

  it('is found by its tag when the broker answers 500 after accepting it', async () => {
    run = await DeskRun.start({ userDir: temporaryDirectory() });
    await fault({ kind: 'error_after' });
    const signal = await alert();
    await eventually(
      'the order is known to be filled',
      async () => (await outcome(signal)).order?.status === 'filled',
      20_000,
    );
    assert.equal((await orders()).length, 1);
    await run.stop();
  });

  it('is found by its tag when the connection breaks after accepting it', async () => {
    run = await DeskRun.start({ userDir: temporaryDirectory() });
    await fault({ kind: 'close_after' });
    const signal = await alert();
    await eventually(
      'the order is known to be filled',
      async () => (await outcome(signal)).order?.status === 'filled',
      20_000,
    );
    assert.equal((await orders()).length, 1);
    await run.stop();
  });

  async function fault(fault: object): Promise<void> {
    const response = await fetch(`${run.ready.simulator}/_sim/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ match: { method: 'POST', path: '/orders' }, times: 1, ...fault }),
    });
    assert.equal(response.ok, true, await response.text());
  }

  async function alert(): Promise<string> {
    const response = await fetch(run.ready.webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        id: `lost-${process.hrtime.bigint()}`,
        secret: run.ready.secret,
        ticker: 'AAPL',
        action: 'buy',
        contracts: 10,
        timestamp: new Date().toISOString(),
      }),
    });
    const reply = (await response.json()) as { status: string; signal: string };
    assert.equal(reply.status, 'accepted', JSON.stringify(reply));
    return reply.signal;
  }

  async function outcome(signal: string): Promise<Outcome> {
    const response = await fetch(`${run.ready.webhook}/signals/${signal}`, {
      headers: { authorization: `Bearer ${run.ready.secret}` },
    });
    return (await response.json()) as Outcome;
  }

  async function orders(): Promise<TruthOrder[]> {
    const response = await fetch(`${run.ready.simulator}/_sim/truth`);
    return ((await response.json()) as { orders: TruthOrder[] }).orders;
  }
});
