import type { Timer } from '../../domain/clock.ts';
import { messageOf } from '../../domain/errors.ts';
import { nextTurn } from '../../domain/event-loop.ts';
import { Emitter } from '../../domain/events.ts';
import { isTerminal } from '../../domain/order.ts';
import type { BrokerOrder, OrderEvent, StreamState } from '../port.ts';
import type { FeedParts } from './feed-parts.ts';
import { OrderStream } from './order-stream.ts';
import type { StreamMessage } from './stream-messages.ts';

/** Orders whose last told state is remembered. */
const REMEMBERED = 2_000;
/** Events that wait for the list of orders; more of them are told before it. */
const MOST_HELD = 1_000;

/**
 * Order events of the account stream. After a gap the list of orders is read first: what changed meanwhile is told
 * before anything newer. When it cannot be read the newer events are told all the same, and the log says so. A moment
 * later it is read once more: what happens before the broker has taken up the subscription is in neither.
 */
export class AccountFeed {
  readonly orderEvents: Emitter<OrderEvent>;
  readonly #parts: FeedParts;
  readonly #stream: OrderStream;
  /** null where others use the stream too. */
  readonly #own: OrderStream | null;
  #seat: { leave(): void } | null = null;
  /** What was told last of each order, the longest unchanged first. */
  readonly #told = new Map<number, OrderEvent>();
  /** What came while the list was being read; null while nothing is read. */
  #held: OrderEvent[] | null = null;
  #leaving: OrderEvent[] = [];
  #gaps = 0;
  #secondLook: Timer | null = null;
  #closed = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.orderEvents = new Emitter(parts.onError);
    this.#own = parts.orderStream ? null : new OrderStream(parts);
    this.#stream = parts.orderStream ?? (this.#own as OrderStream);
  }

  connect(): void {
    this.#seat ??= this.#stream.join({
      onMessage: (message) => this.#pass(message),
      onState: (state) => this.#state(state),
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#secondLook?.cancel();
    await this.#own?.close();
    this.#seat?.leave();
    this.orderEvents.clear();
  }

  #state(state: StreamState): void {
    if (state.state === 'open' && state.gap && !this.#closed) void this.#fillGap();
    this.#parts.onState(state);
  }

  #pass(message: StreamMessage): void {
    // Documented samples shorten the account's number, so a prefix of ours counts as ours.
    if (message.kind !== 'order' || !this.#parts.reads.accountId.startsWith(message.account)) return;
    if (this.#held === null) this.#tell(message.event);
    else if (this.#held.push(message.event) > MOST_HELD) this.#release();
  }

  async #fillGap(): Promise<void> {
    const { elapsed, timeouts } = this.#parts;
    this.#gaps += 1;
    const gap = this.#gaps;
    this.#secondLook?.cancel();
    this.#secondLook = elapsed.after(timeouts.streamSettleMs, () => void this.#tellList(gap));
    // What an earlier gap still holds is told with this one.
    this.#held ??= [];
    await this.#tellList(gap);
    if (!this.#closed && gap === this.#gaps) this.#release();
  }

  /** Tells what the list knows and nobody was told, unless another gap came meanwhile. */
  async #tellList(gap: number): Promise<void> {
    let rows: BrokerOrder[] = [];
    try {
      rows = await this.#parts.reads.orders();
    } catch (error) {
      if (this.#closed || gap !== this.#gaps) return;
      const reason = messageOf(error);
      this.#parts.log('warn', `Orders that changed while the stream was down could not be read: ${reason}`);
    }
    if (this.#closed || gap !== this.#gaps) return;
    for (const row of rows) this.#tellNews(eventOf(row));
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const event of held) this.#tellNews(event);
  }

  /** Leaves out what was told already, or overtaken by what was. */
  #tellNews(event: OrderEvent): void {
    const told = this.#told.get(event.id);
    if (told === undefined || isNews(event, told)) this.#tell(event);
  }

  #tell(event: OrderEvent): void {
    this.#told.delete(event.id);
    this.#told.set(event.id, event);
    const oldest = this.#told.keys().next().value;
    if (this.#told.size > REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
    this.#leaving.push(event);
    if (this.#leaving.length === 1) nextTurn(() => this.#emit());
  }

  /** In their order. An answer to an order that came in the same turn is told first: somebody waits for that. */
  #emit(): void {
    const events = this.#leaving;
    this.#leaving = [];
    for (const event of events) this.orderEvents.emit(event);
  }
}

function eventOf(row: BrokerOrder): OrderEvent {
  const { id, status, execQuantity, remainingQuantity, avgFillPrice, updatedAt } = row;
  return { id, status, execQuantity, remainingQuantity, avgFillPrice, updatedAt };
}

/** Executions tell which of two states of one order is the newer; where they are equal an end does, then the stamps. */
function isNews(event: OrderEvent, told: OrderEvent): boolean {
  if (event.execQuantity !== told.execQuantity)
    return event.execQuantity > told.execQuantity || event.updatedAt > told.updatedAt;
  if (isTerminal(event.status) !== isTerminal(told.status)) return isTerminal(event.status);
  if (event.updatedAt > 0 && event.updatedAt < told.updatedAt) return false;
  return signature(event) !== signature(told);
}

function signature({ status, execQuantity, remainingQuantity, avgFillPrice }: OrderEvent): string {
  return `${status} ${execQuantity} ${remainingQuantity} ${avgFillPrice ?? 0}`;
}
