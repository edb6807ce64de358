import type { Broker } from '../../broker/port.ts';
import type { Clock, ElapsedMs, Timer } from '../../domain/clock.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Commitment } from '../exposure.ts';
import type { Journal } from '../journal/journal.ts';

export interface ClearanceParts {
  journal: Journal;
  broker: Broker;
  clock: Clock;
  lookAgain: (orderId: number) => void;
  log: (level: 'info' | 'warn', message: string) => void;
}

/** How long the end of a canceled order is waited for. */
const PROOF_MS = 10_000;

/** Cancels what is in the way of a target, each order once, and has its end read at the broker. */
export class Clearance {
  readonly #parts: ClearanceParts;
  readonly #inTheWay = new Map<string, ReadonlySet<string>>();
  readonly #canceled = new Map<string, ElapsedMs>();
  readonly #timers = new Set<Timer>();
  /** Hears of a target whose way is not clear although its orders were canceled in good time. */
  readonly #onStuck: (signalKey: string) => void;

  constructor(parts: ClearanceParts, onStuck: (signalKey: string) => void) {
    this.#parts = parts;
    this.#onStuck = onStuck;
  }

  /** Entries, and exits of older targets: other exits are left alone. Not before the broker has them. */
  canCancel({ intentId }: Commitment): boolean {
    const { journal, clock } = this.#parts;
    const intent = journal.intents.find(intentId)?.intent;
    if (!intent || (intent.reduceOnly && intent.target === undefined)) return false;
    const order = journal.orders.ofIntent(intentId);
    if (!order || order.closed) return false;
    const since = this.#canceled.get(intentId);
    return since === undefined || clock.elapsed.now() - since < PROOF_MS;
  }

  /** What has to go before the target's next step; nothing: it is free. */
  set(signalKey: string, inTheWay: readonly Commitment[]): void {
    if (inTheWay.length === 0) this.#inTheWay.delete(signalKey);
    else this.#inTheWay.set(signalKey, new Set(inTheWay.map(({ intentId }) => intentId)));
  }

  /** Cancels of it what can be canceled by now and was not. */
  clear(signalKey: string, onTheWay: readonly Commitment[]): void {
    const { clock } = this.#parts;
    const ids = this.#inTheWay.get(signalKey);
    for (const one of onTheWay) {
      if (!ids?.has(one.intentId) || this.#canceled.has(one.intentId) || !this.canCancel(one)) continue;
      this.#canceled.set(one.intentId, clock.elapsed.now());
      void this.#cancel(one);
      const timer = clock.elapsed.after(PROOF_MS, () => {
        this.#timers.delete(timer);
        if (this.#inTheWay.get(signalKey)?.has(one.intentId)) this.#onStuck(signalKey);
      });
      this.#timers.add(timer);
    }
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
  }

  async #cancel({ intentId, side, symbol }: Commitment): Promise<void> {
    const { journal, broker, lookAgain, log } = this.#parts;
    const order = journal.orders.ofIntent(intentId);
    if (!order) return;
    // A leg goes with its group.
    const id = order.parentId ?? order.orderId;
    log(
      'info',
      `order ${id} (${side} ${order.remaining} ${symbol}) is canceled: a newer target does not want it`,
    );
    try {
      const outcome = await broker.cancel(id);
      if (outcome.kind === 'failed') log('warn', `order ${id} could not be canceled: ${outcome.reason}`);
    } catch (error) {
      log('warn', `order ${id} could not be canceled: ${messageOf(error)}`);
    }
    if (journal.db.isOpen) lookAgain(id);
  }
}
