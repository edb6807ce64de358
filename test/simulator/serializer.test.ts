import assert from 'node:assert/strict';
import type { Quote, Trade } from '../../lib/domain/market-data.ts';
import * as serializer from '../../simulator/serializer.ts';

const AT = Date.UTC(2026, 8, 10, 13, 50, 50, 646);

const quote: Quote = {
  symbol: 'AAPL',
  description: 'Apple Inc',
  exchange: 'Q',
  kind: 'stock',
  bid: 185.81,
  ask: 185.82,
  bidSize: 500,
  askSize: 200,
  last: 185.815,
  lastSize: 100,
  volume: 11815107,
  averageVolume: 54243871,
  open: 186.06,
  high: 186.74,
  low: 185.19,
  close: null,
  previousClose: 185.59,
  change: 0.23,
  changePercent: 0.13,
  week52High: 199.62,
  week52Low: 131.66,
  tradeTime: AT,
  bidTime: AT,
  askTime: AT,
};

const trade: Trade = {
  symbol: 'SPY',
  time: AT,
  price: 281.85,
  size: 100,
  exchange: 'J',
  cumulativeVolume: 27978993,
};

const position = { id: 130089, symbol: 'AAPL', quantity: 1, costBasis: 207.01, acquiredAt: AT };
const POSITION =
  '{"cost_basis":207.01,"date_acquired":"2026-09-10T13:50:50.646Z","id":130089,"quantity":1,"symbol":"AAPL"}';
const listing = {
  symbol: 'KO',
  name: 'Coca-Cola Co',
  exchange: 'N',
  kind: 'stock' as const,
  sector: '',
  averageVolume: 1,
};
const SECURITY = '{"symbol":"KO","exchange":"N","type":"stock","description":"Coca-Cola Co"}';
const figures = {
  totalEquity: 100000.3,
  totalCash: 98513.3,
  stockBuyingPower: 198513.6,
  longMarketValue: 1487,
  shortMarketValue: 0,
  openPnl: 0.3,
  closePnl: -1.5,
  pendingOrders: 2,
  unsettledFunds: 1310.5,
};
const BALANCES =
  '"close_pl":-1.5,"current_requirement":743.5,"equity":0,"long_market_value":1487,"market_value":1487,"open_pl":0.3,' +
  '"option_long_value":0,"option_requirement":0,"pending_orders_count":2,"short_market_value":0,"stock_long_value":1487,' +
  '"total_cash":98513.3,"uncleared_funds":0,"pending_cash":0';
const bar = {
  symbol: 'AAPL',
  time: Date.UTC(2019, 4, 9, 13, 30),
  open: 200.46,
  high: 200.53,
  low: 198.76,
  close: 200.1154,
  volume: 1273841,
  closed: true,
};

