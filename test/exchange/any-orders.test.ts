import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BROKER_STATUSES, isTerminal, type OrderType, type Side } from '../../lib/domain/order.ts';
import type { ExchangeOptions, NewOrder, NewOrderGroup } from '../../lib/exchange/contract.ts';
import type { Exchange } from '../../lib/exchange/exchange.ts';
import { cents, exchangeAt, groupOf, MINUTE, off, resumed, trace } from './floor.ts';

/** An order told relative to the market, so that much of it is taken and trades. */
interface Sketch {
  symbol: string;
  side: Side;
  quantity: number;
  type: OrderType;
  /** Cents from the last print; what stops and limits make of it is up to chance. */
  price: number;
  stop: number;
  duration: NewOrder['duration'];
}

type Act = { after: number } & (
  | { kind: 'single'; order: Sketch }
  | { kind: 'group'; class: NewOrderGroup['class']; legs: Sketch[] }
  | { kind: 'bracket'; short: boolean; entry: Sketch; above: number; below: number }
  | { kind: 'guard'; symbol: string; above: number; below: number }
  | { kind: 'close'; symbol: string }
  | { kind: 'cancel'; nth: number }
  | { kind: 'change'; nth: number; type: OrderType | null; price: number; stop: number }
);

const symbol = fc.constantFrom('AAPL', 'F');
const side = fc.constantFrom<Side>('buy', 'buy', 'sell', 'sell_short', 'buy_to_cover');
const type = fc.constantFrom<OrderType>('market', 'limit', 'stop', 'stop_limit');
const near = fc.integer({ min: -60, max: 60 });
const apart = fc.integer({ min: 3, max: 80 });
const sketch: fc.Arbitrary<Sketch> = fc.record({
  symbol,
  side,
  quantity: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20_000 })),
  type,
  price: near,
  stop: near,
  duration: fc.constantFrom('day', 'day', 'gtc', 'gtc', 'post', 'pre'),
});
const after = fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 26 * 60 * MINUTE }));
const nth = fc.nat(14);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('single' as const), after, order: sketch }),
  fc.record({ kind: fc.constant('single' as const), after, order: sketch }),
  fc.record({
    kind: fc.constant('group' as const),
    after,
    class: fc.constantFrom('oto' as const, 'oco' as const, 'otoco' as const),
    legs: fc.array(sketch, { minLength: 2, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('bracket' as const),
    after,
    short: fc.boolean(),
    entry: sketch,
    above: apart,
    below: apart,
  }),
  fc.record({ kind: fc.constant('guard' as const), after, symbol, above: apart, below: apart }),
  fc.record({ kind: fc.constant('close' as const), after, symbol }),
  fc.record({ kind: fc.constant('cancel' as const), after, nth }),
  fc.record({
    kind: fc.constant('change' as const),
    after,
    nth,
    type: fc.option(type),
    price: near,
    stop: near,
  }),
);
const acts = fc.array(act, { minLength: 4, maxLength: 12 });
const chops = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 3 * 60 * MINUTE })),
  { minLength: 1, maxLength: 6 },
);

// Not by the quote, whose range of a year would be made anew for each exchange.
const last = (exchange: Exchange, name: string) => exchange.tape(name, 0, exchange.now, 1)[0]?.price ?? 0;

function orderFor(exchange: Exchange, one: Sketch): NewOrder {
  const { price, stop, ...rest } = one;
  const from = last(exchange, one.symbol);
  const limited = one.type === 'limit' || one.type === 'stop_limit';
  const stopped = one.type === 'stop' || one.type === 'stop_limit';
  return {
    ...rest,
    ...(limited ? { price: off(from, price) } : {}),
    ...(stopped ? { stop: off(from, stop) } : {}),
  };
}

function pair(
  exchange: Exchange,
  name: string,
  exit: Side,
  quantity: number,
  one: { above: number; below: number },
): NewOrder[] {
  const from = last(exchange, name);
  const base = { symbol: name, side: exit, quantity, duration: 'gtc' as const };
  const up = exit === 'sell';
  return [
    { ...base, type: 'limit', price: off(from, up ? one.above : -one.below) },
    { ...base, type: 'stop', stop: off(from, up ? -one.below : one.above) },
  ];
}

