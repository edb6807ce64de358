import type { EpochMs } from '../domain/clock.ts';
import { type Money, ZERO } from '../domain/money.ts';
import { openSession, type Session, tradingSession } from '../market/calendar.ts';
import { worthOf } from './account-balances.ts';
import type { ExchangeFill, ExchangeOrder, NewOrder, OrderError } from './contract.ts';
import type { Market } from './market.ts';
import { isQuiet, Matching } from './matching.ts';
import { orderCost, refusals, reservePerShare } from './order-entry.ts';
import { finish, isWorking, type OrderRecord, recordFill } from './order-record.ts';
import type { PaperAccount } from './paper-account.ts';
import type { ExchangeState } from './snapshot.ts';

const FIRST_ORDER_ID = 100_000_000;

/** Keeps the orders of the account: takes them, lets them trade, ends them, and tells of each change. */
export class OrderDesk {
  readonly #market: Market;
  readonly #account: PaperAccount;
  readonly #changed: (order: ExchangeOrder) => void;
  readonly #records = new Map<number, OrderRecord>();
  readonly #working = new Map<number, OrderRecord>();
  readonly #fills: ExchangeFill[] = [];
  #nextId = FIRST_ORDER_ID;

  constructor(
    market: Market,
    account: PaperAccount,
    changed: (order: ExchangeOrder) => void,
    old: ExchangeState | null,
  ) {
    this.#market = market;
    this.#account = account;
    this.#changed = changed;
    if (old === null) return;
    this.#nextId = old.nextOrderId;
    this.#fills.push(...structuredClone(old.fills));
    for (const record of structuredClone(old.records)) this.#keep(record);
  }

  get anyWorking(): boolean {
    return this.#working.size > 0;
  }