/** What goes in, and what must be on the wire to the byte. */
const TABLE: [string, object, string][] = [
  [
    'no positions: the string null',
    serializer.accountList('positions', 'position', []),
    '{"positions":"null"}',
  ],
  ['no orders: the string null', serializer.accountList('orders', 'order', []), '{"orders":"null"}'],
  [
    'one position: a bare object',
    serializer.accountList('positions', 'position', [serializer.positionJson(position)]),
    `{"positions":{"position":${POSITION}}}`,
  ],
  [
    'two positions: an array',
    serializer.accountList('positions', 'position', [position, position].map(serializer.positionJson)),
    `{"positions":{"position":[${POSITION},${POSITION}]}}`,
  ],
  ['no history: JSON null', serializer.marketList('history', 'day', []), '{"history":null}'],
  ['no series: JSON null', serializer.marketList('series', 'data', []), '{"series":null}'],
  ['no securities: JSON null', serializer.marketList('securities', 'security', []), '{"securities":null}'],
  [
    'one security: a bare object',
    serializer.marketList('securities', 'security', [serializer.securityJson(listing)]),
    `{"securities":{"security":${SECURITY}}}`,
  ],
  [
    'a heartbeat is stamped to the nanosecond',
    serializer.heartbeatJson(AT + 0.5),
    '{"event":"heartbeat","status":"active","timestamp":"2026-09-10T13:50:50.646500000Z"}',
  ],
  [
    'one quote: bare, dates in ms, those of bid and ask in whole seconds',
    serializer.quotesJson([quote], []),
    '{"quotes":{"quote":{"symbol":"AAPL","description":"Apple Inc","exch":"Q","type":"stock","last":185.815,"change":0.23,' +
      '"volume":11815107,"open":186.06,"high":186.74,"low":185.19,"close":null,"bid":185.81,"ask":185.82,"change_percentage":0.13,' +
      '"average_volume":54243871,"last_volume":100,"trade_date":1789048250646,"prevclose":185.59,"week_52_high":199.62,' +
      '"week_52_low":131.66,"bidsize":500,"bidexch":"Q","bid_date":1789048250000,"asksize":200,"askexch":"Q",' +
      '"ask_date":1789048250000,"root_symbols":"AAPL"}}}',
  ],
  [
    'one unknown symbol: a bare string',
    serializer.quotesJson([], ['SEFDF']),
    '{"quotes":{"unmatched_symbols":{"symbol":"SEFDF"}}}',
  ],
  [
    'two unknown symbols: an array',
    serializer.quotesJson([], ['SEFDF', 'XX']),
    '{"quotes":{"unmatched_symbols":{"symbol":["SEFDF","XX"]}}}',
  ],
  [
    'margin account: one sub-object named after the type',
    serializer.balancesJson('VA1', { ...figures, type: 'margin' }),
    `{"balances":{"option_short_value":0,"total_equity":100000.3,"account_number":"VA1","account_type":"margin",${BALANCES},` +
      '"margin":{"fed_call":0,"maintenance_call":0,"option_buying_power":99256.8,"stock_buying_power":198513.6,"stock_short_value":0,"sweep":0}}}',
  ],
  [
    'cash account',
    serializer.balancesJson('VA1', { ...figures, type: 'cash' }),
    `{"balances":{"option_short_value":0,"total_equity":100000.3,"account_number":"VA1","account_type":"cash",${BALANCES},` +
      '"cash":{"cash_available":198513.6,"sweep":0,"unsettled_funds":1310.5}}}',
  ],
  [
    'margin account that is short: half of the short position is required too',
    serializer.balancesJson('VA1', {
      ...figures,
      type: 'margin',
      longMarketValue: 0,
      shortMarketValue: -1487,
    }),
    '{"balances":{"option_short_value":0,"total_equity":100000.3,"account_number":"VA1","account_type":"margin","close_pl":-1.5,' +
      '"current_requirement":743.5,"equity":0,"long_market_value":0,"market_value":-1487,"open_pl":0.3,"option_long_value":0,' +
      '"option_requirement":0,"pending_orders_count":2,"short_market_value":-1487,"stock_long_value":0,"total_cash":98513.3,' +
      '"uncleared_funds":0,"pending_cash":0,"margin":{"fed_call":0,"maintenance_call":0,"option_buying_power":99256.8,' +
      '"stock_buying_power":198513.6,"stock_short_value":-1487,"sweep":0}}}',
  ],
  [
    'profile with one account: a bare object',
    serializer.profileJson({ account: 'VA000001', type: 'margin', createdAt: AT }),
    '{"profile":{"account":{"account_number":"VA000001","classification":"individual","date_created":"2026-09-10T13:50:50.646Z",' +
      '"day_trader":false,"option_level":0,"status":"active","type":"margin","last_update_date":"2026-09-10T13:50:50.646Z"},' +
      '"id":"id-sim-va000001","name":"Simulated Account"}}',
  ],
  [
    'a bar of history',
    serializer.dayJson('2019-05-09', bar),
    '{"date":"2019-05-09","open":200.46,"high":200.53,"low":198.76,"close":200.1154,"volume":1273841}',
  ],
  [
    'a bar of timesales: New York time without zone, seconds, price in the middle of the range',
    serializer.timesaleJson(bar, 199.778061),
    '{"time":"2019-05-09T09:30:00","timestamp":1557408600,"price":199.645,"open":200.46,"high":200.53,"low":198.76,' +
      '"close":200.1154,"volume":1273841,"vwap":199.77806}',
  ],
  [
    'stream quote: numbers, dates as strings',
    serializer.streamQuote(quote),
    '{"type":"quote","symbol":"AAPL","bid":185.81,"bidsz":500,"bidexch":"Q","biddate":"1789048250000","ask":185.82,"asksz":200,' +
      '"askexch":"Q","askdate":"1789048250000"}',
  ],
  [
    'stream trade: strings throughout',
    serializer.streamTrade('trade', trade),
    '{"type":"trade","symbol":"SPY","exch":"J","price":"281.85","size":"100","cvol":"27978993","date":"1789048250646","last":"281.85"}',
  ],
  [
    'stream summary: strings',
    serializer.streamSummary(quote),
    '{"type":"summary","symbol":"AAPL","open":"186.06","high":"186.74","low":"185.19","prevClose":"185.59"}',
  ],
  [
    'stream timesale: strings but for the sequence and the flags',
    serializer.streamTimesale(trade, quote, 352795),
    '{"type":"timesale","symbol":"SPY","exch":"J","bid":"185.81","ask":"185.82","last":"281.85","size":"100","date":"1789048250646",' +
      '"seq":352795,"flag":"","cancel":false,"correction":false,"session":"normal"}',
  ],
];

describe('simulator serializer', () => {
  for (const [title, made, expected] of TABLE) {
    it(title, () => assert.equal(JSON.stringify(made), expected));
  }
});
