import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAccount, type PlaceResult, type TradingAccount } from '../../lib/account.ts';
import type { BrokerPosition, OrderRequest, PlaceOutcome } from '../../lib/broker/port.ts';
import type { OrderIntent } from '../../lib/domain/order.ts';
import { type Signal, signalSchema } from '../../lib/domain/signal.ts';
import { ExchangeBroker } from '../../lib/exchange/broker.ts';
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

  override async positions(): Promise<BrokerPosition[]> {
    if (this.blind) throw new Error('positions are out of order');
    return super.positions();
  }

  override async place(order: OrderRequest): Promise<PlaceOutcome> {
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
  readonly clock = new VirtualClock(toEpoch('2026-03-02', '10:00'));
  readonly exchange: Exchange;
  readonly folder = mkdtempSync(join(tmpdir(), 'desk-'));
  readonly log: string[] = [];
  broker!: TroubledBroker;
  account!: TradingAccount;
  policy: Policy = PRESETS.standard;
  namespace = 'test';
  #signals = 0;

  constructor() {
    this.exchange = new Exchange({
      seed: 1,
      accountId: 'VA00000001',
      start: this.clock.market.now(),
      onError: (error) => {
        throw error;
      },
    });
  }

  async open(): Promise<TradingAccount> {
    const onError = (error: unknown) => {
      throw error;
    };
    this.broker = new TroubledBroker({ exchange: this.exchange, market: this.clock.market, onError });
    this.account = await openAccount({
      broker: this.broker,
      clock: this.clock,
      folder: this.folder,
      namespace: this.namespace,
      policy: this.policy,
      log: (level, message) => this.log.push(`${level} ${message}`),
      settleMs: 20_000,
      proofGapMs: 2_000,
    });
    return this.account;
  }

  async reopen(): Promise<TradingAccount> {
    await this.account.close();
    return this.open();
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
    rmSync(this.folder, { recursive: true, force: true });
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
