import type { Clock, ElapsedMs, Timer } from '../../domain/clock.ts';
import { messageOf } from '../../domain/errors.ts';
import type { HaltState } from '../../domain/portfolio.ts';
import type { Turns } from '../../domain/turns.ts';
import { type CancellationParts, cancelAndProve } from '../cancellation.ts';
import { turnOf } from '../closing.ts';
import { isStop, standing } from '../coverage.ts';
import type { BrokerOrderRecord } from '../journal/broker-orders.ts';
import type { ProtectionRecord } from '../journal/protections.ts';
import { PartialEntries } from './partial-entries.ts';
import { Patience } from './patience.ts';
import { type RenewalParts, type Renewed, renew } from './renewal.ts';
import { type ShareParts, type Shares, sharesOf } from './shares.ts';
import { isOfOldShares } from './split.ts';
import { isBetween } from './terms.ts';

/** After a change other news usually follows: a fill, then the legs it brings alive. */
const SETTLE_MS = 500;
const PACE_MS = 5_000;

export interface GuardParts extends ShareParts, RenewalParts, CancellationParts {
  clock: Clock;
  turns: Turns;
  /** bid of a long position, ask of a short one: what a stop is held against; null: not known. */
  price: (symbol: string, long: boolean) => number | null;
  /** True when the positions were read since, and nothing about the symbol's waits to be explained. */
  positionsRead: (symbol: string, since: ElapsedMs) => boolean;
  /** Has them read, soon; the guard hears of it as of every change. */
  readPositions: () => void;
  isOpen: () => boolean;
  haltState: () => HaltState;
  reduce: (reason: string) => void;
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** Without positions orders are put back all the same after this long, unless one of them would trade at once. */
const UNREAD_MS = 10_000;

type Position = Pick<ProtectionRecord, 'book' | 'symbol'>;

/** Why a position is not protected as it wants to be. */
export type Lack = 'entry_partial' | 'renewing' | 'unknown' | 'refused';

/**
 * Keeps what stands by at the broker equal to what the books hold: after a partial entry, an expired or lost leg, a
 * changed position, a closing that was given up, and a start. It compares what should be with what is; how it came about
 * does not matter.
 */
export class Guard {
  readonly #parts: GuardParts;
  readonly #partial: PartialEntries;
  readonly #lacks = new Map<string, Lack>();
  /** Since when each position is known to be protected otherwise than it should be. */
  readonly #since = new Map<string, ElapsedMs>();
  readonly #patience: Patience;
  #timer: Timer | null = null;
  #pace: Timer | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #closed = false;

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#partial = new PartialEntries(parts.journal);
    this.#patience = new Patience(parts.journal);
  }

