import { isTerminal } from '../lib/domain/order.ts';
import type { ExchangeOrder } from '../lib/exchange/contract.ts';
import { newYorkDate, toEpoch } from '../lib/market/exchange-time.ts';
import { ownAccount } from './accounts.ts';
import { finalized, InvalidParameter, refused, unauthorizedAccount } from './errors.ts';
import { json, type Params, type Reply } from './http.ts';
import { isParent, orderJson, previewJson } from './order-documents.ts';
import { requestedChange, requestedOrder } from './order-request.ts';
import type { Call, Route } from './router.ts';
import { accountList } from './serializer.ts';
import type { Venue } from './venue.ts';

/** The same for every order: it names the application, not the order. */
const PARTNER_ID = '5f0c1a54-7f0e-4f53-9f55-51a0d2a8c001';
/** Without `limit` everything comes in one page; nobody was seen to get more in one. */
const PAGE_LIMIT = 1500;

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
      rows.map((order) => shown(venue, order, tags)),
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
  return json({ order: shown(venue, order, call.params.flag('includeTags')) });
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

/** Changes an order or a leg; a parent has nothing to change. */
function change(venue: Venue, call: Call): Reply {
  const order = find(venue, call);
  if (!order) return unauthorizedAccount(call.path.account ?? '');
  if (isTerminal(order.status)) return finalized(order.status);
  if (isParent(order)) throw new InvalidParameter('order_id', 'is that of a group; change one of its legs.');
  const asked = requestedChange(call.params);
  // A request without a change is taken and leaves the order its place in the book.
  const changed = Object.keys(asked).length === 0 ? { ok: true as const } : venue.change(order.id, asked);
  if (changed.ok) return accepted(order.id);
  if (changed.reason === 'final') return finalized(changed.status);
  return changed.reason === 'refused'
    ? refused(changed.errors)
    : unauthorizedAccount(call.path.account ?? '');
}

function find(venue: Venue, call: Call): ExchangeOrder | null {
  const id = call.path.order ?? '';
  return /^\d{1,15}$/.test(id) ? venue.exchange.order(Number(id)) : null;
}

/** A leg looked up by its own id comes alone. */
function shown(venue: Venue, order: ExchangeOrder, includeTag: boolean): object {
  return orderJson(order, includeTag, isParent(order) ? legsOf(venue, order.id) : []);
}

/** The ids of legs follow their parent's. */
function legsOf(venue: Venue, parent: number): ExchangeOrder[] {
  const legs: ExchangeOrder[] = [];
  for (let id = parent + 1; ; id++) {
    const leg = venue.exchange.order(id);
    if (leg?.parentId !== parent) return legs;
    legs.push(leg);
  }
}

function place(venue: Venue, params: Params): Reply {
  const { now } = venue.exchange;
  const order = requestedOrder(params, now);
  if (params.flag('preview')) {
    const judged = venue.exchange.preview(order);
    return judged.ok ? json(previewJson(order, judged, now)) : refused(judged.errors);
  }
  const placed = venue.place(order);
  if (!placed.ok) return refused(placed.errors);
  return accepted(placed.id);
}

function accepted(id: number): Reply {
  return json({ order: { id, status: 'ok', partner_id: PARTNER_ID } });
}
