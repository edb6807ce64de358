import type { Broker, BrokerPosition } from '../broker/port.ts';
import type { Clock, ElapsedMs, EpochMs } from '../domain/clock.ts';
import { messageOf } from '../domain/errors.ts';
import type { SplitRatio } from '../domain/shares.ts';
import { tidy } from '../domain/shares.ts';
import { isShareSymbol } from '../domain/symbol.ts';
import { newYorkDate } from '../market/calendar.ts';
import type { SeenPosition } from '../orders/journal/adjustments.ts';
import type { Journal } from '../orders/journal/journal.ts';
import { costsOtherwise, expectedQuantity, explain, type PositionNow } from './explain.ts';
import { HandOrders } from './hand-orders.ts';
import { bookEvents } from './history.ts';
import type { Ledger } from './ledger.ts';
import { type Leap, PriceLeaps } from './price-leaps.ts';
import { recordOf, seenNow } from './watch-records.ts';

/** A change that nobody ordered here is believed when it lasts; a fill may show in a position before it is told. */
const LASTING_MS = 3_000;
/** Market time by which an execution may show in the positions late. */
const LAG_MS = 60_000;
/** Notes among which one is not said again. */
const LATEST = 20;
/** How often a price alone is written down. */
const PRICE_EVERY_MS = 300_000;

export interface WatchParts {
  journal: Journal;
  ledger: Ledger;
  broker: Pick<Broker, 'quotes' | 'orders'>;
  clock: Clock;
  /** The last price of a symbol as far as it is known. */
  price: (symbol: string) => number | null;
  log: (level: 'info' | 'warn', message: string) => void;
}

/** A split that was recorded just now. */
export interface NewSplit {
  symbol: string;
  ratio: SplitRatio;
}

/** When a reading was asked for. */
export interface Asked {
  elapsed: ElapsedMs;
  market: EpochMs;
}

export interface Judgement {
  /** False while a change waits for another reading. */
  settled: boolean;
}

interface Suspect {
  quantity: number;
  cost: number;
  since: ElapsedMs;
}

/**
 * Explains what positions became without an order of ours: splits multiply the books, dividends and orders given
 * elsewhere stay outside of them. Each is journaled in words; none stops trading.
 */
