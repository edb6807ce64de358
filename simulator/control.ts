import { TraderError } from '../lib/domain/errors.ts';
import type { ExchangeFill, ExchangeOrder } from '../lib/exchange/contract.ts';
import { dividend, handOrder, split } from './by-hand.ts';
import type { Faults } from './faults.ts';
import { json, type Reply } from './http.ts';
import { isParent } from './order-documents.ts';
import type { Venue } from './venue.ts';

/** The simulator's own API under `/_sim`, for tests and operators on this machine. It is not Tradier's. */
export class Control {
  readonly #venue: Venue;
  readonly #account: string;
  readonly #faults: Faults;

  constructor(options: { venue: Venue; account: string; faults: Faults }) {
    this.#venue = options.venue;
    this.#account = options.account;
    this.#faults = options.faults;
  }

  answer(method: string, path: string, body: string): Reply {
    const found = `${method} ${path}`;
    switch (found) {
      case 'GET /_sim/clock':
        return json(this.#venue.clockReading());
      case 'GET /_sim/truth':
        return json(this.#truth());
      case 'GET /_sim/faults':
        return json({ faults: this.#faults.list() });
      case 'POST /_sim/faults':
        return this.#taken('fault', body, (fault) => json({ fault: this.#faults.arm(fault) }));
      case 'POST /_sim/orders':
        return this.#taken('order', body, (order) => handOrder(this.#venue, order));
      case 'POST /_sim/splits':
        return this.#taken('split', body, (asked) => split(this.#venue, asked));
      case 'POST /_sim/dividends':
        return this.#taken('dividend', body, (asked) => dividend(this.#venue, asked));
      case 'DELETE /_sim/faults':
        return json({ cleared: this.#faults.clear() });
      default:
        return problem(
          404,
          'path',
          found,
          'GET /_sim/clock, GET /_sim/truth, GET, POST, DELETE /_sim/faults, or POST /_sim/orders, /_sim/splits, /_sim/dividends',
        );
    }
  }

  /** What really happened since the account began, whatever the API would tell today. */
  #truth(): object {
    const now_ms = this.#venue.catchUp();
    const { exchange } = this.#venue;
    return {
      clock: { ...this.#venue.clockReading(), now_ms },
      account: this.#account,
      orders: exchange.orders().map(truthOrder),
      fills: exchange.fills().map(truthFill),
    };
  }

  /** Reads the body as JSON and says of a wrong field what was expected. */
  #taken(name: string, body: string, take: (parsed: unknown) => Reply): Reply {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      return problem(400, name, body.slice(0, 80), 'JSON such as {"kind":"delay","ms":1000}');
    }
    try {
      return take(parsed);
    } catch (error) {
      if (!(error instanceof TraderError) || error.field === undefined) throw error;
      return problem(400, error.field, error.value, error.expected ?? '');
    }
  }
}

function problem(status: number, field: string, value: unknown, expected: string): Reply {
  return json({ error: { field, value: value ?? null, expected } }, status);
}

function truthOrder(order: ExchangeOrder): object {
  return {
    id: order.id,
    parent_id: order.parentId,
    tag: order.tag ?? null,
    class: order.class,
    ...truthTerms(order),
    status: order.status,
    exec_quantity: order.execQuantity,
    avg_fill_price: order.avgFillPrice,
  };
}

/** A parent has none of its own: its legs are rows too. */
function truthTerms(order: ExchangeOrder): object {
  const own = !isParent(order);
  return {
    symbol: own ? order.symbol : null,
    side: own ? order.side : null,
    type: own ? order.type : null,
    quantity: own ? order.quantity : 0,
    price: order.price ?? null,
    stop: order.stop ?? null,
    duration: order.duration,
  };
}

function truthFill(fill: ExchangeFill): object {
  return {
    order_id: fill.orderId,
    symbol: fill.symbol,
    side: fill.side,
    quantity: fill.quantity,
    price: fill.price,
    at_ms: fill.at,
  };
}
