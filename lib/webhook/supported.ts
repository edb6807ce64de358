import { inputError } from '../domain/errors.ts';
import type { Sizing } from '../domain/signal.ts';
import type { OrderType, Wish } from './dialects/dialect.ts';

/**
 * What of an alert the rest of the system can carry out. All of it is read; what is off here is refused with words,
 * because an order without the stop its sender asked for is no favour. Switching a line on is all an alert needs.
 */
export interface Supported {
  types: Readonly<Record<OrderType, boolean>>;
  sizing: Readonly<Record<Sizing['kind'], boolean>>;
  takeProfit: boolean;
  stopLoss: boolean;
  trail: boolean;
}

export const SUPPORTED: Supported = {
  types: { market: true, limit: true, stop: true, stop_limit: true, trailing_stop: false },
  sizing: {
    shares: true,
    cash: true,
    percent_equity: true,
    risk_percent: true,
    percent_of_position: true,
  },
  takeProfit: true,
  stopLoss: true,
  trail: true,
};

/** What to send instead of a type that is no order of its own here. */
const INSTEAD: Partial<Record<OrderType, string>> = {
  trailing_stop: '; a trailing stop protects a position: send trail_percent or trail_amount with its entry',
};

const SIZES: Readonly<Record<Sizing['kind'], string>> = {
  shares: 'shares',
  cash: 'dollars',
  percent_equity: 'percent of equity',
  risk_percent: 'percent of equity at risk',
  percent_of_position: 'percent of the position',
};

/** Throws E_INPUT naming, in the sender's word, the first thing asked for that cannot be done. */
export function refuseUnsupported(wish: Wish, supported: Supported = SUPPORTED): void {
  const { written } = wish;
  if (!supported.types[wish.type]) {
    const can = Object.entries(supported.types).flatMap(([type, on]) => (on ? [type] : []));
    const expected = `${can.slice(0, -1).join(', ')} or ${can.at(-1)}${INSTEAD[wish.type] ?? ''}`;
    throw inputError(written.type ?? 'order_type', wish.type, expected);
  }
  if (wish.sizing && !supported.sizing[wish.sizing.kind]) {
    const size = SIZES[wish.sizing.kind];
    throw inputError(
      written.sizing ?? 'quantity',
      `${wish.sizing.value} ${size}`,
      `shares; ${size} are set in the position-size node, an alert cannot ask for them yet`,
    );
  }
  for (const term of ['takeProfit', 'stopLoss', 'trail'] as const) {
    if (wish[term] === undefined || supported[term]) continue;
    throw inputError(
      written[term] ?? term,
      Object.entries(wish[term])
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
      'an alert without it: it would not be placed yet, and the position would be unprotected',
    );
  }
}
