import assert from 'node:assert/strict';
import { toEpoch } from '../../lib/market/calendar.ts';
import { type Client, HandClock, leg, MARKET_BUY, started, stopAll } from './support.ts';

type Form = Record<string, string>;

/** What the account holds of AAPL before the order comes. */
type Held = 'flat' | 'long' | 'short';

const SELL = { side: 'sell', ...MARKET_BUY };
const SHORT = { side: 'sell_short', ...MARKET_BUY };
const COVER = { side: 'buy_to_cover', ...MARKET_BUY };

function oco(first: Form, second: Form, more: Form = {}): Form {
  return { class: 'oco', duration: 'day', ...leg(0, first), ...leg(1, second), ...more };
}
const TARGET = { type: 'limit', price: '900' };
const STOP = { type: 'stop', stop: '50' };

const RULES: [Held, Form, string][] = [
  ['flat', { type: 'market', duration: 'gtc' }, 'MarketOrderIsGtc'],
  ['flat', { ...SHORT, type: 'limit', price: '900', duration: 'gtc' }, 'ShortOrderIsGtc'],
  ['flat', { price: '' }, 'LimitPriceUndefined'],
  ['flat', { type: 'stop', stop: '' }, 'StopPriceUndefined'],
  ['flat', { type: 'stop_limit', stop: '' }, 'StopPriceUndefined'],
  ['flat', { type: 'stop_limit', price: '', stop: '900' }, 'LimitPriceUndefined'],
  ['flat', { symbol: 'NOPE' }, 'SecurityUndefined'],
  ['flat', { quantity: '0' }, 'IncorrectOrderQuantity'],
  ['flat', { quantity: '10000001' }, 'IncorrectOrderQuantity'],
  ['flat', { type: 'stop', stop: '50' }, 'BuyStopOrderStopPriceLessAsk'],
  ['flat', SELL, 'UnexpectedSellOrder'],
  ['flat', COVER, 'UnexpectedBuyToCoverOrder'],
  ['long', SHORT, 'UnexpectedSellShortOrder'],
  ['long', { ...SELL, quantity: '11' }, 'LongPositionCrossZero'],
  ['long', { ...SELL, type: 'stop', stop: '900' }, 'SellStopOrderStopPriceGreaterBid'],
  ['long', COVER, 'UnexpectedBuyToCoverOrder'],
  ['short', { ...MARKET_BUY }, 'UnexpectedBuyOrder'],
  ['short', SELL, 'UnexpectedSellOrder'],
  ['short', { ...COVER, quantity: '11' }, 'ShortPositionCrossZero'],
  ['long', oco({ type: 'market' }, STOP), 'OtoOcoMarketNotAllowed'],
  [
    'long',
    oco(TARGET, STOP, { duration: '', 'duration[0]': 'day', 'duration[1]': 'gtc' }),
    'OcoExpirationTypeNotTheSame',
  ],
  ['long', oco({ ...TARGET, quantity: '11' }, STOP), 'LongPositionCrossZero'],
  ['flat', oco(TARGET, STOP), 'UnexpectedSellOrder'],
  [
    'flat',
    { class: 'oto', duration: 'day', ...leg(0, { side: 'buy', type: 'market' }), ...leg(1, TARGET) },
    'OtoFirstLegIsMarketNotAllowed',
  ],
  [
    'flat',
    {
      class: 'otoco',
      duration: 'day',
      ...leg(0, { side: 'buy', type: 'limit', price: '50' }),
      ...leg(1, TARGET),
      ...leg(2, { type: 'market' }),
    },
    'OtoOcoMarketNotAllowed',
  ],
];

