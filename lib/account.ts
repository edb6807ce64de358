import { join } from 'node:path';
import { checkOrder, type Deciding, sizeFor } from './account-decisions.ts';
import { type AccountParts, accountParts } from './account-parts.ts';
import { accountSnapshot } from './account-snapshot.ts';
import { type Clock, guarded } from './domain/clock.ts';
import { inputError, TraderError } from './domain/errors.ts';
import { Emitter } from './domain/events.ts';
import type { ConfirmedQuote } from './domain/market-data.ts';
import type { Order, OrderIntent } from './domain/order.ts';
import { accountKey, type HaltState, type PortfolioSnapshot } from './domain/portfolio.ts';
import type { Signal } from './domain/signal.ts';
import { orderOf } from './orders/desk.ts';
import { Journal } from './orders/journal/journal.ts';
import type { OrderMessages } from './orders/messages.ts';
import { type OrderFilter, recentOrders } from './orders/order-list.ts';
import { stepsAfter } from './orders/order-steps.ts';
import { type PlaceResult, placeOrder } from './orders/placement.ts';
import type { SignalRecord } from './orders/signals.ts';
import type { Continuations } from './orders/targets/continuations.ts';
import { TradingHalt } from './orders/trading-halt.ts';
import type { Policy } from './risk/policy.ts';
import { symbolsInUse } from './risk/situation.ts';
import type { SizeDecision, Sizing } from './sizing/contract.ts';
import type {
  AccountOptions,
  AccountStatus,
  OrderOrigin,
  RiskDecision,
  TradingAccount,
} from './trading-account.ts';
import { VitalSigns } from './vital-signs.ts';

export type * from './trading-account.ts';

const NOWHERE: OrderOrigin = { nodeId: '', passThrough: {} };
const NAMESPACE = /^(?:[a-z2-7]{4})?$/;

/**
 * Opens the journal, reads the broker once completely and follows it from then on.
 * Throws TraderError: E_JOURNAL when the journal cannot be opened, E_SQLITE_VERSION when it may not be used live,
 * E_INPUT for a namespace that could not be found again, the broker's errors when it cannot be read.
 */
export async function openAccount(options: AccountOptions): Promise<TradingAccount> {
  if (!NAMESPACE.test(options.namespace)) {
    throw inputError('namespace', options.namespace, 'four characters of a-z and 2-7, or nothing');
  }
  const journal = new Journal(join(options.folder, 'journal.db'), options.clock.wall.now());
  let account: RunningAccount | null = null;
  try {
    if (options.broker.environment === 'tradier-live' && journal.db.caution) {
      throw new TraderError('E_SQLITE_VERSION', journal.db.caution);
    }
    account = new RunningAccount(options, journal);
    await account.start();
    return account;
  } catch (error) {
    if (account) await account.close().catch((failure: unknown) => options.log('error', inWords(failure)));
    else journal.close();
    throw error;
  }
}

class RunningAccount implements TradingAccount {
  readonly key: string;
  readonly environment: TradingAccount['environment'];
  readonly accountId: string;
  readonly simulated: boolean;
  readonly clock: Clock;
  readonly inbox: SignalRecord;
  readonly bars: TradingAccount['bars'];
  readonly symbols: TradingAccount['symbols'];
  readonly calendar: TradingAccount['calendar'];
  readonly greeks: TradingAccount['greeks'];
  readonly feed: TradingAccount['feed'];
  readonly alerts: TradingAccount['alerts'];
  readonly policy: Policy;
  readonly statusChanges: Emitter<AccountStatus>;
  readonly portfolioChanges: Emitter<void>;
  readonly orderChanges: OrderMessages;
  readonly continuations: Continuations;

  readonly #options: AccountOptions;
  readonly #journal: Journal;
  readonly #parts: AccountParts;
  readonly #deciding: Deciding;
  readonly #halt: TradingHalt;
  readonly #vital = new VitalSigns(() => this.statusChanges.emit(this.status()));
  #closing: Promise<void> | null = null;

