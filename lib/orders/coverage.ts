import type { ElapsedMs } from '../domain/clock.ts';
import type { Exposure } from './exposure.ts';
import type { BrokerOrderRecord } from './journal/broker-orders.ts';
import type { Journal } from './journal/journal.ts';

/** Shares that orders at the broker stand by to close, and are not being sold (or covered) yet. */
export interface Coverage {
  /** With a working protective stop. */
  stopped: number;
  /** Promised to standing-by orders of any kind; the two legs of a pair count once. */
  shares: number;
}

export interface CoverageParts {
  journal: Journal;
  exposure: Exposure;
}

const NONE: Coverage = { stopped: 0, shares: 0 };

/** What stands by for one symbol: of one book, or without `book` of all of them. `except` is an intent left out. */
export function coverage(
  parts: CoverageParts,
  symbol: string,
  now: ElapsedMs,
  book?: string,
  except?: string,
): Coverage {
  const { journal, exposure } = parts;
  let { stopped, shares } = NONE;
  const seen = new Set<string>();
  for (const group of standing(journal, symbol, book)) {
    const first = group[0] as BrokerOrderRecord;
    seen.add(first.intentId);
    const left = (leg: BrokerOrderRecord) => leg.remaining;
    stopped += Math.max(0, ...group.filter((leg) => leg.role === 'stop_loss').map(left));
    shares += Math.max(...group.map(left));
  }
  // Sent or about to be, and not seen at the broker yet.
  for (const one of exposure.standing(symbol, now)) {
    if (seen.has(one.intentId) || one.intentId === except || (book !== undefined && one.book !== book))
      continue;
    shares += one.quantity - one.filled;
  }
  return { stopped, shares };
}

/** The working orders that stand by, those of one pair together. Legs of an entry that is not filled wait themselves. */
export function standing(journal: Journal, symbol: string, book?: string): BrokerOrderRecord[][] {
  const groups = new Map<number, BrokerOrderRecord[]>();
  for (const order of journal.orders.working()) {
    if (order.role !== 'stop_loss' && order.role !== 'take_profit') continue;
    const intent = journal.intents.find(order.intentId)?.intent;
    if (intent?.symbol !== symbol || (book !== undefined && intent.book !== book)) continue;
    if (waits(journal, order)) continue;
    const key = order.parentId ?? order.orderId;
    groups.set(key, [...(groups.get(key) ?? []), order]);
  }
  return [...groups.values()];
}

/** The working orders of a book that would add to its position, each by itself. */
export function entering(journal: Journal, symbol: string, book: string): BrokerOrderRecord[][] {
  const entries = journal.orders.working().filter((order) => {
    if (order.role !== 'main') return false;
    const intent = journal.intents.find(order.intentId)?.intent;
    return intent?.symbol === symbol && intent.book === book && !intent.reduceOnly;
  });
  return entries.map((entry) => [entry]);
}

function waits(journal: Journal, { parentId }: BrokerOrderRecord): boolean {
  if (parentId === null) return false;
  const main = journal.orders.legsOf(parentId).find((leg) => leg.role === 'main');
  return main !== undefined && main.status !== 'filled';
}
