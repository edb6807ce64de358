import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import type { TradierBroker, TradierOptions } from '../../lib/broker/tradier/broker.ts';
import { TraderError } from '../../lib/domain/errors.ts';
import { brokerAt, TOKEN } from './fixtures.ts';
import { http, json, type WireRequest, WireServer } from './wire-server.ts';

const balances = {
  balances: {
    account_type: 'margin',
    total_equity: 17798.36,
    total_cash: '6363.86',
    long_market_value: 11434.5,
    short_market_value: 0,
    open_pl: 546.9,
    close_pl: -4813.0,
    pending_orders_count: 0,
    margin: { fed_call: 0, stock_buying_power: 12727.72 },
  },
};

function order(id: number, more: object = {}): object {
  return {
    id,
    type: 'market',
    symbol: 'SPY',
    side: 'buy',
    quantity: 1.0,
    status: 'filled',
    duration: 'day',
    avg_fill_price: 22.4,
    exec_quantity: 1,
    last_fill_price: 22.4,
    last_fill_quantity: 1,
    remaining_quantity: 0,
    create_date: '2018-06-06T20:16:17.342Z',
    transaction_date: '2018-06-06T20:16:17.357Z',
    class: 'equity',
    ...more,
  };
}

describe('reads of the Tradier API', () => {
  let wire: WireServer;
  let broker: TradierBroker;

  /** Answers one after the other; the last one again and again. */
  async function against(
    answers: (string | ((socket: Socket) => void))[],
    more: Partial<TradierOptions> = {},
  ): Promise<TradierBroker> {
    let n = 0;
    return by((socket) => {
      const answer = answers[Math.min(n++, answers.length - 1)];
      if (typeof answer === 'string') socket.end(answer);
      else answer?.(socket);
    }, more);
  }

  async function by(
    answer: (socket: Socket, request: WireRequest) => void,
    more: Partial<TradierOptions> = {},
  ): Promise<TradierBroker> {
    wire = await WireServer.start(answer);
    broker = brokerAt(wire.base, more);
    return broker;
  }

  afterEach(async () => {
    await broker.close();
    await wire.close();
  });

  const passing: [string, string | ((socket: Socket) => void)][] = [
    [
      '500 with a fault',
      json(500, {
        fault: {
          faultstring: 'Datastore Error',
          detail: { errorcode: 'steps.servicecallout.ExecutionFailed' },
        },
      }),
    ],
    ['500 in plain text', http(500, 'An error occurred while communicating with the backend.')],
    ['a web page with 200', http(200, '<html>maintenance</html>')],
    ['an empty 200', http(200, '')],
    ['truncated JSON', http(200, '{"balances":{"accou')],
    ['a fault with 200', json(200, { fault: { faultstring: 'x', detail: { errorcode: 'y' } } })],
    ['a reset', (socket) => socket.resetAndDestroy()],
    ['a close', (socket) => socket.end()],
    ['a body cut short', (socket) => socket.end(http(200, '{}', { 'Content-Length': 100 }))],
  ];
  for (const [name, answer] of passing) {
    it(`tries again after ${name}`, async () => {
      await against([answer, json(200, balances)]);
      assert.equal((await broker.balances()).totalEquity, 17798.36);
      assert.equal(wire.requests.length, 2);
    });
  }

  it('tries three times at most, then says so', async () => {
    await against([http(502, 'Bad Gateway')]);
    await assert.rejects(broker.balances(), { code: 'E_BROKER', message: /Bad Gateway \(502\)/ });
    assert.equal(wire.requests.length, 3);
  });

  it('gives a slow answer up and tries again', async () => {
    await against([() => undefined, json(200, balances)], { timeouts: { readTryMs: 60 } });
    assert.equal((await broker.balances()).totalCash, 6363.86);
  });

  it('stays inside the budget', async () => {
    await against([() => undefined], { timeouts: { readTryMs: 5_000, readBudgetMs: 80 } });
    const begun = performance.now();
    await assert.rejects(broker.balances(), { code: 'E_BROKER_UNREACHABLE' });
    assert.ok(performance.now() - begun < 1_000);
  });

  for (const status of [400, 403, 404, 422, 302]) {
    it(`never repeats after ${status}`, async () => {
      await against([http(status, 'no', { Location: '/v1/elsewhere' })]);
      await assert.rejects(broker.balances(), TraderError);
      assert.equal(wire.requests.length, 1);
    });
  }

  it('tells a refused token, whatever the status', async () => {
    const expired = {
      fault: {
        faultstring: 'Access Token expired',
        detail: { errorcode: 'keymanagement.service.access_token_expired' },
      },
    };
    await against([json(500, expired), http(401, 'Invalid Access Token')]);
    await assert.rejects(broker.balances(), { code: 'E_BROKER_AUTH' });
    await assert.rejects(broker.positions(), { code: 'E_BROKER_AUTH' });
    assert.equal(wire.requests.length, 2);
  });

  it('never shows the token in an error', async () => {
    await against([http(400, `bad header Bearer ${TOKEN}`), (socket) => socket.resetAndDestroy()]);
    for (const read of [() => broker.balances(), () => broker.balances()]) {
      const error: unknown = await read().then(
        () => assert.fail('it was read'),
        (caught: unknown) => caught,
      );
      assert.ok(!inspect(error, { depth: 10, showHidden: true }).includes(TOKEN));
    }
  });

  it('tells an unreachable broker', async () => {
    await against([json(200, balances)]);
    await wire.close();
    await assert.rejects(broker.balances(), { code: 'E_BROKER_UNREACHABLE', message: /refused/ });
  });

  it('waits for the next minute when that is soon, else says when it is', async () => {
    const body = (ms: number) => `Quota Violation for this token ${Date.now() + ms}`;
    await by((socket) =>
      socket.end(
        wire.requests.length === 1
          ? http(429, body(80))
          : wire.requests.length === 2
            ? json(200, balances)
            : http(429, body(50_000)),
      ),
    );
    const begun = performance.now();
    await broker.balances();
    assert.ok(performance.now() - begun >= 70);
    await assert.rejects(broker.balances(), { code: 'E_RATE_LIMIT' });
    assert.equal(wire.requests.length, 3);
  });

  it('does not ask when the headers say that the minute is used up', async () => {
    const spent = {
      'X-Ratelimit-Allowed': 60,
      'X-Ratelimit-Used': 60,
      'X-Ratelimit-Available': 0,
      'X-Ratelimit-Expiry': Date.now() + 40_000,
    };
    await against([json(200, balances, spent)]);
    await broker.balances();
    await assert.rejects(broker.balances(), { code: 'E_RATE_LIMIT' });
    assert.equal(wire.requests.length, 1);
  });

  it('asks for JSON with the token, and follows nothing', async () => {
    await against([json(200, balances)]);
    await broker.balances();
    assert.equal(wire.requests[0]?.headers.accept, 'application/json');
    assert.equal(wire.requests[0]?.headers.authorization, `Bearer ${TOKEN}`);
    assert.equal(wire.requests[0]?.path, '/v1/accounts/VA00000001/balances');
  });

  describe('orders', () => {
    it('reads page after page until "null"', async () => {
      const pages = [{ order: [order(1), order(2)] }, { order: order(3, { tag: 'abcd-x-1' }) }, 'null'];
      await against(pages.map((orders) => json(200, { orders })));
      const orders = await broker.orders();
      assert.deepEqual(
        orders.map((row) => row.id),
        [1, 2, 3],
      );
      assert.deepEqual(
        orders.map((row) => row.tag),
        [undefined, undefined, 'abcd-x-1'],
      );
      assert.deepEqual(
        wire.requests.map((request) => request.path.split('?')[1]),
        [1, 2, 3].map((n) => `page=${n}&limit=500&includeTags=true`),
      );
    });

    it('accepts a server that ignores the page', async () => {
      await against([json(200, { orders: { order: [order(1), order(2)] } })]);
      assert.equal((await broker.orders()).length, 2);
      assert.equal(wire.requests.length, 2);
    });

    it('fails when pages overlap twice, and recovers when they do once', async () => {
      const overlap = [{ order: [order(2), order(1)] }, { order: order(1) }];
      await against(
        [
          ...overlap,
          { order: [order(3), order(2)] },
          { order: order(1) },
          'null',
          ...overlap,
          ...overlap,
        ].map((orders) => json(200, { orders })),
      );
      assert.deepEqual(
        (await broker.orders()).map((row) => row.id),
        [3, 2, 1],
      );
      await assert.rejects(broker.orders(), { code: 'E_BROKER' });
    });

    for (const [name, bad] of [
      ['a page without the list', {}],
      ['a list without orders', { orders: {} }],
      ['a row without an id', { orders: { order: { status: 'open' } } }],
      ['a row without a quantity', { orders: { order: order(5, { quantity: 'many' }) } }],
      ['errors', { errors: { error: 'OmsUnavailable' } }],
    ] as const) {
      it(`fails as a whole on ${name}`, async () => {
        await against([json(200, { orders: { order: [order(1), order(2)] } }), json(200, bad)]);
        await assert.rejects(broker.orders(), { code: 'E_BROKER' });
      });
    }

    it('is empty for "null"', async () => {
      await against([json(200, { orders: 'null' })]);
      assert.deepEqual(await broker.orders(), []);
    });

    it('decodes decimals, absent prices, unknown statuses and extra keys', async () => {
      await against([
        json(200, {
          order: order(7, {
            quantity: '50.00000000',
            avg_fill_price: '0E-8',
            status: 'under_review',
            stop_price: 0,
            brand_new: 1,
          }),
        }),
      ]);
      assert.deepEqual(await broker.order(7), {
        id: 7,
        parentId: null,
        tag: undefined,
        class: 'equity',
        symbol: 'SPY',
        side: 'buy',
        type: 'market',
        duration: 'day',
        quantity: 50,
        price: null,
        stop: 0,
        status: 'under_review',
        execQuantity: 1,
        remainingQuantity: 0,
        avgFillPrice: 0,
        reason: null,
        createdAt: Date.UTC(2018, 5, 6, 20, 16, 17, 342),
        updatedAt: Date.UTC(2018, 5, 6, 20, 16, 17, 357),
      });
    });

    it('lays the legs of an OCO flat', async () => {
      const parent = {
        id: 10,
        class: 'oco',
        status: 'open',
        create_date: '2025-02-26T20:52:33.982Z',
        transaction_date: '2025-02-26T20:58:31.266Z',
        tag: 'abcd-oco-1',
        leg: [
          order(11, { side: 'sell', type: 'limit', price: 30 }),
          order(12, { side: 'sell', type: 'stop', stop_price: 20, status: 'canceled' }),
        ],
      };
      await against([json(200, { orders: { order: parent } }), json(200, { orders: 'null' })]);
      const rows = await broker.orders();
      assert.deepEqual(
        rows.map((row) => [row.id, row.parentId, row.symbol, row.quantity, row.tag]),
        [
          [10, null, '', 0, 'abcd-oco-1'],
          [11, 10, 'SPY', 1, 'abcd-oco-1'],
          [12, 10, 'SPY', 1, 'abcd-oco-1'],
        ],
      );
    });

    it('reads a leg that stands alone in its group, and finds it by its own id', async () => {
      const parent = {
        ...{ id: 30, class: 'oto', status: 'open', tag: 'abcd-oto-1' },
        leg: order(31, { side: 'sell', type: 'stop', stop_price: 20, status: 'held' }),
      };
      await against([json(200, { order: parent })]);
      const leg = await broker.order(31);
      assert.deepEqual(
        [leg?.id, leg?.parentId, leg?.status, leg?.stop, leg?.tag],
        [31, 30, 'held', 20, 'abcd-oto-1'],
      );
    });

    it('reads an option order placed elsewhere', async () => {
      const option = order(20, {
        class: 'option',
        side: 'buy_to_open',
        option_symbol: 'SPY180720C00274000',
        type: 'debit',
      });
      await against([json(200, { orders: { order: option } }), json(200, { orders: 'null' })]);
      const [row] = await broker.orders();
      assert.deepEqual([row?.symbol, row?.side, row?.type], ['SPY180720C00274000', 'buy', 'debit']);
    });

    it('is null for an unknown id, once the account is known to be ours', async () => {
      const foreign = http(401, 'Unauthorized Account: VA00000001');
      await by((socket, request) =>
        socket.end(request.path.includes('/orders/') ? foreign : json(200, balances)),
      );
      assert.equal(await broker.order(999), null);
      assert.equal(await broker.order(998), null);
      assert.equal(wire.requests.length, 3);
    });

    it('raises E_BROKER_AUTH when it is the account that is wrong', async () => {
      await against([http(401, 'Unauthorized Account: VA00000001')]);
      await assert.rejects(broker.order(999), { code: 'E_BROKER_AUTH' });
    });

    it('refuses an answer about another order', async () => {
      await against([json(200, { order: order(8) })]);
      await assert.rejects(broker.order(7), { code: 'E_BROKER' });
    });
  });

  it('reads a profile with one account and with several', async () => {
    const account = { account_number: 'VA1', type: 'margin', status: 'active' };
    await against([
      json(200, { profile: { account } }),
      json(200, { profile: { account: [account, account] } }),
    ]);
    assert.deepEqual(await broker.profile(), [{ accountId: 'VA1', type: 'margin', status: 'active' }]);
    assert.equal((await broker.profile()).length, 2);
  });

  it('reads balances by the type of the account and assumes nothing', async () => {
    const cash = {
      ...balances.balances,
      account_type: 'cash',
      margin: undefined,
      cash: { cash_available: 4343.38 },
    };
    await against([
      json(200, balances),
      json(200, { balances: cash }),
      json(200, { balances: { ...cash, cash: undefined } }),
    ]);
    assert.deepEqual(await broker.balances(), {
      type: 'margin',
      totalEquity: 17798.36,
      totalCash: 6363.86,
      stockBuyingPower: 12727.72,
      longMarketValue: 11434.5,
      shortMarketValue: 0,
      openPnl: 546.9,
      closePnl: -4813,
      pendingOrders: 0,
    });
    assert.equal((await broker.balances()).stockBuyingPower, 4343.38);
    await assert.rejects(broker.balances(), { code: 'E_BROKER' });
  });

  it('reads no position, one, and several', async () => {
    const position = {
      cost_basis: 207.01,
      date_acquired: '2018-08-08T14:41:11.405Z',
      id: 1,
      quantity: 1.0,
      symbol: 'AAPL',
    };
    await against(
      ['null', { position }, { position: [position, { ...position, symbol: 'BRK/B', quantity: -0.5 }] }].map(
        (positions) => json(200, { positions }),
      ),
    );
    assert.deepEqual(await broker.positions(), []);
    assert.deepEqual(await broker.positions(), [
      { symbol: 'AAPL', quantity: 1, costBasis: 207.01, acquiredAt: Date.UTC(2018, 7, 8, 14, 41, 11, 405) },
    ]);
    assert.equal((await broker.positions())[1]?.quantity, -0.5);
  });

  it('reads quotes with unmatched symbols, and long lists as a form', async () => {
    const quote = {
      symbol: 'AAPL',
      type: 'stock',
      last: 185.8,
      bid: 0,
      ask: 'NaN',
      close: null,
      bid_date: 1705075974000,
    };
    await against([
      json(200, { quotes: { quote, unmatched_symbols: { symbol: 'SEFDF' } } }),
      json(200, { quotes: { unmatched_symbols: { symbol: ['A1', 'A2'] } } }),
      json(200, { quotes: { quote: [quote, { ...quote, symbol: 'MSFT' }] } }),
    ]);
    const first = await broker.quotes(['AAPL', 'SEFDF', 'BRK/B']);
    assert.deepEqual(first.unmatched, ['SEFDF']);
    assert.deepEqual(
      [first.quotes[0]?.bid, first.quotes[0]?.ask, first.quotes[0]?.bidTime],
      [null, null, 1705075974000],
    );
    assert.equal(wire.requests[0]?.path, '/v1/markets/quotes?symbols=AAPL%2CSEFDF%2CBRK%2FB&greeks=false');
    assert.deepEqual(await broker.quotes(['A1', 'A2']), { quotes: [], unmatched: ['A1', 'A2'] });
    const many = Array.from({ length: 60 }, (_, n) => `S${n}`);
    assert.equal((await broker.quotes(many)).quotes.length, 2);
    assert.equal(wire.requests[2]?.method, 'POST');
    assert.match(wire.requests[2]?.body ?? '', /^symbols=S0%2CS1/);
    assert.deepEqual(await broker.quotes([]), { quotes: [], unmatched: [] });
    assert.equal(wire.requests.length, 3);
  });

  it('asks for greeks when they are wanted, and takes them as far as there are any', async () => {
    const option = {
      symbol: 'AAPL240119C00185000',
      type: 'option',
      bid: 2.1,
      ask: 2.15,
      greeks: {
        delta: 0.51,
        gamma: '0.04',
        theta: -0.12,
        vega: null,
        bid_iv: 0.0,
        mid_iv: 0.568797,
        smv_vol: 'NaN',
        updated_at: '2024-01-12 15:59:03',
      },
    };
    await against([
      json(200, { quotes: { quote: option } }),
      json(200, {
        quotes: {
          quote: [
            { ...option, greeks: null },
            { ...option, greeks: 'none' },
          ],
        },
      }),
    ]);
    const { quotes } = await broker.quotes([option.symbol], { greeks: true });
    assert.match(wire.requests[0]?.path ?? '', /&greeks=true$/);
    assert.deepEqual(quotes[0]?.greeks, {
      delta: 0.51,
      gamma: 0.04,
      theta: -0.12,
      vega: null,
      rho: null,
      phi: null,
      bidIv: 0,
      midIv: 0.568797,
      askIv: null,
      smvVol: null,
      updatedAt: '2024-01-12 15:59:03',
    });
    const without = await broker.quotes([option.symbol], { greeks: true });
    assert.deepEqual(
      without.quotes.map((quote) => [quote.bid, 'greeks' in quote]),
      [
        [2.1, false],
        [2.1, false],
      ],
    );
  });

  it('reads bars, leaving out what has no price', async () => {
    const day = { date: '2024-03-08', open: 1, high: 2, low: 0.5, close: 1.5, volume: 10 };
    const minute = {
      time: '2024-03-11T09:30:00',
      timestamp: 1710163800,
      open: 1,
      high: 2,
      low: 0.5,
      close: 1.5,
      volume: 10,
      vwap: 'NaN',
    };
    await against([
      json(200, { history: { day: [day, { ...day, date: '2024-03-11' }] } }),
      json(200, { history: null }),
      json(200, {
        series: {
          data: [
            minute,
            { ...minute, timestamp: 1710163860, open: 'NaN' },
            { ...minute, timestamp: 1710163920 },
          ],
        },
      }),
      json(200, { series: null }),
    ]);
    const days = await broker.history('SPY', 'daily', '2024-03-08', '2024-03-11');
    // The clocks went forward in between: 09:30 New York is 14:30 UTC, then 13:30.
    assert.deepEqual(
      days.map((bar) => bar.time),
      [Date.UTC(2024, 2, 8, 14, 30), Date.UTC(2024, 2, 11, 13, 30)],
    );
    assert.deepEqual(await broker.history('SPY', 'daily', '2024-03-08', '2024-03-11'), []);
    const start = 1710163800_000;
    const minutes = await broker.timesales('SPY', '1min', start, start + 120_000);
    assert.deepEqual(minutes, [
      { symbol: 'SPY', time: start, open: 1, high: 2, low: 0.5, close: 1.5, volume: 10, closed: true },
    ]);
    assert.match(wire.requests[2]?.path ?? '', /start=2024-03-11\+09%3A30&end=2024-03-11\+09%3A32/);
    assert.deepEqual(await broker.timesales('SPY', '1min', start, start + 60_000), []);
  });

  it('reads the clock of the simulator and of Tradier', async () => {
    await against([
      json(200, { now_ms: 1772461800123, speed: 60, skips_closed: true }),
      json(200, { clock: { timestamp: 1557156988, state: 'open' } }),
    ]);
    assert.deepEqual(await broker.marketClock(), { now: 1772461800123, speed: 60, skipsClosed: true });
    assert.equal(wire.requests[0]?.path, '/_sim/clock');
    const sandbox = brokerAt(wire.base, { environment: 'tradier-sandbox' });
    assert.deepEqual(await sandbox.marketClock(), { now: 1557156988000, speed: 1, skipsClosed: false });
    assert.equal(wire.requests[1]?.path, '/v1/markets/clock');
    assert.equal(sandbox.quoteDelayMs, 900_000);
    await sandbox.close();
  });

  it('reads the calendar, whose closed days have no hours', async () => {
    const days = [
      { date: '2024-01-01', status: 'closed', description: 'Market is closed for New Years Day' },
      {
        date: '2024-01-02',
        status: 'open',
        description: 'Market is open',
        premarket: { start: '07:00', end: '09:24' },
        open: { start: '09:30', end: '16:00' },
        postmarket: { start: '16:00', end: '19:55' },
      },
    ];
    await against([json(200, { calendar: { month: 1, year: 2024, days: { day: days } } })]);
    const read = await broker.calendar(2024, 1);
    assert.deepEqual(read, days);
    assert.ok(!('open' in (read[0] ?? {})));
  });

  it('reads the sector of a company from whatever the beta answers, once, and null where there is none', async () => {
    const company = (tables: unknown) => [{ request: 'AAPL', type: 'Symbol', results: [{ tables }] }];
    const answers: [unknown, string | null][] = [
      [company({ asset_classification: { morningstar_sector_code: 311, style_box: 2 } }), 'Technology'],
      [company({ historical_asset_classification: { morningstar_sector_code: '104' } }), 'Real Estate'],
      [
        company({
          asset_classification: {},
          historical_asset_classification: { morningstar_sector_code: 309 },
        }),
        'Energy',
      ],
      [
        [...company(null), ...company({ asset_classification: { morningstar_sector_code: 102 } })],
        'Consumer Cyclical',
      ],
      [company({ asset_classification: { morningstar_sector_code: 7 } }), null],
      [company({ asset_classification: 'none' }), null],
      [company(undefined), null],
      [[{ request: 'AAPL', type: 'Symbol', error: 'unknown' }], null],
      [[], null],
      ['null', null],
      [{ odd: true }, null],
    ];
    await against(answers.map(([answer]) => json(200, answer)));
    for (const [answer, sector] of answers)
      assert.equal(await broker.companySector('BRK/B'), sector, JSON.stringify(answer));
    assert.equal(wire.requests[0]?.path, '/beta/markets/fundamentals/company?symbols=BRK%2FB');
    await broker.close();
    await wire.close();

    await against([http(500, 'An error occurred while communicating with the backend.')]);
    await assert.rejects(broker.companySector('AAPL'), { code: 'E_BROKER' });
    assert.equal(wire.requests.length, 1, 'what can be left out is not repeated');
  });

  it('leaves half of the minute to reads that are needed', async () => {
    const left = (available: number) => ({
      'X-Ratelimit-Allowed': 120,
      'X-Ratelimit-Used': 120 - available,
      'X-Ratelimit-Available': available,
      'X-Ratelimit-Expiry': Date.now() + 2_000,
    });
    const none = { quotes: { quote: [] } };
    await against([json(200, [], left(61)), json(200, none, left(60)), json(200, none, left(59))]);
    assert.equal(await broker.companySector('AAPL'), null);
    await broker.quotes(['AAPL']);
    await assert.rejects(broker.companySector('MSFT'), {
      code: 'E_RATE_LIMIT',
      message: /kept for other reads/,
    });
    await broker.quotes(['AAPL']);
    assert.equal(wire.requests.length, 3);
  });

  it('refuses settings that cannot be meant', async () => {
    await against([json(200, balances)]);
    assert.throws(() => brokerAt('not an address'), { code: 'E_INPUT' });
    assert.throws(() => brokerAt('http://example.com/v1', { environment: 'tradier-live' }), {
      code: 'E_INPUT',
    });
    assert.throws(() => brokerAt(wire.base, { token: '' }), { code: 'E_INPUT' });
    assert.throws(() => brokerAt(wire.base, { accountId: '../x' }), { code: 'E_INPUT' });
    assert.throws(
      () => brokerAt(wire.base, { token: 'a\r\nX-Y: z' }),
      (error: Error) => !error.message.includes('X-Y'),
    );
  });

  it('ends what is under way when it is closed', async () => {
    await against([() => undefined]);
    const reading = assert.rejects(broker.balances(), { code: 'E_ACCOUNT_CLOSED' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await broker.close();
    await reading;
  });
});
