import { TraderError } from '../domain/errors.ts';
import type { OrderIntent } from '../domain/order.ts';
import type { HaltState } from '../domain/portfolio.ts';
import type { Turns } from '../domain/turns.ts';
import type { Ledger } from '../portfolio/ledger.ts';
import { type CancellationParts, cancelAndProve, type Ended } from './cancellation.ts';
import { coverage, entering, standing } from './coverage.ts';
import type { OrderDesk, SendResult } from './desk.ts';
import type { Exposure } from './exposure.ts';
import type { Origin } from './journal/intents.ts';
import type { OrderMessages } from './messages.ts';
import { unsentView } from './order-view.ts';
import { isProtective } from './roles.ts';

/** How long an order of unknown outcome that may stand by is waited for. */
const UNSEEN_MS = 10_000;
const LOOK_MS = 500;
/** An exit that a dead process had begun is finished after a start when it is not older than this, wall time. */
const RESUME_MS = 120_000;
/** Sums of fractions may fall short of a whole share by rounding alone. */
const ROUNDING = 1e-6;

export interface ClosingParts extends CancellationParts {
  desk: OrderDesk;
  exposure: Exposure;
  ledger: Ledger;
  simulated: boolean;
  /** Turns of one book and symbol: nothing else moves its protection meanwhile. */
  turns: Turns;
  /** After a start nobody waits for the result: what was sent is followed, and its messages told. */
  sent: (intent: OrderIntent, sent: Extract<SendResult, { kind: 'sent' }>) => Promise<void>;
  haltState: () => HaltState;
  /** Something is in doubt: only exits from here on. */
  reduce: (reason: string) => void;
  /** From the first cancel on the changes of the exit belong to the result of its placing. */
  messages: Pick<OrderMessages, 'hold' | 'release' | 'tell'>;
  /** What protects positions has to be looked at again. */
  guard: () => void;
}

/** `ended`: nothing had to be sent, or nothing may be; the intent is over and says why. */
export type ClosingResult = SendResult | { kind: 'ended'; reason: string };

/**
 * The exit of a protected position, one journaled procedure: its permit is spent and the procedure recorded before the
 * first cancel; what stands by at the broker is canceled and proven terminal; what the book still holds is sent. Any
 * doubt ends it, lets only exits through, and puts the stop back.
 */
export class Closing {
  readonly #parts: ClosingParts;

  constructor(parts: ClosingParts) {
    this.#parts = parts;
  }

