import { inputError } from '../domain/errors.ts';
import type { OrderType, Wish } from './dialects/dialect.ts';

/**
 * Which types of order the rest of the system can carry out. All are read; one that is off here is refused with words,
 * because another order than its sender asked for is no favour.
 */
export const SUPPORTED: Readonly<Record<OrderType, boolean>> = {
  market: true,
  limit: true,
  stop: true,
  stop_limit: true,
  trailing_stop: false,
};

/** What to send instead of a type that is no order of its own here. */
const INSTEAD: Partial<Record<OrderType, string>> = {
  trailing_stop: '; a trailing stop protects a position: send trail_percent or trail_amount with its entry',
};

/** Throws E_INPUT naming, in the sender's word, the type of order that cannot be placed. */
export function refuseUnsupported({ type, written }: Wish): void {
  if (SUPPORTED[type]) return;
  const can = Object.entries(SUPPORTED).flatMap(([name, on]) => (on ? [name] : []));
  const expected = `${can.slice(0, -1).join(', ')} or ${can.at(-1)}${INSTEAD[type] ?? ''}`;
  throw inputError(written.type ?? 'order_type', type, expected);
}
