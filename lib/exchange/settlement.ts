import type { EpochMs } from '../domain/clock.ts';
import { add, type Money, ZERO } from '../domain/money.ts';
import { allSessions, latestSession } from '../market/calendar.ts';

/** Proceeds of sales that belong to the account but may be spent only from `at` on. */
export interface Unsettled {
  at: EpochMs;
  amount: Money;
}

/** When a sale settles: at the open of the session after the one it was made in or after; null beyond the calendar. */
export function settlesAt(sold: EpochMs): EpochMs | null {
  const session = latestSession(sold);
  return session === null ? null : (allSessions()[session.index + 1]?.open ?? null);
}

/** Adds the proceeds of a sale and forgets what has settled by then. */
export function withProceeds(list: readonly Unsettled[], proceeds: Money, sold: EpochMs): Unsettled[] {
  const at = settlesAt(sold);
  const open = list.filter((item) => item.at > sold);
  if (at === null) return open;
  const same = open.find((item) => item.at === at);
  if (same === undefined) return [...open, { at, amount: proceeds }];
  same.amount = add(same.amount, proceeds);
  return open;
}

export function unsettledAt(list: readonly Unsettled[], now: EpochMs): Money {
  return list.reduce((sum, item) => (item.at > now ? add(sum, item.amount) : sum), ZERO);
}