  /** True for an exit whose shares other orders stand by to sell, or whose book is still buying. */
  needed({ reduceOnly, leg, book, symbol }: OrderIntent): boolean {
    if (!reduceOnly || isProtective({ leg })) return false;
    const { clock, journal } = this.#parts;
    if (endsAll(leg) && entering(journal, symbol, book).length > 0) return true;
    return coverage(this.#parts, symbol, clock.elapsed.now(), book).shares > 0;
  }

  run(intent: OrderIntent, origin: Origin): Promise<ClosingResult> {
    const { turns, desk, messages } = this.#parts;
    return turns.run(turnOf(intent), async () => {
      const refused = desk.authorise(intent, origin);
      if (refused) return refused;
      messages.hold(intent.intentId);
      try {
        const finished = await this.#finish(intent);
        messages.release(intent.intentId, finished.kind === 'ended');
        return finished;
      } catch (error) {
        messages.release(intent.intentId, false);
        throw error;
      }
    });
  }

  /** After a start: finishes what was begun a moment ago, gives up what is older. */
  async resume(): Promise<void> {
    const { journal, clock, log } = this.#parts;
    for (const { intentId, begunWall, state } of journal.closings.open()) {
      const intent = journal.intents.find(intentId)?.intent;
      if (state !== 'CANCELING' || !intent) continue;
      await this.#parts.turns.run(turnOf(intent), async () => {
        const ageMs = clock.wall.now() - begunWall;
        if (ageMs > RESUME_MS) {
          const seconds = Math.round(ageMs / 1000);
          this.#end(intent, 'GIVEN_UP', `the process ended while it was begun, ${seconds} s ago`);
          return;
        }
        log(
          'warn',
          `the exit of ${intent.quantity} ${intent.symbol} that an earlier process had begun goes on`,
        );
        const finished = await this.#finish(intent);
        if (finished.kind === 'sent') await this.#parts.sent(intent, finished);
      });
    }
  }

  async #finish(intent: OrderIntent): Promise<ClosingResult> {
    const { journal, desk, guard } = this.#parts;
    const { book, symbol } = intent;
    try {
      const halted = this.#parts.haltState() === 'halted';
      if (halted) return this.#end(intent, 'GIVEN_UP', 'trading is halted');
      const ended = await this.#clear(intent);
      // What is recorded as begun goes on with the next start.
      if (!this.#parts.isOpen()) throw new TraderError('E_ACCOUNT_CLOSED');
      if (ended.kind === 'doubt') return this.#doubt(intent, ended.reason);
      const { free, unseen } = this.#sellable(intent);
      const quantity = Math.min(intent.quantity, free);
      if (quantity < 1 && unseen > 0) {
        return this.#doubt(intent, `an order that stands by for ${unseen} shares has an unknown outcome`);
      }
      if (quantity < 1) {
        return this.#end(
          intent,
          'DONE',
          `nothing of ${symbol} is left to close in book ${book}: its stop or target was first`,
        );
      }
      const stop = journal.protections.find(book, symbol)?.stop ?? null;
      const beside = stop !== null && restsBeside(intent, stop) ? stop : null;
      const sent = await desk.sendAuthorised(intent, quantity, beside);
      if (sent.kind === 'sent') return sent;
      if (sent.code === 'E_ACCOUNT_CLOSED') throw new TraderError(sent.code);
      const reason = sent.refusals.map(({ message }) => message).join('; ');
      return this.#end(intent, 'GIVEN_UP', reason);
    } finally {
      guard();
    }
  }

  /**
   * Cancels what stands by, and what still enters when all is to end. What was sent a moment ago and is not seen yet is
   * waited for: the next list of the broker shows it.
   */
  async #clear(intent: OrderIntent): Promise<Ended> {
    const { journal, clock, isOpen } = this.#parts;
    const { book, symbol, leg } = intent;
    const until = clock.elapsed.now() + UNSEEN_MS;
    for (;;) {
      const entries = endsAll(leg) ? entering(journal, symbol, book) : [];
      const ended = await cancelAndProve(this.#parts, [...entries, ...standing(journal, symbol, book)]);
      const done = ended.kind === 'doubt' || this.#sellable(intent).unseen === 0;
      if (done || !isOpen() || clock.elapsed.now() >= until) return ended;
      await clock.elapsed.sleep(LOOK_MS);
    }
  }

  /** Whole shares the book still holds, less what else is on its way out, and what may still stand by unseen. */
  #sellable({ intentId, book, symbol, side }: OrderIntent): { free: number; unseen: number } {
    const { ledger, exposure, clock } = this.#parts;
    const now = clock.elapsed.now();
    const held = ledger.bookQuantity(book, symbol);
    const own = side === 'sell' ? held : -held;
    const working = exposure.working(symbol, book, now, intentId);
    const leaving = side === 'sell' ? working.bookSell : working.bookBuy;
    const unseen = coverage(this.#parts, symbol, now, book).shares;
    return { free: Math.floor(own - leaving - unseen + ROUNDING), unseen };
  }

  #doubt(intent: OrderIntent, reason: string): ClosingResult {
    this.#parts.reduce(`the exit of ${intent.symbol} in book ${intent.book} was stopped: ${reason}`);
    return this.#end(intent, 'GIVEN_UP', reason);
  }

  #end(intent: OrderIntent, state: 'DONE' | 'GIVEN_UP', reason: string): ClosingResult {
    const { journal, exposure, clock, simulated } = this.#parts;
    const { intentId } = intent;
    const event = journal.db.transaction(() => {
      journal.closings.settle(intentId, state, reason);
      journal.intents.release(intentId);
      journal.intents.setState(intentId, 'DONE');
      const record = journal.intents.find(intentId);
      return record ? journal.outbox.add(unsentView(record, reason, simulated)) : null;
    });
    exposure.end(intentId, clock.elapsed.now());
    this.#parts.guard();
    if (event) this.#parts.messages.tell(event);
    return { kind: 'ended', reason };
  }
}

/** A limit beyond the stop is to be done at once, and no broker takes the two as a pair; nor one outside the session. */
function restsBeside({ side, price, duration }: OrderIntent, stop: number): boolean {
  if (price === undefined || duration === 'pre' || duration === 'post') return false;
  return side === 'sell' ? price > stop : price < stop;
}

/** `close` ends all of it: an entry that still works would open again what was just closed. */
function endsAll(leg: string): boolean {
  return leg === 'exit';
}

/** One turn for everything that moves what protects one position. */
export function turnOf({ book, symbol }: { book: string; symbol: string }): string {
  return `${symbol}\n${book}`;
}
