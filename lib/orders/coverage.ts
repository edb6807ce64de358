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
    // Of a group whose legs are not known, what was sent counts.
    if (first.role === 'group') continue;
    seen.add(first.intentId);
    const left = (leg: BrokerOrderRecord) => leg.remaining;
    stopped += Math.max(0, ...group.filter((leg) => leg.role === 'stop_loss').map(left));
    shares += Math.max(...group.map(left));
  }
  // Sent or about to be, and not seen at the broker yet.
  for (const one of exposure.standing(symbol, now)) {
    if (one.intentId === except || (book !== undefined && one.book !== book)) continue;
    if (seen.has(one.intentId) || legsKnown(journal, one.intentId)) continue;
    shares += one.quantity - one.filled;
  }
  return { stopped, shares };
}

/**
 * The working orders that stand by, those of one pair together; a pair whose legs were not read yet by its parent alone.
 * Legs of an entry that may still be filled wait themselves.
 */
export function standing(journal: Journal, symbol: string, book?: string): BrokerOrderRecord[][] {
  const groups = new Map<number, BrokerOrderRecord[]>();
  for (const order of journal.orders.groupsAndLegsIn(symbol, book)) {
    const closes = order.role === 'stop_loss' || order.role === 'take_profit';
    if (closes ? waits(journal, order) : !isUnread(journal, order, true)) continue;
    const key = order.parentId ?? order.orderId;
    groups.set(key, [...(groups.get(key) ?? []), order]);
  }
  return [...groups.values()];
}

/** A stop; of a pair that was not read yet one is. */
export function isStop({ role }: BrokerOrderRecord): boolean {
  return role === 'stop_loss' || role === 'group';
}

/** The working orders of a book that would add to its position, each by itself. */
export function entering(journal: Journal, symbol: string, book: string): BrokerOrderRecord[][] {
  const entries = journal.orders
    .workingIn(symbol, book)
    .filter((order) => (order.role === 'main' ? !reduces(journal, order) : isUnread(journal, order, false)));
  return entries.map((entry) => [entry]);
}

/** True for the parent of a group whose legs were not read yet: of what closes a position, or of an entry. */
function isUnread(journal: Journal, order: BrokerOrderRecord, closes: boolean): boolean {
  if (order.role !== 'group' || journal.orders.legsOf(order.orderId).length > 0) return false;
  return reduces(journal, order) === closes;
}

function reduces(journal: Journal, { intentId }: BrokerOrderRecord): boolean {
  return journal.intents.find(intentId)?.intent.reduceOnly === true;
}

/** True when the legs speak for themselves; their parent may be told to be over later than they are. */
function legsKnown(journal: Journal, intentId: string): boolean {
  const sent = journal.orders.ofIntent(intentId);
  return sent?.role === 'group' && journal.orders.legsOf(sent.orderId).length > 0;
}

/** Once the entry is over, whatever became of it, its legs are alive or about to end. */
function waits(journal: Journal, { parentId }: BrokerOrderRecord): boolean {
  if (parentId === null) return false;
  const main = journal.orders.legsOf(parentId).find((leg) => leg.role === 'main');
  return main !== undefined && !main.closed;
}
