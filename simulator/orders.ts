import { isoTime } from '../lib/domain/clock.ts';
import { durationSchema, isTerminal, orderTypeSchema, sideSchema } from '../lib/domain/order.ts';
import type { ExchangeOrder, NewOrder } from '../lib/exchange/contract.ts';
import { newYorkDate, toEpoch } from '../lib/market/exchange-time.ts';
import { ownAccount } from './accounts.ts';
import { finalized, InvalidParameter, refused, unauthorizedAccount } from './errors.ts';
import { json, type Params, type Reply } from './http.ts';
import { newYorkText } from './new-york.ts';
import type { Call, Route } from './router.ts';
import { accountList, orderJson } from './serializer.ts';
import type { Venue } from './venue.ts';

/** The same for every order: it names the application, not the order. */
const PARTNER_ID = '5f0c1a54-7f0e-4f53-9f55-51a0d2a8c001';
/** Without `limit` everything comes in one page; nobody was seen to get more in one. */
const PAGE_LIMIT = 1500;
const KNOWN_CLASSES = ['equity', 'option', 'multileg', 'combo', 'oto', 'oco', 'otoco'];

export function orderRoutes(venue: Venue, account: string): Route[] {
  const own = (handle: Route['handle']) => ownAccount(account, handle);
  const orders = '/accounts/:account/orders';
  const order = `${orders}/:order`;
  return [
    { method: 'GET', path: orders, category: 'standard', handle: own((call) => list(venue, call.params)) },
    { method: 'POST', path: orders, category: 'trading', handle: own((call) => place(venue, call.params)) },
    { method: 'GET', path: order, category: 'standard', handle: own((call) => read(venue, call)) },
    {
      method: 'PUT',
      path: order,
      category: 'trading',
      handle: own((call) => change(venue, call)),
    },
    { method: 'DELETE', path: order, category: 'trading', handle: own((call) => cancel(venue, call)) },
  ];
}

/** The list reaches the current New York day: its orders, and earlier ones that still work or ended today. */
function list(venue: Venue, params: Params): Reply {
  const today = newYorkDate(venue.exchange.now);
  const midnight = toEpoch(today);
  const statuses = params.list('status').map((status) => status.toLowerCase());
  const page = count(params, 'page', 1);
  const limit = Math.min(count(params, 'limit', PAGE_LIMIT), PAGE_LIMIT);
  const rows = venue.exchange
    .orders()
    .filter((order) => order.parentId === null)
    .filter((order) => order.session === today || order.updatedAt >= midnight || !isTerminal(order.status))
    .filter((order) => statuses.length === 0 || statuses.includes(order.status))
    .slice((page - 1) * limit, page * limit);
  const tags = params.flag('includeTags');
  return json(
    accountList(
      'orders',
      'order',
      rows.map((order) => orderJson(order, tags)),
    ),
  );
}

function count(params: Params, name: string, absent: number): number {
  const text = params.get(name);
  if (text === undefined) return absent;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidParameter(name, 'is not valid.');
  return Number(text);
}

function read(venue: Venue, call: Call): Reply {
  const order = find(venue, call);
  if (!order) return unauthorizedAccount(call.path.account ?? '');
  return json({ order: orderJson(order, call.params.flag('includeTags')) });
}

function cancel(venue: Venue, call: Call): Reply {
  const order = find(venue, call);
  if (!order) return unauthorizedAccount(call.path.account ?? '');
  const canceled = venue.cancel(order.id);
  if (canceled.ok) return json({ order: { id: order.id, status: 'ok' } });
  return canceled.reason === 'final'
    ? finalized(canceled.status)
    : unauthorizedAccount(call.path.account ?? '');
}

function change(venue: Venue, call: Call): Reply {
  const order = find(venue, call);
  if (!order) return unauthorizedAccount(call.path.account ?? '');
  if (isTerminal(order.status)) return finalized(order.status);
  throw new InvalidParameter(
    'order_id',
    'changing an order is not available in this simulator yet; cancel it and place another.',
  );
}

