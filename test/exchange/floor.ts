import type { ExchangeOrder, ExchangeSnapshot, NewOrder } from '../../lib/exchange/contract.ts';
import { Exchange } from '../../lib/exchange/exchange.ts';
import { toEpoch } from '../../lib/market/calendar.ts';

export const SECOND = 1000;
export const MINUTE = 60_000;
export const MONDAY = '2026-03-02';

/** An exchange at a New York time of Monday, 2026-03-02, that fails the test on a listener's error. */
export function exchangeAt(
  time: string,
  options: { seed?: number; date?: string; cash?: number } = {},
): Exchange {
  const { seed = 1, date = MONDAY, cash } = options;
  return new Exchange({
    seed,
    accountId: 'VA00000001',
    start: toEpoch(date, time),
    ...(cash === undefined ? {} : { cash }),
    onError: (error) => {
      throw error;
    },
  });
}

/** The same exchange after its state went through JSON. */
export function resumed(snapshot: ExchangeSnapshot): Exchange {
  return new Exchange({
    seed: snapshot.seed,
    accountId: snapshot.accountId,
    start: 0,
    resume: JSON.parse(JSON.stringify(snapshot)),
    onError: (error) => {
      throw error;
    },
  });
}

export function market(side: 'buy' | 'sell', quantity: number, symbol = 'AAPL'): NewOrder {
  return { symbol, side, quantity, type: 'market', duration: 'day' };
}

export function limit(
  side: 'buy' | 'sell',
  quantity: number,
  price: number,
  duration: 'day' | 'gtc' = 'day',
  symbol = 'AAPL',
): NewOrder {
  return { symbol, side, quantity, type: 'limit', price, duration };
}

/** Places an order that must be accepted. */
export function placed(exchange: Exchange, order: NewOrder): number {
  const result = exchange.place(order);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.errors)}`);
  return result.id;
}

/** The codes of an order that must be refused. */
export function refusedWith(exchange: Exchange, order: NewOrder): string[] {
  const result = exchange.place(order);
  if (result.ok) throw new Error(`accepted as ${result.id}`);
  return result.errors.map((error) => error.code);
}

export function orderOf(exchange: Exchange, id: number): ExchangeOrder {
  const order = exchange.order(id);
  if (order === null) throw new Error(`no order ${id}`);
  return order;
}

/** Everything that must be equal for two exchanges to count as the same. */
export function trace(exchange: Exchange): string {
  return JSON.stringify([exchange.fills(), exchange.orders(), exchange.positions(), exchange.balances()]);
}

/** Cents, so that prices compare exactly. */
export function cents(dollars: number | null): number {
  if (dollars === null) throw new Error('no price');
  return Math.round(dollars * 100);
}
