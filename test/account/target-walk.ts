import assert from 'node:assert/strict';
import type { Continuation, RiskDecision, SizeDecision } from '../../lib/account.ts';
import type { OrderIntent } from '../../lib/domain/order.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import type { Refusal } from '../../lib/domain/trace.ts';
import type { Sizing } from '../../lib/sizing/contract.ts';
import { keyOf } from '../../lib/sizing/intent.ts';
import { SimulatedDesk } from './simulated-desk.ts';

export const NODE = 'size';

/** A message in the flow: what happens to it next is the walker's choice. */
export interface Message {
  signal: Signal;
  at: 'size' | 'check' | 'place';
  intent?: OrderIntent;
}

/**
 * The flow of position-size, risk-check and place-order over one real account, whose messages move only when they are
 * told to, one node at a time. What the account asks of position-size becomes a message of its own.
 */
export class TargetWalk {
  readonly desk = new SimulatedDesk();
  readonly messages: Message[] = [];
  /** What left at position-size's second output, and risk-check's. */
  readonly refused: { signal: Signal; refusals: Refusal[]; by: 'size' | 'check' | 'account' }[] = [];
  readonly because: string[] = [];
  /** What place-order said. */
  readonly placements: string[] = [];
  sizing: Sizing = { method: 'as_signal' };
  book = 'tradingview';
  #before = 0;

  async open(): Promise<this> {
    await this.desk.open();
    this.attach();
    return this;
  }

  /** Position-size comes, at the start and after each deploy. */
  attach(): void {
    const { account } = this.desk;
    account.continuations.on(NODE, (of: Continuation) => {
      // A process that died asks nobody any more.
      if (account !== this.desk.account) return;
      if (of.kind === 'size') this.messages.push({ signal: of.signal, at: 'size' });
      else this.refused.push({ signal: of.signal, refusals: of.refusals, by: 'account' });
    });
  }

  /** The process dies: messages in the flow are gone, and webhook-in sends again what nothing decided. */
  async restart(mercy = true): Promise<void> {
    this.messages.length = 0;
    if (mercy) await this.desk.account.close();
    else this.desk.die();
    await this.desk.open();
    this.attach();
    const left = this.desk.account.undecided('test', 30_000);
    this.messages.push(...left.map((signal) => ({ signal, at: 'size' as const })));
  }

  alert(target: number, wish: Partial<Signal> = {}): Signal {
    const signal = this.desk.signal({
      action: 'target',
      quantity: undefined,
      target,
      mayShort: true,
      book: this.book,
      ...wish,
    });
    const { account } = this.desk;
    const entry = { source: 'test', identity: 'id' as const, bodyDigest: signal.id, bodyRedacted: '{}' };
    account.inbox.record({ ...entry, signalKey: keyOf(account.key, signal), signal });
    this.messages.push({ signal, at: 'size' });
    return signal;
  }

  /** Brings a flat book to its start. */
  async at(target: number, wish: Partial<Signal> = {}): Promise<void> {
    this.alert(target, wish);
    await this.flow();
    assert.equal(await this.held(), target);
    await this.desk.run(2_000);
  }

  /** Lets an entry rest at a price nobody sells for. */
  async rest(target: number, wish: Partial<Signal> = {}): Promise<void> {
    const quote = await this.desk.account.quote('AAPL', 5_000);
    const limitPrice = Math.round((quote.bid ?? 0) * 0.98 * 100) / 100;
    this.alert(target, { type: 'limit', limitPrice, ...wish });
    await this.flow(250);
  }

  /** Lets the oldest message go through the next nodes. */
  async moveFirst(times = 1): Promise<void> {
    for (let n = 0; n < times; n += 1) await this.move(this.messages[0] as Message);
  }

  /** Lets one message go through one node. */
  async move(message: Message): Promise<void> {
    const { account } = this.desk;
    this.messages.splice(this.messages.indexOf(message), 1);
    if (message.at === 'size') {
      const sized = await account.size(message.signal, this.sizing, { nodeId: NODE, passThrough: {} });
      this.#sized(message, sized);
    } else if (message.at === 'check') {
      const checked = await account.check(message.intent as OrderIntent);
      this.#checked(message, checked);
    } else {
      const { kind } = await account.place(message.intent as OrderIntent, {
        nodeId: 'place',
        passThrough: {},
      });
      this.placements.push(kind);
    }
    await this.desk.clock.advance(0);
  }

  #sized(message: Message, sized: SizeDecision): void {
    if (sized.kind !== 'refused') this.because.push(sized.because);
    if (sized.kind === 'sized') this.messages.push({ ...message, at: 'check', intent: sized.intent });
    if (sized.kind === 'refused') {
      this.refused.push({ signal: message.signal, refusals: sized.refusals, by: 'size' });
    }
  }

  #checked(message: Message, checked: RiskDecision): void {
    if (checked.kind === 'approved') this.messages.push({ ...message, at: 'place', intent: checked.intent });
    else this.refused.push({ signal: message.signal, refusals: checked.refusals, by: 'check' });
  }

  /** Lets everything flow until nothing moves any more. */
  async flow(ms = 1_000): Promise<void> {
    for (let idle = 0; idle < 3; ) {
      const [message] = this.messages;
      if (message) {
        idle = 0;
        await this.move(message);
        continue;
      }
      idle += 1;
      await this.desk.run(ms);
      if (this.messages.length > 0) idle = 0;
    }
  }

  /** Signed shares the book holds by the account's ledger. */
  async held(book = this.book, symbol = 'AAPL'): Promise<number> {
    const { positions } = await this.desk.account.snapshot();
    return positions.find((one) => one.book === book && one.symbol === symbol)?.quantity ?? 0;
  }

  /** A story of its own in the same account: flat, in another book, with nothing told yet. */
  async anew(): Promise<void> {
    assert.equal(this.messages.length, 0);
    this.refused.length = 0;
    this.because.length = 0;
    this.placements.length = 0;
    if ((await this.held()) !== 0) {
      this.alert(0);
      await this.flow();
    }
    assert.equal(this.atBroker(), 0);
    this.#before = this.desk.exchange.orders().length;
    this.book = `book-${this.#before}`;
  }

  /** The orders of this story, oldest first. */
  placed() {
    return this.desk.exchange
      .orders()
      .sort((a, b) => a.id - b.id)
      .slice(this.#before);
  }

  /** Every order of this story as "buy 100", with what it executed when that is less. */
  orders(): string[] {
    return this.placed().map(({ side, quantity, execQuantity, status }) =>
      execQuantity === quantity ? `${side} ${quantity}` : `${side} ${quantity} ${status} ${execQuantity}`,
    );
  }

  /** The exchange's own position, which no order may ever have carried across zero. */
  atBroker(symbol = 'AAPL'): number {
    return this.desk.exchange.positions().find((one) => one.symbol === symbol)?.quantity ?? 0;
  }

  rules(): string[] {
    return this.refused.flatMap(({ refusals }) => refusals.map(({ rule }) => rule));
  }

  async dispose(): Promise<void> {
    await this.desk.dispose();
  }

  async ends(target: number): Promise<void> {
    assert.equal(await this.held(), target, JSON.stringify({ orders: this.orders(), refused: this.refused }));
    assert.equal(this.atBroker(), target);
  }
}