  get working(): OrderRecord[] {
    return [...this.#working.values()];
  }

  order(id: number): ExchangeOrder | null {
    const record = this.#records.get(id);
    return record === undefined ? null : { ...record.order };
  }

  orders(): ExchangeOrder[] {
    return [...this.#records.values()].map(({ order }) => ({ ...order }));
  }

  fills(): ExchangeFill[] {
    return this.#fills.map((fill) => ({ ...fill }));
  }

  /** Dollars of the last print; 0 when there is none. */
  last(symbol: string, now: EpochMs): number {
    const instrument = this.#market.instrument(symbol);
    const print = instrument === null ? null : this.#market.lastPrint(instrument, now);
    return print === null ? 0 : print.price / 100;
  }

  /** What the order would cost at worst, and everything that speaks against it. */
  judge(order: NewOrder, now: EpochMs): { cost: Money; errors: OrderError[] } {
    const ask = this.#ask(order.symbol, now);
    const errors = refusals(order, {
      listed: this.#market.instrument(order.symbol) !== null,
      ask,
      held: this.#account.held(order.symbol),
      selling: this.#selling(order.symbol),
      buyingPower: worthOf(this.#account, this.working, (symbol) => this.last(symbol, now)).buyingPower,
    });
    // An order refused for its quantity or price has no cost that could be stated.
    const costed = errors.length === 0 || errors[0]?.code === 'InitialMargin';
    return { cost: costed ? orderCost(order, ask) : ZERO, errors };
  }

  place(order: NewOrder, now: EpochMs): { ok: true; id: number } | { ok: false; errors: OrderError[] } {
    const { errors } = this.judge(order, now);
    const session = tradingSession(now);
    if (errors.length > 0) return { ok: false, errors };
    if (session === null) {
      return {
        ok: false,
        errors: [{ code: 'OmsUnavailable', message: 'No session is known after this date.' }],
      };
    }
    const id = this.#nextId++;
    const record: OrderRecord = {
      order: newOrder(id, order, session, now),
      resting: false,
      reserve: reservePerShare(order, this.#ask(order.symbol, now)),
      filledValue: ZERO,
    };
    this.#keep(record);
    this.#tell(record);
    return { ok: true, id };
  }

  cancel(
    id: number,
    now: EpochMs,
  ): { ok: true } | { ok: false; reason: 'unknown' } | { ok: false; reason: 'final'; status: string } {
    const record = this.#records.get(id);
    if (record === undefined) return { ok: false, reason: 'unknown' };
    if (!isWorking(record)) return { ok: false, reason: 'final', status: record.order.status };
    this.#end(record, 'canceled', now);
    return { ok: true };
  }

  /** The session opens: what waited for it is worked, and everything meets the opening prices afresh. */
  open(session: Session): void {
    for (const record of this.working) {
      record.resting = false;
      if (record.order.status !== 'pending') continue;
      record.order.status = 'open';
      record.order.updatedAt = session.open;
      this.#tell(record);
    }
    this.match(session.open);
  }

  match(at: EpochMs): void {
    const matching = new Matching(this.#market, at);
    for (const record of this.working) {
      // An order given at this instant (by a listener) has its first chance at the next one, like any other.
      if (record.order.createdAt >= at || !isWorking(record)) continue;
      for (const { price, quantity } of matching.match(record)) {
        if (isWorking(record)) this.#fill(record, price / 100, quantity, at);
      }
    }
  }

  quiet(session: Session, minute: number): boolean {
    for (const record of this.#working.values()) {
      if (!isQuiet(this.#market, record, session, minute)) return false;
    }
    return true;
  }

  /** Instants at which nobody could trade have passed. */
  passed(): void {
    for (const record of this.#working.values()) record.resting = true;
  }

  /** The session is over: its day orders expire. */
  close(session: Session): void {
    for (const record of this.working) {
      const { order } = record;
      if (order.duration === 'day' && order.session === session.date)
        this.#end(record, 'expired', session.close);
    }
  }

  state(): Pick<ExchangeState, 'nextOrderId' | 'records' | 'fills'> {
    return structuredClone({
      nextOrderId: this.#nextId,
      records: [...this.#records.values()],
      fills: this.#fills,
    });
  }

  #fill(record: OrderRecord, price: number, quantity: number, at: EpochMs): void {
    const { id, symbol, side } = record.order;
    this.#account.apply({ symbol, side, quantity, price, at });
    this.#fills.push({ orderId: id, symbol, side, quantity, price, at });
    recordFill(record, price, quantity, at);
    if (!isWorking(record)) this.#working.delete(id);
    this.#tell(record);
  }

  #end(record: OrderRecord, status: 'canceled' | 'expired', at: EpochMs): void {
    finish(record, status, at);
    this.#working.delete(record.order.id);
    this.#tell(record);
  }

  #keep(record: OrderRecord): void {
    this.#records.set(record.order.id, record);
    if (isWorking(record)) this.#working.set(record.order.id, record);
  }

  #tell(record: OrderRecord): void {
    this.#changed({ ...record.order });
  }

  #ask(symbol: string, now: EpochMs): number | null {
    const instrument = this.#market.instrument(symbol);
    const top = instrument === null ? null : this.#market.top(instrument, now);
    return top === null ? null : top.ask / 100;
  }

  #selling(symbol: string): number {
    let shares = 0;
    for (const { order } of this.#working.values()) {
      if (order.symbol === symbol && order.side === 'sell') shares += order.remainingQuantity;
    }
    return shares;
  }
}

function newOrder(id: number, order: NewOrder, session: Session, now: EpochMs): ExchangeOrder {
  const { symbol, side, quantity, type, price, stop, duration, tag } = order;
  return {
    id,
    parentId: null,
    class: 'equity',
    symbol,
    side,
    quantity,
    type,
    ...(price === undefined || type === 'market' ? {} : { price }),
    ...(stop === undefined || type === 'market' || type === 'limit' ? {} : { stop }),
    duration,
    ...(tag === undefined ? {} : { tag }),
    status: openSession(now) === null ? 'pending' : 'open',
    execQuantity: 0,
    remainingQuantity: quantity,
    avgFillPrice: 0,
    lastFillPrice: 0,
    lastFillQuantity: 0,
    createdAt: now,
    updatedAt: now,
    reason: null,
    session: session.date,
  };
}
