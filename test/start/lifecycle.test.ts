import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { WebSocket } from 'ws';
import { answers, cleanUp, DeskRun, eventually, freePort, root, temporaryDirectory } from './desk-run.ts';

const flows = path.join(root, 'flows');

describe('npm start', function () {
  this.timeout(90_000);
  // One directory serves the desks of this file one after the other: their lives are the subject, not their books.
  let userDir: string;
  before(() => {
    userDir = temporaryDirectory();
  });
  after(cleanUp);

  it('prints a block for people and one ready line, and stops on SIGTERM to the printed pid', async () => {
    const run = await DeskRun.start({ userDir });
    const { ready } = run;
    assert.deepEqual(Object.keys(ready), [
      'ready',
      'editor',
      'webhook',
      'secret',
      'simulator',
      'udf',
      'api',
      'pid',
    ]);
    assert.match(ready.secret ?? '', /^[\w-]{43}$/);
    assert.match(ready.webhook, /^http:\/\/127\.0\.0\.1:\d+\/webhook\/tradingview$/);
    assert.equal(ready.simulator, new URL(ready.simulator).origin);
    assert.match(ready.udf ?? '', /^http:\/\/127\.0\.0\.1:\d+\/udf$/);
    assert.equal(run.readyLines()[0], JSON.stringify(ready));
    assert.ok(run.tree().includes(ready.pid));

    assert.match(run.stdout, /SIMULATED/);
    for (const address of [
      ready.editor,
      `${ready.editor}dashboard`,
      ready.webhook,
      ready.udf ?? '',
      ready.simulator,
    ]) {
      assert.ok(run.stdout.includes(address), `${address} is not shown`);
    }
    assert.match(run.stdout, /^curl /m);
    assert.match(run.stdout, /^Invoke-RestMethod /m);
    assert.equal(readFileSync(path.join(userDir, 'webhook-secret'), 'utf8').trim(), ready.secret);
    for (const secret of ['webhook-secret', 'credential-secret']) {
      assert.equal(statSync(path.join(userDir, secret)).mode & 0o777, 0o600, secret);
    }

    await run.stop();
    assert.equal(await run.exited, 0);
    assert.equal(run.readyLines().length, 1);
    assert.doesNotMatch(run.stderr, new RegExp(ready.secret ?? ''));
  });

  it('keeps its secret, and uses the one it is given', async () => {
    const kept = readFileSync(path.join(userDir, 'webhook-secret'), 'utf8').trim();
    const first = await DeskRun.start({ userDir });
    assert.equal(first.ready.secret, kept);
    await first.stop('SIGINT');

    const given = 'a-secret-of-my-own-that-is-long-enough-to-keep';
    const second = await DeskRun.start({ userDir, env: { TRADER_WEBHOOK_SECRET: given } });
    assert.equal(second.ready.secret, given);
    await second.stop();
    assert.equal(readFileSync(path.join(userDir, 'webhook-secret'), 'utf8').trim(), kept);
  });

  const endings: [string, (run: DeskRun) => void][] = [
    ['SIGKILL of the printed pid', (run) => process.kill(run.ready.pid, 'SIGKILL')],
    ['Ctrl-C, which the whole group gets', (run) => process.kill(-run.npmPid, 'SIGINT')],
    ['SIGTERM to npm', (run) => process.kill(run.npmPid, 'SIGTERM')],
    ['SIGKILL of npm', (run) => process.kill(run.npmPid, 'SIGKILL')],
    ['SIGKILL of the launcher', (run) => process.kill(launcherOf(run), 'SIGKILL')],
  ];
  for (const [name, action] of endings) {
    it(`ends within 3 s, with nothing left, after ${name}`, async () => {
      const run = await DeskRun.start({ userDir });
      await run.endsBy(() => action(run));
    });
  }

  it('stops without a word of trouble, and tells the programs on its stream why', async () => {
    const run = await DeskRun.start({ userDir });
    const ws = new WebSocket(`${run.ready.api?.replace('http', 'ws')}/stream`);
    await once(ws, 'open');
    // Until then the account's own streams may not be open yet, and what is not open cannot be broken off.
    await eventually('both streams', async () => {
      const health = await fetch(`${run.ready.api}/health`);
      return ((await health.json()) as { status: string }).status === 'ok';
    });
    const ended = once(ws, 'close');
    await run.endsBy(() => process.kill(-run.npmPid, 'SIGINT'));
    const [, end = ''] = run.stderr.split('Stopping flows');
    assert.match(end, /Stopped flows/);
    assert.doesNotMatch(end, /\[(warn|error)\]/);
    const [code, reason] = await ended;
    assert.deepEqual([code, String(reason)], [1001, 'the desk is stopping']);
  });

  it('names a taken port and how to choose another', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const { port } = squatter.address() as { port: number };
    for (const variable of ['PORT', 'SIM_PORT']) {
      const run = new DeskRun({ userDir, env: { [variable]: String(port) } });
      assert.equal(await run.exited, 1);
      assert.match(run.stderr, new RegExp(`Port ${port} is taken.*${variable}=\\d+ npm start`));
      assert.equal(run.readyLines().length, 0);
    }
    squatter.close();
  });

  it('takes the ports it is given', async () => {
    const [port, simPort] = [await freePort(), await freePort()];
    const run = await DeskRun.start({ userDir, env: { PORT: String(port), SIM_PORT: String(simPort) } });
    assert.deepEqual(run.ports(), [port, simPort]);
    assert.ok(await answers(port));
    await run.stop();
  });

  const mistakes: [Record<string, string>, string[], RegExp][] = [
    [{ PORT: 'abc' }, [], /PORT=abc .*expected a port number/],
    [{ PORT: '70000' }, [], /PORT=70000 .*65535/],
    [{ SIM_SPEED: '-1' }, [], /SIM_SPEED=-1 .*0\.1 to 10000/],
    [{ SIM_SEED: '1.5' }, [], /SIM_SEED=1\.5 .*whole number/],
    [{ TRADER_ENABLE: 'moonshot' }, [], /TRADER_ENABLE names "moonshot".*tradingview-webhook/],
    [{ TRADER_HOST: '0.0.0.0' }, [], /TRADER_HOST=0\.0\.0\.0 .*TRADER_EDITOR_USER/],
    [{ TRADER_EDITOR_USER: 'me' }, [], /TRADER_EDITOR_USER is set without TRADER_EDITOR_PASSWORD/],
    [{}, ['--frehs'], /"--frehs".*--fresh/],
  ];
  it('says in one sentence what is wrong with a setting, and exits with 2', async () => {
    for (const [env, args, sentence] of mistakes) {
      const run = new DeskRun({ userDir, env, args });
      assert.equal(await run.exited, 2, run.stderr);
      assert.match(run.stderr, sentence);
      assert.doesNotMatch(run.stderr, / {4}at .*\.m?js:\d+/, 'a stack is no sentence');
      assert.equal(run.readyLines().length, 0);
    }
  });

  it('lets one desk at a time use a user directory', async () => {
    const run = await DeskRun.start({ userDir });
    const [port = 0] = run.ports();
    const again = { PORT: String(port), SIM_PORT: String(run.ports()[1]) };
    // The port it holds is not what is in the way.
    for (const env of [{}, again]) {
      const second = new DeskRun({ userDir, env });
      assert.equal(await second.exited, 1);
      assert.match(second.stderr, /Another desk is running on .*TRADER_USER_DIR=/);
    }
    assert.ok(await answers(run.ports()[0] ?? 0), 'the first desk went down');
    await run.stop();
  });

  it('leaves the shipped flow files as they are', async () => {
    const shipped = () =>
      readdirSync(flows).map((name) => [name, readFileSync(path.join(flows, name), 'utf8')]);
    const before = shipped();
    const run = await DeskRun.start({ userDir });
    await run.stop();
    assert.deepEqual(shipped(), before);
  });
});

function launcherOf(run: DeskRun): number {
  return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(run.ready.pid)], { encoding: 'utf8' }));
}
