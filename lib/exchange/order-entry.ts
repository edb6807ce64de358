import { amount, type Money, money, scale } from '../domain/money.ts';
import type { NewOrder, OrderError } from './contract.ts';

/** What the entry desk needs to know to judge an order. */
export interface EntryContext {
  listed: boolean;
  /** Dollars; null when there is no quote. */
  ask: number | null;
  held: number;
  /** Shares in working sell orders of the symbol. */
  selling: number;
  buyingPower: Money;
}

const MAX_QUANTITY = 10_000_000;
/** A working market buy may cost this much more than the ask at its entry. */
const MARKET_COLLAR = 1.02;

const SENTENCES = {
  SecurityUndefined: 'Symbol does not exist.',
  IncorrectOrderQuantity: 'Quantity should be between 1 and 10,000,000.',
  LimitPriceUndefined: 'Limit price is required for this type of order.',
  MarketOrderIsGtc: 'GTC market orders are not allowed.',
  QuotePriceIsInvalid: 'There is no quote for this symbol.',
  InitialMargin: 'You do not have enough buying power for this trade.',
  UnexpectedSellOrder: 'There is no long position to sell; use sell_short to open a short position.',
  LongPositionCrossZero: 'The order is larger than the long position, including open orders.',
  UnexpectedBuyToCoverOrder: 'There is no short position to cover.',
  OrderIsNotAllowedForAccount: 'The simulated account does not sell short yet.',
  OmsUnavailable: 'The simulated exchange does not trade this kind of order yet',
} as const;

/** Everything that speaks against the order, in Tradier's codes; empty when it may be placed. */
export function refusals(order: NewOrder, context: EntryContext): OrderError[] {
  const shape = shapeErrors(order, context);
  if (shape.length > 0) return shape;
  if (order.side === 'sell') {
    if (context.held === 0) return [refusal('UnexpectedSellOrder')];
    if (order.quantity > context.held - context.selling) return [refusal('LongPositionCrossZero')];
    return [];
  }
  return orderCost(order, context.ask) > context.buyingPower ? [refusal('InitialMargin')] : [];
}

/** Dollars a share that a buy may cost at worst; 0 for a sell. */
export function reservePerShare(order: NewOrder, ask: number | null): number {
  if (order.side !== 'buy') return 0;
  if (order.type === 'limit') return order.price ?? 0;
  return ask === null ? 0 : scale(money(ask), MARKET_COLLAR) / 10_000;
}

/** The worst case of the whole order; nothing for a sell. */
export function orderCost(order: NewOrder, ask: number | null): Money {
  return amount(reservePerShare(order, ask), order.quantity);
}

function shapeErrors(order: NewOrder, context: EntryContext): OrderError[] {
  if (!context.listed) return [refusal('SecurityUndefined')];
  const later = notYet(order);
  if (later !== null) return [later];
  const errors: OrderError[] = [];
  if (!Number.isInteger(order.quantity) || order.quantity < 1 || order.quantity > MAX_QUANTITY) {
    errors.push(refusal('IncorrectOrderQuantity'));
  }
  if (order.type === 'limit' && !isPrice(order.price)) errors.push(refusal('LimitPriceUndefined'));
  if (order.type === 'market' && order.duration === 'gtc') errors.push(refusal('MarketOrderIsGtc'));
  if (context.ask === null) errors.push(refusal('QuotePriceIsInvalid'));
  return errors;
}

/** Kinds of orders that come later: they are refused, never taken for something else. */
function notYet(order: NewOrder): OrderError | null {
  if (order.type !== 'market' && order.type !== 'limit')
    return refusal('OmsUnavailable', `type ${order.type}`);
  if (order.duration !== 'day' && order.duration !== 'gtc') {
    return refusal('OmsUnavailable', `duration ${order.duration}`);
  }
  if (order.side === 'sell_short') return refusal('OrderIsNotAllowedForAccount');
  if (order.side === 'buy_to_cover') return refusal('UnexpectedBuyToCoverOrder');
  return null;
}

/** At least one cent and small enough that the whole order's value is exact money. */
function isPrice(price: number | undefined): boolean {
  return price !== undefined && Number.isFinite(price) && money(Math.min(price, 1e6)) >= 100 && price <= 1e6;
}

function refusal(code: keyof typeof SENTENCES, detail = ''): OrderError {
  return { code, message: detail === '' ? SENTENCES[code] : `${SENTENCES[code]}: ${detail}.` };
}
