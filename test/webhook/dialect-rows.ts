/** Alerts as their senders document them, without secrets, and what each has to be taken for. */
export interface DialectRow {
  dialect: string;
  body: string | Record<string, unknown>;
  /** Fields of the signal. */
  wanted?: Record<string, unknown>;
  /** The field a 422 names instead. */
  refuses?: string;
}

const post = { ticker: 'AAPL', action: 'buy', quantity: 10 };
const signalBot = { bot_uuid: 'b-1', tv_exchange: 'NASDAQ', tv_instrument: 'AAPL', trigger_price: '150.5' };
const algo = { strategy: 'MA', symbol: 'AAPL', exchange: 'NASDAQ', product: 'CNC', pricetype: 'MARKET' };
const stack = { symbol: 'AAPL', action: 'buy', quantity: 10 };

export const DIALECT_ROWS: readonly DialectRow[] = [
  {
    dialect: 'tradingview',
    body: { ticker: 'AAPL', action: 'buy', contracts: 10 },
    wanted: { quantity: 10 },
  },
  {
    dialect: 'tradingview',
    body: { ticker: 'AAPL', action: 'buy', contracts: 10, stop_loss: 140 },
    wanted: { stopLoss: { price: 140 }, takeProfit: undefined },
  },
  {
    dialect: 'tradingview',
    body: { ticker: 'AAPL', action: 'buy', contracts: 10, tp: '5%', sl_atr: 2, trail_percent: 1 },
    wanted: { takeProfit: { percent: 5 }, stopLoss: { atr: 2 }, trail: { percent: 1 } },
  },
  {
    dialect: 'tradingview',
    body: { ticker: 'AAPL', action: 'buy', contracts: 10, sl: 140, sl_percent: 2 },
    refuses: 'sl_percent',
  },
  {
    dialect: 'tradingview',
    body: { ticker: 'AAPL', action: 'buy', contracts: 10, trail_percent: 1, trail_amount: 2 },
    refuses: 'trail_percent',
  },
  {
    dialect: 'tradingview',
    body: { ticker: 'AAPL', action: 'buy', contracts: '5%' },
    wanted: { sizing: { kind: 'percent_equity', value: 5 }, quantity: undefined },
  },
  {
    dialect: 'tradingview',
    body: {
      ticker: 'AAPL',
      action: 'sell',
      contracts: 15,
      market_position: 'short',
      market_position_size: 5,
      prev_market_position: 'long',
      prev_market_position_size: '10',
    },
    wanted: { action: 'target', target: -5, previous: 10 },
  },
  {
    dialect: 'tradingview',
    body: {
      ticker: 'AAPL',
      strategy: {
        market_position: 'flat',
        prev_market_position: 'short',
        prev_market_position_size: 3,
      },
    },
    wanted: { target: 0, previous: -3 },
  },
  {
    dialect: 'tradingview',
    body: { ticker: 'AAPL', market_position: 'long', market_position_size: 5, prev_market_position: 'flat' },
    wanted: { target: 5, previous: 0 },
  },
  {
    dialect: 'tradingview',
    body: { ticker: 'AAPL', market_position: 'long', market_position_size: 5, prev_market_position: 'long' },
    wanted: { target: 5, previous: undefined },
  },
  {
    dialect: 'tradingview',
    body: { ticker: 'AAPL', market_position: 'flat', prev_market_position: 'up' },
    wanted: { target: 0, previous: undefined },
  },

  {
    dialect: 'traderspost',
    body: { ...post, sentiment: 'bullish' },
    wanted: { symbol: 'AAPL', action: 'buy', quantity: 10, type: 'market' },
  },
  {
    dialect: 'traderspost',
    body: { ...post, action: 'sell', sentiment: 'flat' },
    wanted: { action: 'close', quantity: undefined },
  },
  {
    dialect: 'traderspost',
    body: { ...post, action: 'exit', sentiment: 'flat' },
    wanted: { action: 'close' },
  },
  {
    dialect: 'traderspost',
    body: { ...post, action: 'sell', sentiment: 'long' },
    wanted: { action: 'sell', quantity: 10 },
  },
  {
    dialect: 'traderspost',
    body: { ...post, action: 'sell', sentiment: 'short' },
    wanted: { action: 'short', quantity: 10 },
  },
  {
    dialect: 'traderspost',
    body: { ...post, sentiment: 'bearish' },
    wanted: { action: 'cover', quantity: 10 },
  },
  {
    dialect: 'traderspost',
    body: { ...post, orderType: 'limit', limitPrice: 149.5, timeInForce: 'gtc' },
    wanted: { type: 'limit', limitPrice: 149.5, duration: 'gtc' },
  },
  { dialect: 'traderspost', body: { ...post, orderType: 'limit' }, refuses: 'limitPrice' },
  { dialect: 'traderspost', body: { ...post, orderType: 'stop' }, refuses: 'stopPrice' },
  {
    dialect: 'traderspost',
    body: { ...post, orderType: 'stop', stopPrice: 160 },
    wanted: { type: 'stop', stopPrice: 160 },
  },
  {
    dialect: 'traderspost',
    body: { ...post, orderType: 'stop_limit', stopPrice: 160, limitPrice: 161 },
    wanted: { type: 'stop_limit', stopPrice: 160, limitPrice: 161 },
  },
  {
    dialect: 'traderspost',
    body: { ...post, orderType: 'trailing_stop', trailPercent: 2 },
    refuses: 'orderType',
  },
  {
    dialect: 'traderspost',
    body: { ...post, quantityType: 'dollar_amount', quantity: 500 },
    wanted: { sizing: { kind: 'cash', value: 500 }, quantity: undefined },
  },
  {
    dialect: 'traderspost',
    body: { ...post, quantityType: 'risk_percent', quantity: 1 },
    wanted: { sizing: { kind: 'risk_percent', value: 1 } },
  },
  {
    dialect: 'traderspost',
    body: { ...post, quantityType: 'percent_of_equity', quantity: 5 },
    wanted: { sizing: { kind: 'percent_equity', value: 5 } },
  },
  {
    dialect: 'traderspost',
    body: { ...post, action: 'exit', quantityType: 'percent_of_position', quantity: 50, sentiment: 'flat' },
    wanted: { action: 'close', sizing: { kind: 'percent_of_position', value: 50 } },
  },
  { dialect: 'traderspost', body: { ...post, quantityType: 'risk_dollar_amount' }, refuses: 'quantityType' },
  {
    dialect: 'traderspost',
    body: { ...post, quantityType: 'fixed_quantity' },
    wanted: { quantity: 10 },
  },
  {
    dialect: 'traderspost',
    body: { ...post, takeProfit: { percent: 5 } },
    wanted: { takeProfit: { percent: 5 } },
  },
  {
    dialect: 'traderspost',
    body: { ...post, stopLoss: { type: 'stop', stopPrice: 140 } },
    wanted: { stopLoss: { price: 140, type: 'stop' } },
  },
  {
    dialect: 'traderspost',
    body: { ...post, stopLoss: { type: 'stop_limit', stopPrice: 140, limitPrice: 139 } },
    wanted: { stopLoss: { price: 140, limitPrice: 139, type: 'stop_limit' } },
  },
  {
    dialect: 'traderspost',
    body: { ...post, stopLoss: { type: 'stop', stopPrice: 140, limitPrice: 139 } },
    refuses: 'stopLoss.limitPrice',
  },
  {
    dialect: 'traderspost',
    body: { ...post, stopLoss: { type: 'trailing_stop', trailPercent: 2 } },
    wanted: { stopLoss: undefined, trail: { percent: 2 } },
  },
  {
    dialect: 'traderspost',
    body: { ...post, stopLoss: { type: 'trailing_stop', percent: 3 }, trailAmount: 2 },
    wanted: { stopLoss: { percent: 3, type: 'trailing_stop' }, trail: { amount: 2 } },
  },
  {
    dialect: 'traderspost',
    body: { ...post, stopLoss: { type: 'trailing_stop' } },
    refuses: 'stop_loss',
  },
  { dialect: 'traderspost', body: { ...post, stopLoss: { amount: 3 } }, refuses: 'stopLoss.amount' },
  { dialect: 'traderspost', body: { ...post, sentiment: 'long', action: 'cancel' }, refuses: 'action' },
  { dialect: 'traderspost', body: { ...post, sentiment: 'long', action: 'add' }, refuses: 'action' },
  { dialect: 'traderspost', body: { ...post, sentiment: 'hopeful' }, refuses: 'sentiment' },
  { dialect: 'traderspost', body: { ...post, extendedHours: true }, refuses: 'extendedHours' },
  { dialect: 'traderspost', body: { ...post, extendedHours: false }, wanted: { action: 'buy' } },

  {
    dialect: '3commas',
    body: { ...signalBot, action: 'enter_long' },
    wanted: { symbol: 'AAPL', action: 'buy', price: 150.5 },
  },
  { dialect: '3commas', body: { ...signalBot, action: 'exit_long' }, wanted: { action: 'close' } },
  { dialect: '3commas', body: { ...signalBot, action: 'enter_short' }, wanted: { action: 'short' } },
  { dialect: '3commas', body: { ...signalBot, action: 'exit_short' }, wanted: { action: 'cover' } },
  {
    dialect: '3commas',
    body: {
      ...signalBot,
      action: 'sell',
      strategy_info: { market_position: 'short', market_position_size: '5', prev_market_position: 'long' },
      order: { amount: '15', currency_type: 'base' },
    },
    wanted: { action: 'target', target: -5, previous: undefined },
  },
  {
    dialect: '3commas',
    body: {
      ...signalBot,
      strategy_info: {
        market_position: 'long',
        market_position_size: '5',
        prev_market_position: 'short',
        prev_market_position_size: '2',
      },
    },
    wanted: { target: 5, previous: -2 },
  },
  {
    dialect: '3commas',
    body: {
      ...signalBot,
      action: 'enter_long',
      order: { amount: '15', currency_type: 'base', order_type: 'limit', price: '149' },
    },
    wanted: { quantity: 15, type: 'limit', limitPrice: 149 },
  },
  {
    dialect: '3commas',
    body: { ...signalBot, action: 'enter_long', order: { amount: '500', currency_type: 'quote' } },
    wanted: { sizing: { kind: 'cash', value: 500 } },
  },
  {
    dialect: '3commas',
    body: { ...signalBot, action: 'enter_long', order: { amount: '5', currency_type: 'margin_percent' } },
    refuses: 'order.currency_type',
  },
  {
    dialect: '3commas',
    body: { ...signalBot, action: 'enter_long', stop_loss: { enabled: true, trigger_price_percent: 2 } },
    wanted: { stopLoss: { percent: 2, type: 'stop' } },
  },
  {
    dialect: '3commas',
    body: {
      ...signalBot,
      action: 'enter_long',
      take_profit: { enabled: 'true', steps: [{ price_percent: 3, volume_percent: 100 }] },
    },
    wanted: { takeProfit: { percent: 3 } },
  },
  {
    dialect: '3commas',
    body: {
      ...signalBot,
      action: 'enter_long',
      take_profit: { enabled: true, steps: [{ price_percent: 3, volume_percent: 50 }, {}] },
    },
    refuses: 'take_profit.steps',
  },
  {
    dialect: '3commas',
    body: { ...signalBot, action: 'enter_long', take_profit: { enabled: false } },
    wanted: { action: 'buy' },
  },

  {
    dialect: '3commas-dca',
    body: { message_type: 'bot', bot_id: 7, delay_seconds: 0, pair: 'USD_AAPL' },
    wanted: { symbol: 'AAPL', action: 'buy' },
  },
  {
    dialect: '3commas-dca',
    body: { message_type: 'bot', bot_id: 7, pair: 'USD_BRK.B', action: 'close_at_market_price' },
    wanted: { symbol: 'BRK/B', action: 'close' },
  },
  {
    dialect: '3commas-dca',
    body: { message_type: 'bot', bot_id: 7, pair: 'USD_AAPL', action: 'add_funds_in_base', volume: 3 },
    wanted: { action: 'buy', quantity: 3 },
  },
  {
    dialect: '3commas-dca',
    body: { message_type: 'bot', bot_id: 7, pair: 'USD_AAPL', action: 'add_funds_in_quote', volume: 300 },
    wanted: { action: 'buy', sizing: { kind: 'cash', value: 300 } },
  },
  { dialect: '3commas-dca', body: { message_type: 'bot', bot_id: 7, pair: 'AAPL_USD' }, refuses: 'pair' },
  {
    dialect: '3commas-dca',
    body: { message_type: 'bot', bot_id: 7, pair: 'USD_AAPL', delay_seconds: 30 },
    refuses: 'delay_seconds',
  },
  {
    dialect: '3commas-dca',
    body: { message_type: 'bot', bot_id: 7, pair: 'USD_AAPL', action: 'stop_bot' },
    refuses: 'action',
  },

  {
    dialect: 'openalgo',
    body: { ...algo, action: 'BUY', quantity: '10', price: '0', trigger_price: '0' },
    wanted: { action: 'buy', quantity: 10, type: 'market', book: 'ma' },
  },
  {
    dialect: 'openalgo',
    body: { ...algo, action: 'SELL', quantity: '10', pricetype: 'LIMIT', price: '151.5' },
    wanted: { action: 'sell', type: 'limit', limitPrice: 151.5 },
  },
  {
    dialect: 'openalgo',
    body: { ...algo, action: 'BUY', quantity: '10', pricetype: 'SL-M', trigger_price: '160' },
    wanted: { type: 'stop', stopPrice: 160 },
  },
  {
    dialect: 'openalgo',
    body: { ...algo, action: 'BUY', quantity: '10', pricetype: 'SL', trigger_price: '160', price: '161' },
    wanted: { type: 'stop_limit', stopPrice: 160, limitPrice: 161 },
  },
  {
    dialect: 'openalgo',
    body: { ...algo, action: 'BUY', quantity: '10', position_size: '25' },
    wanted: { action: 'target', target: 25, quantity: undefined },
  },
  {
    dialect: 'openalgo',
    body: { ...algo, action: 'SELL', quantity: '10', position_size: '0' },
    wanted: { action: 'target', target: 0 },
  },
  {
    dialect: 'openalgo',
    body: { ...algo, action: 'BUY', quantity: '10', disclosed_quantity: '5' },
    refuses: 'disclosed_quantity',
  },

  { dialect: 'signalstack', body: stack, wanted: { action: 'buy', quantity: 10, type: 'market' } },
  {
    dialect: 'signalstack',
    body: { ...stack, limit_price: 149 },
    wanted: { type: 'limit', limitPrice: 149 },
  },
  { dialect: 'signalstack', body: { ...stack, stop_price: 160 }, wanted: { type: 'stop', stopPrice: 160 } },
  { dialect: 'signalstack', body: { ...stack, action: 'sell_short' }, wanted: { action: 'short' } },
  { dialect: 'signalstack', body: { ...stack, action: 'buy_to_cover' }, wanted: { action: 'cover' } },
  { dialect: 'signalstack', body: { ...stack, class: 'future' }, refuses: 'class' },
  {
    dialect: 'signalstack',
    body: { ...stack, quantity_type: 'cash' },
    wanted: { sizing: { kind: 'cash', value: 10 } },
  },

  { dialect: 'pineconnector', body: 'L1,buy,AAPL', wanted: { symbol: 'AAPL', action: 'buy' } },
  {
    dialect: 'pineconnector',
    body: 'L1, long , AAPL, quantity=10, comment=up',
    wanted: { quantity: 10, reason: 'up' },
  },
  { dialect: 'pineconnector', body: 'L1,sell,AAPL', wanted: { action: 'sell' } },
  { dialect: 'pineconnector', body: 'L1,closelong,AAPL', wanted: { action: 'close' } },
  { dialect: 'pineconnector', body: 'L1,closeshort,AAPL', wanted: { action: 'cover' } },
  {
    dialect: 'pineconnector',
    body: 'L1,buylimit,AAPL,price=149.5,qty=3',
    wanted: { action: 'buy', type: 'limit', limitPrice: 149.5, quantity: 3, price: undefined },
  },
  {
    dialect: 'pineconnector',
    body: 'L1,sellstop,AAPL,price=140',
    wanted: { action: 'sell', type: 'stop', stopPrice: 140 },
  },
  { dialect: 'pineconnector', body: 'L1,buylimit,AAPL', refuses: 'price' },
  { dialect: 'pineconnector', body: 'L1,buy,AAPL,risk=1', refuses: 'risk' },
  {
    dialect: 'pineconnector',
    body: 'L1,buy,AAPL,vol_dollar=500',
    wanted: { sizing: { kind: 'cash', value: 500 } },
  },
  { dialect: 'pineconnector', body: 'L1,buy,AAPL,sl=20', refuses: 'sl' },
  { dialect: 'pineconnector', body: 'L1,buy,AAPL,sl_price=140', wanted: { stopLoss: { price: 140 } } },
  { dialect: 'pineconnector', body: 'L1,buy,AAPL,tp_pct=5', wanted: { takeProfit: { percent: 5 } } },
  { dialect: 'pineconnector', body: 'L1,eaoff,AAPL', refuses: 'command' },

  {
    dialect: 'alertatron',
    body: 'Desk(AAPL) {\n  market(side=buy, amount=100);\n}\n#bot',
    wanted: { symbol: 'AAPL', action: 'buy', quantity: 100 },
  },
  {
    dialect: 'alertatron',
    body: 'Desk(NASDAQ:AAPL) { limit(side=sell, amount=5, offset=@151.25); }',
    wanted: { action: 'sell', quantity: 5, type: 'limit', limitPrice: 151.25 },
  },
  {
    dialect: 'alertatron',
    body: 'Desk(AAPL) { market(position=0) }',
    wanted: { action: 'target', target: 0 },
  },
  {
    dialect: 'alertatron',
    body: 'Desk(AAPL) { market(position=-5) }',
    wanted: { action: 'target', target: -5 },
  },
  {
    dialect: 'alertatron',
    body: 'Desk(AAPL) { market(side=buy, amount=50%) }',
    wanted: { sizing: { kind: 'percent_equity', value: 50 } },
  },
  {
    dialect: 'alertatron',
    body: 'Desk(AAPL) { market(side=sell, amount=50%p) }',
    wanted: { action: 'sell', sizing: { kind: 'percent_of_position', value: 50 } },
  },
  { dialect: 'alertatron', body: 'Desk(AAPL) { limit(side=buy, amount=5, offset=1%) }', refuses: 'offset' },
  { dialect: 'alertatron', body: 'Desk(AAPL) { limit(side=buy, amount=5) }', refuses: 'offset' },
  {
    dialect: 'alertatron',
    body: 'Desk(AAPL) { stopOrder(side=sell, amount=5, offset=@140) }',
    wanted: { action: 'sell', type: 'stop', stopPrice: 140 },
  },
  { dialect: 'alertatron', body: 'Desk(AAPL) { cancel(which=all) }', refuses: 'command' },

  {
    dialect: 'key=value',
    body: 'symbol=NASDAQ:AAPL action=buy quantity=10',
    wanted: { symbol: 'AAPL', action: 'buy', quantity: 10 },
  },
  {
    dialect: 'key=value',
    body: 'SYMBOL=AAPL\r\nSIGNAL=SELL\r\nVOLUME=3\r\ncomment=two words',
    wanted: { action: 'sell', quantity: 3, reason: 'two words' },
  },
  {
    dialect: 'key=value',
    body: 'symbol=AAPL;action=buy;order_type=limit;limit_price=149',
    wanted: { type: 'limit', limitPrice: 149 },
  },
  {
    dialect: 'key=value',
    body: 'ticker=AAPL, market_position=long, market_position_size=7',
    wanted: { action: 'target', target: 7 },
  },
  {
    dialect: 'key=value',
    body: 'symbol=AAPL action=buy volume=2%',
    wanted: { sizing: { kind: 'percent_equity', value: 2 } },
  },
  { dialect: 'key=value', body: 'symbol=AAPL action=buy reduce_only=true', refuses: 'reduce_only' },
  {
    dialect: 'key=value',
    body: 'symbol=AAPL action=buy stop_loss=140',
    wanted: { stopLoss: { price: 140 } },
  },
  { dialect: 'key=value', body: 'action=buy', refuses: 'ticker' },

  { dialect: 'words', body: 'buy 10 AAPL', wanted: { symbol: 'AAPL', action: 'buy', quantity: 10 } },
  { dialect: 'words', body: 'Buy AAPL 10', wanted: { quantity: 10 } },
  { dialect: 'words', body: 'buy 10 shares of AAPL at market', wanted: { quantity: 10, type: 'market' } },
  { dialect: 'words', body: 'sell AAPL', wanted: { action: 'sell', quantity: undefined } },
  { dialect: 'words', body: 'sell short 5 BRK.B', wanted: { action: 'short', symbol: 'BRK/B', quantity: 5 } },
  { dialect: 'words', body: 'buy to cover AAPL', wanted: { action: 'cover' } },
  { dialect: 'words', body: 'close AAPL', wanted: { action: 'close' } },
  {
    dialect: 'words',
    body: 'buy 10 AAPL limit 149.50 gtc id=a-1',
    wanted: { type: 'limit', limitPrice: 149.5, duration: 'gtc', id: 'a-1' },
  },
  { dialect: 'words', body: 'buy 10 AAPL stop 160', wanted: { type: 'stop', stopPrice: 160 } },
  {
    dialect: 'words',
    body: 'buy 10 AAPL stop 160 limit 161',
    wanted: { type: 'stop_limit', stopPrice: 160, limitPrice: 161 },
  },
  { dialect: 'words', body: 'buy $500 AAPL', wanted: { sizing: { kind: 'cash', value: 500 } } },
  { dialect: 'words', body: 'buy 5% AAPL', wanted: { sizing: { kind: 'percent_equity', value: 5 } } },
  { dialect: 'words', body: 'buy 10 AAPL stop_loss=140', wanted: { stopLoss: { price: 140 } } },
];
