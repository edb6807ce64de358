import type { Side } from '../../lib/domain/order.ts';
import type {
  ExchangeOptions,
  ExchangeOrder,
  ExchangeSnapshot,
  NewOrder,
  NewOrderGroup,
} from '../../lib/exchange/contract.ts';
import { Exchange } from '../../lib/exchange/exchange.ts';
import { toEpoch } from '../../lib/market/calendar.ts';

export const SECOND = 1000;
export const MINUTE = 60_000;
export const MONDAY = '2026-03-02';

/** An exchange at a New York time of Monday, 2026-03-02, that fails the test on a listener's error. */
export function exchangeAt(
  time: string,
  options: { seed?: number; date?: string } & Pick<
    ExchangeOptions,
    'cash' | 'accountType' | 'extendedHours'
  > = {},
): Exchange {
  const { seed = 1, date = MONDAY, ...rest } = options;
  return new Exchange({
    ...rest,
    seed,
    accountId: 'VA00000001',
    start: toEpoch(date, time),
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
    extendedHours: true,
    resume: JSON.parse(JSON.stringify(snapshot)),
    onError: (error) => {
      throw error;
    },
  });
}

export function market(side: Side, quantity: number, symbol = 'AAPL'): NewOrder {
  return { symbol, side, quantity, type: 'market', duration: 'day' };
}

export function limit(
  side: Side,
  quantity: number,
  price: number,
  duration: 'day' | 'gtc' = 'day',
  symbol = 'AAPL',
): NewOrder {
  return { symbol, side, quantity, type: 'limit', price, duration };
}

export function stop(side: Side, quantity: number, at: number, symbol = 'AAPL'): NewOrder {
  return { symbol, side, quantity, type: 'stop', stop: at, duration: 'day' };
}

export function stopLimit(side: Side, quantity: number, at: number, price: number): NewOrder {
  return { symbol: 'AAPL', side, quantity, type: 'stop_limit', stop: at, price, duration: 'day' };
}

/** Buys or sells short so many shares of AAPL now. */
export function hold(exchange: Exchange, quantity: number): void {
  placed(exchange, market(quantity > 0 ? 'buy' : 'sell_short', Math.abs(quantity)));
  exchange.advance(exchange.now + MINUTE);
}

/** Dollars, moved from a price and on a cent. */
export function off(price: number | null | undefined, cents: number): number {
  return Math.round((price ?? Number.NaN) * 100 + cents) / 100;
}

/** The parent and the legs of a group, as they stand. */
export function groupOf(exchange: Exchange, id: number): ExchangeOrder[] {
  return exchange.orders().filter((order) => order.id === id || order.parentId === id);
}

export function statuses(exchange: Exchange, id: number): string {
  return groupOf(exchange, id)
    .map((order) => order.status)
    .join(' ');
}

/** Places an order that must be accepted. */
export function placed(exchange: Exchange, order: NewOrder | NewOrderGroup): number {
  const result = exchange.place(order);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.errors)}`);
  return result.id;
}

/** The codes of an order that must be refused. */
export function refusedWith(exchange: Exchange, order: NewOrder | NewOrderGroup): string[] {
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
