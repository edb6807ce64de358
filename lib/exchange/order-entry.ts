import { amount, type Money, money, scale, ZERO } from '../domain/money.ts';
import type { Side } from '../domain/order.ts';
import type { SessionState } from '../market/calendar.ts';
import type { NewOrder, OrderError } from './contract.ts';
import { hasPrice, hasStop } from './order-terms.ts';
import { type RefusalCode, refusal } from './refusal.ts';
import { isBuy, opens } from './sides.ts';

/** What the entry desk needs to know to judge an order. */
export interface EntryContext {
  listed: boolean;
  accountType: 'margin' | 'cash';
  /** Dollars; null when there is no quote. */
  bid: number | null;
  ask: number | null;
  last: number | null;
  /** Shares of the symbol held; below zero when short. */
  held: number;
  /** Shares of the symbol in other active orders, by side. */
  working: Record<Side, number>;
  /** After what the other orders hold back. */
  buyingPower: Money;
  /** True when an order of the other direction stands at the order's limit. */
  washes: boolean;
  /** `closed` also where extended hours are not offered. */
  session: SessionState;
  /** True for a leg that is held: the market is asked when it becomes active, not before. */
  waits: boolean;
}

const MAX_QUANTITY = 10_000_000;
/** A working market order may cost this much more than the quote at its entry. */
const MARKET_COLLAR = 1.02;
/** Dollars; stocks below it are not sold short. */
const LEAST_SHORT_PRICE = 5;

/**
 * Everything that speaks against a new order, in Tradier's codes; empty when it may be placed. `stopAhead`: a stop
 * that the market has passed is refused.
 */
export function refusals(order: NewOrder, context: EntryContext, stopAhead = true): OrderError[] {
  const shape = shapeErrors(order, context);
  if (shape.length > 0) return shape;
  const position = positionError(order, context);
  return position === null ? marketErrors(order, context, stopAhead) : [refusal(position)];
}

/** What speaks against new terms of an order that was taken: its side and quantity are as they were. */
export function changeRefusals(order: NewOrder, context: EntryContext, stopAhead: boolean): OrderError[] {
  const shape = shapeErrors(order, context);
  if (shape.length > 0) return shape;
  return marketErrors(order, context, stopAhead);
}

/** Dollars a share held back from buying power: its worst price; 0 for what closes a position. */
export function reservePerShare(order: NewOrder, ask: number | null): number {
  if (!opens(order.side)) return 0;
  if (order.side === 'buy') return worstBuy(order, ask);
  // A short sale's margin grows with its price, and it may be done at a better one than its limit.
  if (hasPrice(order.type)) return Math.max(order.price ?? 0, ask ?? 0);
  return collared(ask ?? 0);
}

/** What an order that buys may cost at worst; nothing for a sale. */
export function orderCost(order: NewOrder, ask: number | null): Money {
  return isBuy(order.side) ? amount(worstBuy(order, ask), order.quantity) : ZERO;
}

function worstBuy(order: NewOrder, ask: number | null): number {
  if (hasPrice(order.type)) return order.price ?? 0;
  const market = ask ?? 0;
  return collared(order.type === 'stop' ? Math.max(order.stop ?? 0, market) : market);
}

function collared(price: number): number {
  return scale(money(price), MARKET_COLLAR) / 10_000;
}

function shapeErrors(order: NewOrder, context: EntryContext): OrderError[] {
  if (!context.listed) return [refusal('SecurityUndefined')];
  const { quantity, type, duration, side } = order;
  if (side === 'sell_short' && context.accountType === 'cash')
    return [refusal('OrderIsNotAllowedForAccount')];
  const errors: OrderError[] = [];
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > MAX_QUANTITY) {
    errors.push(refusal('IncorrectOrderQuantity'));
  }
  if (hasPrice(type) && !isPrice(order.price)) errors.push(refusal('LimitPriceUndefined'));
  if (hasStop(type) && !isPrice(order.stop)) errors.push(refusal('StopPriceUndefined'));
  if (type === 'market' && duration === 'gtc') errors.push(refusal('MarketOrderIsGtc'));
  if (side === 'sell_short' && duration === 'gtc') errors.push(refusal('ShortOrderIsGtc'));
  const extended = duration === 'pre' || duration === 'post';
  if (extended && (type !== 'limit' || context.waits || context.session !== `${duration}market`)) {
    errors.push(refusal('InvalidDuration', `${duration} market no longer available`));
  }
  if (context.ask === null) errors.push(refusal('QuotePriceIsInvalid'));
  return errors;
}

function positionError({ side, quantity }: NewOrder, context: EntryContext): RefusalCode | null {
  const { held, working, last } = context;
  switch (side) {
    case 'buy':
      return held < 0 || working.sell_short > 0 ? 'UnexpectedBuyOrder' : null;
    case 'sell':
      if (held <= 0) return 'UnexpectedSellOrder';
      return quantity > held - working.sell ? 'LongPositionCrossZero' : null;
    case 'buy_to_cover':
      if (held >= 0) return 'UnexpectedBuyToCoverOrder';
      return quantity > -held - working.buy_to_cover ? 'ShortPositionCrossZero' : null;
    case 'sell_short':
      if (held > 0 || working.buy > 0) return 'UnexpectedSellShortOrder';
      return (last ?? 0) < LEAST_SHORT_PRICE ? 'SellShortOrderLastPriceBelow5' : null;
  }
}

function marketErrors(order: NewOrder, context: EntryContext, stopAhead: boolean): OrderError[] {
  if (context.waits) return [];
  const { ask, bid } = context;
  if (stopAhead && hasStop(order.type) && order.stop !== undefined) {
    if (isBuy(order.side) && ask !== null && order.stop <= ask)
      return [refusal('BuyStopOrderStopPriceLessAsk')];
    if (!isBuy(order.side) && bid !== null && order.stop >= bid)
      return [refusal('SellStopOrderStopPriceGreaterBid')];
  }
  if (context.washes) return [refusal('WashTradeAttempt')];
  const reserve = amount(reservePerShare(order, ask), order.quantity);
  return reserve > context.buyingPower ? [refusal('InitialMargin')] : [];
}

/** At least one cent and small enough that the whole order's value is exact money. */
function isPrice(price: number | undefined): boolean {
  return price !== undefined && Number.isFinite(price) && money(Math.min(price, 1e6)) >= 100 && price <= 1e6;
}
