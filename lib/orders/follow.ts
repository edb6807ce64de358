import type { Broker, OrderEvent, StreamState } from '../broker/port.ts';
import type { Clock, ElapsedMs, Timer } from '../domain/clock.ts';
import { messageOf, TraderError } from '../domain/errors.ts';
import { nextTurn } from '../domain/event-loop.ts';
import type { Unsubscribe } from '../domain/events.ts';
import { isTerminal } from '../domain/order.ts';
import type { Holdings } from '../portfolio/holdings.ts';
import type { Journal } from './journal/journal.ts';
import { Looks } from './looks.ts';
import type { Reconciler } from './reconcile.ts';

/** Elapsed ms between complete passes, by what is going on. */
const PACE = {
  doubt: 2_000,
  longDoubt: 10_000,
  workingNoStream: 3_000,
  working: 15_000,
  idle: 30_000,
} as const;
const LONG_DOUBT_MS = 30_000;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000] as const;
/** After an event the broker's money needs a moment; several events make one read. */
const MONEY_DELAY_MS = 200;
const EARLY_EVENTS = 200;
/** Whoever placed it: by then an order of ours is acknowledged. */
const STRANGER_MS = 1_000;
const NEVER = Number.POSITIVE_INFINITY;

export interface FollowParts {
  broker: Broker;
  journal: Journal;
  reconciler: Reconciler;
  holdings: Holdings;
  clock: Clock;
  /** After each read of the broker's money. */
  refreshed: () => void;
  /** Reading works, or why it does not. */
  reading: (state: { ok: true } | { ok: false; reason: string }) => void;
  stream: (state: StreamState) => void;
  /** The journal, not the broker, failed. */
  journalFailed: (error: unknown) => void;
  alarm: (reason: string) => void;
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/**
 * Keeps the journal and the broker together: the account stream as a hint, complete reads as the truth, more
 * often while something is unclear.
 */
export class Follower {
  readonly #parts: FollowParts;
  readonly #subscriptions: Unsubscribe[] = [];
  readonly #early = new Map<number, OrderEvent[]>();
  /** Orders just acknowledged, whose early events are about to be told: later ones wait behind them. */
  readonly #placed = new Set<number>();
  readonly #looks: Looks;
  #timer: Timer | null = null;
  #fullDue: ElapsedMs = NEVER;
  #moneyDue: ElapsedMs = NEVER;
  #running: Promise<void> | null = null;
  #failures = 0;
  #streamOpen = false;
  #doubtSince: ElapsedMs | null = null;
  #closed = false;

  constructor(parts: FollowParts) {
    this.#parts = parts;
    this.#looks = new Looks(parts, () => this.#schedule(MONEY_DELAY_MS, false));
  }

