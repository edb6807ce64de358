import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningSimulator } from '../../simulator/server.ts';
import { Client, LIMIT_BUY, MARKET_BUY, until } from './support.ts';

const MAIN = new URL('../../simulator/main.ts', import.meta.url).pathname;

interface Run {
  child: ChildProcess;
  out: () => string;
  err: () => string;
}

describe('simulator: the process', function () {
  this.timeout(30_000);
  let stateDir: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'simulator-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(stateDir, { recursive: true });
  });

  function start(args: string[], how: 'spawned' | 'forked' = 'spawned'): Run {
    const child =
      how === 'forked'
        ? fork(MAIN, args, { silent: true })
        : spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    let out = '';
    let err = '';
    child.stdout?.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      err += chunk;
    });
    return { child, out: () => out, err: () => err };
  }

  async function ready(run: Run): Promise<Client> {
    await until(
      () => run.out().includes('"ready":true') && run.out().endsWith('}\n'),
      `a ready line: ${run.err()}`,
      15_000,
    );
    const lines = run
      .out()
      .split('\n')
      .filter((line) => line.startsWith('{"ready":true'));
    assert.equal(lines.length, 1);
    return new Client(JSON.parse(lines[0] as string) as RunningSimulator);
  }

  async function ended(run: Run, within: number): Promise<number | null> {
    const began = performance.now();
    if (run.child.exitCode === null && run.child.signalCode === null) await once(run.child, 'exit');
    assert.ok(performance.now() - began < within, `ended within ${within} ms`);
    return run.child.exitCode;
  }

  it('prints a block for people and one compact line for programs', async () => {
    const run = start([
      '--port',
      '0',
      '--seed',
      '1',
      '--speed',
      '60',
      '--start',
      '2026-03-02T09:30',
      '--no-limits',
    ]);
    const client = await ready(run);
    const { rest, ws, token, account, control } = client.simulator;
    assert.deepEqual(Object.keys(client.simulator), ['ready', 'rest', 'ws', 'token', 'account', 'control']);
    const port = new URL(rest).port;
    assert.equal(rest, `http://127.0.0.1:${port}/v1`);
    assert.equal(ws, `ws://127.0.0.1:${port}`);
    assert.equal(control, `http://127.0.0.1:${port}/_sim`);
    assert.match(account, /^VA\d{8}$/);
    assert.ok(token.length >= 16);
    assert.match(run.out(), /SIMULATED market, not Tradier/);
    assert.equal(run.err(), '');
    assert.equal((await client.get('/markets/clock')).at('clock.date'), '2026-03-02');
    assert.equal((await client.place(MARKET_BUY)).at('order.status'), 'ok');
    run.child.kill('SIGTERM');
    assert.equal(await ended(run, 1_000), 0);
  });

  it('says in one line what is wrong with an option, and ends with 2', async () => {
    for (const [args, expected] of [
      [['--port', 'x'], /^--port: "x" is not accepted; expected .*\n$/],
      [['--port', '70000'], /^--port: 70000 is not accepted; expected .*\n$/],
      [['--speed', '0'], /^--speed: 0 is not accepted; expected .*\n$/],
      [['--seed', '-1'], /^--seed: -1 is not accepted; expected .*\n$/],
      [['--start', 'now'], /^--start: "now" is not accepted; expected .*\n$/],
    ] as const) {
      const run = start([...args]);
      assert.equal(await ended(run, 10_000), 2);
      await until(() => run.err().endsWith('\n'), 'a line');
      assert.match(run.err(), expected);
      assert.equal(run.out(), '');
    }
  });

  it('names a taken port and how to choose another', async () => {
    const { port } = new URL((await ready(start(['--port', '0']))).simulator.rest);
    const second = start(['--port', port]);
    assert.equal(await ended(second, 10_000), 2);
    await until(() => second.err().endsWith('\n'), 'a line');
    assert.match(
      second.err(),
      new RegExp(`^--port: ${port} on 127.0.0.1 is already in use; .*--port <number>.*\n$`),
    );
  });

  it('loses no accepted order to kill -9, wherever it strikes', async () => {
    const acknowledged = new Set<number>();
    let account: string | undefined;
    let clock = 0;
    for (let round = 0; round < 5; round++) {
      const run = start([
        '--port',
        '0',
        '--state',
        stateDir,
        '--start',
        '2026-03-02T09:30',
        '--speed',
        '60',
        '--no-limits',
      ]);
      const client = await ready(run);
      account ??= client.simulator.account;
      assert.equal(client.simulator.account, account);
      const truth = await client.control('GET', '/truth');
      const known = new Set((truth.at('orders') as { id: number }[]).map((order) => order.id));
      for (const id of acknowledged)
        assert.ok(known.has(id), `order ${id} was acknowledged in an earlier life`);
      assert.equal(known.size, (truth.at('orders') as unknown[]).length, 'no id twice');
      assert.ok(Number(truth.at('clock.now_ms')) >= clock, 'market time never goes back');

      // Orders without a pause from three clients, and the end in the middle of one.
      let dead = false;
      const busy = [0, 1, 2].map(async (number) => {
        while (!dead) {
          const form =
            number === 0 ? { ...MARKET_BUY, quantity: '1' } : { price: '50', tag: `k-${round}-${number}` };
          const answer = await client
            .send('POST', client.orders(), { ...LIMIT_BUY, ...form })
            .catch(() => null);
          if (typeof answer?.at('order.id') === 'number') acknowledged.add(Number(answer.at('order.id')));
          const time = await client.control('GET', '/clock').catch(() => null);
          clock = Math.max(clock, Number(time?.at('now_ms') ?? 0) - 60_000);
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 250 + round * 170));
      run.child.kill('SIGKILL');
      await once(run.child, 'exit');
      dead = true;
      await Promise.all(busy);
    }
    assert.ok(acknowledged.size > 50, `${acknowledged.size} orders`);
  });

  it('never takes back a fill it told of', async () => {
    const args = [
      '--port',
      '0',
      '--state',
      stateDir,
      '--start',
      '2026-03-02T09:30',
      '--speed',
      '60',
      '--no-limits',
    ];
    const run = start(args);
    const client = await ready(run);
    await client.place(MARKET_BUY);
    await until(
      async () => (await client.get(client.orders('/100000000'))).at('order.status') === 'filled',
      'filled',
    );
    const told = (await client.get(client.orders('/100000000'))).text;
    run.child.kill('SIGKILL');
    await once(run.child, 'exit');
    const again = await ready(start(args));
    assert.equal((await again.get(again.orders('/100000000'))).text, told);
  });

  it('under a parent: tells it when ready, leaves Ctrl-C to it, and ends saved when it is gone', async () => {
    const run = start(['--port', '0', '--state', stateDir, '--start', '2026-03-02T09:30'], 'forked');
    const [message] = (await once(run.child, 'message')) as [RunningSimulator & { ready: boolean }];
    assert.equal(message.ready, true);
    const client = new Client(message);
    run.child.kill('SIGINT');
    await client.place();
    assert.equal((await client.get('/user/profile')).status, 200);
    run.child.disconnect();
    assert.equal(await ended(run, 1_000), 0);
    const again = await ready(start(['--port', '0', '--state', stateDir]));
    assert.equal((await again.control('GET', '/truth')).at('orders.length'), 1);
  });

  it('without a parent Ctrl-C ends it', async () => {
    const run = start(['--port', '0']);
    await ready(run);
    run.child.kill('SIGINT');
    assert.equal(await ended(run, 1_000), 0);
  });

  it('explains itself', async () => {
    const run = start(['--help']);
    assert.equal(await ended(run, 10_000), 0);
    assert.match(run.out(), /--no-limits/);
  });
});
