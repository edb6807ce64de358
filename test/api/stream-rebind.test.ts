import assert from 'node:assert/strict';
import { Emitter } from '../../lib/domain/events.ts';
import type { Bar, ConfirmedQuote } from '../../lib/domain/market-data.ts';
import type { PortfolioSnapshot } from '../../lib/domain/portfolio.ts';
import type { TradingAccount } from '../../lib/trading-account.ts';
import { ManualTime } from '../broker/manual-time.ts';
import { StreamReader } from './api-desk.ts';
import { BarAccount, bar } from './bar-account.ts';
import { QuoteSource, type RunningStream, runStream } from './quote-source.ts';

describe('WS /stream and an account that comes, goes and comes again', () => {
  let running: RunningStream;
  let reader: StreamReader;
  let time: ManualTime;
  beforeEach(async () => {
    time = new ManualTime();
    running = await runStream(time);
    reader = await StreamReader.open(`ws://127.0.0.1:${running.port}`, {}, []);
  });
  afterEach(async () => {
    reader.ws.terminate();
    await running.close();
  });

  const subscribe = async (wish: object) => {
    reader.say({ action: 'subscribe', ...wish });
    await reader.hears('subscription_confirmed');
  };
  /** Until everything that was said before has arrived. */
  const heard = async () => {
    const id = `mark-${reader.told.length}`;
    reader.say({ action: 'unsubscribe', channels: ['orders'], id });
    await reader.hears('unsubscription_confirmed', (told) => told.id === id);
  };
  const portfolio = (equity: number) =>
    ({ account: 'simulator:VA1', equity, at: time.now(), positions: [] }) as unknown as PortfolioSnapshot;
  /** Only its portfolio and its alerts are there. */
  const desk = (equity: () => number, alerts: object[] = []): TradingAccount =>
    ({
      ...new QuoteSource().account,
      snapshot: async () => portfolio(equity()),
      alerts: { changes: new Emitter<never>(() => undefined), list: () => alerts, get: () => alerts[0] },
    }) as unknown as TradingAccount;

  it('sends bars to who subscribed before it was there', async () => {
    await subscribe({ channels: ['bars'], symbols: ['SPY'], interval: '1', count: 3 });
    await heard();
    assert.deepEqual(reader.of('bars'), [], 'nothing is known yet');
    const source = new BarAccount([bar(1), bar(2)]);
    running.stream.bind(source.account);
    const { data, seq, snapshot } = await reader.hears('bars');
    assert.deepEqual([(data as Bar[]).length, seq, snapshot], [2, 0, true]);
    source.tell({ kind: 'forming', bar: bar(3) });
    source.tell({ kind: 'closed', bar: bar(3) });
    await reader.hears('bar', ({ kind }) => kind === 'closed');
    assert.deepEqual(
      reader.of('bar').map((told) => [told.seq, told.kind]),
      [
        [1, 'forming'],
        [2, 'closed'],
      ],
    );
    assert.equal(reader.of('bars').length, 1);
  });

  it('sends quotes to who subscribed before it was there, and of the next account alone', async () => {
    const [before, after] = [new QuoteSource(), new QuoteSource()];
    await subscribe({ symbols: ['SPY'] });
    running.stream.bind(before.account);
    before.tell(['SPY'], 'before');
    await reader.hears('quote');
    running.stream.bind(null);
    before.tell(['SPY'], 'nobody follows this one');
    running.stream.bind(after.account);
    before.tell(['SPY'], 'nor this one');
    after.tell(['SPY'], 'only confirms what is known');
    after.tell(['SPY'], 'after');
    await reader.hears('quote', ({ seq }) => seq === 2);
    await heard();
    assert.deepEqual(
      reader.of('quote').map(({ seq, data }) => [seq, (data as ConfirmedQuote).description]),
      [
        [1, 'before'],
        [2, 'after'],
      ],
    );
  });

  it('sends the portfolio and the alerts to who subscribed before it was there, and anew when it is back', async () => {
    const alert = { id: 'one', symbol: 'SPY' };
    await subscribe({ channels: ['portfolio', 'account', 'positions', 'alerts'] });
    await heard();
    assert.equal(reader.told.length, 2, 'nothing is known yet');
    running.stream.bind(desk(() => 100, [alert]));
    for (const type of ['portfolio', 'account', 'positions', 'alerts'])
      assert.equal((await reader.hears(type)).snapshot, true, type);
    running.stream.bind(null);
    running.stream.bind(desk(() => 200));
    await reader.hears('portfolio', ({ data }) => (data as PortfolioSnapshot).equity === 200);
    const { data } = await reader.hears('alerts', (told) => told !== reader.of('alerts')[0]);
    assert.deepEqual(data, []);
  });

  it('values the portfolio every five seconds, and tells it when it is worth something else', async () => {
    let equity = 100;
    running.stream.bind(desk(() => equity));
    await subscribe({ channels: ['account'] });
    await reader.hears('account');
    const worth = () => reader.of('account').map(({ data }) => (data as PortfolioSnapshot).equity);
    equity = 101;
    await time.pass(4_900);
    await heard();
    assert.deepEqual(worth(), [100]);
    await time.pass(200);
    await reader.hears('account', ({ data }) => (data as PortfolioSnapshot).equity === 101);
    await time.pass(20_000);
    await heard();
    assert.deepEqual(worth(), [100, 101], 'what did not change is not told');
    assert.equal(reader.of('account')[1]?.seq, 1);
  });

  it('says every fifteen seconds that it is there, numbered', async () => {
    for (const seq of [1, 2, 3]) {
      await time.pass(15_000);
      await reader.hears('heartbeat', (told) => told.seq === seq);
      assert.equal(reader.of('heartbeat').length, seq);
    }
  });
});