describe('simulator: business rules of orders', () => {
  const clients = {} as Record<Held, Client>;

  before(async () => {
    for (const held of ['flat', 'long', 'short'] as const) {
      const clock = new HandClock();
      const client = await started({ elapsed: clock, wall: clock.wall, limits: false });
      clients[held] = client;
      if (held === 'flat') continue;
      await client.place({ ...MARKET_BUY, side: held === 'long' ? 'buy' : 'sell_short' });
      clock.pass(10_000);
    }
  });
  after(stopAll);

  for (const [held, form, code] of RULES) {
    it(`${held}: ${code}`, async () => {
      const client = clients[held];
      const count = async () => (await client.control('GET', '/truth')).at('orders.length');
      const before = await count();
      const answer =
        form.class === undefined
          ? await client.place(form)
          : await client.send('POST', client.orders(), form);
      assert.equal(answer.status, 200);
      const error = answer.at('errors.error');
      assert.deepEqual([error].flat().includes(code), true, answer.text);
      assert.equal(await count(), before);
    });
  }

  it('names the parameter where Tradier has no code', async () => {
    for (const [form, name] of [
      [oco(TARGET, { ...TARGET, price: '901' }), 'type'],
      [oco(TARGET, { ...STOP, symbol: 'MSFT' }), 'symbol'],
    ] as const) {
      const answer = await clients.long.send('POST', clients.long.orders(), form);
      assert.deepEqual([answer.status, answer.text.split(':')[0]], [400, `Invalid parameter, ${name}`]);
    }
  });

  it('refuses an order that would meet its owner', async () => {
    const { long } = clients;
    const working = await long.place({ ...SELL, type: 'limit', price: '900' });
    assert.equal(working.at('order.status'), 'ok');
    assert.equal((await long.place({ price: '900', quantity: '1' })).at('errors.error'), 'WashTradeAttempt');
    await long.send('DELETE', long.orders(`/${working.at('order.id')}`));
  });

  it('shows a short position and its balances', async () => {
    const { short } = clients;
    const path = `/accounts/${short.simulator.account}`;
    const positions = await short.get(`${path}/positions`);
    assert.equal(positions.at('positions.position.quantity'), -10);
    assert.ok(Number(positions.at('positions.position.cost_basis')) < 0);
    const balances = await short.get(`${path}/balances`);
    const value = Number(balances.at('balances.short_market_value'));
    assert.ok(value < -1_000 && value > -3_000, String(value));
    assert.equal(balances.at('balances.long_market_value'), 0);
    assert.equal(balances.at('balances.market_value'), value);
    assert.equal(balances.at('balances.margin.stock_short_value'), value);
    assert.ok(Number(balances.at('balances.total_cash')) > 100_000);
  });
});

describe('simulator: a cash account', () => {
  afterEach(stopAll);

  it('spends only what is settled and sells nothing short', async () => {
    const clock = new HandClock();
    const client = await started({ elapsed: clock, wall: clock.wall, limits: false, accountType: 'cash' });
    const path = `/accounts/${client.simulator.account}/balances`;
    assert.equal((await client.get('/user/profile')).at('profile.account.type'), 'cash');
    const fresh = await client.get(path);
    assert.deepEqual(
      ['account_type', 'cash.cash_available', 'cash.unsettled_funds', 'margin'].map((key) =>
        fresh.at(`balances.${key}`),
      ),
      ['cash', 100_000, 0, undefined],
    );
    assert.deepEqual((await client.place(SHORT)).json, { errors: { error: 'OrderIsNotAllowedForAccount' } });
    assert.equal(
      (await client.place({ quantity: '2001' })).at('errors.error.1'),
      'InitialMargin',
      'no borrowed money',
    );
    await client.place({ ...MARKET_BUY, quantity: '100' });
    clock.pass(10_000);
    await client.place({ ...SELL, quantity: '100' });
    clock.pass(10_000);
    const sold = await client.get(path);
    const unsettled = Number(sold.at('balances.cash.unsettled_funds'));
    assert.ok(unsettled > 10_000, String(unsettled));
    const available = Number(sold.at('balances.cash.cash_available'));
    assert.ok(Math.abs(available + unsettled - Number(sold.at('balances.total_cash'))) < 0.01);
    // The next session: it is settled.
    clock.pass(7 * 3_600_000);
    assert.equal((await client.get(path)).at('balances.cash.unsettled_funds'), 0);
  });
});

describe('simulator: orders outside regular hours', () => {
  afterEach(stopAll);

  for (const [duration, time, ends] of [
    ['pre', '09:20', '09:24'],
    ['post', '19:50', '19:55'],
  ] as const) {
    it(`takes ${duration} limit orders in their window; what is left ends with it`, async () => {
      const clock = new HandClock();
      const client = await started({
        elapsed: clock,
        wall: clock.wall,
        limits: false,
        extendedHours: true,
        start: toEpoch('2026-03-02', time),
      });
      const placed = await client.place({ duration });
      assert.equal(placed.at('order.status'), 'ok', placed.text);
      const order = client.orders(`/${placed.at('order.id')}`);
      assert.equal((await client.get(order)).at('order.duration'), duration);
      assert.equal((await client.get(order)).at('order.status'), 'open');
      const market = await client.place({ ...MARKET_BUY, duration });
      assert.equal(market.status, 400);
      assert.match(market.text, /^Invalid parameter, duration: /);
      const preview = await client.place({ duration, preview: 'true' });
      assert.equal(preview.at('order.extended_hours'), true);
      const moved = await client.send('PUT', order, { duration: 'day' });
      assert.deepEqual([moved.status, moved.text.startsWith('Invalid parameter, duration:')], [400, true]);
      clock.pass(6 * 60_000);
      assert.equal((await client.get(order)).at('order.status'), 'expired', `it is past ${ends}`);
    });
  }
});
