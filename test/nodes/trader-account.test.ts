import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountNode } from '../../nodes/kit/account-link.ts';
import { ACCOUNT, FlowDesk, type FlowNode, listener, node, probe } from './flow-desk.ts';

const USERS: FlowNode[] = [
  node('portfolio', 'portfolio', { onChange: true, wires: [['snapshots']] }),
  listener('catch', 'catch'),
  listener('status', 'status'),
  probe('snapshots'),
];

describe('trader-account', () => {
  const desk = new FlowDesk();

  before(() => desk.start());
  after(() => desk.stop());
  afterEach(() => desk.unload());

  it('finds its account, says so on the tabs of its users, and keeps its journal below the user directory', async () => {
    await desk.load([ACCOUNT, ...USERS]);
    const account = await desk.account();
    assert.equal(account.accountId, desk.simulator.account);
    assert.deepEqual(Object.keys((desk.node('account') as AccountNode).users), ['portfolio']);
    await desk.shows('account', 'SIM ready');
    const told = (msg: Record<string, unknown>) =>
      (msg.status as { source: { id: string } }).source.id === 'account';
    await desk.hears('status', told);
    assert.ok(existsSync(join(desk.userDir, 'trader-ops', `simulator-${account.accountId}`, 'journal.db')));
  });

  it('is one account for two nodes with the same settings, and red for one with others', async () => {
    const careful = { id: 'cautious', type: 'risk-policy', preset: 'careful', version: 1 };
    await desk.load([
      ACCOUNT,
      careful,
      { ...ACCOUNT, id: 'same', accountId: desk.simulator.account },
      { ...ACCOUNT, id: 'other', policy: 'cautious' },
      ...USERS,
      node('portfolio', 'portfolio2', { account: 'other', wires: [['snapshots']] }),
    ]);
    const account = await desk.account();
    assert.equal(await desk.account('same'), account);
    await desk.shows('other', /misconfigured/);
    assert.equal(desk.statusOf('other').fill, 'red');
    desk.node('portfolio2').receive({});
    const { error } = await desk.hears('catch');
    assert.equal((error as { code: string }).code, 'E_ACCOUNT_CONFLICT');
  });

  it('says what is missing, without trying', async () => {
    await desk.load([{ ...ACCOUNT, environment: 'tradier-live' }, ...USERS]);
    desk.node('portfolio').receive({});
    const { error } = await desk.hears('catch');
    assert.equal((error as { code: string }).code, 'E_BROKER_AUTH');
    await desk.shows('account', /^LIVE error/);
    await desk.unload();
    await desk.load([{ ...ACCOUNT, policy: '' }, ...USERS]);
    desk.node('portfolio').receive({});
    await desk.hears('catch');
    await desk.shows('portfolio', 'misconfigured');
  });

  it('waits, yellow, for a broker that is not there, and then goes on', async () => {
    const { TRADER_SIM_URL } = process.env;
    process.env.TRADER_SIM_URL = 'http://127.0.0.1:9';
    await desk.load([ACCOUNT, ...USERS]);
    await desk.shows('portfolio', 'SIM connecting');
    assert.equal(desk.statusOf('portfolio').fill, 'yellow');
    process.env.TRADER_SIM_URL = TRADER_SIM_URL;
    await desk.hears('snapshots', () => true, 15_000);
  });

  it('starts a simulator of its own when there is none', async () => {
    const { TRADER_SIM_URL, TRADER_SIM_TOKEN } = process.env;
    delete process.env.TRADER_SIM_URL;
    delete process.env.TRADER_SIM_TOKEN;
    try {
      await desk.load([ACCOUNT, ...USERS]);
      const account = await desk.account();
      assert.notEqual(account.accountId, desk.simulator.account);
      await desk.unload();
      await desk.load([ACCOUNT, ...USERS]);
      assert.equal((await desk.account()).accountId, account.accountId, 'kept on disk');
    } finally {
      Object.assign(process.env, { TRADER_SIM_URL, TRADER_SIM_TOKEN });
    }
  });

  it('tests the typed values, in words, without the token in the answer', async () => {
    await desk.load([ACCOUNT, ...USERS]);
    const ok = await desk.admin('POST', '/trader-account/test', { environment: 'simulator', accountId: '' });
    assert.equal(ok.body.ok, true);
    assert.deepEqual(ok.body.accounts, [desk.simulator.account]);
    assert.deepEqual([ok.body.equity, ok.body.cash, ok.body.simulated], [100_000, 100_000, true]);
    assert.match((ok.body.clock as { description: string }).description, /New York/);

    const token = 'a-very-wrong-token';
    const wrong = await desk.admin('POST', '/trader-account/test', { environment: 'simulator', token });
    assert.deepEqual([wrong.body.ok, wrong.body.field], [false, 'token']);
    assert.ok(!JSON.stringify(wrong.body).includes(token));
    const other = await desk.admin('POST', '/trader-account/test', {
      environment: 'simulator',
      accountId: 'VA0',
    });
    assert.deepEqual([other.body.ok, other.body.field], [false, 'accountId']);
    const none = await desk.admin('POST', '/trader-account/test', { environment: 'tradier-sandbox' });
    assert.deepEqual([none.body.ok, none.body.field], [false, 'token']);
    const odd = await desk.admin('POST', '/trader-account/test', { environment: 'http://evil', token });
    assert.deepEqual([odd.body.ok, odd.body.field], [false, 'environment']);
  });

  it('tells its state and takes a halt from the editor, with a reason', async () => {
    await desk.load([ACCOUNT, ...USERS]);
    const account = await desk.account();
    const before = await desk.admin('GET', '/trader-account/account/state');
    assert.deepEqual(
      [before.body.state, before.body.haltState, before.body.simulated],
      ['ready', 'active', true],
    );
    const path = '/trader-account/account/halt-state';
    assert.equal((await desk.admin('POST', path, { state: 'halted' })).status, 400);
    assert.equal((await desk.admin('POST', path, { state: 'off', reason: 'x' })).status, 400);
    const form = await desk
      .request()
      .post(path)
      .type('form')
      .send({ state: 'halted', reason: 'another site' });
    assert.deepEqual([form.status, account.haltState()], [415, 'active']);
    assert.equal((await desk.admin('POST', path, { state: 'reducing', reason: 'lunch' })).status, 200);
    assert.equal(account.haltState(), 'reducing');
    await desk.shows('account', 'SIM reducing');
    assert.equal((await desk.admin('POST', path, { state: 'active', reason: 'back' })).status, 200);
    assert.equal((await desk.admin('GET', '/trader-account/nobody/state')).status, 404);
    assert.equal((await desk.admin('POST', '/trader-account/nobody/halt-state', {})).status, 409);
  });
});
