import type { EpochMs } from '../domain/clock.ts';
import type { SplitRatio } from '../domain/shares.ts';
import { extendedEnd, type Session, tradingSession } from '../market/calendar.ts';
import type {
  ChangeResult,
  ExchangeFill,
  ExchangeOrder,
  NewOrder,
  NewOrderGroup,
  OrderChange,
  OrderError,
} from './contract.ts';
import type { Market } from './market.ts';
import { isQuiet, Matching, reachesQuote } from './matching.ts';
import { isExtended, newRecords } from './new-record.ts';
import { activate, applyChange, changeErrors } from './order-change.ts';
import { reservePerShare } from './order-entry.ts';
import { follow, type GroupDesk, legsOf } from './order-groups.ts';
import { OrderJudge } from './order-judge.ts';
import { type Ending, finish, isActive, isWorking, type OrderRecord, recordFill } from './order-record.ts';
import { splitOrder, survivesSplit } from './order-split.ts';
import type { PaperAccount } from './paper-account.ts';
import { refusal } from './refusal.ts';
import type { ExchangeState } from './snapshot.ts';

export type CancelResult =
  | { ok: true }
  | { ok: false; reason: 'unknown' }
  | { ok: false; reason: 'final'; status: string };

const FIRST_ORDER_ID = 100_000_000;

/** Keeps the orders of the account: takes them, lets them trade, ends them, and tells of each change. */
export class OrderDesk {
  readonly #market: Market;
  readonly #account: PaperAccount;
  readonly #judge: OrderJudge;
  readonly #changed: (order: ExchangeOrder) => void;
  readonly #records = new Map<number, OrderRecord>();
  /** Single orders and legs that are not done, held ones too, by id. */
  readonly #working = new Map<number, OrderRecord>();
  readonly #fills: ExchangeFill[] = [];
  readonly #untold: ExchangeOrder[] = [];
  readonly #group: GroupDesk;
  #telling = false;
  #nextId = FIRST_ORDER_ID;