export class PositionWatch {
  readonly #parts: WatchParts;
  readonly #seen = new Map<string, SeenPosition>();
  readonly #handOrders: HandOrders;
  readonly #leaps: PriceLeaps;
  readonly #suspects = new Map<string, Suspect>();
  readonly #pricedAt = new Map<string, ElapsedMs>();
  readonly #splitListeners = new Set<(split: NewSplit) => void>();
  #began = false;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#handOrders = new HandOrders(parts.journal);
    this.#leaps = new PriceLeaps(parts.clock);
    for (const position of parts.journal.adjustments.seen()) this.#seen.set(position.symbol, position);
  }

  /** Told inside the transaction that records a split, so that what a listener writes to the journal stands or falls with it. */
  onSplit(listener: (split: NewSplit) => void): () => void {
    this.#splitListeners.add(listener);
    return () => {
      this.#splitListeners.delete(listener);
    };
  }

  /** True while a change of the symbol's position waits to be explained. */
  isSuspect(symbol: string): boolean {
    return this.#suspects.has(symbol);
  }

  /** Judges one reading of the positions. `split` hears of a symbol in the instant its books were multiplied. */
  async judge(
    positions: readonly BrokerPosition[],
    asked: Asked,
    split: (symbol: string) => void,
  ): Promise<Judgement> {
    const { journal } = this.#parts;
    const lastFill = journal.orders.lastFill();
    const unsure = this.#unresolved();
    const ripe: PositionNow[] = [];
    let settled = true;
    for (const now of this.#readings(positions, lastFill)) {
      const before = this.#seen.get(now.symbol);
      const isExpected = expectedQuantity(before, now.fills) === now.quantity;
      if (isExpected && (unsure.has(now.symbol) || !costsOtherwise(before, now))) {
        this.#suspects.delete(now.symbol);
        this.#confirm(now, asked, lastFill);
      } else if (!unsure.has(now.symbol)) {
        settled = false;
        if (this.#isRipe(now, asked.elapsed) || this.#looksSplit(now)) ripe.push(now);
      }
    }
    this.#began = true;
    await this.#judgeLeaps();
    if (ripe.length === 0) return { settled: settled && !this.#leaps.eager };
    await this.#listHandOrders();
    const priced = await this.#withPrices(ripe);
    // What was executed meanwhile is not in this reading.
    if (!journal.db.isOpen || journal.orders.lastFill() !== lastFill) return { settled: false };
    for (const now of priced) if (this.#decide(now, asked, lastFill)) split(now.symbol);
    settled = [...this.#suspects.keys()].every((symbol) => unsure.has(symbol));
    return { settled: settled && !this.#leaps.eager };
  }

  /** True when a price seen just now is so far from the last one that the shares may have been split: positions tell. */
  mayBeSplit(symbol: string, price: number): boolean {
    const seen = this.#seen.get(symbol);
    return seen !== undefined && seen.quantity !== 0 && this.#leaps.isNews(symbol, seen.price, price);
  }

  /** Prices that moved as in a split, where the positions did not: said in words. */
  async #judgeLeaps(): Promise<void> {
    const { broker, journal, log } = this.#parts;
    const symbols = this.#leaps.unjudged();
    if (symbols.length === 0) return;
    try {
      const { quotes } = await broker.quotes(symbols);
      if (!journal.db.isOpen) return;
      for (const quote of quotes) {
        const from = this.#seen.get(quote.symbol)?.price ?? null;
        const leap = from === null ? null : this.#leaps.judge(from, quote);
        if (leap !== null) this.#sayLeap(leap);
      }
    } catch (error) {
      log('warn', `no quotes to judge a leap of a price by: ${messageOf(error)}`);
    }
  }

  /** Once, over restarts as well. */
  #sayLeap({ symbol, words, beginning }: Leap): void {
    const { journal, clock, log } = this.#parts;
    if (journal.adjustments.notes(LATEST).some((note) => note.words.startsWith(beginning))) return;
    const quantity = this.#seen.get(symbol)?.quantity ?? 0;
    const said = { kind: 'external' as const, words, quantityBefore: quantity, quantityAfter: quantity };
    const record = recordOf(symbol, said, null, { lastFill: journal.orders.lastFill() });
    journal.adjustments.add({ ...record, at: clock.market.now() }, clock.wall.now());
    log('warn', words);
  }

  /** Every symbol that is held, or was, or should be. */
  *#readings(positions: readonly BrokerPosition[], lastFill: number): Iterable<PositionNow> {
    const { journal, ledger } = this.#parts;
    const held = new Map<string, { quantity: number; cost: number }>();
    for (const { symbol, quantity, costBasis } of positions) {
      const before = held.get(symbol) ?? { quantity: 0, cost: 0 };
      held.set(symbol, { quantity: tidy(before.quantity + quantity), cost: before.cost + costBasis });
    }
    for (const symbol of new Set([...held.keys(), ...this.#seen.keys(), ...ledger.symbols()])) {
      const { quantity, cost } = held.get(symbol) ?? { quantity: 0, cost: 0 };
      const upTo = this.#seen.get(symbol)?.afterFill ?? 0;
      const fills = upTo === lastFill ? [] : journal.orders.fillsAfter(upTo, symbol);
      yield { symbol, quantity, cost, fills, hand: [], price: null, priceIsNew: false };
    }
  }

  /** Seen twice alike. */
  #isRipe({ symbol, quantity, cost }: PositionNow, asked: ElapsedMs): boolean {
    const suspect = this.#suspects.get(symbol);
    if (suspect?.quantity === quantity && suspect.cost === cost) return true;
    this.#suspects.set(symbol, { quantity, cost, since: asked });
    return false;
  }

  /** More shares at the same cost are no fill on its way: said at once, before an exit sells too few of them. */
  #looksSplit(now: PositionNow): boolean {
    // A run begins after all executions were read.
    if (this.#began && now.fills.length > 0) return false;
    return explain(this.#seen.get(now.symbol), now)?.split != null;
  }

  async #withPrices(ripe: PositionNow[]): Promise<PositionNow[]> {
    const { broker, clock, log } = this.#parts;
    const symbols = ripe.map(({ symbol }) => symbol).filter(isShareSymbol);
    if (symbols.length === 0) return ripe;
    try {
      const { quotes } = await broker.quotes(symbols);
      const today = newYorkDate(clock.market.now());
      return ripe.map((now) => {
        const quote = quotes.find(({ symbol }) => symbol === now.symbol);
        const printed = quote?.tradeTime ?? 0;
        const seenAt = this.#seen.get(now.symbol)?.at ?? 0;
        const priceIsNew = printed > seenAt && newYorkDate(printed) === today;
        return { ...now, price: quote?.last ?? null, priceIsNew };
      });
    } catch (error) {
      log('warn', `no quotes to explain a position by: ${messageOf(error)}`);
      return ripe;
    }
  }

  async #listHandOrders(): Promise<void> {
    const { broker, log } = this.#parts;
    try {
      this.#handOrders.list(await broker.orders());
    } catch (error) {
      log('warn', `no orders to explain a position by: ${messageOf(error)}`);
    }
  }

  /** Writes down what happened, when that is known; true when it was a split. */
  #decide(position: PositionNow, asked: Asked, lastFill: number): boolean {
    const { journal, clock, ledger, log } = this.#parts;
    const { symbol } = position;
    const before = this.#seen.get(symbol);
    const hand = before ? this.#handOrders.after(before.at - LAG_MS, symbol) : [];
    const now = { ...position, hand };
    const explanation = explain(before, now);
    const since = this.#suspects.get(symbol)?.since ?? asked.elapsed;
    if (explanation?.split == null && asked.elapsed - since < LASTING_MS) return false;
    if (explanation === null) {
      this.#suspects.delete(symbol);
      this.#confirm(now, asked, lastFill);
      return false;
    }
    const { split, happenings } = explanation;
    // A price from before a split is no price of its shares.
    const price = split !== null && !now.priceIsNew ? null : now.price;
    const seen = seenNow({ ...now, price }, asked.market, lastFill);
    journal.db.transaction(() => {
      for (const happening of happenings)
        journal.adjustments.add(
          { ...recordOf(symbol, happening, split, { lastFill, now }), at: clock.market.now() },
          clock.wall.now(),
        );
      journal.adjustments.saveSeen(seen);
      if (split !== null) for (const tell of this.#splitListeners) tell({ symbol, ratio: split.found.ratio });
    });
    this.#seen.set(symbol, seen);
    this.#suspects.delete(symbol);
    this.#leaps.over(symbol);
    this.#handOrders.count(symbol, asked.market);
    if (split !== null) ledger.rebuild(bookEvents(journal));
    for (const { kind, words } of happenings) log(kind === 'external' ? 'warn' : 'info', words);
    return split !== null;
  }

  /** The position is what it should be. Written down when it says something new. */
  #confirm(now: PositionNow, asked: Asked, lastFill: number): void {
    const before = this.#seen.get(now.symbol);
    const told = this.#parts.price(now.symbol);
    // The price of split shares is none of the shares the broker still shows.
    const waits = isShareSymbol(now.symbol) && this.#leaps.waits(now.symbol, before?.price ?? null, told);
    const price = (waits ? before?.price : told) ?? before?.price ?? null;
    const pricedAt = this.#pricedAt.get(now.symbol) ?? Number.NEGATIVE_INFINITY;
    const known = before?.quantity === now.quantity && before.cost === now.cost && now.fills.length === 0;
    const repriced = price !== before?.price && asked.elapsed - pricedAt >= PRICE_EVERY_MS;
    if (!known || repriced) {
      this.#pricedAt.set(now.symbol, asked.elapsed);
      const seen = seenNow({ ...now, price }, asked.market, lastFill);
      this.#parts.journal.adjustments.saveSeen(seen);
      this.#seen.set(now.symbol, seen);
    } else if (waits) this.#seen.set(now.symbol, { ...before, afterFill: lastFill });
    else this.#seen.set(now.symbol, { ...before, price, at: asked.market, afterFill: lastFill });
  }

  /** Symbols with an order that may or may not have been executed: nothing is said about them. */
  #unresolved(): Set<string> {
    const { attempts, intents } = this.#parts.journal;
    const symbols = new Set<string>();
    for (const { intentId } of attempts.unresolved()) {
      const symbol = intents.find(intentId)?.intent.symbol;
      if (symbol !== undefined) symbols.add(symbol);
    }
    return symbols;
  }
}
