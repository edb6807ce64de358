import type { Clock, Timer } from '../domain/clock.ts';
import type { Unsubscribe } from '../domain/events.ts';
import type { Order } from '../domain/order.ts';
import type { Origin } from './journal/intents.ts';
import type { Journal } from './journal/journal.ts';
import type { OutboxEvent } from './journal/outbox.ts';

export interface OrderMessage {
  order: Order;
  origin: Origin;
}

/** Answers true when the message is its own and was passed on. */
export type OrderListener = (message: OrderMessage) => boolean;

/** After a start or a deploy the other nodes need a moment as well before what was left untold is told. */
const FIRST_LISTENER_MS = 250;
const FLUSH_MS = 2_000;
/** More than this many untold events stay in the journal only, until the next start. */
const UNTOLD = 5_000;

/**
 * Tells every recorded change of an order to the node it came from, in the order they were recorded, also those an
 * earlier process recorded and could not tell. What nobody takes waits for the next listener.
 */
export class OrderMessages {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<OrderListener>();
  /** Intents whose placing is under way: their changes are part of its result. */
  readonly #held = new Map<string, number>();
  #untold: OutboxEvent[];
  #flusher: Timer | null = null;
  #late: Timer | null = null;

  constructor(journal: Journal, clock: Clock, onError: (error: unknown) => void) {
    this.#journal = journal;
    this.#clock = clock;
    this.#onError = onError;
    this.#untold = journal.outbox.pending();
  }

  on(listener: OrderListener): Unsubscribe {
    this.#listeners.add(listener);
    if (this.#untold.length > 0) this.#tellSoon();
    return () => {
      this.#listeners.delete(listener);
    };
  }

  start(): void {
    this.#flusher = this.#clock.elapsed.every(FLUSH_MS, () => {
      if (this.#journal.db.isOpen) this.#journal.outbox.flush();
    });
  }

  /** From here until `release` the changes of this intent are kept for the result of its placing. */
  hold(intentId: string): void {
    this.#held.set(intentId, (this.#held.get(intentId) ?? 0) + 1);
  }

  /** `inResult`: the caller tells the state the order has now, and with it everything recorded so far. */
  release(intentId: string, inResult: boolean): void {
    const left = (this.#held.get(intentId) ?? 1) - 1;
    if (left > 0) {
      this.#held.set(intentId, left);
      return;
    }
    this.#held.delete(intentId);
    if (!this.#journal.db.isOpen) return;
    if (!inResult) {
      this.#requeue(intentId);
      return;
    }
    for (const seq of this.#journal.outbox.pendingOf(intentId)) this.#journal.outbox.told(seq);
    this.#untold = this.#untold.filter((event) => event.intentId !== intentId);
  }

  /** What was recorded while it was held, and is in no result, is told after all. */
  #requeue(intentId: string): void {
    const queued = new Set(this.#untold.map((event) => event.seq));
    const left = this.#journal.outbox.pending().filter((event) => event.intentId === intentId);
    this.#untold.push(...left.filter((event) => !queued.has(event.seq)));
    if (this.#listeners.size > 0) this.#tellSoon();
  }

  #tellSoon(): void {
    this.#late ??= this.#clock.elapsed.after(FIRST_LISTENER_MS, () => this.#tellUntold());
  }

  tell(event: OutboxEvent): void {
    if (this.#held.has(event.intentId)) return;
    const waiting = this.#untold.some((other) => other.intentId === event.intentId);
    if (waiting || !this.#deliver(event)) this.#untold.push(event);
    if (this.#untold.length > UNTOLD) this.#untold.shift();
  }

  close(): void {
    this.#flusher?.cancel();
    this.#late?.cancel();
    this.#listeners.clear();
  }

  #tellUntold(): void {
    this.#late = null;
    const untold = this.#untold;
    this.#untold = [];
    for (const event of untold) this.tell(event);
  }

  #deliver(event: OutboxEvent): boolean {
    const record = this.#journal.intents.find(event.intentId);
    if (!record) return true;
    let taken = false;
    for (const listener of [...this.#listeners]) {
      try {
        taken = listener({ order: event.order, origin: record.origin }) || taken;
      } catch (error) {
        this.#onError(error);
      }
    }
    if (taken) this.#journal.outbox.told(event.seq);
    return taken;
  }
}
