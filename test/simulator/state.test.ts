import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '../../simulator/server.ts';
import { type Client, HandClock, MARKET_BUY, MONDAY, started, stopAll } from './support.ts';

describe('simulator: state', () => {
  let stateDir: string;
  let clock: HandClock;

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'simulator-'));
    clock = new HandClock();
  });
  afterEach(async () => {
    await stopAll();
    rmSync(stateDir, { recursive: true });
  });

  function begin(options = {}): Promise<Client> {
    return started({ stateDir, elapsed: clock, wall: clock.wall, limits: false, ...options });
  }

  async function now(client: Client): Promise<number> {
    return Number((await client.control('GET', '/clock')).at('now_ms'));
  }

  it('goes on where it stopped: account, token, orders, cash, and a clock that stood still meanwhile', async () => {
    const first = await begin();
    await first.place(MARKET_BUY);
    await first.place({ tag: 'works-on' });
    clock.pass(20_000);
    const truth = (await first.control('GET', '/truth')).json;
    const balances = (await first.get(`/accounts/${first.simulator.account}/balances`)).text;
    await stopAll();
    clock.pass(86_400_000);
    const second = await begin({ start: MONDAY + 86_400_000 });
    assert.equal(second.simulator.resumed, true);
    assert.equal(second.simulator.account, first.simulator.account);
    assert.equal(second.simulator.token, first.simulator.token);
    assert.deepEqual((await second.control('GET', '/truth')).json, truth);
    assert.equal((await second.get(`/accounts/${second.simulator.account}/balances`)).text, balances);
    assert.equal(await now(second), MONDAY + 20_000);
    assert.equal((await second.place()).at('order.id'), 100_000_002);
  });

  it('keeps the kind of the account, and refuses another', async () => {
    const first = await begin({ accountType: 'cash' });
    await stopAll();
    await assert.rejects(begin({ accountType: 'margin' }), {
      code: 'E_INPUT',
      message: /^account-type: margin is not accepted; expected cash/,
    });
    const second = await begin();
    assert.equal(second.simulator.account, first.simulator.account);
    assert.equal((await second.get('/user/profile')).at('profile.account.type'), 'cash');
  });

  it('ends what was placed before the market opened, also when it goes on without those hours', async () => {
    const first = await begin({ extendedHours: true, start: MONDAY - 3_600_000 });
    const placed = await first.place({ duration: 'pre' });
    assert.equal(placed.at('order.status'), 'ok', placed.text);
    await stopAll();
    const second = await begin();
    assert.equal(await now(second), MONDAY);
    assert.equal((await second.get(second.orders('/100000000'))).at('order.status'), 'expired');
  });

  it('a fresh start is a new account with nothing in it; also with another seed', async () => {
    const first = await begin();
    await first.place();
    await stopAll();
    const second = await begin({ fresh: true, seed: 9 });
    assert.notEqual(second.simulator.account, first.simulator.account);
    assert.equal((await second.control('GET', '/truth')).at('orders.length'), 0);
    await stopAll();
    assert.equal(
      (await begin()).simulator.account,
      second.simulator.account,
      'without a seed, the one in the state',
    );
  });

  it('refuses the state of another seed and says what to do', async () => {
    await begin({ seed: 3 });
    await stopAll();
    await assert.rejects(startSimulator({ stateDir, seed: 4 }), {
      code: 'E_INPUT',
      message: /^seed: 4 is not accepted; expected 3, .*--fresh.*--state/,
    });
    await begin({ seed: 3 });
  });

  it('refuses a directory that is in use, and a fresh start on a taken port loses nothing', async () => {
    const client = await begin();
    await assert.rejects(startSimulator({ stateDir }), {
      code: 'E_INPUT',
      message: /^state: .*no other running/,
    });
    const { port, account } = client.simulator;
    await stopAll();
    const blocker = await started({ port });
    await assert.rejects(startSimulator({ stateDir, port, fresh: true }), {
      code: 'E_INPUT',
      message: new RegExp(`^port: ${port} on 127.0.0.1 is already in use; expected .*--port`),
    });
    assert.equal((await blocker.get('/user/profile')).status, 200);
    assert.equal((await begin()).simulator.account, account);
  });

  it('refuses a directory it cannot use', async () => {
    const file = join(stateDir, 'file');
    writeFileSync(file, 'x');
    await assert.rejects(startSimulator({ stateDir: file }), { code: 'E_INPUT', message: /^state: / });
    await assert.rejects(startSimulator({ stateDir: join(file, 'below') }), {
      code: 'E_INPUT',
      message: /^state: /,
    });
  });

  it('has another account each time without a directory, and one token for the run when told', async () => {
    const first = await started({ token: 'token-of-mine' });
    const second = await started();
    assert.notEqual(first.simulator.account, second.simulator.account);
    assert.notEqual(first.simulator.token, second.simulator.token);
    assert.equal((await begin({ token: 'token-of-mine' })).simulator.token, 'token-of-mine');
  });

  it('same seed, same orders at the same times: same fills, however often it was stopped', async () => {
    const play = async (client: Client, stops: boolean): Promise<unknown> => {
      let current = client;
      for (let step = 0; step < 4; step++) {
        await current.place({ ...MARKET_BUY, symbol: 'TSLA', quantity: '100' });
        clock.pass(7_000);
        await current.get('/user/profile');
        if (stops) {
          await current.simulator.close();
          current = await begin();
        }
      }
      return (await current.control('GET', '/truth')).at('fills');
    };
    const steady = await play(await started({ elapsed: clock, wall: clock.wall, limits: false }), false);
    assert.ok((steady as unknown[]).length >= 4);
    assert.deepEqual(await play(await begin(), true), steady);
  });
});