function perform(exchange: Exchange, one: Act): void {
  switch (one.kind) {
    case 'single':
      exchange.place(orderFor(exchange, one.order));
      return;
    case 'group':
      exchange.place({ class: one.class, legs: one.legs.map((leg) => orderFor(exchange, leg)) });
      return;
    case 'bracket': {
      const { entry, short } = one;
      const terms = {
        ...entry,
        type: 'limit' as const,
        side: short ? ('sell_short' as const) : ('buy' as const),
        price: short ? -20 : 20,
        duration: 'day' as const,
      };
      const legs = pair(exchange, entry.symbol, short ? 'buy_to_cover' : 'sell', entry.quantity, one);
      exchange.place({ class: 'otoco', legs: [orderFor(exchange, terms), ...legs] });
      return;
    }
    case 'guard':
    case 'close': {
      const held = exchange.positions().find((position) => position.symbol === one.symbol)?.quantity ?? 0;
      const exit = held > 0 ? 'sell' : 'buy_to_cover';
      const quantity = Math.abs(held);
      if (one.kind === 'guard')
        exchange.place({ class: 'oco', legs: pair(exchange, one.symbol, exit, quantity, one) });
      else exchange.place({ symbol: one.symbol, side: exit, quantity, type: 'market', duration: 'day' });
      return;
    }
    case 'cancel':
      exchange.cancel(100_000_000 + one.nth);
      return;
    case 'change': {
      const from = last(exchange, exchange.order(100_000_000 + one.nth)?.symbol || 'AAPL');
      const terms = { price: off(from, one.price), stop: off(from, one.stop) };
      exchange.change(100_000_000 + one.nth, one.type === null ? terms : { ...terms, type: one.type });
    }
  }
}

type Advance = (exchange: Exchange, to: number) => Exchange;
const direct: Advance = (exchange, to) => {
  exchange.advance(to);
  return exchange;
};

const open = (accountType: ExchangeOptions['accountType'] = 'margin') =>
  exchangeAt('15:20', { cash: 2_000_000, extendedHours: true, accountType });

function run(exchange: Exchange, list: Act[], advance: Advance = direct): Exchange {
  let current = exchange;
  for (const one of list) {
    current = advance(current, current.now + one.after);
    perform(current, one);
  }
  return advance(current, current.now + 30 * 60 * MINUTE);
}

/** Fails when the account is not what its fills made of it, or when a fill crossed zero. */
function checkBooks(exchange: Exchange): void {
  const held = new Map<string, number>();
  let cash = 2_000_000_00;
  for (const fill of exchange.fills()) {
    const bought = fill.side === 'buy' || fill.side === 'buy_to_cover';
    const before = held.get(fill.symbol) ?? 0;
    const now = before + (bought ? fill.quantity : -fill.quantity);
    assert.ok(before * now >= 0, `${before} became ${now} by one ${fill.side}`);
    if (fill.side === 'buy' || fill.side === 'sell') assert.ok(before >= 0 && now >= 0);
    else assert.ok(before <= 0 && now <= 0);
    held.set(fill.symbol, now);
    cash -= (bought ? 1 : -1) * cents(fill.price) * fill.quantity;
  }
  const balances = exchange.balances();
  assert.equal(cents(balances.totalCash), cash);
  const positions = exchange.positions();
  assert.deepEqual(
    positions.map((position) => [position.symbol, position.quantity]).sort(),
    [...held].filter(([, quantity]) => quantity !== 0).sort(),
  );
  const cost = positions.reduce((sum, position) => sum + cents(position.costBasis), 0);
  assert.equal(
    cash + cost,
    2_000_000_00 + cents(balances.closePnl),
    'cash and cost are what was put in and won',
  );
  assert.equal(
    cents(balances.totalEquity),
    2_000_000_00 + cents(balances.closePnl) + cents(balances.openPnl),
  );
}

