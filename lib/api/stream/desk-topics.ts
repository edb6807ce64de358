import type { AlertChange } from '../../alerts/alert-book.ts';
import type { ElapsedTime, Timer, WallTime } from '../../domain/clock.ts';
import type { Unsubscribe } from '../../domain/events.ts';
import type { Order } from '../../domain/order.ts';
import type { HaltState, PortfolioSnapshot } from '../../domain/portfolio.ts';
import type { RecordPlace } from '../../orders/order-steps.ts';
import type { TradingAccount } from '../../trading-account.ts';
import { labelled, named, portfolioView } from '../view.ts';
import type { StreamClient } from './client.ts';
import { executionOf } from './execution.ts';
import { type Frame, textFrame } from './frame.ts';
import type { DeskChannel } from './protocol.ts';

/** Orders and positions change in bursts. */
const GATHER_MS = 50;
/** Prices change what is held without any event. */
const REVALUE_MS = 5_000;
/** So many of those that are over, and all that work. */
const ORDERS = 100;
/** So many orders or alerts in one message of a snapshot, far below what may wait for one client. */
const PART = 200;

interface Times {
  elapsed: ElapsedTime;
  wall: WallTime;
}

/** What those who follow the orders were told of one account. */
interface ToldOrders {
  account: string;
  place: RecordPlace;
  byName: Map<string, Order>;
  mode: HaltState;
}

/** What clients follow of the account itself. */
export class DeskTopics {
  readonly #elapsed: ElapsedTime;
  readonly #wall: WallTime;
  readonly #onError: (error: unknown) => void;
  readonly #clients = new Map<DeskChannel, Set<StreamClient>>();
  readonly #seq = new Map<DeskChannel, number>();
  readonly #told = new Map<DeskChannel, string>();
  /** How far the orders were told; null while nobody follows them. It outlasts a time without the account. */
  #orders: ToldOrders | null = null;
  #account: TradingAccount | null = null;
  #leave: Unsubscribe[] = [];
  #gather: Timer | null = null;
  #revalue: Timer | null = null;

  constructor({ elapsed, wall }: Times, onError: (error: unknown) => void) {
    this.#elapsed = elapsed;
    this.#wall = wall;
    this.#onError = onError;
  }

  bind(account: TradingAccount | null): void {
    this.close();
    this.#account = account;
    if (account === null) return;
    if (this.#orders?.account !== account.key) this.#orders = null;
    this.#leave = [
      account.portfolioChanges.on(() => this.#changed()),
      account.statusChanges.on(() => this.#modeChanged()),
      account.alerts.changes.on((change) => this.#alert(change, account.simulated)),
    ];
    this.#modeChanged();
    this.#revalue = this.#elapsed.every(REVALUE_MS, () => void this.#values());
    for (const [channel, clients] of this.#clients)
      for (const client of clients) void this.#snapshot(client, channel);
  }

  join(client: StreamClient, channels: readonly DeskChannel[]): void {
    for (const channel of channels) {
      const clients = this.#clients.get(channel) ?? new Set();
      this.#clients.set(channel, clients.add(client));
      void this.#snapshot(client, channel);
    }
  }

  leave(client: StreamClient, channels: readonly DeskChannel[]): void {
    for (const channel of channels) {
      this.#clients.get(channel)?.delete(client);
      client.forget(channel);
    }
    if (!this.#followed('orders')) this.#orders = null;
  }

  close(): void {
    for (const leave of this.#leave) leave();
    this.#leave = [];
    this.#gather?.cancel();
    this.#revalue?.cancel();
    this.#gather = null;
    this.#revalue = null;
  }

  #followed(...channels: DeskChannel[]): boolean {
    return channels.some((channel) => (this.#clients.get(channel)?.size ?? 0) > 0);
  }

  async #snapshot(client: StreamClient, channel: DeskChannel): Promise<void> {
    const account = this.#account;
    if (account === null) return;
    const stays = () => this.#account === account && this.#clients.get(channel)?.has(client) === true;
    try {
      if (channel === 'orders') {
        // What happened up to now goes to those who were there, before the snapshot is taken.
        this.#tellOrders();
        const orders = account.orders(ORDERS);
        this.#orders ??= {
          account: account.key,
          place: account.orderSteps(null).place,
          byName: byName(orders),
          mode: account.haltState(),
        };
        const first = byName(orders);
        // One that is among them no more is over, and that was told.
        const newest = (name: string) => (this.#orders?.byName ?? first).get(name);
        await this.#inParts(client, channel, [...first.keys()], stays, (name) => {
          const order = newest(name);
          return order && named(order);
        });
      } else if (channel === 'alerts') {
        const { alerts, simulated } = account;
        const ids = alerts.list().map(({ id }) => id);
        await this.#inParts(client, channel, ids, stays, (id) => {
          const alert = alerts.get(id);
          return alert && labelled(alert, simulated);
        });
      } else {
        const snapshot = await account.snapshot();
        if (stays()) client.offer(channel, this.#portfolioFrame(channel, snapshot, { snapshot: true }));
      }
    } catch (error) {
      if (!stays()) return;
      this.#onError(error);
      // The next reading is told to all, and so to this one.
      this.#told.delete(channel);
    }
  }

  /**
   * A snapshot as messages of a bounded size, each written when there is room. What changes in between is told as it
   * changes; each part shows its own as they are when it is written, and leaves out what is gone by then.
   */
  async #inParts(
    client: StreamClient,
    channel: 'orders' | 'alerts',
    keys: readonly string[],
    stays: () => boolean,
    newest: (key: string) => object | null | undefined,
  ): Promise<void> {
    const parts = Math.max(1, Math.ceil(keys.length / PART));
    for (let part = 1; part <= parts; part += 1) {
      await client.inRoom(() => {
        if (!stays()) return;
        const data = keys.slice((part - 1) * PART, part * PART).flatMap((key) => newest(key) ?? []);
        const head = { type: channel, snapshot: true, part, parts, seq: this.#last(channel) };
        client.tell(JSON.stringify({ ...head, data }));
      });
      if (!stays()) return;
    }
  }

  #changed(): void {
    if (!this.#followed('orders', 'portfolio', 'account', 'positions')) return;
    this.#gather ??= this.#elapsed.after(GATHER_MS, () => {
      this.#gather = null;
      this.#tellOrders();
      void this.#values();
    });
  }

  /** Every recorded change in its order, and then what is known without a record: that an order is being sent. */
  #tellOrders(): void {
    const account = this.#account;
    const told = this.#orders;
    if (account === null || told === null) return;
    const { steps, place } = account.orderSteps(told.place);
    const orders = account.orders(ORDERS);
    told.place = place;
    for (const { order, fill } of steps) {
      this.#tellOrder(told, order);
      if (fill) this.#push('orders', 'execution', executionOf(order, fill, this.#wall.now()));
    }
    // In the order in which they were placed.
    for (const order of orders.toReversed()) this.#tellOrder(told, order);
    told.byName = byName(orders);
  }

