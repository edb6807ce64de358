import type { AlertBook } from './alerts/alert-book.ts';
import type { Broker, StreamState } from './broker/port.ts';
import type { Clock } from './domain/clock.ts';
import type { Listenable, Unsubscribe } from './domain/events.ts';
import type { ConfirmedQuote } from './domain/market-data.ts';
import type { Order, OrderIntent } from './domain/order.ts';
import type { Environment, HaltState, PortfolioSnapshot } from './domain/portfolio.ts';
import type { Signal } from './domain/signal.ts';
import type { Figures, Refusal } from './domain/trace.ts';
import type { BarService, TimeRange } from './market/bars/contract.ts';
import type { FeedInfo, MarketSource } from './market/market-source.ts';
import type { OptionGreeks } from './market/option-greeks.ts';
import type { SymbolDirectory } from './market/symbols/contract.ts';
import type { MarketCalendar } from './market/trading-calendar.ts';
import type { Annotation } from './orders/annotations.ts';
import type { Origin as OrderOrigin } from './orders/journal/intents.ts';
import type { OrderMessage as OrderChange } from './orders/messages.ts';
import type { OrderFilter } from './orders/order-list.ts';
import type { OrderSteps, RecordPlace } from './orders/order-steps.ts';
import type { PlaceResult } from './orders/placement.ts';
import type { Continuation } from './orders/targets/continuations.ts';
import type { Check } from './risk/context.ts';
import type { Policy } from './risk/policy.ts';
import type { SizeDecision, Sizing } from './sizing/contract.ts';
import type { Inbox } from './webhook/inbox.ts';

/** One running brokerage account: what the nodes, and nothing else, talk to. */
export interface TradingAccount {
  readonly key: string;
  readonly environment: Environment;
  readonly accountId: string;
  readonly simulated: boolean;
  readonly clock: Clock;
  readonly inbox: Inbox;

  status(): AccountStatus;
  readonly statusChanges: Listenable<AccountStatus>;

  /** Signals this source accepted and nothing decided yet; those too old are marked stale and left out. */
  undecided(source: string, maxAgeMs: number): Signal[];

  /**
   * Turns a signal into a sized intent, or says why not. A refusal is recorded against the signal. A target is sized one
   * step at a time; `origin` is kept with it, so that the node with that id is asked for the next one.
   */
  size(signal: Signal, sizing: Sizing, origin?: OrderOrigin): Promise<SizeDecision>;
  /**
   * Where the node that sizes targets hears, under its own id, which of them it is to size again, also from before a
   * restart, and which are given up.
   */
  readonly continuations: { on(nodeId: string, listener: (of: Continuation) => void): Unsubscribe };
  /** One journal transaction: all rules, the reservation, the permit. `stricter` can only tighten. */
  check(intent: OrderIntent, stricter?: Policy): Promise<RiskDecision>;
  /**
   * Spends the permit and sends the order, once. Resolves when the broker acknowledged or refused it, or when
   * nothing was sent because the permit is missing, spent, expired, or of another intent.
   * `origin` is kept with the intent, so that later states leave from the same node with the same properties.
   */
  place(intent: OrderIntent, origin: OrderOrigin): Promise<PlaceResult>;
  /**
   * Every change of an order after its `place` resolved, with the origin kept with it. A listener answers true when
   * the change is its own; what nobody takes, also from before a restart, is told to the next listener.
   */
  readonly orderChanges: { on(listener: (change: OrderChange) => boolean): Unsubscribe };
  order(intentId: string): Order | null;
  /** The newest orders of this desk that fit, newest first, and all that work; legs of a group by themselves. */
  orders(limit: number, filter?: OrderFilter): Order[];
  /** Every change of an order that was recorded after a place, oldest first; null: from now on. */
  orderSteps(after: RecordPlace | null): OrderSteps;

  /** The quote, confirmed within maxAgeMs or read fresh. Throws E_NO_QUOTE. */
  quote(symbol: string, maxAgeMs: number): Promise<ConfirmedQuote>;
  /** Of options, at most a minute old as read. */
  readonly greeks: Pick<OptionGreeks, 'of'>;
  /** Bars of any interval, past and live. */
  readonly bars: BarService;
  readonly symbols: SymbolDirectory;
  readonly calendar: MarketCalendar;
  /** Where quotes and bars come from, and how late they are. */
  readonly feed: FeedInfo;

  /** Streams these symbols until released. */
  watchQuotes(symbols: string[], listener: (quote: ConfirmedQuote) => void): { release(): void };
  /** What is held, ordered or watched by anybody now, as Tradier writes it, sorted. */
  watchedSymbols(): string[];

  /** What the account did and was asked to do in a symbol within a time, oldest first; at most the newest 500 of each kind. */
  annotations(symbol: string, range: TimeRange): Annotation[];

  snapshot(): Promise<PortfolioSnapshot>;
  /** Positions, balances or an order changed. Quotes alone do not tell. */
  readonly portfolioChanges: Listenable<void>;

  /** Watched while they are active, kept in a file of their own. */
  readonly alerts: AlertBook;

  /** The limits of the account. */
  readonly policy: Policy;
  haltState(): HaltState;
  /** Durable. By a person, with a reason; or by the account itself, towards safety only. */
  setHaltState(state: HaltState, reason: string, by: string): void;

  close(): Promise<void>;
}

export interface AccountStatus {
  state: 'connecting' | 'ready' | 'degraded' | 'down';
  /** One sentence. */
  reason: string;
  haltState: HaltState;
  /** Why trading is limited, in the words of whoever set it; '' while it is not. */
  haltReason: string;
  /** Whether balances, positions and orders could be read last time, and why not. */
  reading: { ok: boolean; reason: string };
  streams: { market: StreamState['state']; account: StreamState['state'] };
  journal: string;
}

/** `passThrough`: properties of the message without payload, topic and trace; at most 16 kB as JSON. */
export type { Origin as OrderOrigin } from './orders/journal/intents.ts';
export type { OrderMessage as OrderChange } from './orders/messages.ts';
export type { Continuation } from './orders/targets/continuations.ts';
export type { SizeDecision } from './sizing/contract.ts';

export type RiskDecision =
  | { kind: 'approved'; intent: OrderIntent; because: string; checks: Check[]; figures: Figures }
  | { kind: 'refused'; refusals: Refusal[]; checks: Check[]; figures: Figures };

export type { PlaceResult } from './orders/placement.ts';

export interface AccountOptions {
  broker: Broker;
  /** Where quotes and bars come from, when not from the account's own broker: a live token used read-only. */
  marketData?: MarketSource;
  /** True when `marketData` is the account's own, read with its own token. */
  ownMarketData?: boolean;
  clock: Clock;
  /** Folder for this account's journal and market data; made with mode 0700. */
  folder: string;
  /** Four letters that mark this account's orders at the broker; empty: derived from the account. */
  namespace: string;
  policy: Policy;
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** How long absence in the broker's list must last before it counts; 120,000 by default. */
  settleMs?: number;
  /** Elapsed ms between two reads that both count as proof of absence; 10,000 by default. */
  proofGapMs?: number;
}