function checkOrders(exchange: Exchange): void {
  for (const order of exchange.orders()) {
    assert.ok(BROKER_STATUSES.includes(order.status));
    if (isTerminal(order.status)) assert.equal(order.remainingQuantity, 0);
    else assert.ok(order.execQuantity + order.remainingQuantity <= order.quantity);
    if (order.class === 'equity') {
      assert.equal(order.status === 'filled', order.execQuantity === order.quantity);
      continue;
    }
    const [, ...legs] = groupOf(exchange, order.id);
    assert.equal(
      legs.every((leg) => isTerminal(leg.status)),
      isTerminal(order.status),
      'the parent ends with its legs',
    );
    const first = order.class === 'oco' ? undefined : legs.shift();
    if (first !== undefined && first.status !== 'filled')
      assert.ok(legs.every((leg) => leg.execQuantity === 0));
    if (order.class === 'oto') continue;
    const executed = legs.reduce((sum, leg) => sum + leg.execQuantity, 0);
    assert.ok(executed <= Math.max(...legs.map((leg) => leg.quantity)), 'a pair trades once');
    assert.ok(legs.filter((leg) => leg.status === 'filled').length <= 1);
  }
}

const COVERING_SEED = 7;

describe('exchange with orders of every kind', () => {
  it('keeps its books, crosses zero with no order and fills a pair once', () => {
    const seen = new Set<string>();
    const property = fc.property(acts, fc.constantFrom('margin' as const, 'cash' as const), (list, kind) => {
      let settled = true;
      const exchange = run(open(kind), list, (current, to) => {
        current.advance(to);
        checkBooks(current);
        checkOrders(current);
        const { totalCash, unsettledFunds } = current.balances();
        if (kind === 'cash') settled &&= totalCash - unsettledFunds > -20_000;
        return current;
      });
      assert.ok(settled, 'a cash account spends settled cash, but for the slippage of market orders');
      for (const order of exchange.orders()) {
        if (order.execQuantity > 0) seen.add(`${order.side} ${order.type}`);
        if (order.parentId !== null && order.execQuantity > 0) seen.add('leg');
        if (order.class !== 'equity') seen.add(`${order.class} ${order.status}`);
      }
    });
    fc.assert(property, { numRuns: 150 });
    // The same acts every time, so that what they reach can be asked for.
    seen.clear();
    fc.assert(property, { numRuns: 300, seed: COVERING_SEED });
    for (const kind of [
      'buy stop',
      'sell stop',
      'sell_short limit',
      'buy_to_cover market',
      'leg',
      'otoco filled',
      'oco filled',
    ]) {
      assert.ok(seen.has(kind), `${kind} is among ${[...seen].sort().join(', ')}`);
    }
  }).timeout(60_000);

  it('gives the same to the byte however time is chopped', () => {
    fc.assert(
      fc.property(acts, chops, (list, sizes) => {
        let turn = 0;
        const chopped = run(open(), list, (exchange, to) => {
          for (let i = 0; i < 200 && exchange.now < to; i++) {
            exchange.advance(Math.min(to, exchange.now + (sizes[turn++ % sizes.length] as number)));
          }
          return direct(exchange, to);
        });
        assert.equal(trace(chopped), trace(run(open(), list)));
      }),
      { numRuns: 120 },
    );
  }).timeout(60_000);

  it('goes on from a snapshot exactly as if never stopped', () => {
    fc.assert(
      fc.property(acts, chops, fc.constantFrom('margin' as const, 'cash' as const), (list, sizes, kind) => {
        let turn = 0;
        const stopped = run(open(kind), list, (exchange, to) => {
          const middle = Math.min(to, exchange.now + (sizes[turn++ % sizes.length] as number));
          return resumed(direct(resumed(direct(exchange, middle).snapshot()), to).snapshot());
        });
        const whole = run(open(kind), list);
        assert.equal(trace(stopped), trace(whole));
        assert.equal(JSON.stringify(stopped.snapshot()), JSON.stringify(whole.snapshot()));
      }),
      { numRuns: 120 },
    );
  }).timeout(60_000);
});
