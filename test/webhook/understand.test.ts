import assert from 'node:assert/strict';
import { accepted, alert, NOW, post, refused, SECRET } from './alerts.ts';

const SEED = {
  strategy: { name: 'Momentum Breakout', version: '1.2', signal_type: 'entry' },
  action: 'buy',
  contracts: 100,
  ticker: 'AAPL',
  position_size: 0.02,
  price: 150.25,
  timestamp: new Date(NOW - 2000).toISOString(),
  exchange: 'NASDAQ',
  alert_name: 'breakout',
  message: 'S&P 500 breakout; price update at close | 5%',
};

/** The message most TradingView guides print, with the placeholders filled in. */
const STRATEGY = {
  time: '2026-03-02T14:30:00Z',
  timenow: '2026-03-02T14:33:15Z',
  exchange: 'NASDAQ',
  ticker: 'AAPL',
  interval: '5',
  bar: { time: '2026-03-02T14:30:00Z', open: 150.1, high: 150.9, low: 149.8, close: 150.5, volume: 12345 },
  strategy: {
    position_size: 100,
    order_action: 'buy',
    order_contracts: 100,
    order_price: 150.5,
    order_id: 'Long',
  },
};

describe('webhook: what an alert is taken for', () => {
  it('the payload of the first version', () => {
    const { signal, understood, ignored } = accepted(alert(SEED));
    assert.equal(signal.symbol, 'AAPL');
    assert.equal(signal.action, 'buy');
    assert.equal(signal.quantity, 100);
    assert.equal(signal.book, 'momentum-breakout');
    assert.equal(signal.strategy, 'momentum-breakout');
    assert.equal(signal.price, 150.25);
    assert.equal(signal.type, 'market');
    assert.equal(signal.firedAt, NOW - 2000);
    assert.equal(signal.receivedAt, NOW);
    assert.equal(signal.reason, 'breakout: S&P 500 breakout; price update at close | 5%');
    assert.deepEqual(ignored, ['position_size']);
    assert.equal(understood.quantity, 100);
    assert.equal(understood.ageSeconds, 2);
    assert.match(understood.notes.join(), /position_size is never used/);
    assert.deepEqual(understood.information, {
      exchange: 'NASDAQ',
      'strategy.version': '1.2',
      'strategy.signal_type': 'entry',
    });
  });

  it('the same payload with every number as text', () => {
    const text = { ...SEED, contracts: ' 100 ', price: '150.25', position_size: '0.02' };
    const { signal } = accepted(alert(text));
    assert.equal(signal.quantity, 100);
    assert.equal(signal.price, 150.25);
  });

  it('the exit of the first version closes its own book, whatever contracts says', () => {
    const { signal, understood } = accepted(alert({ ...SEED, action: 'exit' }));
    assert.equal(signal.action, 'close');
    assert.equal(signal.quantity, undefined);
    assert.match(understood.notes.join(), /contracts is not used/);
  });

  it('the smoke test of the README', () => {
    const { signal, understood } = accepted(alert({ action: 'buy', ticker: 'AAPL', contracts: 100 }));
    assert.equal(signal.book, 'desk');
    assert.equal(signal.price, undefined);
    assert.equal(understood.firedAt, null);
    assert.match(understood.notes.join(), /age unknown/);
  });

  it('TradingView strategy placeholders, nested, dotted, with underscores or camel case', () => {
    const dotted = {
      ticker: 'AAPL',
      'strategy.order.action': 'sell',
      'strategy.order.contracts': '10',
      'strategy.order.price': '150.5',
    };
    const nested = {
      ticker: 'AAPL',
      strategy: { order: { action: 'sell', contracts: '10', price: '150.5' } },
    };
    const camel = {
      Ticker: 'AAPL',
      strategyOrderAction: 'sell',
      strategy_order_contracts: 10,
      strategyOrderPrice: 150.5,
    };
    for (const body of [dotted, nested, camel]) {
      const { signal, ignored } = accepted(alert(body));
      assert.equal(signal.action, 'sell');
      assert.equal(signal.quantity, 10);
      assert.equal(signal.price, 150.5);
      assert.deepEqual(ignored, []);
    }
    const { signal, ignored, understood } = accepted(alert(STRATEGY));
    assert.equal(signal.quantity, 100);
    assert.equal(understood.identity, 'composite');
    assert.deepEqual(ignored, [
      'bar.open',
      'bar.high',
      'bar.low',
      'bar.close',
      'bar.volume',
      'strategy.position_size',
    ]);
  });

  it('a market position is a target and goes before the action', () => {
    const rows: [object, number][] = [
      [{ market_position: 'long', market_position_size: 100 }, 100],
      [{ market_position: 'short', market_position_size: '50' }, -50],
      [{ market_position: 'flat', market_position_size: 0 }, 0],
      [{ market_position: 'flat' }, 0],
      [{ market_position: 'Flat', market_position_size: 'NaN' }, 0],
      [{ 'strategy.market_position': 'long', 'strategy.market_position_size': '7' }, 7],
      [{ strategy: { market_position: 'long', market_position_size: 7, prev_market_position: 'flat' } }, 7],
    ];
    for (const [position, target] of rows) {
      const { signal, understood } = accepted(
        alert({ ticker: 'AAPL', action: 'sell', contracts: 3, ...position }),
      );
      assert.equal(signal.action, 'target', JSON.stringify(position));
      assert.equal(signal.target, target);
      assert.ok(Object.is(signal.target, target), 'no negative zero');
      assert.equal(signal.quantity, undefined);
      assert.match(understood.notes.join(), /the target position is used; action "sell" is not/);
    }
    assert.equal(accepted(alert({ ticker: 'AAPL', action: 'target', target: '-5' })).signal.target, -5);
  });

  it('a market position without a size leaves the decision to the action', () => {
    const { signal, understood } = accepted(
      alert({ ticker: 'AAPL', action: 'sell', contracts: 3, market_position: 'long' }),
    );
    assert.equal(signal.action, 'sell');
    assert.equal(signal.quantity, 3);
    assert.match(understood.notes.join(), /came without market_position_size/);
    assert.equal(refused(alert({ ticker: 'AAPL', market_position: 'long' })).field, 'market_position_size');
  });

  it('words for actions', () => {
    const rows: [string, string][] = [
      ...['buy', 'BUY', ' Long ', 'bull', 'enter_long', 'enterLong'].map((word): [string, string] => [
        word,
        'buy',
      ]),
      ['sell', 'sell'],
      ...['short', 'enter_short', 'Sell Short'].map((word): [string, string] => [word, 'short']),
      ...['cover', 'buy_to_cover', 'exit_short'].map((word): [string, string] => [word, 'cover']),
      ...['close', 'exit', 'flat', 'exit_long'].map((word): [string, string] => [word, 'close']),
    ];
    for (const [word, action] of rows) {
      assert.equal(accepted(alert({ symbol: 'AAPL', action: word })).signal.action, action, word);
    }
    for (const action of [
      'adjust',
      'emergency_rebalance',
      'hold',
      7,
      true,
      ['buy'],
      'constructor',
      'b u y!',
    ]) {
      const error = refused(alert({ symbol: 'AAPL', action }));
      assert.equal(error.field, 'action');
      assert.match(String(error.expected), /buy, long/);
    }
    const missing = refused(alert({ symbol: 'AAPL' }));
    assert.deepEqual([missing.field, missing.value], ['action', null]);
  });

  it('symbols', () => {
    const rows: [unknown, string][] = [
      ['NASDAQ:AAPL', 'AAPL'],
      ['NYSE_DLY:BRK.B', 'BRK/B'],
      ['brk.b', 'BRK/B'],
      ['BRK/B', 'BRK/B'],
      [' spy ', 'SPY'],
      // A listed company, not a missing value.
      ['NA', 'NA'],
    ];
    for (const [ticker, symbol] of rows) {
      assert.equal(accepted(alert({ ticker, action: 'buy' })).signal.symbol, symbol);
    }
    assert.equal(
      accepted(alert({ ticker: 'AAPL', symbol: 'NASDAQ:AAPL', action: 'buy' })).signal.symbol,
      'AAPL',
    );
    for (const ticker of [
      'ES1!',
      'EUR USD',
      '',
      null,
      {},
      ['AAPL'],
      'A'.repeat(300),
      '../etc',
      '{{ticker}}',
    ]) {
      assert.equal(refused(alert({ ticker, action: 'buy' })).field, 'ticker');
    }
    assert.equal(refused(alert({ ticker: 'AAPL', symbol: 'MSFT', action: 'buy' })).field, 'symbol');
  });

  it('two answers to one question are refused', () => {
    assert.equal(refused(alert({ ticker: 'AAPL', action: 'buy', Action: 'sell' })).field, 'Action');
    assert.equal(refused(alert({ ticker: 'AAPL', action: 'buy', contracts: 10, qty: 20 })).field, 'qty');
    assert.equal(
      accepted(alert({ ticker: 'AAPL', action: 'buy', contracts: 10, qty: '10' })).signal.quantity,
      10,
    );
    const flat = { ticker: 'AAPL', market_position: 'flat', market_position_size: 5 };
    assert.equal(refused(alert(flat)).field, 'market_position_size');
    const long = { ticker: 'AAPL', market_position: 'long', market_position_size: 0 };
    assert.equal(refused(alert(long)).field, 'market_position_size');
  });

  it('quantities', () => {
    for (const contracts of ['NaN', 'na', 'null', '', null]) {
      const { signal } = accepted(alert({ ticker: 'AAPL', action: 'buy', contracts }));
      assert.equal(signal.quantity, undefined);
    }
    const wrong = [
      0,
      -5,
      '1e400',
      'ten',
      '500%',
      '1,000',
      true,
      [100],
      '9'.repeat(60_000),
      '0x10',
      1e10,
      '٣',
    ];
    for (const contracts of wrong) {
      const error = refused(alert({ ticker: 'AAPL', action: 'buy', contracts }));
      assert.equal(error.field, 'contracts');
      assert.ok(JSON.stringify(error).length < 1000);
    }
    assert.equal(
      refused(`{"secret":"${SECRET}","ticker":"AAPL","action":"buy","contracts":1e400}`).field,
      'contracts',
    );
    const unrendered = refused(
      alert({ ticker: 'AAPL', action: 'buy', contracts: '{{strategy.order.contracts}}' }),
    );
    assert.match(String(unrendered.expected), /did not fill in this placeholder/);
    const part = alert({ ticker: 'AAPL', action: 'buy', quantity: 10, quantityType: 'percent_of_equity' });
    const { sizing, quantity } = accepted(part).signal;
    assert.deepEqual([sizing, quantity], [{ kind: 'percent_equity', value: 10 }, undefined]);
    const sized = accepted(alert({ ticker: 'AAPL', action: 'buy', position_size: 50000 }));
    assert.equal(sized.signal.quantity, undefined);
  });

  it('the price is information', () => {
    for (const price of [0, -1, 'abc', [], 1e300]) {
      const { signal, understood } = accepted(alert({ ticker: 'AAPL', action: 'buy', price }));
      assert.equal(signal.price, undefined);
      assert.match(understood.notes.join(), /is not compared/);
    }
    const { signal } = accepted(alert({ ticker: 'AAPL', action: 'buy', price: 150 }));
    assert.equal(signal.limitPrice, undefined);
    assert.equal(signal.type, 'market');
  });

  it('limit orders need their own price, and unknown terms are refused', () => {
    const base = { ticker: 'AAPL', action: 'buy', contracts: 1 };
    const limit = accepted(alert({ ...base, order_type: 'limit', limit_price: '149.5', tif: 'GTC' })).signal;
    assert.deepEqual([limit.type, limit.limitPrice, limit.duration], ['limit', 149.5, 'gtc']);
    assert.equal(accepted(alert({ ...base, type: 'Limit', limitPrice: 149.5 })).signal.type, 'limit');
    assert.equal(refused(alert({ ...base, order_type: 'limit', price: 149 })).field, 'limit_price');
    assert.equal(refused(alert({ ...base, limit_price: 149 })).field, 'order_type');
    assert.equal(refused(alert({ ...base, type: 'stop_limit' })).field, 'limit_price');
    assert.equal(refused(alert({ ...base, type: 'trailing_stop' })).field, 'type');
    assert.equal(refused(alert({ ...base, orderType: 'anything' })).field, 'orderType');
    assert.equal(refused(alert({ ...base, duration: 'ioc' })).field, 'duration');
    const other = accepted(alert({ ...base, type: 'entry' }));
    assert.deepEqual([other.signal.type, other.ignored], ['market', ['type']]);
    const market = accepted(alert({ ...base, type: 'market', limit_price: 149 }));
    assert.deepEqual([market.signal.limitPrice, market.ignored], [undefined, ['limit_price']]);
  });

  it('books', () => {
    const book = (fields: object) =>
      accepted(alert({ ticker: 'AAPL', action: 'buy', ...fields })).signal.book;
    assert.equal(book({}), 'desk');
    assert.equal(book({ strategy: 'Mean_Reversion v2 ' }), 'mean-reversion-v2');
    assert.equal(book({ strategy_name: 'Größe 動量' }), 'größe-動量');
    assert.equal(book({ strategy: 'a', book: 'b' }), 'b');
    assert.equal(book({ strategy: { version: 1 } }), 'desk');
    for (const strategy of ['external', '---', 'x'.repeat(65)]) {
      assert.equal(refused(alert({ ticker: 'AAPL', action: 'buy', strategy })).field, 'strategy');
    }
  });

  it('unknown fields are kept in the record and reported', () => {
    const { ignored, reply } = accepted(
      alert({ ticker: 'AAPL', action: 'buy', mood: 1, extras: { a: 1, b: { c: 2 } }, list: [1, 2] }),
    );
    assert.deepEqual(ignored, ['mood', 'extras', 'list']);
    assert.ok(!JSON.stringify(reply).includes(SECRET));
  });

  it('text that could forge lines of a log is flattened', () => {
    const { signal } = accepted(
      alert({ ticker: 'AAPL', action: 'buy', message: `a\r\nb\u0000c\u2028${'x'.repeat(600)}` }),
    );
    assert.match(signal.reason, /^a b c x+…$/);
    assert.equal(signal.reason.length, 512);
    assert.ok(!/\n/.test(post(alert({ ticker: 'AAPL', action: 'buy', 'con\ntracts': 'x' })).log));
  });
});
