import type { Broker } from '../broker/port.ts';
import type { Clock } from '../domain/clock.ts';
import { messageOf } from '../domain/errors.ts';
import type { BrokerOrderRecord } from './journal/broker-orders.ts';
import type { Journal } from './journal/journal.ts';
import type { Reconciler } from './reconcile.ts';

/** How long an order may take to prove that it is over. */
const PROOF_MS = 10_000;
const FIRST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 1_000;
/** A cancel that was taken may be under way; then it is not repeated at once. */
const CANCEL_AGAIN_MS = 2_000;

export interface CancellationParts {
  broker: Broker;
  journal: Journal;
  reconciler: Reconciler;
  clock: Clock;
  isOpen: () => boolean;
  log: (level: 'info' | 'warn', message: string) => void;
}

export type Ended = { kind: 'ended' } | { kind: 'doubt'; reason: string };

/**
 * Cancels orders of ours and proves each terminal by reading it, so that what it executed in the meantime is booked
 * before anybody counts what is left. A group is canceled by its parent, then leg by leg, and is over when all its legs
 * are: what a cancel of the parent does to each of them is the broker's affair.
 */
export async function cancelAndProve(
  parts: CancellationParts,
  groups: readonly BrokerOrderRecord[][],
): Promise<Ended> {
  const { clock } = parts;
  const deadline = clock.elapsed.now() + PROOF_MS;
  const orders = groups.flat();
  const heads = new Set(orders.map(headOf));
  let failure = '';
  for (const id of heads) failure = (await cancel(parts, id)) || failure;
  let cancelAt = clock.elapsed.now() + (failure === '' ? CANCEL_AGAIN_MS : 0);
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(LONGEST_LOOK_MS, wait * 2)) {
    for (const id of new Set(open(parts, orders).map(headOf))) failure = (await look(parts, id)) || failure;
    const left = open(parts, orders);
    if (left.length === 0) return { kind: 'ended' };
    if (clock.elapsed.now() + wait > deadline || !parts.isOpen()) {
      const ids = left.map(({ orderId }) => orderId).join(', ');
      const why = failure === '' ? '' : `: ${failure}`;
      return { kind: 'doubt', reason: `order ${ids} did not prove to be canceled${why}` };
    }
    await clock.elapsed.sleep(wait);
    if (clock.elapsed.now() < cancelAt) continue;
    cancelAt = clock.elapsed.now() + CANCEL_AGAIN_MS;
    for (const { orderId } of open(parts, orders)) failure = (await cancel(parts, orderId)) || failure;
  }
}

/** The order that is read and canceled for it: the parent of its group, or itself. */
function headOf({ parentId, orderId }: BrokerOrderRecord): number {
  return parentId ?? orderId;
}

/** Those of the orders, with the other legs of their groups, that are not over. */
function open({ journal }: CancellationParts, orders: readonly BrokerOrderRecord[]): BrokerOrderRecord[] {
  const found = new Map<number, BrokerOrderRecord>();
  for (const order of orders) {
    const legs = journal.orders.legsOf(headOf(order));
    for (const { orderId } of legs.length > 0 ? legs : [order]) {
      const now = journal.orders.find(orderId);
      if (now && !now.closed) found.set(orderId, now);
    }
  }
  return [...found.values()];
}

/** Why it failed, or nothing. Its acknowledgement is no verdict: the order itself is read. */
async function cancel({ broker }: CancellationParts, id: number): Promise<string> {
  try {
    const outcome = await broker.cancel(id);
    return outcome.kind === 'failed' ? outcome.reason : '';
  } catch (error) {
    return messageOf(error);
  }
}

async function look({ reconciler }: CancellationParts, id: number): Promise<string> {
  try {
    await reconciler.lookAt(id);
    return '';
  } catch (error) {
    return messageOf(error);
  }
}
