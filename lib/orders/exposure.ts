import type { ElapsedMs } from '../domain/clock.ts';
import type { Money } from '../domain/money.ts';
import type { Side } from '../domain/order.ts';
import type { ExternalOrder } from '../domain/portfolio.ts';

/** What one approved intent may still cost or move, from its permit to the end of its order. */
export interface Commitment {
  intentId: string;
  symbol: string;
  side: Side;
  book: string;
  quantity: number;
  filled: number;
  /** Worst case of the whole order. */
  amount: Money;
  /** It only stands by to close a position: an exit may still sell its shares. */
  standsBy: boolean;
  /** Unspent permits count until then; null once sent. */
  expiresAt: ElapsedMs | null;
  /** When the order was first seen in a complete list of the broker. */
  seenAt: ElapsedMs | null;
  /** When the order was known to be over. */
  endedAt: ElapsedMs | null;
}

export interface WorkingShares {
  bookBuy: number;
  bookSell: number;
  accountBuy: number;
  accountSell: number;
  /** Of accountBuy: those that open or add to a long. */
  accountLong: number;
  /** Of accountSell: those that open or add to a short. */
  accountShort: number;
}

/**
 * The reservations of the journal, in memory: rebuilt from it at start, changed after each of its commits.
 * An amount counts until a balance of the broker that was asked for afterwards must contain it; to count it
 * twice for a moment is allowed, to miss it is not.
 */
export class Exposure {
  readonly #commitments = new Map<string, Commitment>();
  #external: ExternalOrder[] = [];

  hold(commitment: Commitment): void {
    this.#commitments.set(commitment.intentId, commitment);
  }

  get(intentId: string): Commitment | undefined {
    return this.#commitments.get(intentId);
  }

  /** The order left, or will: it no longer falls with its permit. */
  sent(intentId: string, quantity: number, standsBy: boolean): void {
    const commitment = this.#commitments.get(intentId);
    if (commitment) Object.assign(commitment, { expiresAt: null, quantity, standsBy });
  }

  /** The broker carried the order over a split. */
  resize(intentId: string, quantity: number): void {
    const commitment = this.#commitments.get(intentId);
    if (commitment) commitment.quantity = quantity;
  }

  filled(intentId: string, cumQuantity: number): void {
    const commitment = this.#commitments.get(intentId);
    if (commitment) commitment.filled = cumQuantity;
  }

  seen(intentId: string, at: ElapsedMs): void {
    const commitment = this.#commitments.get(intentId);
    if (commitment && commitment.seenAt === null) commitment.seenAt = at;
  }

  /** Over. Without fills nothing of it can be missing from any balance. */
  end(intentId: string, at: ElapsedMs): void {
    const commitment = this.#commitments.get(intentId);
    if (!commitment) return;
    if (commitment.filled === 0) this.#commitments.delete(intentId);
    else commitment.endedAt ??= at;
  }

  drop(intentId: string): void {
    this.#commitments.delete(intentId);
  }

  /** The broker's orders that are not ours, as last listed. */
  setExternal(orders: ExternalOrder[]): void {
    this.#external = orders;
  }

  external(): ExternalOrder[] {
    return this.#external.map((order) => ({ ...order }));
  }

  /** Reserved and not visible in a balance that was asked for at `asked`; null: there is no balance. */
  reserved(asked: ElapsedMs | null, now: ElapsedMs, except?: string): Money {
    let sum = 0;
    for (const one of this.#commitments.values()) {
      if (one.intentId === except || expired(one, now)) continue;
      if (asked !== null && ((one.endedAt ?? asked) < asked || (one.seenAt ?? asked) < asked)) continue;
      sum += one.amount;
    }
    return sum as Money;
  }

  /** In working orders, on their way to the broker, and in unspent permits. */
  working(symbol: string, book: string, now: ElapsedMs, except?: string): WorkingShares {
    return this.#shares(symbol, book, (one) => one.intentId !== except && !expired(one, now));
  }

  /** Those of them whose order was sent, or is decided. */
  sentShares(symbol: string, book: string): WorkingShares {
    return this.#shares(symbol, book, (one) => one.expiresAt === null);
  }

  #shares(symbol: string, book: string, counts: (one: Commitment) => boolean): WorkingShares {
    const shares: WorkingShares = {
      bookBuy: 0,
      bookSell: 0,
      accountBuy: 0,
      accountSell: 0,
      accountLong: 0,
      accountShort: 0,
    };
    for (const one of this.#commitments.values()) {
      if (one.symbol !== symbol || one.standsBy || one.endedAt !== null || !counts(one)) continue;
      const rest = one.quantity - one.filled;
      if (buys(one.side)) {
        if (one.book === book) shares.bookBuy += rest;
      } else if (one.book === book) shares.bookSell += rest;
      addToAccount(shares, one.side, rest);
    }
    for (const one of this.#externalShares(symbol)) addToAccount(shares, one.side, one.remaining);
    return shares;
  }

  /** What one book has on its way in a symbol: working orders, orders of unknown outcome, unspent permits. */
  *onTheWay(book: string, symbol: string, now: ElapsedMs): Iterable<Commitment> {
    for (const one of this.#commitments.values()) {
      if (one.book !== book || one.symbol !== symbol || one.standsBy) continue;
      if (one.endedAt === null && !expired(one, now)) yield one;
    }
  }

  /** What works of others' orders: a closing leg that waits for its entry does not yet, and the legs of a pair count once. */
  #externalShares(symbol: string): Iterable<ExternalOrder> {
    const working = new Map<string, ExternalOrder>();
    for (const one of this.#external) {
      const waits = one.status === 'held' && (one.side === 'sell' || one.side === 'buy_to_cover');
      if (one.symbol !== symbol || waits) continue;
      const key = one.parentId === null ? `${one.id}` : `${one.parentId} ${one.side}`;
      const other = working.get(key);
      if (other === undefined || other.remaining < one.remaining) working.set(key, one);
    }
    return working.values();
  }

  /** Orders that only stand by to close a position in the symbol. */
  *standing(symbol: string, now: ElapsedMs): Iterable<Commitment> {
    for (const one of this.#commitments.values()) {
      if (one.standsBy && one.symbol === symbol && one.endedAt === null && !expired(one, now)) yield one;
    }
  }

  /** Symbols that are being bought or sold short. */
  *opening(now: ElapsedMs, except?: string): Iterable<string> {
    for (const one of this.#commitments.values()) {
      if (one.intentId !== except && one.endedAt === null && opens(one.side) && !expired(one, now))
        yield one.symbol;
    }
    for (const one of this.#external) if (opens(one.side)) yield one.symbol;
  }

  /** Forgets what every later balance contains. */
  purge(asked: ElapsedMs): void {
    for (const one of this.#commitments.values()) {
      if (one.endedAt !== null && one.endedAt < asked) this.#commitments.delete(one.intentId);
    }
  }
}

function expired(commitment: Commitment, now: ElapsedMs): boolean {
  return commitment.expiresAt !== null && commitment.expiresAt <= now;
}

function addToAccount(shares: WorkingShares, side: Side, quantity: number): void {
  if (buys(side)) shares.accountBuy += quantity;
  else shares.accountSell += quantity;
  if (side === 'buy') shares.accountLong += quantity;
  if (side === 'sell_short') shares.accountShort += quantity;
}

function buys(side: Side): boolean {
  return side === 'buy' || side === 'buy_to_cover';
}

function opens(side: Side): boolean {
  return side === 'buy' || side === 'sell_short';
}
