import assert from 'node:assert/strict';
import type { ExchangeOrder, NewOrder } from '../../lib/exchange/contract.ts';
import * as documents from '../../simulator/order-documents.ts';

const AT = Date.UTC(2026, 8, 10, 13, 50, 50, 646);

const market: ExchangeOrder = {
  id: 100000001,
  parentId: null,
  class: 'equity',
  symbol: 'AAPL',
  side: 'buy',
  quantity: 10,
  type: 'market',
  duration: 'day',
  tag: 'ab12-x-1',
  status: 'filled',
  execQuantity: 10,
  remainingQuantity: 0,
  avgFillPrice: 150.25,
  lastFillPrice: 150.25,
  lastFillQuantity: 10,
  createdAt: AT,
  updatedAt: AT + 354,
  reason: null,
  session: '2026-09-10',
};

const canceled: ExchangeOrder = {
  ...market,
  type: 'limit',
  price: 149.5,
  status: 'canceled',
  execQuantity: 4,
  // As an exchange might keep it; on the wire nothing remains of a final order.
  remainingQuantity: 6,
  reason: 'Canceled by the client',
};

/** As the exchange keeps a parent: with terms that mean nothing. */
const parent: ExchangeOrder = {
  ...market,
  id: 100000002,
  class: 'otoco',
  symbol: '',
  quantity: 0,
  type: 'limit',
  status: 'open',
  execQuantity: 0,
  avgFillPrice: 0,
  lastFillPrice: 0,
  lastFillQuantity: 0,
};
const held: ExchangeOrder = {
  ...market,
  id: 100000004,
  parentId: 100000002,
  side: 'sell',
  type: 'stop_limit',
  stop: 140,
  price: 139.5,
  status: 'held',
  execQuantity: 0,
  remainingQuantity: 10,
  avgFillPrice: 0,
  lastFillPrice: 0,
  lastFillQuantity: 0,
};

const PREVIEWED: NewOrder = {
  symbol: 'AAPL',
  side: 'buy',
  quantity: 10,
  type: 'limit',
  price: 150,
  duration: 'day',
};
const ORDER_HEAD = '"symbol":"AAPL","side":"buy","quantity":10';
const ORDER_DATES = '"create_date":"2026-09-10T13:50:50.646Z","transaction_date":"2026-09-10T13:50:51.000Z"';

/** What goes in, and what must be on the wire to the byte. */
const TABLE: [string, object, string][] = [
  [
    'a filled market order has no price, and no tag unless asked for',
    documents.orderJson(market, false),
    `{"id":100000001,"type":"market",${ORDER_HEAD},"status":"filled","duration":"day","avg_fill_price":150.25,"exec_quantity":10,` +
      `"last_fill_price":150.25,"last_fill_quantity":10,"remaining_quantity":0,${ORDER_DATES},"class":"equity"}`,
  ],
  [
    'a canceled limit order has nothing remaining; its tag when asked for',
    documents.orderJson(canceled, true),
    `{"id":100000001,"type":"limit",${ORDER_HEAD},"status":"canceled","duration":"day","price":149.5,"avg_fill_price":150.25,` +
      `"exec_quantity":4,"last_fill_price":150.25,"last_fill_quantity":10,"remaining_quantity":0,${ORDER_DATES},"class":"equity",` +
      '"reason_description":"Canceled by the client","tag":"ab12-x-1"}',
  ],
  [
    'an order event has other keys than an order',
    documents.orderEventJson(market, 'VA00000001'),
    '{"id":100000001,"event":"order","status":"filled","type":"market","price":0,"stop_price":0,"avg_fill_price":150.25,' +
      '"executed_quantity":10,"last_fill_quantity":10,"remaining_quantity":0,"transaction_date":"2026-09-10T13:50:51.000Z",' +
      '"create_date":"2026-09-10T13:50:50.646Z","account":"VA00000001"}',
  ],
  [
    'the parent of a group has no terms, its legs no tag; legs are an array even when alone',
    documents.orderJson(parent, true, [held]),
    `{"id":100000002,"class":"otoco","status":"open",${ORDER_DATES},"tag":"ab12-x-1","leg":[{"id":100000004,"type":"stop_limit",` +
      '"symbol":"AAPL","side":"sell","quantity":10,"status":"held","duration":"day","price":139.5,"avg_fill_price":0,"exec_quantity":0,' +
      `"last_fill_price":0,"last_fill_quantity":0,"remaining_quantity":10,${ORDER_DATES},"class":"equity","stop_price":140}]}`,
  ],
  [
    'a parent without its tag',
    documents.orderJson(parent, false, []),
    `{"id":100000002,"class":"otoco","status":"open",${ORDER_DATES},"leg":[]}`,
  ],
  [
    'an event of a parent has no terms',
    documents.orderEventJson(parent, 'VA00000001'),
    '{"id":100000002,"event":"order","status":"open","transaction_date":"2026-09-10T13:50:51.000Z",' +
      '"create_date":"2026-09-10T13:50:50.646Z","account":"VA00000001"}',
  ],
  [
    'an event of a leg names its parent',
    documents.orderEventJson(held, 'VA00000001'),
    '{"id":100000004,"event":"order","status":"held","type":"stop_limit","price":139.5,"stop_price":140,"avg_fill_price":0,' +
      '"executed_quantity":0,"last_fill_quantity":0,"remaining_quantity":10,"transaction_date":"2026-09-10T13:50:51.000Z",' +
      '"create_date":"2026-09-10T13:50:50.646Z","account":"VA00000001","parent_id":100000002}',
  ],
  [
    'a preview of a group has its class instead of terms',
    documents.previewJson(
      { class: 'oto', legs: [{ ...PREVIEWED, duration: 'day' }] },
      { cost: 1500, marginChange: 750 },
      AT,
    ),
    '{"order":{"status":"ok","commission":0,"cost":1500,"fees":0,"duration":"day","result":true,"order_cost":1500,"margin_change":750,' +
      '"request_date":"2026-09-10T09:50:50.646","extended_hours":false,"class":"oto","strategy":"oto","day_trades":0}}',
  ],
  [
    'a preview of an order after hours',
    documents.previewJson({ ...PREVIEWED, duration: 'post' }, { cost: 1500, marginChange: 750 }, AT),
    '{"order":{"status":"ok","commission":0,"cost":1500,"fees":0,"symbol":"AAPL","quantity":10,"side":"buy","type":"limit","duration":"post",' +
      '"price":150,"result":true,"order_cost":1500,"margin_change":750,"request_date":"2026-09-10T09:50:50.646","extended_hours":true,' +
      '"class":"equity","strategy":"equity","day_trades":0}}',
  ],
];

describe('simulator: orders in JSON', () => {
  for (const [title, made, expected] of TABLE) {
    it(title, () => assert.equal(JSON.stringify(made), expected));
  }
});
