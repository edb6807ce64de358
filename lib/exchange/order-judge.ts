import type { EpochMs } from '../domain/clock.ts';
import { amount, type Money, ZERO } from '../domain/money.ts';
import { type SessionState, sessionAt } from '../market/calendar.ts';
import { worthOf } from './account-balances.ts';
import { sharesWorking, washes } from './commitments.ts';
import type { NewOrder, NewOrderGroup, OrderError } from './contract.ts';
import { groupErrors, isDependent, isGroup } from './group-entry.ts';
import type { Market } from './market.ts';
import { changeRefusals, type EntryContext, orderCost, refusals, reservePerShare } from './order-entry.ts';
import type { OrderRecord } from './order-record.ts';
import { hasPrice } from './order-terms.ts';
import type { PaperAccount } from './paper-account.ts';
import { isBuy } from './sides.ts';

/** What an order would cost at worst, what it would hold back, and everything that speaks against it. */
export interface Judgement {
  cost: Money;
  reserve: Money;
  errors: OrderError[];
}

/** Judges orders by the market and the account as they are now. */
export class OrderJudge {
  readonly #market: Market;
  readonly #account: PaperAccount;
  readonly #working: () => readonly OrderRecord[];
  readonly #extendedHours: boolean;

  constructor(options: {
    market: Market;
    account: PaperAccount;
    working: () => readonly OrderRecord[];
    extendedHours: boolean;
  }) {
    this.#market = options.market;
    this.#account = options.account;
    this.#working = options.working;
    this.#extendedHours = options.extendedHours;
  }

  judge(order: NewOrder | NewOrderGroup, now: EpochMs): Judgement {
    return isGroup(order) ? this.#judgeGroup(order, now) : this.one(order, now);
  }

  /** A single order, or a held leg at the moment it becomes active: a stop that is passed by then triggers at once. */
  one(order: NewOrder, now: EpochMs, activated = false): Judgement {
    const context = this.#context(order, now);
    return judgement(order, context, refusals(order, context, !activated));
  }

  /** New terms of an order that was taken; `others` are the active orders without it and its pair. */
  change(
    order: NewOrder,
    now: EpochMs,
    on: { others: readonly OrderRecord[]; waits: boolean; stopMoved: boolean },
  ): OrderError[] {
    const context = { ...this.#context(order, now, on.others), waits: on.waits };
    return changeRefusals(order, context, on.stopMoved);
  }

  /** Dollars of the last print; 0 when there is none. */
  last(symbol: string, now: EpochMs): number {
    const instrument = this.#market.instrument(symbol);
    const print = instrument === null ? null : this.#market.lastPrint(instrument, now);
    return print === null ? 0 : print.price / 100;
  }

  ask(symbol: string, now: EpochMs): number | null {
    const instrument = this.#market.instrument(symbol);
    const top = instrument === null ? null : this.#market.top(instrument, now);
    return top === null ? null : top.ask / 100;
  }

  /** The first leg, or the dearer of a pair, tells the group's figures. */
  #judgeGroup(group: NewOrderGroup, now: EpochMs): Judgement {
    const errors = groupErrors(group);
    let figures: Judgement = { cost: ZERO, reserve: ZERO, errors: [] };
    for (const [index, leg] of group.legs.entries()) {
      const waits = isDependent(group.class, index);
      const context = this.#context(leg, now);
      const seen = waits ? { ...context, held: context.held + filled(group.legs[0], leg), waits } : context;
      const judged = judgement(leg, seen, refusals(leg, seen));
      errors.push(...judged.errors.filter((one) => !errors.some(({ code }) => code === one.code)));
      if (!waits && judged.reserve + judged.cost >= figures.reserve + figures.cost) figures = judged;
    }
    return { ...figures, errors };
  }

  #context(order: NewOrder, now: EpochMs, others = this.#working()): EntryContext {
    const { symbol, side } = order;
    const instrument = this.#market.instrument(symbol);
    const top = instrument === null ? null : this.#market.top(instrument, now);
    const price = hasPrice(order.type) ? order.price : undefined;
    return {
      listed: instrument !== null,
      accountType: this.#account.type,
      bid: top === null ? null : top.bid / 100,
      ask: top === null ? null : top.ask / 100,
      last: top === null ? null : top.last / 100,
      held: this.#account.held(symbol),
      working: {
        buy: sharesWorking(others, symbol, 'buy'),
        sell: sharesWorking(others, symbol, 'sell'),
        sell_short: sharesWorking(others, symbol, 'sell_short'),
        buy_to_cover: sharesWorking(others, symbol, 'buy_to_cover'),
      },
      buyingPower: worthOf(this.#account, others, (name) => this.last(name, now), now).buyingPower,
      washes: washes(others, { symbol, side, ...(price === undefined ? {} : { price }) }),
      session: this.#session(now),
      waits: false,
    };
  }

  #session(now: EpochMs): SessionState {
    return this.#extendedHours ? sessionAt(now) : 'closed';
  }
}

/** What the first leg's complete fill adds to what a later leg of its symbol finds held. */
function filled(first: NewOrder | undefined, leg: NewOrder): number {
  if (first?.symbol !== leg.symbol) return 0;
  return isBuy(first.side) ? first.quantity : -first.quantity;
}

/** An order refused for its quantity or price has no cost that could be stated. */
function judgement(order: NewOrder, { ask }: EntryContext, errors: OrderError[]): Judgement {
  const costed = errors.length === 0 || errors[0]?.code === 'InitialMargin';
  if (!costed) return { cost: ZERO, reserve: ZERO, errors };
  return {
    cost: orderCost(order, ask),
    reserve: amount(reservePerShare(order, ask), order.quantity),
    errors,
  };
}