  #tellOrder({ byName: known }: ToldOrders, order: Order): void {
    const before = known.get(nameOf(order));
    if (before && state(before) === state(order)) return;
    known.set(nameOf(order), order);
    this.#push('orders', 'order_update', named(order));
  }

  /** The account trades, only exits, or not at all: for every strategy of it, and so none is named. */
  #modeChanged(): void {
    const account = this.#account;
    const told = this.#orders;
    if (account === null || told === null) return;
    const { haltState: to, haltReason: reason } = account.status();
    if (to === told.mode) return;
    const change = { strategy_id: null, from_mode: told.mode, to_mode: to, reason };
    told.mode = to;
    this.#push('orders', 'strategy_mode_change', { ...change, timestamp: this.#wall.now() });
  }

  /** One reading for all channels; what did not change is not told. */
  async #values(): Promise<void> {
    const account = this.#account;
    const channels = (['portfolio', 'account', 'positions'] as const).filter((each) => this.#followed(each));
    if (account === null || channels.length === 0) return;
    try {
      const snapshot = await account.snapshot();
      for (const channel of channels) {
        const text = JSON.stringify({ ...partOf(snapshot, channel), at: 0 });
        if (this.#told.get(channel) === text) continue;
        this.#told.set(channel, text);
        this.#next(channel);
        const frame = this.#portfolioFrame(channel, snapshot, {});
        for (const client of this.#clients.get(channel) ?? []) client.offer(channel, frame);
      }
    } catch (error) {
      if (this.#account === account) this.#onError(error);
    }
  }

  #alert({ kind, alert, firing }: AlertChange, simulated: boolean): void {
    if (!this.#followed('alerts')) return;
    const told = firing && labelled(firing, simulated);
    this.#push('alerts', 'alert', labelled(alert, simulated), { kind, firing: told });
  }

  #push(channel: DeskChannel, type: string, data: object, more: object = {}): void {
    const frame = textFrame(JSON.stringify({ type, seq: this.#next(channel), ...more, data }));
    for (const client of this.#clients.get(channel) ?? []) client.push(frame);
  }

  #portfolioFrame(type: DeskChannel, snapshot: PortfolioSnapshot, more: { snapshot?: true }): Frame {
    const stamps = { at: snapshot.at, timestamp: this.#wall.now() };
    return textFrame(
      JSON.stringify({ type, ...more, seq: this.#last(type), ...stamps, data: partOf(snapshot, type) }),
    );
  }

  #last(channel: DeskChannel): number {
    return this.#seq.get(channel) ?? 0;
  }

  #next(channel: DeskChannel): number {
    const seq = this.#last(channel) + 1;
    this.#seq.set(channel, seq);
    return seq;
  }
}

function partOf(snapshot: PortfolioSnapshot, channel: DeskChannel): object {
  const { positions, ...account } = portfolioView(snapshot);
  if (channel === 'positions') return positions;
  return channel === 'account' ? account : { ...account, positions };
}

/** A leg shares its tag with its group; an order has no id yet while it is sent. */
function nameOf({ tag, role }: Order): string {
  return `${tag} ${role}`;
}

function byName(orders: readonly Order[]): Map<string, Order> {
  return new Map(orders.map((order) => [nameOf(order), order]));
}

/** All of it but when it was looked at: a stop that moves is news too. */
function state({ updatedAt: _, ...order }: Order): string {
  return JSON.stringify(order);
}
