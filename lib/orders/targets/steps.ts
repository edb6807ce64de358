import { intentId } from '../../domain/ids.ts';
import type { OrderIntent } from '../../domain/order.ts';
import type { Journal } from '../journal/journal.ts';

/** One order on the way to a target, from the spending of its permit on. */
export interface Step {
  intent: OrderIntent;
  /** It can execute no more. */
  ended: boolean;
  /** Everything that was sent is executed. */
  whole: boolean;
  /** Where it was to bring its book, in the shares its order was executed in: the broker may have carried it over a split. */
  end: number | null;
  /** How it stands, in words: "filled", "rejected: no shares to borrow". */
  words: string;
}

/** What was ordered for a signal, in the order it was sent. */
export function stepsOf(journal: Journal, signalKey: string): Step[] {
  const steps: { step: Step; sent: number }[] = [];
  for (const { intent, state } of journal.intents.ofSignal(signalKey)) {
    const attempt = journal.attempts.latest(intent.intentId);
    const closing = journal.closings.find(intent.intentId);
    if (attempt === null && closing === null) continue;
    const order = journal.orders.ofIntent(intent.intentId);
    const status = order?.status ?? attempt?.state.toLowerCase() ?? 'not sent';
    const reason = order?.reason || attempt?.outcome || closing?.reason;
    const sent = attempt?.quantity ?? intent.quantity;
    const carried = order === null ? 1 : order.quantity / sent;
    const step = {
      intent,
      end: intent.target === undefined ? null : intent.target * carried,
      ended: state === 'DONE' || state === 'LAPSED',
      whole: order !== null && order.cumQuantity >= order.quantity,
      words: reason ? `${status}: ${reason}` : status,
    };
    steps.push({ step, sent: attempt?.sentWall ?? closing?.begunWall ?? 0 });
  }
  return steps.sort((a, b) => a.sent - b.sent).map(({ step }) => step);
}

/** The name of the next order of a signal: `exit`, `exit-2`, … or `main`, `main-2`, …; one that was never sent keeps its. */
export function nextLeg(journal: Journal, signalKey: string, strategy: string, reduces: boolean): string {
  const name = reduces ? 'exit' : 'main';
  for (let n = 1; ; n += 1) {
    const leg = n === 1 ? name : `${name}-${n}`;
    const id = intentId(signalKey, strategy, leg);
    if (journal.attempts.latest(id) === null && journal.closings.find(id) === null) return leg;
  }
}
