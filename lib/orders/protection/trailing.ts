import type { OrderChange } from '../../broker/port.ts';
import type { ElapsedMs } from '../../domain/clock.ts';
import { messageOf } from '../../domain/errors.ts';
import type { ConfirmedQuote } from '../../domain/market-data.ts';
import { tickOf, toTick } from '../../domain/tick.ts';
import type { Turns } from '../../domain/turns.ts';
import type { CancellationParts } from '../cancellation.ts';
import { turnOf } from '../closing.ts';
import { standing } from '../coverage.ts';
import type { BrokerOrderRecord } from '../journal/broker-orders.ts';
import type { ProtectionRecord } from '../journal/protections.ts';
import { isBeyond } from './terms.ts';

/** A stop is moved at most this often. */
const PACE_MS = 5_000;
/** From this logarithm on a price is as far from the best one as the smallest usual split would make it. */
const LEAP = Math.log(1.2);
const LEAP_READ_MS = 2_000;

export interface TrailingParts extends CancellationParts {
  turns: Turns;
  watchQuotes: (symbols: string[], listener: (quote: ConfirmedQuote) => void) => { release(): void };
  bookQuantity: (book: string, symbol: string) => number;
  /** As the guard's. */
  positionsRead: (symbol: string, since: ElapsedMs) => boolean;
  readPositions: () => void;
  isOpen: () => boolean;
}

/**
 * Moves the broker's stop of a position behind the best price since the entry, only tighter. It follows the price at
 * which the position could be closed (bid of a long one, ask of a short one), so that the stop is never on its wrong side.
 * The journal has the new stop before the broker does: what is put back after a loss is never looser than what was wanted.
 */
export class Trailing {
  readonly #parts: TrailingParts;
  readonly #watches = new Map<string, { release(): void }>();
  readonly #movedAt = new Map<string, ElapsedMs>();
  /** Positions whose stop at the broker may be looser than it is wanted. */
  readonly #behind: Set<string>;
  #closed = false;

  constructor(parts: TrailingParts) {
    this.#parts = parts;
    this.#behind = new Set(parts.journal.protections.all().map(turnOf));
  }

