import { show } from '../../domain/errors.ts';
import type { OrderType } from '../../domain/order.ts';
import type { GroupClass, GroupOrderRequest, OrderChange, OrderRequest, OrderTerms } from '../port.ts';

/** Orders and changes as Tradier's forms, and what would make Tradier refuse the form itself. */

const LEGS: Record<GroupClass, number> = { oto: 2, oco: 2, otoco: 3 };

/** Parameters of a group carry the leg's number, `price[1]`. */
type Key = (name: string) => string;
const plain: Key = (name) => name;
const ofLeg =
  (index: number): Key =>
  (name) =>
    `${name}[${index}]`;

export function isGroup(order: OrderRequest): order is GroupOrderRequest {
  return order.class !== undefined && order.class !== 'equity';
}

/** True when the order may open or enlarge a position: of a group the first leg tells. */
export function isEntry(order: OrderRequest): boolean {
  const side = isGroup(order) ? order.legs[0]?.side : order.side;
  return side === 'buy' || side === 'sell_short';
}

/** The first fault of an order; null when there is none. */
export function faultOf(order: OrderRequest): string | null {
  if (!/^[A-Za-z0-9-]{1,255}$/.test(order.tag))
    return `tag: ${show(order.tag)} has characters Tradier refuses, or is too long.`;
  return isGroup(order) ? groupFault(order) : termsFault(order, plain);
}

export function formOf(order: OrderRequest): URLSearchParams {
  if (isGroup(order)) return groupForm(order);
  const form = new URLSearchParams({ class: 'equity' });
  addTerms(form, order, plain);
  form.set('duration', order.duration);
  form.set('tag', order.tag);
  addPrices(form, order, plain);
  return form;
}

/** The first fault of a change; null when there is none. */
export function changeFaultOf(change: OrderChange): string | null {
  const { type, duration, price, stop } = change;
  if (type === undefined && duration === undefined && price === undefined && stop === undefined)
    return 'change: it changes nothing.';
  if (price !== undefined && !isPrice(price)) return `price: ${show(price)} is not a price.`;
  if (stop !== undefined && !isPrice(stop)) return `stop: ${show(stop)} is not a price.`;
  if (type === undefined) return null;
  // A price that the new type needs may be the order's old one; one that the type has no use for is a mistake.
  if (price !== undefined && !hasPrice(type)) return `price: a ${type} order has none.`;
  if (stop !== undefined && !hasStop(type)) return `stop: a ${type} order has none.`;
  return null;
}

export function changeFormOf(change: OrderChange): URLSearchParams {
  const form = new URLSearchParams();
  if (change.type !== undefined) form.set('type', change.type);
  if (change.duration !== undefined) form.set('duration', change.duration);
  addPrices(form, change, plain);
  return form;
}

function groupFault({ class: kind, legs }: GroupOrderRequest): string | null {
  if (!Object.hasOwn(LEGS, kind)) return `class: ${show(kind)} is not a class of orders.`;
  if (legs.length !== LEGS[kind]) return `legs: an ${kind} order has ${LEGS[kind]}, not ${legs.length}.`;
  for (const [index, leg] of legs.entries()) {
    const fault = termsFault(leg, ofLeg(index));
    if (fault !== null) return fault;
  }
  if (kind !== 'oco' && legs[0]?.type === 'market')
    return `type[0]: Tradier refuses a market order as the first leg of an ${kind}.`;
  return kind === 'oto' ? null : alternativesFault(legs, legs.length - 2);
}

/** Two legs of which one cancels the other. */
function alternativesFault(legs: OrderTerms[], first: number): string | null {
  const [one, other] = legs.slice(first) as [OrderTerms, OrderTerms];
  for (const [offset, leg] of [one, other].entries()) {
    if (leg.type === 'market')
      return `type[${first + offset}]: Tradier refuses a market order that cancels another.`;
  }
  if (one.symbol !== other.symbol)
    return `symbol[${first + 1}]: ${show(other.symbol)} is not the other leg's, ${show(one.symbol)}.`;
  if (one.type === other.type)
    return `type[${first + 1}]: both legs are ${one.type} orders; Tradier wants two types.`;
  return null;
}

function termsFault(terms: OrderTerms, key: Key): string | null {
  const { symbol, quantity, type, price, stop } = terms;
  if (!/^[A-Za-z0-9/.-]{1,24}$/.test(symbol)) return `${key('symbol')}: ${show(symbol)} is not a symbol.`;
  if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > 10_000_000) {
    return `${key('quantity')}: ${show(quantity)} is not a whole number from 1 to 10,000,000.`;
  }
  return (
    priceFault(key('price'), price, hasPrice(type), type) ??
    priceFault(key('stop'), stop, hasStop(type), type)
  );
}

function hasPrice(type: OrderType): boolean {
  return type === 'limit' || type === 'stop_limit';
}

function hasStop(type: OrderType): boolean {
  return type === 'stop' || type === 'stop_limit';
}

function priceFault(field: string, value: number | undefined, needed: boolean, type: string): string | null {
  if (!needed) return value === undefined ? null : `${field}: a ${type} order has none.`;
  return value !== undefined && isPrice(value) ? null : `${field}: ${show(value)} is not a price.`;
}

/** Above zero and written without an exponent, which Tradier would not read. */
function isPrice(value: number): boolean {
  return Number.isFinite(value) && value > 0 && !String(value).includes('e');
}

function groupForm({ class: kind, duration, legs, tag }: GroupOrderRequest): URLSearchParams {
  const form = new URLSearchParams({ class: kind });
  // Either one common duration or one for each leg, never both.
  const common = legs.every((leg) => (leg.duration ?? duration) === duration);
  if (common) form.set('duration', duration);
  form.set('tag', tag);
  for (const [index, leg] of legs.entries()) {
    const key = ofLeg(index);
    addTerms(form, leg, key);
    if (!common) form.set(key('duration'), leg.duration ?? duration);
    addPrices(form, leg, key);
  }
  return form;
}

function addTerms(form: URLSearchParams, terms: OrderTerms, key: Key): void {
  form.set(key('symbol'), terms.symbol);
  form.set(key('side'), terms.side);
  form.set(key('quantity'), String(terms.quantity));
  form.set(key('type'), terms.type);
}

function addPrices(form: URLSearchParams, prices: { price?: number; stop?: number }, key: Key): void {
  if (prices.price !== undefined) form.set(key('price'), String(prices.price));
  if (prices.stop !== undefined) form.set(key('stop'), String(prices.stop));
}