function find(venue: Venue, call: Call): ExchangeOrder | null {
  const id = call.path.order ?? '';
  return /^\d{1,15}$/.test(id) ? venue.exchange.order(Number(id)) : null;
}

function place(venue: Venue, params: Params): Reply {
  const order = requested(params);
  if (params.flag('preview')) return preview(venue, order);
  const placed = venue.place(order);
  if (!placed.ok) return refused(placed.errors);
  return json({ order: { id: placed.id, status: 'ok', partner_id: PARTNER_ID } });
}

function preview(venue: Venue, order: NewOrder): Reply {
  const shown = venue.exchange.preview(order);
  if (!shown.ok) return refused(shown.errors);
  const milliseconds = isoTime(venue.exchange.now).slice(19, 23);
  return json({
    order: {
      status: 'ok',
      commission: 0,
      cost: shown.cost,
      fees: 0,
      symbol: order.symbol,
      quantity: order.quantity,
      side: order.side,
      type: order.type,
      duration: order.duration,
      ...(order.price === undefined ? {} : { price: order.price }),
      result: true,
      order_cost: shown.cost,
      margin_change: shown.marginChange,
      request_date: `${newYorkText(venue.exchange.now)}${milliseconds}`,
      extended_hours: false,
      class: 'equity',
      strategy: 'equity',
      day_trades: 0,
    },
  });
}

/** The order of a request, or InvalidParameter in Tradier's words. */
function requested(params: Params): NewOrder {
  const kind = params.get('class');
  if (kind !== 'equity') {
    throw new InvalidParameter(
      'class',
      kind !== undefined && KNOWN_CLASSES.includes(kind)
        ? `${kind} is not available in this simulator yet, only equity.`
        : 'is not valid.',
    );
  }
  const symbol = params.get('symbol');
  if (symbol === undefined) throw new InvalidParameter('symbol', 'is required.');
  const type = oneOf(params, 'type', orderTypeSchema.options);
  if (type === 'stop' || type === 'stop_limit') {
    throw new InvalidParameter(
      'type',
      `${type} is not available in this simulator yet, only market and limit.`,
    );
  }
  const duration = oneOf(params, 'duration', durationSchema.options);
  if (duration === 'pre' || duration === 'post') {
    throw new InvalidParameter('duration', `${duration} market no longer available.`);
  }
  const order: NewOrder = {
    symbol: symbol.toUpperCase(),
    side: oneOf(params, 'side', sideSchema.options),
    quantity: quantity(params),
    type,
    duration,
  };
  // A price on a market order is one of the unused parameters clients send along.
  const price = type === 'limit' ? decimal(params, 'price') : undefined;
  const tag = checkedTag(params);
  return { ...order, ...(price === undefined ? {} : { price }), ...(tag === undefined ? {} : { tag }) };
}

function oneOf<T extends string>(params: Params, name: string, accepted: readonly T[]): T {
  const value = accepted.find((word) => word === params.get(name)?.toLowerCase());
  if (value === undefined) throw new InvalidParameter(name, 'is not valid.');
  return value;
}

/** Whole shares; how many are too many is the exchange's business. */
function quantity(params: Params): number {
  const text = params.get('quantity') ?? '';
  if (!/^-?\d{1,12}(?:\.0*)?$/.test(text)) throw new InvalidParameter('quantity', 'is not valid.');
  return Number(text);
}

function decimal(params: Params, name: string): number | undefined {
  const text = params.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d*\.?\d*$/.test(text) || !(value > 0 && value < 1e9))
    throw new InvalidParameter(name, 'is not valid.');
  return value;
}

function checkedTag(params: Params): string | undefined {
  const tag = params.get('tag');
  if (tag === undefined) return undefined;
  if (tag.length > 255) throw new InvalidParameter('tag', 'contains more than 255 characters.');
  if (!/^[A-Za-z0-9-]+$/.test(tag)) throw new InvalidParameter('tag', 'contains invalid characters.');
  return tag;
}
