import assert from 'node:assert/strict';
import type { NodeAPI } from 'node-red';
import type { TradingAccount } from '../../lib/account.ts';
import { TradierMarketClient } from '../../lib/broker/tradier/market-client.ts';
import { signalSchema } from '../../lib/domain/signal.ts';
import type { AccountNode } from '../../nodes/kit/account-link.ts';
import { accountRegistry } from '../../nodes/kit/accounts.ts';
import { feedRegistry } from '../../nodes/kit/feeds.ts';
import { orderStreams } from '../../nodes/kit/order-streams.ts';
import { accountParts, reach } from '../../nodes/trader-account/open.ts';
import { testAccount } from '../../nodes/trader-account/test-account.ts';
import { type RunningSimulator, startSimulator } from '../../simulator/server.ts';
import { ACCOUNT, FlowDesk, type FlowNode, listener, node } from './flow-desk.ts';

const ACCOUNTS = Symbol.for('@trader-ops/node-red-trader/accounts');
const USERS: FlowNode[] = [
  { id: 'late', type: 'risk-policy', preset: 'delayed-paper', version: 1 },
  node('portfolio', 'portfolio', { onChange: true, wires: [[]] }),
  node('tradier-quote', 'quotes', { mode: 'stream', symbols: 'AAPL', throttle: 0, wires: [[]] }),
  listener('catch', 'catch'),
];