  start(): void {
    if (this.#closed) return;
    this.#pace = this.#parts.clock.elapsed.every(PACE_MS, () => this.nudge());
    this.nudge();
  }

  /** Something changed: looks at every protected position, soon. */
  nudge(): void {
    if (this.#closed) return;
    if (this.#running) this.#again = true;
    else this.#timer ??= this.#parts.clock.elapsed.after(SETTLE_MS, () => this.#run());
  }

  /** Why the stop of a position is missing, as far as it is known. */
  lack(book: string, symbol: string): Lack | null {
    return this.#lacks.get(turnOf({ book, symbol })) ?? null;
  }

  /** No new orders; resolves when what is under way has its outcome written. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#pace?.cancel();
    await this.#running;
  }

  #run(): void {
    this.#timer = null;
    if (this.#closed) return;
    this.#running = this.#tendAll().finally(() => {
      this.#running = null;
      if (this.#again) this.nudge();
      this.#again = false;
    });
  }

  async #tendAll(): Promise<void> {
    for (const { book, symbol } of this.#positions()) {
      if (this.#closed || !this.#parts.isOpen()) return;
      const turn = turnOf({ book, symbol });
      try {
        await this.#parts.turns.run(turn, () => this.#tend(book, symbol));
      } catch (error) {
        const words = messageOf(error);
        this.#parts.log(
          'error',
          `the protection of ${symbol} in book ${book} could not be looked at: ${words}`,
        );
      }
    }
  }

  /** Those with terms, and those for which something stands by without any. */
  #positions(): Position[] {
    const { protections, orders } = this.#parts.journal;
    const bare = orders
      .closingPositions()
      .filter(({ book, symbol }) => protections.find(book, symbol) === null);
    return [...protections.all(), ...bare];
  }

  async #tend(book: string, symbol: string): Promise<void> {
    const { journal, clock } = this.#parts;
    if (this.#closed || !this.#parts.isOpen()) return;
    const terms = journal.protections.find(book, symbol);
    const shares = sharesOf(this.#parts, book, symbol, clock.elapsed.now());
    if (!terms) return this.#tendBare({ book, symbol }, shares);
    const refusal = this.#patience.refusedLater(turnOf(terms));
    if (refusal !== null) this.#refused(terms, shares.wanted, refusal);
    if (shares.held === 0) return this.#flat(terms);
    const partial = this.#partial.of(book, symbol);
    if (partial.length > 0) return this.#finishEntry(terms, partial);
    // What is canceled while trading is halted could not be put back.
    if (this.#parts.haltState() === 'halted') {
      if (shares.stopped < shares.wanted) this.#lacks.set(turnOf(terms), 'refused');
      return;
    }
    const groups = standing(journal, symbol, book);
    const stopless = terms.stop === null ? [] : groups.filter((legs) => !legs.some(isStop));
    const lacks = stopless.length > 0 || shares.lacking > 0;
    // What is left of a pair stays until another one may be tried.
    if (lacks && !this.#patience.mayTry(turnOf(terms), clock.elapsed.now())) return;
    if (stopless.length > 0) return this.#takeBack(terms, stopless, 'they have no stop');
    const old = groups.filter((legs) => legs.some((leg) => isOfOldShares(this.#parts, leg)));
    if (old.length > 0) return this.#takeBack(terms, old, 'their prices are from before a split');
    const tooMany = shares.standing > shares.wanted;
    if ((tooMany || shares.lacking > 0) && !this.#isSure(terms, shares)) return;
    if (tooMany && groups.length > 0) return this.#takeBack(terms, groups, surplus(shares));
    if (shares.lacking > 0) return this.#renew(terms, shares.lacking, shares.long);
    this.#settled(terms, shares);
  }

  /**
   * A split cancels or changes what stands by before the books hear of it, and its price is beyond every old stop:
   * positions that were read afterwards tell it from a lost leg.
   */
  #isSure(terms: ProtectionRecord, { long }: Shares): boolean {
    const { clock, positionsRead, readPositions, price } = this.#parts;
    const turn = turnOf(terms);
    const now = clock.elapsed.now();
    const since = this.#since.get(turn) ?? now;
    this.#since.set(turn, since);
    if (positionsRead(terms.symbol, since)) {
      this.#since.delete(turn);
      return true;
    }
    if (now - since >= UNREAD_MS && isBetween(terms, long, price(terms.symbol, long))) return true;
    if (this.#lacks.get(turn) !== 'refused') this.#lacks.set(turn, 'renewing');
    readPositions();
    return false;
  }

  /** What was found after its position had been closed, or given to another entry without a stop. */
  async #tendBare(position: Position, shares: Shares): Promise<void> {
    const groups = standing(this.#parts.journal, position.symbol, position.book);
    if (groups.length === 0 || shares.standing <= shares.wanted) return;
    return this.#takeBack(position, groups, surplus(shares));
  }

  /** The position is gone: nothing may stand by for it any more. */
  async #flat(terms: ProtectionRecord): Promise<void> {
    const { journal } = this.#parts;
    const groups = standing(journal, terms.symbol, terms.book);
    if (groups.length > 0) return this.#takeBack(terms, groups, 'nothing is held any more');
    if (journal.intents.find(terms.intentId)?.state === 'ACTIVE') return;
    this.#lacks.delete(turnOf(terms));
    this.#since.delete(turnOf(terms));
    this.#patience.forget(turnOf(terms));
    journal.db.transaction(() => journal.protections.remove(terms.book, terms.symbol));
  }

  /** Protection comes before completion: what is missing of an entry is canceled, what it bought is protected. */
  async #finishEntry(terms: ProtectionRecord, partial: BrokerOrderRecord[]): Promise<void> {
    const { clock, log } = this.#parts;
    this.#lacks.set(turnOf(terms), 'entry_partial');
    const overdue = this.#partial.overdue(partial, clock.elapsed.now());
    if (overdue.length === 0 || !this.#mayCancel(terms)) return;
    for (const { cumQuantity, quantity } of overdue) {
      log(
        'warn',
        `the entry of ${terms.symbol} is canceled with ${cumQuantity} of ${quantity} filled, to protect them`,
      );
    }
    const groups = overdue.map((order) => [order]);
    if (await this.#end(terms, groups)) this.#partial.forget(overdue);
  }

  async #takeBack(position: Position, groups: BrokerOrderRecord[][], why: string): Promise<void> {
    if (!this.#mayCancel(position)) return;
    const { book, symbol } = position;
    this.#parts.log('info', `orders that stand by for ${symbol} in book ${book} are canceled: ${why}`);
    this.#lacks.set(turnOf(position), 'renewing');
    await this.#end(position, groups);
  }

  #mayCancel(position: Position): boolean {
    return this.#patience.mayTry(cancelsOf(position), this.#parts.clock.elapsed.now());
  }

  /** False while it is in doubt whether they are over. */
  async #end(position: Position, groups: BrokerOrderRecord[][]): Promise<boolean> {
    const ended = await cancelAndProve(this.#parts, groups);
    if (ended.kind === 'ended') {
      this.#patience.forget(cancelsOf(position));
      this.#again = true;
      return true;
    }
    this.#patience.failed(cancelsOf(position), this.#parts.clock.elapsed.now());
    this.#doubt(position, ended.reason);
    return false;
  }

  async #renew(terms: ProtectionRecord, quantity: number, long: boolean): Promise<void> {
    const { price } = this.#parts;
    this.#lacks.set(turnOf(terms), 'renewing');
    const renewed = await renew(this.#parts, terms, quantity, price(terms.symbol, long));
    this.#learn(terms, quantity, renewed);
  }

  #learn(terms: ProtectionRecord, quantity: number, renewed: Renewed): void {
    const { log } = this.#parts;
    const { book, symbol } = terms;
    const turn = turnOf(terms);
    if (renewed.kind === 'refused') {
      this.#refused(terms, quantity, renewed.reason);
      return;
    }
    this.#patience.sent(turn, renewed.intentId);
    this.#lacks.set(turn, renewed.kind === 'unknown' ? 'unknown' : 'renewing');
    if (renewed.kind === 'sent') log('info', `${quantity} ${symbol} of book ${book} are protected again`);
    else log('warn', `whether ${quantity} ${symbol} of book ${book} are protected again is not known yet`);
  }

  #refused(terms: ProtectionRecord, quantity: number, reason: string): void {
    const { clock, log } = this.#parts;
    const { book, symbol } = terms;
    const turn = turnOf(terms);
    const times = this.#patience.failed(turn, clock.elapsed.now());
    this.#lacks.set(turn, 'refused');
    const words = `${quantity} ${symbol} of book ${book} stand without protection: ${reason}`;
    log('error', words);
    // Once may be a quote or a session that is not known yet; the next try comes soon.
    if (times > 1) this.#doubt(terms, words);
  }

  #settled(terms: ProtectionRecord, { wanted, stopped }: Shares): void {
    const turn = turnOf(terms);
    this.#since.delete(turn);
    if (stopped < wanted && terms.stop !== null) {
      this.#lacks.set(turn, 'unknown');
      return;
    }
    this.#lacks.delete(turn);
    this.#patience.stands(turn, this.#parts.clock.elapsed.now());
  }

  #doubt({ book, symbol }: Position, reason: string): void {
    if (this.#parts.haltState() !== 'active') return;
    this.#parts.reduce(`the protection of ${symbol} in book ${book} is in doubt: ${reason}`);
  }
}

/** Cancels are tried again by a patience of their own. */
function cancelsOf(position: Position): string {
  return `cancel ${turnOf(position)}`;
}

function surplus({ standing, wanted }: Shares): string {
  return `${standing} shares stand by for ${wanted}`;
}
