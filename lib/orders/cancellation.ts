import type { Broker } from '../broker/port.ts';
import type { Clock } from '../domain/clock.ts';
import type { BrokerOrderRecord } from './journal/broker-orders.ts';
import type { Journal } from './journal/journal.ts';
import type { Reconciler } from './reconcile.ts';

/** How long an order may take to prove that it is over. */
const PROOF_MS = 10_000;
const FIRST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 1_000;

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
 * before anybody counts what is left. A group is canceled by its parent, then leg by leg.
 */
export async function cancelAndProve(
  parts: CancellationParts,
  groups: readonly BrokerOrderRecord[][],
): Promise<Ended> {
  const { clock, journal } = parts;
  const open = () => groups.flat().filter(({ orderId }) => journal.orders.find(orderId)?.closed === false);
  const deadline = clock.elapsed.now() + PROOF_MS;
  const parents = new Set(groups.map(([first]) => first?.parentId ?? first?.orderId ?? 0));
  let failure = '';
  for (const id of parents) failure = (await cancel(parts, id)) || failure;
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(LONGEST_LOOK_MS, wait * 2)) {
    for (const { orderId } of open()) failure = (await look(parts, orderId)) || failure;
    const left = open();
    if (left.length === 0) return { kind: 'ended' };
    if (clock.elapsed.now() + wait > deadline || !parts.isOpen()) {
      const ids = left.map(({ orderId }) => orderId).join(', ');
      const why = failure === '' ? '' : `: ${failure}`;
      return { kind: 'doubt', reason: `order ${ids} did not prove to be canceled${why}` };
    }
    await clock.elapsed.sleep(wait);
    for (const { orderId } of open()) failure = (await cancel(parts, orderId)) || failure;
  }
}

/** Why it failed, or nothing. Its acknowledgement is no verdict: the order itself is read. */
async function cancel({ broker }: CancellationParts, id: number): Promise<string> {
  try {
    const outcome = await broker.cancel(id);
    return outcome.kind === 'failed' ? outcome.reason : '';
  } catch (error) {
    return words(error);
  }
}

async function look({ reconciler }: CancellationParts, id: number): Promise<string> {
  try {
    await reconciler.lookAt(id);
    return '';
  } catch (error) {
    return words(error);
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