describe('market data from another account, with one simulator for the account and one for its market', () => {
  const desk = new FlowDesk();
  let feed: RunningSimulator;
  let paper: FlowNode;
  let live: FlowNode;
  let reachAt: typeof reach;

  before(async () => {
    await desk.start();
    feed = await startSimulator({ seed: 77, quotas: { standard: 1e6, market: 1e6, trading: 1e6 } });
    paper = { ...ACCOUNT, environment: 'tradier-sandbox', accountId: desk.simulator.account, policy: 'late' };
    live = { ...ACCOUNT, id: 'live', environment: 'tradier-live', accountId: feed.account };
    // Tradier's environments, here: paper at the desk's simulator, live at the other one.
    reachAt = async (settings) => {
      const at = { 'tradier-sandbox': desk.simulator, 'tradier-live': feed }[settings.environment as string];
      return { ...(await reach(settings)), ...(at ? { restUrl: at.rest } : {}) };
    };
    Reflect.deleteProperty(globalThis, ACCOUNTS);
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    accountRegistry(accountParts({ log } as unknown as NodeAPI, reachAt));
  });
  after(async () => {
    Reflect.deleteProperty(globalThis, ACCOUNTS);
    await feed.close();
    await desk.stop();
  });
  afterEach(async () => {
    await desk.unload();
    assert.deepEqual([feedRegistry().size, orderStreams().size], [0, 0], 'nothing is read any more');
  });

  const tokens = () => ({ account: { token: desk.simulator.token }, live: { token: feed.token } });
  const previousClose = async ({ rest, token }: RunningSimulator): Promise<number> => {
    const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
    const answer = await fetch(`${rest}/markets/quotes?symbols=AAPL`, { headers });
    return ((await answer.json()) as { quotes: { quote: { prevclose: number } } }).quotes.quote.prevclose;
  };
  const buy = async (account: TradingAccount) => {
    const wish = { id: 'one', source: 'test', symbol: 'AAPL', action: 'buy', quantity: 3, book: 'b' };
    const signal = signalSchema.parse({ ...wish, receivedAt: Date.now() });
    const size = await account.size(signal, { method: 'as_signal' });
    assert.ok(size.kind === 'sized', JSON.stringify(size));
    const decision = await account.check(size.intent);
    assert.ok(decision.kind === 'approved', JSON.stringify(decision));
    return account.place(decision.intent, { nodeId: 'n', passThrough: {} });
  };
  const ordersAt = async ({ control }: RunningSimulator): Promise<unknown[]> => {
    const truth = await (await fetch(`${control}/truth`)).json();
    return (truth as { orders: unknown[] }).orders;
  };

  it('shows on every node that the quotes of a sandbox are late', async () => {
    const others = [
      node('trader-bars', 'bars', { mode: 'live', symbols: 'AAPL', interval: '1', wires: [[], []] }),
      node('trader-clock', 'clock', {
        onOpen: true,
        onClose: true,
        beforeClose: '',
        bars: '',
        cron: '',
        cronDays: 'trading',
        gate: 'regular',
        wires: [[], [], []],
      }),
      node('udf-endpoint', 'udf', { path: '/udf', marks: true, origins: '' }),
      node('trader-api', 'api', { prefix: '', origins: '' }),
      node('trader-price-alert', 'alert', {
        ...{ source: 'api', symbol: 'AAPL', condition: 'price_cross_above', value: '200', direction: 'any' },
        ...{ windowMinutes: 5, interval: '5', length: '', repeat: 'once', expires: '', message: '' },
        ...{ action: 'none', quantity: '', book: 'price-alert', wires: [[], []] },
      }),
    ];
    await desk.load([paper, ...USERS, ...others], tokens());
    const account = await desk.account();
    const own = { mode: 'polling', delayMs: 900_000, simulated: false, borrowed: false };
    assert.deepEqual(account.feed, own);
    await desk.shows('account', 'paper DELAYED 15 MIN ready');
    await desk.shows('portfolio', /^paper DELAYED 15 MIN /);
    await desk.shows('quotes', /^paper DELAYED 15 MIN .*AAPL/);
    for (const id of ['bars', 'clock', 'udf', 'api', 'alert'])
      await desk.shows(id, /^paper DELAYED 15 MIN ./);
  });

  it('takes live quotes for a paper account with a token that never orders', async () => {
    const fields = { marketFrom: 'token', policy: 'policy' };
    const credentials = tokens();
    Object.assign(credentials.account, { marketToken: feed.token });
    await desk.load([{ ...paper, ...fields }, ...USERS], credentials);
    const account = await desk.account();
    const lent = { mode: 'streaming', delayMs: 0, simulated: false, borrowed: true };
    assert.deepEqual(account.feed, lent);
    await desk.shows('portfolio', /^paper (?!DELAYED)/);
    const quote = await account.quote('AAPL', 1_000);
    assert.equal(quote.previousClose, await previousClose(feed));
    assert.notEqual(quote.previousClose, await previousClose(desk.simulator));
    assert.equal((await account.bars.history('AAPL', 'D', { count: 5 })).length, 5);

    const placed = await buy(account);
    assert.equal(placed.kind, 'acknowledged', JSON.stringify(placed));
    assert.equal((await desk.ordersOf('AAPL')).length, 1);
    assert.deepEqual(await ordersAt(feed), []);
  });

  it('reads a token once for all accounts that use it, its own account included', async () => {
    const borrowing = { ...paper, marketFrom: 'other', marketAccount: 'live' };
    // Named before it is there: Node-RED starts the other one first.
    await desk.load([borrowing, live, ...USERS], tokens());
    const [one, two] = await Promise.all([desk.account(), desk.account('live')]);
    assert.deepEqual([one.feed.borrowed, two.feed.borrowed], [true, false]);
    assert.deepEqual([feedRegistry().size, orderStreams().size], [1, 2]);
    const [a, b] = await Promise.all([one.quote('AAPL', 1_000), two.quote('AAPL', 1_000)]);
    assert.equal(a.previousClose, b.previousClose);
    await desk.shows('quotes', /^paper (?!DELAYED)/);
    const locked = await buy(two);
    assert.ok(locked.kind === 'rejected');
    assert.match(locked.order.reason ?? '', /^Live trading is locked/);
    assert.deepEqual(await ordersAt(feed), []);
  });

  it('refuses a market that is none for the account, and says which would be', async () => {
    const wrong: [FlowNode[], RegExp][] = [
      [[{ ...ACCOUNT, marketFrom: 'token' }], /^marketFrom: "token".*simulator/],
      [[{ ...paper, marketFrom: 'token' }], /^marketToken: nothing.*access token/],
      [[{ ...paper, marketFrom: 'other', marketAccount: '' }], /^marketAccount:.*another trader-account/],
      [[{ ...paper, marketFrom: 'other', marketAccount: 'gone' }], /^marketAccount: "gone"/],
      [[{ ...paper, marketFrom: 'afar' }], /^marketFrom: "afar".*own, other, token/],
      [
        [
          { ...ACCOUNT, id: 'sim' },
          { ...paper, marketFrom: 'other', marketAccount: 'sim' },
        ],
        /^marketAccount: "sim".*an account at Tradier/,
      ],
      [
        [live, { ...ACCOUNT, marketFrom: 'other', marketAccount: 'live' }],
        /^marketAccount: "live".*a simulator/,
      ],
      [
        [
          { ...paper, id: 'paper' },
          { ...live, id: 'account', marketFrom: 'other', marketAccount: 'paper' },
        ],
        /^marketAccount: "paper".*a live account/,
      ],
    ];
    for (const [accounts, words] of wrong) {
      const credentials = { paper: { token: 'paper-token' }, ...tokens() };
      await desk.load([...accounts, ...USERS], credentials);
      const { state, code, reason } = (desk.node('account') as AccountNode).view();
      assert.deepEqual([state, code], ['misconfigured', 'E_INPUT']);
      assert.match(reason, words);
      await desk.unload();
    }
  });

  it('tests a market token in words, and opens no session that would end its stream', async () => {
    const typed = { environment: 'tradier-sandbox', accountId: '', token: desk.simulator.token };
    const test = (more: object) =>
      testAccount(desk.RED, { ...typed, marketFrom: 'token', marketToken: feed.token, ...more }, reachAt);
    const fine = await test({});
    assert.ok(fine.ok);
    const host = new URL(feed.rest).host;
    assert.match(
      fine.market ?? '',
      new RegExp(`^The market token works at ${host}, SPY [\\d.]+\\. It may open a stream, at ${host}\\.$`),
    );
    const own = await test({ marketFrom: 'own' });
    assert.deepEqual([own.ok, own.ok && own.market], [true, null]);

    for (const marketToken of ['', desk.simulator.token, 'a-token-of-nobody']) {
      const wrong = await test({ marketToken });
      assert.ok(!wrong.ok);
      assert.deepEqual([wrong.field, wrong.code], ['marketToken', 'E_BROKER_AUTH']);
      assert.match(wrong.message, /^The account answers, but its market token does not work\. /);
      assert.ok(marketToken === '' || !JSON.stringify(wrong).includes(marketToken));
    }

    // A session that is asked for is refused from here on.
    const refusal = { kind: 'error_after', match: { path: '/v1/markets/events/session' }, times: 1 };
    const armed = async () =>
      ((await (await fetch(`${feed.control}/faults`)).json()) as { faults: [] }).faults;
    const credentials = tokens();
    Object.assign(credentials.account, { marketToken: feed.token });
    await desk.load([{ ...paper, marketFrom: 'token', policy: 'policy' }, ...USERS], credentials);
    await desk.shows('quotes', /AAPL/);
    await fetch(`${feed.control}/faults`, { method: 'POST', body: JSON.stringify(refusal) });
    const inUse = await test({});
    assert.ok(inUse.ok, JSON.stringify(inUse));
    assert.match(inUse.market ?? '', / It is in use here already, .*: its stream is open\.$/);
    assert.equal((await armed()).length, 1, 'no session was asked for');
    await desk.unload();
    const closed = await test({});
    assert.ok(!closed.ok);
    assert.deepEqual([closed.field, closed.code], ['marketToken', 'E_BROKER']);
    assert.equal((await armed()).length, 0);
  });

  it('has no way to order, cancel or read an account with a market token', () => {
    const can = Object.getOwnPropertyNames(TradierMarketClient.prototype).sort();
    assert.deepEqual(can, [
      ...['calendar', 'close', 'companySector', 'constructor', 'history', 'lookupSymbols', 'quotes'],
      ...['renewMarketStream', 'searchSymbols', 'timesales', 'watchQuotes'],
    ]);
  });
});