  /** Watches the quotes of what trails now, and no others. */
  refresh(): void {
    if (this.#closed) return;
    const symbols = new Set<string>();
    for (const { symbol, trail } of this.#parts.journal.protections.all())
      if (trail !== null) symbols.add(symbol);
    for (const symbol of symbols) {
      if (this.#watches.has(symbol)) continue;
      this.#watches.set(
        symbol,
        this.#parts.watchQuotes([symbol], (quote) => this.#quoted(symbol, quote)),
      );
    }
    for (const [symbol, watch] of this.#watches) {
      if (symbols.has(symbol)) continue;
      watch.release();
      this.#watches.delete(symbol);
    }
  }

  close(): void {
    this.#closed = true;
    for (const watch of this.#watches.values()) watch.release();
    this.#watches.clear();
  }

  #quoted(symbol: string, quote: ConfirmedQuote): void {
    for (const terms of this.#parts.journal.protections.all()) {
      if (terms.symbol !== symbol || terms.trail === null || terms.stop === null) continue;
      const held = this.#parts.bookQuantity(terms.book, symbol);
      const price = held === 0 ? null : closingPrice(quote, held > 0);
      if (price === null || this.#isUnexplainedLeap(terms, price)) continue;
      const stop = trailed(terms, held > 0, price) ?? this.#again(terms, held > 0, price);
      if (stop !== null) void this.#move(terms, held > 0, price, stop);
    }
  }

  /** A price so far from the best one may be that of new shares: positions read since tell a split from a leap. */
  #isUnexplainedLeap({ symbol, best }: ProtectionRecord, price: number): boolean {
    if (best === null || Math.abs(Math.log(price / best)) < LEAP) return false;
    const { clock, positionsRead, readPositions } = this.#parts;
    if (positionsRead(symbol, clock.elapsed.now() - LEAP_READ_MS)) return false;
    readPositions();
    return true;
  }

  /** A change that was refused or lost, here or in an earlier process, is asked for again while the price allows it. */
  #again(terms: ProtectionRecord, long: boolean, price: number): number | null {
    return this.#behind.has(turnOf(terms)) && !isBeyond(terms, long, price) ? terms.stop : null;
  }

  async #move(terms: ProtectionRecord, long: boolean, best: number, stop: number): Promise<void> {
    const { clock, turns, log, isOpen } = this.#parts;
    const turn = turnOf(terms);
    const now = clock.elapsed.now();
    if (this.#closed || now - (this.#movedAt.get(turn) ?? Number.NEGATIVE_INFINITY) < PACE_MS) return;
    this.#movedAt.set(turn, now);
    try {
      await turns.run(turn, async () => {
        if (!this.#closed && isOpen()) await this.#moveLegs(terms, long, best, stop);
      });
    } catch (error) {
      const words = messageOf(error);
      log('warn', `the stop of ${terms.symbol} in book ${terms.book} could not be moved: ${words}`);
    }
  }

  async #moveLegs(seen: ProtectionRecord, long: boolean, best: number, stop: number): Promise<void> {
    const { journal } = this.#parts;
    const terms = journal.protections.find(seen.book, seen.symbol);
    if (terms?.intentId !== seen.intentId || terms.stop === null) return;
    // Split meanwhile: the stop was reckoned in old shares.
    if (terms.trail !== seen.trail) return;
    const step = stop - terms.stop;
    // Decided before another move, that had the turn first, went further.
    if (long ? step < 0 : step > 0) return;
    const stopLimit = terms.stopLimit === null ? null : round(terms.stopLimit + step, long);
    if (step !== 0)
      journal.db.transaction(() => journal.protections.save({ ...terms, best, stop, stopLimit }));
    for (const leg of this.#looser(terms, long, stop)) await this.#change(leg, stop, stopLimit, terms);
    if (this.#looser(terms, long, stop).length === 0) this.#behind.delete(turnOf(terms));
    else this.#behind.add(turnOf(terms));
  }

  /** Stops at the broker that are not as tight as this one. */
  #looser({ symbol, book }: ProtectionRecord, long: boolean, stop: number): BrokerOrderRecord[] {
    return standing(this.#parts.journal, symbol, book)
      .flat()
      .filter((leg) => leg.role === 'stop_loss' && leg.stop !== null)
      .filter((leg) => (long ? (leg.stop ?? 0) < stop : (leg.stop ?? 0) > stop));
  }

  /** The order itself is the verdict: a change that was refused or lost leaves the old stop, which is no looser. */
  async #change(
    leg: BrokerOrderRecord,
    stop: number,
    limit: number | null,
    terms: ProtectionRecord,
  ): Promise<void> {
    const { broker, reconciler, log } = this.#parts;
    const change: OrderChange = {
      stop,
      ...(leg.type === 'stop_limit' && limit !== null ? { price: limit } : {}),
    };
    const outcome = await broker.change(leg.orderId, change);
    if (outcome.kind === 'rejected' || outcome.kind === 'not_sent') {
      log('warn', `the stop of ${terms.symbol} stays at ${leg.stop}, ${stop} was refused: ${outcome.reason}`);
    }
    await reconciler.lookAt(leg.orderId);
  }
}

/** What a position could be closed at: the worse of the quote and the last trade, so that one odd print moves no stop. */
export function closingPrice(
  quote: Pick<ConfirmedQuote, 'bid' | 'ask' | 'last'>,
  long: boolean,
): number | null {
  const { bid, ask, last } = quote;
  const near = long ? bid : ask;
  if (near === null || !(near > 0)) return null;
  if (last === null || !(last > 0)) return near;
  return long ? Math.min(near, last) : Math.max(near, last);
}

/** The stop behind this price, when it is tighter by a tick at least. */
function trailed({ stop, trail }: ProtectionRecord, long: boolean, price: number): number | null {
  if (stop === null || trail === null) return null;
  const next = round(long ? price - trail : price + trail, long);
  const tighter = long ? next - stop : stop - next;
  return next > 0 && tighter >= tickOf(price) - 1e-9 ? next : null;
}

/** Away from the price: rounding never makes a stop tighter than asked for. */
function round(price: number, long: boolean): number {
  return toTick(price, long ? 'down' : 'up');
}
