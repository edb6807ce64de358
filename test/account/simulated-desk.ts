import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AccountOptions,
  openAccount,
  type PlaceResult,
  type TradingAccount,
} from '../../lib/account.ts';
import type {
  BrokerOrder,
  BrokerPosition,
  CalendarDay,
  CancelOutcome,
  ChangeOutcome,
  OrderChange,
  OrderRequest,
  PlaceOutcome,
} from '../../lib/broker/port.ts';
import { type Bracket, isTerminal, type OrderIntent } from '../../lib/domain/order.ts';
import { type Signal, signalSchema } from '../../lib/domain/signal.ts';
import { toTick } from '../../lib/domain/tick.ts';
import { ExchangeBroker } from '../../lib/exchange/broker.ts';
import type { ExchangeOrder } from '../../lib/exchange/contract.ts';
import { Exchange } from '../../lib/exchange/exchange.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { type Policy, PRESETS } from '../../lib/risk/policy.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What the wire does with the next orders: `fine` is not in the list. */
export type Trouble = 'lost_before' | 'lost_reply' | 'not_sent' | 'rejected' | 'errors_200' | 'throws';

/** The in-process broker behind a bad line: the exchange is real, the answers get lost. */
export class TroubledBroker extends ExchangeBroker {
  readonly trouble: Trouble[] = [];
  transmissions = 0;
  /** Positions cannot be read. */
  blind = false;
  /** Calls that change or read an order, told before (and with `done` after) each of them. */
  onCall: (call: string, done: boolean) => void = () => undefined;
  /** Cancels do not arrive. */
  deaf = false;
  /** What it says of some days, other than the exchange. */
  special: readonly CalendarDay[] = [];
  /** The process is gone: nothing it asks reaches the exchange, nothing is answered. */
  dead = false;

  /** One call of the order path, with the instants before and after it at which a process may die. */
  async #path<T>(call: string, run: () => Promise<T>): Promise<T> {
    if (!this.dead) this.onCall(call, false);
    if (this.dead) return new Promise<T>(() => undefined);
    const answer = await run();
    this.onCall(call, true);
    return this.dead ? new Promise<T>(() => undefined) : answer;
  }

  override async calendar(year: number, month: number): Promise<CalendarDay[]> {
    const days = await super.calendar(year, month);
    return days.map((day) => this.special.find(({ date }) => date === day.date) ?? day);
  }

  override cancel(id: number): Promise<CancelOutcome> {
    if (this.deaf) return Promise.resolve({ kind: 'failed', reason: 'the broker does not answer' });
    return this.#path('cancel', () => super.cancel(id));
  }

  override change(id: number, change: OrderChange): Promise<ChangeOutcome> {
    return this.#path('change', () => super.change(id, change));
  }

  override orderTree(id: number): Promise<BrokerOrder[]> {
    return this.#path('read', () => super.orderTree(id));
  }

  override async orders(): Promise<BrokerOrder[]> {
    if (this.dead) return new Promise(() => undefined);
    return super.orders();
  }

  override async positions(): Promise<BrokerPosition[]> {
    if (this.blind) throw new Error('positions are out of order');
    return super.positions();
  }

  override place(order: OrderRequest): Promise<PlaceOutcome> {
    return this.#path('place', () => this.#place(order));
  }

  async #place(order: OrderRequest): Promise<PlaceOutcome> {
    const trouble = this.trouble.shift();
    if (trouble === 'not_sent') return { kind: 'not_sent', reason: 'connection refused' };
    this.transmissions += 1;
    if (trouble === 'lost_before') return { kind: 'unknown', reason: 'no answer', expectRejected: false };
    if (trouble === 'throws') throw new Error('a defect in the client');
    if (trouble === 'rejected') return { kind: 'rejected', reason: 'no', codes: ['InitialMargin'] };
    if (trouble === 'errors_200') return { kind: 'unknown', reason: 'InitialMargin', expectRejected: true };
    const outcome = await super.place(order);
    if (trouble === 'lost_reply') return { kind: 'unknown', reason: 'no answer', expectRejected: false };
    return outcome;
  }
}

/** One account over one exchange; `crash` and `reopen` are a process that dies and starts again. */
export class SimulatedDesk {
  readonly clock: VirtualClock;
  readonly exchange: Exchange;
  folder = mkdtempSync(join(tmpdir(), 'desk-'));
  readonly #folders = [this.folder];
  readonly log: string[] = [];
  broker!: TroubledBroker;
  account!: TradingAccount;
  policy: Policy = PRESETS.standard;
  /** What the broker says of some days, other than the exchange. */
  special: CalendarDay[] = [];
  namespace = 'test';
  #signals = 0;

