import type { BrokerPosition } from '../broker/port.ts';
import type { EpochMs } from '../domain/clock.ts';
import { Emitter, type Listenable } from '../domain/events.ts';
import type { Bar, Quote, Trade } from '../domain/market-data.ts';
import { toDollars } from '../domain/money.ts';
import type { SplitRatio } from '../domain/shares.ts';
import { balancesOf } from './account-balances.ts';
import type {
  ChangeResult,
  CorporateActionResult,
  ExchangeBalances,
  ExchangeFill,
  ExchangeOptions,
  ExchangeOrder,
  ExchangeSnapshot,
  ExchangeSplit,
  Listing,
  NewOrder,
  NewOrderGroup,
  OptionQuote,
  OrderChange,
  OrderError,
  SimulatedExchange,
} from './contract.ts';
import { dividendProblem, splitProblem } from './corporate-actions.ts';
import { INSTRUMENTS } from './listings.ts';
import { Market } from './market.ts';
import { dailyBarsOf, minuteBarsOf, quoteAt, tapeOf } from './market-data.ts';
import { optionAt } from './options.ts';
import { type CancelResult, OrderDesk } from './order-desk.ts';
import { costBasis, PaperAccount, sharesOf } from './paper-account.ts';
import { walk } from './session-walk.ts';
import { type ExchangeState, readSnapshot } from './snapshot.ts';

const DEFAULT_CASH = 100_000;

const LISTINGS: readonly Listing[] = INSTRUMENTS.map(
  ({ symbol, name, exchange, kind, sector, averageVolume }) => ({
    symbol,
    name,
    exchange,
    kind,
    sector,
    averageVolume,
  }),
);

/**
 * The simulated exchange: a seeded market, a matching engine and one paper account, in process and without
 * clocks or chance of its own. Time moves by `advance` alone.
 */
export class Exchange implements SimulatedExchange {
  readonly seed: number;
  readonly accountId: string;
  readonly listings = LISTINGS;
  readonly orderChanges: Listenable<ExchangeOrder>;
  readonly #market: Market;
  readonly #account: PaperAccount;
  readonly #desk: OrderDesk;
  readonly #splits: ExchangeSplit[];
  #now: EpochMs;
  #walking = false;