  constructor(options: AccountOptions, journal: Journal) {
    const { broker, log } = options;
    const onError = (error: unknown) => this.#timerFailed(error);
    this.#options = options;
    this.#journal = journal;
    this.environment = broker.environment;
    this.accountId = broker.accountId;
    this.key = accountKey(broker.environment, broker.accountId);
    this.simulated = broker.environment === 'simulator';
    const { market, wall, elapsed } = options.clock;
    this.clock = { market, wall, elapsed: guarded(elapsed, onError) };
    this.statusChanges = new Emitter((error) => log('error', inWords(error)));
    this.portfolioChanges = new Emitter((error) => log('error', inWords(error)));
    this.#halt = new TradingHalt({
      journal,
      clock: this.clock,
      isReadable: () => !this.#vital.journalFailure,
      changed: () => this.statusChanges.emit(this.status()),
      log,
    });
    this.#parts = accountParts(options, this.clock, journal, this.key, {
      changed: () => this.#changed(),
      refreshed: () => this.#refreshed(),
      reading: (state) => this.#vital.reading(state),
      stream: (state) => this.#vital.stream(state),
      alarm: (reason) => this.#halt.alarm(reason),
      reduce: (reason) => this.#halt.reduce(reason),
      haltState: () => this.haltState(),
      journalFailed: (error) => this.#journalFailed(error),
      isOpen: () => !this.#vital.closing && !this.#vital.journalFailure,
      onError: (error) => log('error', inWords(error)),
    });
    this.#deciding = {
      parts: this.#parts,
      account: this.key,
      policy: options.policy,
      mustBeOpen: () => this.#mustBeOpen(),
    };
    this.inbox = this.#parts.inbox;
    this.alerts = this.#parts.alerts;
    this.policy = options.policy;
    ({
      bars: this.bars,
      symbols: this.symbols,
      calendar: this.calendar,
      greeks: this.greeks,
      feed: this.feed,
    } = this.#parts.market);
    this.orderChanges = this.#parts.messages;
    this.continuations = this.#parts.continuations;
  }

  async start(): Promise<void> {
    const { follower, messages, attention, protection, pursuit, quotes, market } = this.#parts;
    await follower.start();
    market.start();
    this.#vital.reading({ ok: true });
    messages.start();
    protection.start();
    pursuit.changed();
    this.alerts.start();
    const symbols = [...symbolsInUse(this.#parts)];
    for (const symbol of symbols) attention.watch(symbol);
    // What is held has a price from the start; a quote that cannot be read keeps nobody waiting longer.
    await Promise.allSettled(symbols.map((symbol) => quotes.confirmed(symbol, Number.POSITIVE_INFINITY)));
    this.statusChanges.emit(this.status());
  }

  status(): AccountStatus {
    return this.#vital.status(this.#halt.read(), this.#journal.path);
  }

  undecided(source: string, maxAgeMs: number): Signal[] {
    return this.inbox.undecided(source, maxAgeMs);
  }

  async size(signal: Signal, sizing: Sizing, origin: OrderOrigin = NOWHERE): Promise<SizeDecision> {
    this.#mustBeOpen();
    return sizeFor(this.#deciding, signal, sizing, origin);
  }

  async check(intent: OrderIntent, stricter?: Policy): Promise<RiskDecision> {
    this.#mustBeOpen();
    return checkOrder(this.#deciding, intent, stricter);
  }

  async place(intent: OrderIntent, origin: OrderOrigin): Promise<PlaceResult> {
    this.#mustBeOpen();
    const placed = await placeOrder(this.#parts.placement, intent, origin);
    this.#parts.pursuit.changed();
    this.#changed();
    return placed;
  }

  order(intentId: string): Order | null {
    return orderOf(this.#parts.placement, intentId);
  }

  orders(limit: number, filter: OrderFilter = {}): Order[] {
    this.#mustBeOpen();
    return recentOrders(this.#journal, this.simulated, limit, filter);
  }

  orderSteps: TradingAccount['orderSteps'] = (after) => {
    this.#mustBeOpen();
    return stepsAfter(this.#journal, after);
  };

  async quote(symbol: string, maxAgeMs: number): Promise<ConfirmedQuote> {
    this.#mustBeOpen();
    return this.#parts.quotes.confirmed(symbol, maxAgeMs);
  }

  watchQuotes(symbols: string[], listener: (quote: ConfirmedQuote) => void): { release(): void } {
    return this.#parts.quotes.watch(symbols, listener);
  }

  watchedSymbols(): string[] {
    return this.#parts.quotes.watched();
  }

  annotations: TradingAccount['annotations'] = (symbol, range) => {
    this.#mustBeOpen();
    return this.#journal.annotations.of(symbol, range);
  };

  async snapshot(): Promise<PortfolioSnapshot> {
    this.#mustBeOpen();
    const { key: account, environment } = this;
    return accountSnapshot(this.#parts, { account, environment, haltState: this.haltState() });
  }

  haltState(): HaltState {
    return this.#halt.read().state;
  }

  setHaltState(state: HaltState, reason: string, by: string): void {
    this.#mustBeOpen();
    this.#halt.set(state, reason, by);
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  /** The broker cuts what hangs on the wire; its outcome is written before the journal closes. */
  async #shutDown(): Promise<void> {
    const { desk, follower, messages, pursuit, continuations, attention, market, broker, protection } =
      this.#parts;
    this.#vital.close();
    pursuit.close();
    continuations.close();
    attention.close();
    this.alerts.close();
    const closed = await Promise.allSettled([
      protection.close(),
      desk.close(),
      follower.close(),
      broker.close(),
    ]);
    market.close();
    messages.close();
    this.statusChanges.clear();
    this.portfolioChanges.clear();
    this.#journal.close();
    for (const one of closed) if (one.status === 'rejected') throw one.reason;
  }

  #changed(): void {
    this.#parts.protection.changed();
    this.portfolioChanges.emit();
  }

  #refreshed(): void {
    const { holdings, exposure, attention, situation: now } = this.#parts;
    if (holdings.asked !== null) exposure.purge(holdings.asked);
    const equity = holdings.equity();
    if (equity !== null) this.#journal.baselines.keep(now.session(), equity, this.clock);
    for (const position of holdings.positions) attention.watch(position.symbol);
    this.#changed();
  }

  #timerFailed(error: unknown): void {
    if (error instanceof TraderError && error.code === 'E_JOURNAL') this.#journalFailed(error);
    else this.#options.log('error', inWords(error));
  }

  #journalFailed(error: unknown): void {
    if (!this.#vital.closing) this.#vital.journalFailed(error);
    this.#options.log('error', `${inWords(error)}; nothing more is sent until a restart`);
  }

  #mustBeOpen(): void {
    if (this.#vital.closing) throw new TraderError('E_ACCOUNT_CLOSED');
    if (this.#vital.journalFailure) throw new TraderError('E_JOURNAL', this.#vital.journalFailure);
  }
}

function inWords(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