  /** Throws when the first complete read fails. */
  async start(): Promise<void> {
    const { broker } = this.#parts;
    this.#subscriptions.push(
      broker.orderEvents.on((event) => this.#heard(event)),
      broker.streamStates.on((state) => this.#stream(state)),
    );
    broker.connect();
    this.#running = this.#pass(true);
    try {
      await this.#running;
    } finally {
      this.#running = null;
    }
    this.#schedule(this.#pace(), true);
  }

  /** A complete pass within `ms`. */
  nudge(ms = 0): void {
    this.#schedule(ms, true);
  }

  /** Reads one order again, soon, and less and less often until it is clear. */
  lookAgain(id: number): void {
    this.#looks.soon(id);
  }

  /**
   * The broker acknowledged an order. Events that came before its id was known are recorded when its placing was
   * told: they cost commits that nobody waits for. The legs of a group have to be read.
   */
  acknowledged(id: number): void {
    if (this.#parts.journal.orders.find(id)?.role === 'group') this.#looks.soon(id);
    this.#schedule(MONEY_DELAY_MS, false);
    if (!this.#early.has(id)) return;
    this.#placed.add(id);
    nextTurn(() => this.#tellEarly(id));
  }

  #tellEarly(id: number): void {
    const events = this.#early.get(id) ?? [];
    this.#early.delete(id);
    this.#placed.delete(id);
    if (this.#closed) return;
    for (const event of telling(events)) {
      try {
        this.#heard(event);
      } catch (error) {
        this.#parts.log('error', messageOf(error));
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const leave of this.#subscriptions) leave();
    this.#looks.close();
    this.#timer?.cancel();
    await this.#running?.catch(() => undefined);
  }

  /** The stream swallows what its listeners throw; a journal that fails must not go unheard. */
  #heard(event: OrderEvent): void {
    try {
      if (this.#placed.has(event.id)) this.#keep(event);
      else this.#event(event);
    } catch (error) {
      if (error instanceof TraderError && error.code === 'E_JOURNAL') this.#parts.journalFailed(error);
      else throw error;
    }
  }

  #event(event: OrderEvent): void {
    const seen = this.#parts.reconciler.observe({ ...event, reason: null });
    if (seen === 'changed') this.#schedule(MONEY_DELAY_MS, false);
    if (seen === 'look_again' || seen === 'contradiction') this.#looks.soon(event.id);
    if (seen !== 'foreign') return;
    this.#keep(event);
    const oldest = this.#early.keys().next().value;
    if (this.#early.size > EARLY_EVENTS && oldest !== undefined) this.#early.delete(oldest);
    // Most are of an order that is being placed; whose it is otherwise, a complete read tells.
    this.#parts.clock.elapsed.after(STRANGER_MS, () => {
      if (this.#early.has(event.id)) this.#schedule(0, true);
    });
  }

  #keep(event: OrderEvent): void {
    this.#early.set(event.id, [...(this.#early.get(event.id) ?? []), event].slice(-20));
  }

  #stream(state: StreamState): void {
    if (state.stream === 'account') {
      this.#streamOpen = state.state === 'open';
      if (state.state !== 'connecting') this.#schedule(0, true);
    }
    this.#parts.stream(state);
  }

  #schedule(ms: number, full: boolean): void {
    const at = this.#parts.clock.elapsed.now() + ms;
    if (full) this.#fullDue = Math.min(this.#fullDue, at);
    else this.#moneyDue = Math.min(this.#moneyDue, at);
    this.#arm();
  }

  #arm(): void {
    if (this.#running || this.#closed) return;
    this.#timer?.cancel();
    const wait = Math.min(this.#fullDue, this.#moneyDue) - this.#parts.clock.elapsed.now();
    if (Number.isFinite(wait))
      this.#timer = this.#parts.clock.elapsed.after(Math.max(0, wait), () => this.#run());
  }

  #run(): void {
    // A complete pass reads the money too.
    const full = this.#fullDue <= Math.max(this.#moneyDue, this.#parts.clock.elapsed.now());
    this.#moneyDue = NEVER;
    if (full) this.#fullDue = NEVER;
    this.#running = this.#pass(full)
      .then(() => this.#passed())
      .catch((error: unknown) => this.#failed(error))
      .catch((error: unknown) => this.#parts.log('error', messageOf(error)))
      .finally(() => {
        this.#running = null;
        this.#arm();
      });
  }

  #passed(): void {
    this.#failures = 0;
    this.#schedule(this.#pace(), true);
    this.#parts.reading({ ok: true });
  }

  /** The next try is planned before anybody is told: telling may fail as well. */
  #failed(error: unknown): void {
    if (this.#closed) return;
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 15_000;
    this.#failures += 1;
    this.#fullDue = NEVER;
    this.#moneyDue = NEVER;
    this.#schedule(wait, true);
    if (error instanceof TraderError && error.code === 'E_JOURNAL') {
      this.#parts.journalFailed(error);
      return;
    }
    this.#parts.log(
      'warn',
      `the broker could not be read, trying again in ${wait / 1000} s: ${messageOf(error)}`,
    );
    this.#parts.reading({ ok: false, reason: messageOf(error) });
  }

  async #pass(full: boolean): Promise<void> {
    const { reconciler, holdings, refreshed } = this.#parts;
    if (full) await reconciler.run();
    const { settled } = await holdings.read();
    if (this.#closed) return;
    refreshed();
    if (!settled) this.#schedule(1_000, true);
  }

  #pace(): number {
    const { journal, clock } = this.#parts;
    if (!journal.db.isOpen) return PACE.idle;
    if (journal.attempts.unknown().length > 0) {
      this.#doubtSince ??= clock.elapsed.now();
      return clock.elapsed.now() - this.#doubtSince < LONG_DOUBT_MS ? PACE.doubt : PACE.longDoubt;
    }
    this.#doubtSince = null;
    if (journal.orders.working().length === 0) return PACE.idle;
    return this.#streamOpen ? PACE.working : PACE.workingNoStream;
  }
}

/** Of several events of one order those that say more than the ones before them: executions, an end, the last. */
function telling(events: readonly OrderEvent[]): OrderEvent[] {
  let most = 0;
  return events.filter((event, n) => {
    const grown = event.execQuantity > most;
    most = Math.max(most, event.execQuantity);
    return grown || isTerminal(event.status) || n === events.length - 1;
  });
}
