import type { Broker } from '../../broker/port.ts';
import type { Clock, ElapsedMs } from '../../domain/clock.ts';
import { messageOf } from '../../domain/errors.ts';
import type { OrderIntent } from '../../domain/order.ts';
import type { HaltState, Protection as Missing } from '../../domain/portfolio.ts';
import { Turns } from '../../domain/turns.ts';
import type { QuoteBook } from '../../market/quote-book.ts';
import type { MarketCalendar } from '../../market/trading-calendar.ts';
import type { Ledger } from '../../portfolio/ledger.ts';
import { cancelAndProve } from '../cancellation.ts';
import { Closing, turnOf } from '../closing.ts';
import { entering } from '../coverage.ts';
import type { OrderDesk } from '../desk.ts';
import type { Exposure } from '../exposure.ts';
import type { Follower } from '../follow.ts';
import type { Journal } from '../journal/journal.ts';
import type { OrderMessages } from '../messages.ts';
import { followUnasked, type PlacementParts } from '../placement.ts';
import type { Reconciler } from '../reconcile.ts';
import { Guard } from './guard.ts';
import type { Approve } from './renewal.ts';
import { closingPrice, Trailing } from './trailing.ts';
import { UnprotectedClock } from './unprotected-time.ts';

/** A quote older than this says nothing about a stop. */
const QUOTE_MS = 15_000;

export interface ProtectionParts {
  journal: Journal;
  exposure: Exposure;
  broker: Broker;
  clock: Clock;
  simulated: boolean;
  desk: OrderDesk;
  reconciler: Reconciler;
  messages: OrderMessages;
  follower: Follower;
  ledger: Ledger;
  quotes: QuoteBook;
  calendar: Pick<MarketCalendar, 'openSession'>;
  external: (symbol: string) => number | null;
  /** True when the positions were read since, and nothing about the symbol's waits to be explained. */
  positionsRead: (symbol: string, since: ElapsedMs) => boolean;
  approve: Approve;
  fellThrough: (intent: OrderIntent) => void;
  isOpen: () => boolean;
  haltState: () => HaltState;
  reduce: (reason: string) => void;
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** Everything of one account that stands by at the broker to close positions, put together. */
export class Protection {
  readonly placement: PlacementParts;
  readonly #closing: Closing;
  readonly #guard: Guard;
  readonly #trailing: Trailing;
  readonly #unprotected: UnprotectedClock;
  readonly #log: ProtectionParts['log'];
  readonly #parts: ProtectionParts;
  readonly #turns = new Turns();
  #resuming: Promise<void> = Promise.resolve();

  constructor(parts: ProtectionParts) {
    const turns = this.#turns;
    this.#parts = parts;
    const readPositions = () => parts.follower.nudge();
    this.#log = parts.log;
    const { ledger, quotes, calendar, clock } = parts;
    // Outside the session quotes are thin: no stop is moved or taken for reached by them.
    const isRegular = () => calendar.openSession(clock.market.now()) !== null;
    const closing = new Closing({
      ...parts,
      turns,
      guard: () => this.#guard.nudge(),
      sent: (intent, sent) => followUnasked(this.placement, intent, sent),
    });
    this.#closing = closing;
    this.placement = { ...parts, closing };
    this.#guard = new Guard({
      ...parts,
      turns,
      readPositions,
      placement: this.placement,
      price: (symbol, long) => {
        const seen = quotes.peek(symbol);
        return seen && seen.ageMs <= QUOTE_MS && isRegular() ? closingPrice(seen.quote, long) : null;
      },
    });
    this.#trailing = new Trailing({
      ...parts,
      turns,
      readPositions,
      watchQuotes: (symbols, listener) =>
        quotes.watch(symbols, (quote) => {
          if (isRegular()) listener(quote);
        }),
      bookQuantity: (book, symbol) => ledger.bookQuantity(book, symbol),
    });
    this.#unprotected = new UnprotectedClock({
      ...parts,
      lack: (book, symbol) => this.#guard.lack(book, symbol),
    });
  }

  /** After the first complete reading of the broker. What an earlier process had begun goes on beside the start. */
  start(): void {
    this.#unprotected.start();
    this.#trailing.refresh();
    this.#resuming = this.#closing
      .resume()
      .catch((error: unknown) => {
        const words = messageOf(error);
        this.#log('error', `an exit that an earlier process had begun could not go on: ${words}`);
      })
      .then(() => this.#guard.start());
  }

  /** An order or a position changed. */
  changed(): void {
    this.#unprotected.changed();
    this.#guard.nudge();
    this.#trailing.refresh();
  }

  /** Cancels the entries of a book that still work, and says how many; their ends are told like any other. */
  cancelEntries(book: string, symbol: string): number {
    const entries = entering(this.#parts.journal, symbol, book);
    if (entries.length === 0) return 0;
    void this.#turns
      .run(turnOf({ book, symbol }), () => cancelAndProve(this.#parts, entries))
      .then((ended) => {
        if (ended.kind === 'doubt')
          this.#log('warn', `an entry of ${symbol} could not be canceled: ${ended.reason}`);
      })
      .catch((error: unknown) =>
        this.#log('error', `an entry of ${symbol} could not be canceled: ${String(error)}`),
      );
    return entries.length;
  }

  /** Position-seconds without a stop at the broker, by cause, and what has none now. */
  report(): Missing {
    return this.#unprotected.report();
  }

  async close(): Promise<void> {
    this.#trailing.close();
    await this.#guard.close();
    await this.#resuming;
    this.#unprotected.close();
  }
}
