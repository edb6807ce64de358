import type { OrderLegRequest, OrderRequest } from '../broker/port.ts';
import type { OrderIntent, Side } from '../domain/order.ts';
import { isProtective } from './roles.ts';

/**
 * The message to the broker for an intent: one order; an entry with what closes its position as OTO or OTOCO; a stop and
 * a take-profit that stand by for one position as OCO; a limit exit beside the stop it must not replace, as OCO too.
 */
export function requestOf(
  intent: OrderIntent,
  tag: string,
  quantity: number,
  besideStop: number | null = null,
): OrderRequest {
  const { symbol, side, duration, bracket } = intent;
  const order: OrderLegRequest = {
    symbol,
    side,
    quantity,
    type: intent.type,
    ...prices(intent.price, intent.stop),
  };
  if (besideStop !== null && order.type === 'limit') {
    const stop: OrderLegRequest = { symbol, side, quantity, type: 'stop', stop: besideStop };
    return { class: 'oco', legs: [order, stop], duration, tag };
  }
  if (!bracket) return { ...order, duration, tag };
  // An exit opens nothing: what follows it would close twice.
  if (intent.reduceOnly && !isProtective(intent)) return { ...order, duration, tag };
  if (isProtective(intent)) {
    const { takeProfit } = bracket;
    if (takeProfit === undefined) return { ...order, duration, tag };
    const limit: OrderLegRequest = { symbol, side, quantity, type: 'limit', price: takeProfit };
    return { class: 'oco', legs: [limit, order], duration, tag };
  }
  const close = { symbol, side: closingSide(side), quantity, duration: bracket.duration };
  const legs: OrderLegRequest[] = [{ ...order, duration }];
  if (bracket.takeProfit !== undefined) legs.push({ ...close, type: 'limit', price: bracket.takeProfit });
  if (bracket.stopLoss !== undefined) {
    const { stopLoss, stopLossLimit } = bracket;
    const type = stopLossLimit === undefined ? 'stop' : 'stop_limit';
    legs.push({ ...close, type, ...prices(stopLossLimit, stopLoss) });
  }
  if (legs.length === 1) return { ...order, duration, tag };
  return { class: legs.length === 2 ? 'oto' : 'otoco', legs, duration, tag };
}

/** The side that takes back what a side opened. */
export function closingSide(side: Side): Side {
  return side === 'sell_short' ? 'buy_to_cover' : side === 'buy' ? 'sell' : side;
}

function prices(price: number | undefined, stop: number | undefined): { price?: number; stop?: number } {
  return { ...(price === undefined ? {} : { price }), ...(stop === undefined ? {} : { stop }) };
}