  constructor(options: {
    market: Market;
    account: PaperAccount;
    extendedHours: boolean;
    changed: (order: ExchangeOrder) => void;
    old: ExchangeState | null;
  }) {
    const { market, account, extendedHours, changed, old } = options;
    this.#market = market;
    this.#account = account;
    this.#changed = changed;
    this.#judge = new OrderJudge({ market, account, extendedHours, working: () => this.working });
    this.#group = {
      record: (id) => this.#records.get(id),
      end: (record, status, at) => this.#end(record, status, at),
      activate: (legs, at) => this.#activate(legs, at),
      tell: (record) => this.#tell(record),
    };
    if (old === null) return;
    this.#nextId = old.nextOrderId;
    this.#fills.push(...structuredClone(old.fills));
    for (const record of structuredClone(old.records)) this.#keep(record);
  }

  get judge(): OrderJudge {
    return this.#judge;
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

  place(
    order: NewOrder | NewOrderGroup,
    now: EpochMs,
  ): { ok: true; id: number } | { ok: false; errors: OrderError[] } {
    const { errors } = this.#judge.judge(order, now);
    if (errors.length > 0) return { ok: false, errors };
    const id = this.#nextId;
    for (const record of newRecords(order, id, now)) this.#take(record, now);
    if (this.#nextId === id) return { ok: false, errors: [refusal('OmsUnavailable')] };
    this.#flush();
    return { ok: true, id };
  }

  cancel(id: number, now: EpochMs): CancelResult {
    const record = this.#records.get(id);
    if (record === undefined) return { ok: false, reason: 'unknown' };
    if (!isWorking(record)) return { ok: false, reason: 'final', status: record.order.status };
    const ending = record.order.class === 'equity' ? [record] : legsOf(this.#group, id);
    for (const leg of ending) if (isWorking(leg)) this.#end(leg, 'canceled', now);
    this.#flush();
    return { ok: true };
  }

  change(id: number, change: OrderChange, now: EpochMs): ChangeResult {
    const record = this.#records.get(id);
    if (record === undefined) return { ok: false, reason: 'unknown' };
    if (!isWorking(record)) return { ok: false, reason: 'final', status: record.order.status };
    const legs = record.order.parentId === null ? [] : legsOf(this.#group, record.order.parentId);
    const errors = changeErrors(record, change, {
      parent: this.#records.get(record.order.parentId ?? -1),
      legs,
      working: this.working,
      judge: this.#judge,
      now,
    });
    if (errors.length > 0) return { ok: false, reason: 'refused', errors };
    const session = tradingSession(now);
    applyChange(record, change, { now, session, ask: this.#judge.ask(record.order.symbol, now) });
    this.#tell(record);
    this.#flush();
    return { ok: true };
  }

  /** The shares of a symbol are split: its orders are carried over, or canceled where they cannot be. */
  split(symbol: string, ratio: SplitRatio, now: EpochMs): void {
    for (const record of this.working) {
      if (record.order.symbol !== symbol || !isWorking(record)) continue;
      if (survivesSplit(record, ratio)) {
        splitOrder(record, ratio, now, this.#judge.ask(symbol, now));
        this.#tell(record);
      } else this.#end(record, 'canceled', now, 'canceled by a split of the shares');
    }
    this.#flush();
  }

  /** The session opens: what waited for it is worked, and everything meets the opening prices afresh. */
  open(session: Session): void {
    for (const record of this.working) {
      record.resting = false;
      if (record.order.status !== 'pending') continue;
      record.order.status = 'open';
      record.order.updatedAt = session.open;
      this.#tell(record);
      follow(this.#group, record, 0, session.open);
      this.#flush();
    }
    this.match(session.open);
  }

  /** Lets orders trade at one instant of the session, or those of extended hours outside it. */
  match(at: EpochMs, extended = false): void {
    const matching = new Matching(this.#market, at);
    for (const record of this.working) {
      if (isExtended(record.order.duration) !== extended) continue;
      // An order given at this instant (by a listener) has its first chance at the next one, like any other.
      if (record.since >= at || !isActive(record)) continue;
      for (const { price, quantity } of matching.match(record)) {
        if (isActive(record)) this.#fill(record, price / 100, quantity, at);
      }
    }
  }

  quiet(session: Session, minute: number): boolean {
    for (const record of this.#working.values()) {
      if (isActive(record) && !isQuiet(this.#market, record, session, minute)) return false;
    }
    return true;
  }

  /** Instants at which nobody could trade have passed. */
  passed(): void {
    for (const record of this.#working.values()) record.resting = true;
  }

  /** The session is over: its day orders expire. */
  close(session: Session): void {
    this.#expire(session.close, ({ order }) => order.duration === 'day' && order.session === session.date);
  }

  /** The end of the window of extended hours in which an order works after `at`; null when none does. */
  extendedUntil(at: EpochMs): EpochMs | null {
    for (const record of this.#working.values()) {
      if (isExtended(record.order.duration)) return extendedEnd(at);
    }
    return null;
  }

  /** True when the quote, which does not move in extended hours, is beyond the limit of each order that works in them. */
  extendedQuiet(at: EpochMs): boolean {
    for (const record of this.#working.values()) {
      if (isExtended(record.order.duration) && reachesQuote(this.#market, record, at)) return false;
    }
    return true;
  }

  /** The window of extended hours is over: its orders expire. */
  closeExtended(at: EpochMs): void {
    this.#expire(at, ({ order }) => isExtended(order.duration));
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
    follow(this.#group, record, quantity, at);
    this.#flush();
  }

  #end(record: OrderRecord, status: Ending, at: EpochMs, reason?: string): void {
    finish(record, status, at, reason);
    this.#working.delete(record.order.id);
    this.#tell(record);
    follow(this.#group, record, 0, at);
  }

  #expire(at: EpochMs, due: (record: OrderRecord) => boolean): void {
    for (const record of this.working) {
      if (!isActive(record) || !due(record)) continue;
      this.#end(record, 'expired', at);
      this.#flush();
    }
  }

  /** The first leg is filled: what waited for it is judged as the account is now, and works from here on. */
  #activate(legs: OrderRecord[], at: EpochMs): void {
    const judged = legs.map(({ order }) => this.#judge.one(order, at, true).errors);
    for (const [index, record] of legs.entries()) {
      const [error] = judged[index] ?? [];
      if (error !== undefined) {
        this.#end(record, 'rejected', at, error.message);
        continue;
      }
      activate(record, {
        now: at,
        session: tradingSession(at),
        ask: this.#judge.ask(record.order.symbol, at),
      });
      this.#tell(record);
    }
  }

  #take(record: OrderRecord, now: EpochMs): void {
    const { order } = record;
    this.#nextId = order.id + 1;
    if (order.class === 'equity') record.reserve = reservePerShare(order, this.#judge.ask(order.symbol, now));
    this.#keep(record);
    this.#tell(record);
  }

  /** Parents do not trade: they are looked up, never worked. */
  #keep(record: OrderRecord): void {
    this.#records.set(record.order.id, record);
    if (isWorking(record) && record.order.class === 'equity') this.#working.set(record.order.id, record);
  }

  #tell(record: OrderRecord): void {
    this.#untold.push({ ...record.order });
  }

  /** Tells what changed once all of it has, so that a listener that places or cancels meets no half-done group. */
  #flush(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let order = this.#untold.shift(); order !== undefined; order = this.#untold.shift()) {
        this.#changed(order);
      }
    } finally {
      this.#telling = false;
    }
  }
}
