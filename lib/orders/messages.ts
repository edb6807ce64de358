import type { Clock, Timer } from '../domain/clock.ts';
import { Emitter, type Listenable, type Unsubscribe } from '../domain/events.ts';
import type { Order } from '../domain/order.ts';
import type { Origin } from './journal/intents.ts';
import type { Journal } from './journal/journal.ts';
import type { OutboxEvent } from './journal/outbox.ts';

export interface OrderMessage {
  order: Order;
  origin: Origin;
}

/** After a restart the nodes need a moment to listen before what was left untold is told. */
const FIRST_LISTENER_MS = 250;

/** Tells every recorded change of an order, also those an earlier process recorded and could not tell. */
export class OrderMessages implements Listenable<OrderMessage> {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #changes: Emitter<OrderMessage>;
  readonly #held = new Set<string>();
  #untold: OutboxEvent[];
  #flusher: Timer | null = null;
  #late: Timer | null = null;

  constructor(journal: Journal, clock: Clock, onError: (error: unknown) => void) {
    this.#journal = journal;
    this.#clock = clock;
    this.#changes = new Emitter(onError);
    this.#untold = journal.outbox.pending();
  }

  on(listener: (message: OrderMessage) => void): Unsubscribe {
    if (this.#untold.length > 0)
      this.#late ??= this.#clock.elapsed.after(FIRST_LISTENER_MS, () => this.#tellUntold());
    return this.#changes.on(listener);
  }

  start(flushMs: number): void {
    this.#flusher = this.#clock.elapsed.every(flushMs, () => {
      if (this.#journal.db.isOpen) this.#journal.outbox.flush();
    });
  }

  /** While `work` places an order, its changes are part of the result and not told as messages of their own. */
  async hold<T>(intentId: string, work: () => Promise<T>): Promise<T> {
    if (this.#held.has(intentId)) return work();
    this.#held.add(intentId);
    try {
      return await work();
    } finally {
      this.#held.delete(intentId);
      this.#markPlaced(intentId);
    }
  }

  tell(event: OutboxEvent): void {
    if (this.#held.has(event.intentId)) {
      this.#journal.outbox.told(event.seq);
      return;
    }
    if (this.#changes.size === 0) {
      this.#untold.push(event);
      return;
    }
    this.#journal.outbox.told(event.seq);
    const record = this.#journal.intents.find(event.intentId);
    if (record) this.#changes.emit({ order: event.order, origin: record.origin });
  }

  close(): void {
    this.#flusher?.cancel();
    this.#late?.cancel();
    this.#changes.clear();
  }

  #tellUntold(): void {
    const untold = this.#untold;
    this.#untold = [];
    for (const event of untold) this.tell(event);
  }

  #markPlaced(intentId: string): void {
    if (!this.#journal.db.isOpen) return;
    for (const seq of this.#journal.outbox.pendingOf(intentId)) this.#journal.outbox.told(seq);
  }
}