  /** Throws TraderError E_INPUT on a snapshot that is damaged or belongs to another seed or account. */
  constructor(options: ExchangeOptions) {
    const { seed, accountId } = options;
    const old = options.resume === undefined ? null : readSnapshot(options.resume, seed, accountId);
    const changes = new Emitter<ExchangeOrder>(options.onError);
    this.seed = seed;
    this.accountId = accountId;
    this.orderChanges = changes;
    this.#market = new Market(seed);
    this.#splits = old?.splits ?? [];
    for (const split of this.#splits) this.#market.split(split.symbol, split);
    this.#account = new PaperAccount(old?.account ?? options.cash ?? DEFAULT_CASH, options.accountType);
    this.#desk = new OrderDesk({
      market: this.#market,
      account: this.#account,
      extendedHours: options.extendedHours ?? false,
      changed: (order) => changes.emit(order),
      old,
    });
    this.#now = old?.now ?? Math.floor(options.start);
  }

  get accountType(): 'margin' | 'cash' {
    return this.#account.type;
  }

  get now(): EpochMs {
    return this.#now;
  }

  advance(until: EpochMs): void {
    // Market time is whole milliseconds, as every date on the wire.
    const to = Math.floor(until);
    // A listener told on the way may not move time under the walk's feet.
    if (this.#walking || !(to > this.#now)) return;
    const desk = this.#desk;
    this.#walking = true;
    try {
      walk(this.#now, to, {
        working: () => desk.anyWorking,
        open: (session) => {
          this.#now = session.open;
          desk.open(session);
        },
        quiet: (session, minute) => desk.quiet(session, minute),
        passed: (at) => {
          this.#now = at;
          desk.passed();
        },
        match: (at) => {
          this.#now = at;
          desk.match(at);
        },
        close: (session) => desk.close(session),
        extendedUntil: (at) => desk.extendedUntil(at),
        extendedQuiet: (at) => desk.extendedQuiet(at),
        matchExtended: (at) => {
          this.#now = at;
          desk.match(at, true);
        },
        closeExtended: (at) => desk.closeExtended(at),
      });
      this.#now = to;
    } finally {
      this.#walking = false;
    }
  }

  quote(symbol: string): Quote | null {
    const instrument = this.#market.instrument(symbol);
    return instrument === null ? null : quoteAt(this.#market, instrument, this.#now);
  }

  option(symbol: string): OptionQuote | null {
    const underlying = (name: string) => {
      const [instrument, quote] = [this.#market.instrument(name), this.quote(name)];
      return instrument === null || quote === null ? null : { instrument, quote };
    };
    return optionAt(symbol, underlying, this.#now);
  }

  tape(symbol: string, from: EpochMs, to: EpochMs, limit?: number): Trade[] {
    const instrument = this.#market.instrument(symbol);
    return instrument === null ? [] : tapeOf(this.#market, instrument, { from, to, limit }, this.#now);
  }

  dailyBars(symbol: string, start: string, end: string): Bar[] {
    const instrument = this.#market.instrument(symbol);
    return instrument === null ? [] : dailyBarsOf(this.#market, instrument, start, end, this.#now);
  }

  minuteBars(symbol: string, start: EpochMs, end: EpochMs): Bar[] {
    const instrument = this.#market.instrument(symbol);
    return instrument === null ? [] : minuteBarsOf(this.#market, instrument, start, end, this.#now);
  }

  place(order: NewOrder | NewOrderGroup): { ok: true; id: number } | { ok: false; errors: OrderError[] } {
    return this.#desk.place(order, this.#now);
  }

  /**
   * `cost` is the worst case of what is bought in dollars, 0 for a sale; `marginChange` the half of an entry that must
   * be own. Of a group the figures of its first leg, or of the dearer leg of an oco.
   */
  preview(order: NewOrder | NewOrderGroup): {
    ok: boolean;
    cost: number;
    marginChange: number;
    errors: OrderError[];
  } {
    const { cost, reserve, errors } = this.#desk.judge.judge(order, this.#now);
    const own = toDollars(reserve) / (this.accountType === 'cash' ? 1 : 2);
    return { ok: errors.length === 0, cost: toDollars(cost), marginChange: own, errors };
  }

  cancel(id: number): CancelResult {
    return this.#desk.cancel(id, this.#now);
  }

  change(id: number, change: OrderChange): ChangeResult {
    return this.#desk.change(id, change, this.#now);
  }

  split(symbol: string, { newShares, oldShares }: SplitRatio): CorporateActionResult {
    const ratio = { newShares, oldShares };
    const problem = splitProblem(this.#market.instrument(symbol), ratio);
    if (problem !== null) return problem;
    this.#market.split(symbol, ratio);
    this.#splits.push({ symbol, ...ratio, at: this.#now });
    this.#account.split(symbol, ratio, this.#desk.judge.last(symbol, this.#now));
    this.#desk.split(symbol, ratio, this.#now);
    return { ok: true };
  }

  dividend(symbol: string, perShare: number, reinvest: boolean): CorporateActionResult {
    const problem = dividendProblem(this.#market.instrument(symbol), this.#account.held(symbol), perShare);
    if (problem !== null) return problem;
    const price = reinvest ? this.#desk.judge.last(symbol, this.#now) : null;
    this.#account.dividend(symbol, perShare, price, this.#now);
    return { ok: true };
  }

  order(id: number): ExchangeOrder | null {
    return this.#desk.order(id);
  }

  orders(): ExchangeOrder[] {
    return this.#desk.orders();
  }

  fills(): ExchangeFill[] {
    return this.#desk.fills();
  }

  positions(): (BrokerPosition & { id: number })[] {
    return this.#account.positions.map((position) => ({
      id: position.id,
      symbol: position.symbol,
      quantity: sharesOf(position.lots),
      costBasis: costBasis(position),
      acquiredAt: position.acquiredAt,
    }));
  }

  balances(): ExchangeBalances {
    const { working, judge } = this.#desk;
    return balancesOf(this.#account, working, (symbol) => judge.last(symbol, this.#now), this.#now);
  }

  snapshot(): ExchangeSnapshot {
    const state: ExchangeState = {
      version: 1,
      seed: this.seed,
      accountId: this.accountId,
      now: this.#now,
      account: this.#account.state(),
      ...this.#desk.state(),
      splits: structuredClone(this.#splits),
    };
    return state;
  }
}