  constructor(start = '10:00') {
    this.clock = new VirtualClock(toEpoch('2026-03-02', start));
    this.exchange = new Exchange({
      extendedHours: true,
      seed: 1,
      accountId: 'VA00000001',
      start: this.clock.market.now(),
      onError: (error) => {
        throw error;
      },
    });
  }

  async open(more: Partial<AccountOptions> = {}): Promise<TradingAccount> {
    const onError = (error: unknown) => {
      throw error;
    };
    this.broker = new TroubledBroker({ exchange: this.exchange, market: this.clock.market, onError });
    this.broker.special = this.special;
    this.account = await openAccount({
      broker: this.broker,
      clock: this.clock,
      folder: this.folder,
      namespace: this.namespace,
      policy: this.policy,
      log: (level, message) => this.log.push(`${level} ${message}`),
      settleMs: 20_000,
      proofGapMs: 2_000,
      ...more,
    });
    return this.account;
  }

  async reopen(): Promise<TradingAccount> {
    await this.account.close();
    return this.open();
  }

  /** The process dies now; the next one finds the journal as it is on disk. */
  die(): void {
    this.broker.dead = true;
    const next = mkdtempSync(join(tmpdir(), 'desk-'));
    this.#folders.push(next);
    cpSync(this.folder, next, { recursive: true });
    this.folder = next;
  }

  /** An entry at the market with what closes it, `away` dollars from the ask. */
  async bracketed(
    away: { stop?: number; target?: number; trail?: number },
    wish: Partial<Signal> = {},
    duration: Bracket['duration'] = 'gtc',
  ): Promise<PlaceResult> {
    const quote = await this.account.quote('AAPL', 5_000);
    const ask = quote.ask ?? 0;
    const limitPrice = toTick(ask * 1.005, 'up');
    const size = await this.account.size(this.signal({ type: 'limit', limitPrice, ...wish }), {
      method: 'as_signal',
    });
    assert.ok(size.kind === 'sized', JSON.stringify(size));
    const bracket: Bracket = {
      duration,
      ...(away.stop === undefined ? {} : { stopLoss: toTick(ask - away.stop, 'down') }),
      ...(away.target === undefined ? {} : { takeProfit: toTick(ask + away.target, 'up') }),
      ...(away.trail === undefined ? {} : { trail: away.trail }),
    };
    const decision = await this.account.check({ ...size.intent, bracket });
    assert.ok(decision.kind === 'approved', JSON.stringify(decision));
    return this.account.place(decision.intent, { nodeId: 'place', passThrough: {} });
  }

  /** What works at the exchange now, without the parents of groups. */
  working(): ExchangeOrder[] {
    return this.exchange.orders().filter((order) => !isTerminal(order.status) && order.class === 'equity');
  }

  /** How many shares each working protective stop of a long would sell. */
  stops(): number[] {
    return this.working()
      .filter(({ type, side }) => type === 'stop' && side === 'sell')
      .map(({ remainingQuantity }) => remainingQuantity);
  }

  /** 100 AAPL that are held, with what closes them working at the broker. */
  async protectedPosition(away: { stop?: number; target?: number; trail?: number } = { stop: 5 }) {
    await this.bracketed(away, { quantity: 100 });
    for (let i = 0; i < 80 && this.held() < 100; i += 1) await this.run(250);
    await this.run(3_000);
    assert.equal(this.held(), 100);
  }

  held(symbol = 'AAPL'): number {
    return this.exchange.positions().find((position) => position.symbol === symbol)?.quantity ?? 0;
  }

  /** Sizes, checks and places one wish; the next order meets `trouble`. */
  async place(wish: Partial<Signal> = {}, trouble?: Trouble): Promise<PlaceResult> {
    const approved = await this.approve(wish);
    if (trouble) this.broker.trouble.push(trouble);
    return this.account.place(approved, { nodeId: 'place', passThrough: {} });
  }

  async approve(wish: Partial<Signal> = {}): Promise<OrderIntent> {
    const size = await this.account.size(this.signal(wish), { method: 'as_signal' });
    assert.equal(size.kind, 'sized', JSON.stringify(size));
    assert.ok(size.kind === 'sized');
    const decision = await this.account.check(size.intent);
    assert.ok(decision.kind === 'approved', JSON.stringify(decision));
    return decision.intent;
  }

  async dispose(): Promise<void> {
    await this.account?.close();
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }

  /** Lets time pass; the exchange tells its stream on the way. */
  async run(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      await this.clock.advance(Math.min(250, left));
      this.broker.pulse();
    }
    await this.clock.advance(0);
  }

  signal(wish: Partial<Signal> = {}): Signal {
    this.#signals += 1;
    return signalSchema.parse({
      id: `signal-${this.#signals}`,
      source: 'test',
      symbol: 'AAPL',
      action: 'buy',
      quantity: 100,
      book: 'tradingview',
      receivedAt: this.clock.wall.now(),
      ...wish,
    });
  }
}
