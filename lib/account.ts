import { join } from 'node:path';
import { TraderError } from './domain/errors.ts';
import { Emitter, type Listenable } from './domain/events.ts';
import { derivedNamespace } from './domain/ids.ts';
import type { ConfirmedQuote } from './domain/market-data.ts';
import type { Order, OrderIntent } from './domain/order.ts';
import { accountKey, type HaltState, type PortfolioSnapshot } from './domain/portfolio.ts';
import type { Signal } from './domain/signal.ts';
import { Attention } from './market/attention.ts';
import { newYorkDate } from './market/calendar.ts';
import { QuoteBook } from './market/quote-book.ts';
import { OrderDesk, orderOf } from './orders/desk.ts';
import { Exposure } from './orders/exposure.ts';
import { Follower } from './orders/follow.ts';
import { Journal } from './orders/journal/journal.ts';
import { OrderMessages } from './orders/messages.ts';
import { type PlacementParts, type PlaceResult, placeOrder } from './orders/placement.ts';
import { Reconciler } from './orders/reconcile.ts';
import { restoreExposure } from './orders/restore.ts';
import { SignalRecord } from './orders/signals.ts';
import { Holdings } from './portfolio/holdings.ts';
import { Ledger } from './portfolio/ledger.ts';
import { portfolioSnapshot } from './portfolio/snapshot.ts';
import { RiskGate } from './risk/gate.ts';
import { type Policy, strictest } from './risk/policy.ts';
import { type SituationParts, situation, symbolsInUse } from './risk/situation.ts';
import type { SizeDecision, Sizing } from './sizing/contract.ts';
import { sizeSignal } from './sizing/decide.ts';
import type {
  AccountOptions,
  AccountStatus,
  OrderChange,
  OrderOrigin,
  RiskDecision,
  TradingAccount,
} from './trading-account.ts';

import { VitalSigns } from './vital-signs.ts';

export type * from './trading-account.ts';

/** How far back an approval still counts for the rule against duplicates after a restart. */
const REMEMBER_MS = 24 * 60 * 60 * 1000;
const TOLD_FLUSH_MS = 2_000;

/**
 * Opens the journal, reads the broker once completely and follows it from then on.
 * Throws TraderError: E_JOURNAL when the journal cannot be opened, the broker's errors when it cannot be read.
 */
export async function openAccount(options: AccountOptions): Promise<TradingAccount> {
  const account = new RunningAccount(options);
  try {
    await account.start();
    return account;
  } catch (error) {
    await account.close();
    throw error;
  }
}

class RunningAccount implements TradingAccount {
  readonly key: string;
  readonly environment: TradingAccount['environment'];
  readonly accountId: string;
  readonly simulated: boolean;
  readonly clock: TradingAccount['clock'];
  readonly inbox: SignalRecord;
  readonly statusChanges: Emitter<AccountStatus>;
  readonly portfolioChanges: Emitter<void>;
  readonly orderChanges: Listenable<OrderChange>;

  readonly #options: AccountOptions;
  readonly #journal: Journal;
  readonly #ledger = new Ledger();
  readonly #exposure = new Exposure();
  readonly #quotes: QuoteBook;
  readonly #holdings: Holdings;
  readonly #reconciler: Reconciler;
  readonly #follower: Follower;
  readonly #desk: OrderDesk;
  readonly #gate: RiskGate;
  readonly #messages: OrderMessages;
  readonly #situation: SituationParts;
  readonly #vital = new VitalSigns(() => this.statusChanges.emit(this.status()));
  readonly #attention: Attention;
  readonly #placement: PlacementParts;
  #closing: Promise<void> | null = null;

  constructor(options: AccountOptions) {
    const { broker, clock, log } = options;
    const onError = (error: unknown) =>
      log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
    this.#options = options;
    this.environment = broker.environment;
    this.accountId = broker.accountId;
    this.key = accountKey(broker.environment, broker.accountId);
    this.simulated = broker.environment === 'simulator';
    const live = broker.environment === 'tradier-live';
    this.clock = clock;
    this.statusChanges = new Emitter(onError);
    this.portfolioChanges = new Emitter(onError);

    const wall = clock.wall.now();
    const journal = new Journal(join(options.folder, 'journal.db'), wall);
    this.#journal = journal;
    if (live && journal.db.caution) {
      journal.close();
      throw new TraderError('E_SQLITE_VERSION', journal.db.caution);
    }
    for (const fill of journal.orders.fills()) this.#ledger.apply(fill);
    restoreExposure(journal, this.#exposure);
    this.#quotes = new QuoteBook({ broker, clock, log });
    this.#holdings = new Holdings(broker, this.#ledger, clock);
    this.inbox = new SignalRecord(journal, clock, { key: this.key, live, simulated: this.simulated });
    this.#messages = new OrderMessages(journal, clock, onError);
    this.orderChanges = this.#messages;

    const session = () => newYorkDate(clock.market.now());
    const shared = {
      journal,
      exposure: this.#exposure,
      broker,
      clock,
      namespace: options.namespace || derivedNamespace(this.key),
      simulated: this.simulated,
      session,
    };
    this.#desk = new OrderDesk({ ...shared, onJournalFailure: (error) => this.#journalFailed(error) });
    this.#reconciler = new Reconciler({
      ...shared,
      inFlight: this.#desk.inFlight,
      changed: (event, fill) => {
        if (fill) this.#ledger.apply(fill);
        this.#messages.tell(event);
        this.portfolioChanges.emit();
      },
      alarm: (reason) => this.#alarm(reason),
      log,
      settleMs: options.settleMs ?? 120_000,
      proofGapMs: options.proofGapMs ?? 10_000,
    });
    this.#follower = new Follower({
      broker,
      journal,
      reconciler: this.#reconciler,
      holdings: this.#holdings,
      clock,
      refreshed: () => this.#refreshed(),
      reading: (state) => this.#vital.reading(state),
      stream: (state) => this.#vital.stream(state),
      log,
    });
    this.#gate = new RiskGate(
      { journal, exposure: this.#exposure, clock, unresolved: () => this.#reconciler.unresolvedSymbols() },
      journal.intents.approvedWithin(REMEMBER_MS, wall),
    );
    this.#attention = new Attention(this.#quotes, (symbol) => this.#holdings.holds(symbol), log);
    this.#placement = {
      ...shared,
      desk: this.#desk,
      follower: this.#follower,
      reconciler: this.#reconciler,
      messages: this.#messages,
      fellThrough: (intent) => this.#gate.forget(intent),
      log,
    };
    this.#situation = {
      ...shared,
      holdings: this.#holdings,
      ledger: this.#ledger,
      quotes: this.#quotes,
      quoteDelayMs: broker.quoteDelayMs,
      live,
    };
  }

  async start(): Promise<void> {
    await this.#follower.start();
    this.#vital.reading({ ok: true });
    this.#messages.start(TOLD_FLUSH_MS);
    for (const symbol of symbolsInUse(this.#situation)) this.#attention.watch(symbol);
    this.statusChanges.emit(this.status());
  }

  status(): AccountStatus {
    return this.#vital.status(this.haltState(), this.#journal.path);
  }

  undecided(source: string, maxAgeMs: number): Signal[] {
    return this.inbox.undecided(source, maxAgeMs);
  }

  async size(signal: Signal, sizing: Sizing): Promise<SizeDecision> {
    this.#open();
    const policy = this.#options.policy;
    const seen = await this.#attention.fresh(signal.symbol, policy.quoteMaxAgeSeconds * 1000);
    const parts = { ...this.#situation, account: this.key, policy, inbox: this.inbox };
    return sizeSignal(parts, signal, sizing, seen);
  }

  async check(intent: OrderIntent, stricter?: Policy): Promise<RiskDecision> {
    this.#open();
    if (intent.account !== this.key) {
      throw new TraderError('E_INPUT', `the intent is for account ${intent.account}, this is ${this.key}`, {
        field: 'account',
        value: intent.account,
        expected: this.key,
      });
    }
    const policy = stricter ? strictest(this.#options.policy, stricter) : this.#options.policy;
    await this.#attention.fresh(intent.symbol, policy.quoteMaxAgeSeconds * 1000);
    const verdict = this.#gate.check(intent, policy, () =>
      situation(this.#situation, intent, this.#gate.sinceSimilar(intent)),
    );
    const figures = {
      rules: verdict.checks.length,
      refusedBy: verdict.checks.filter((one) => !one.passed).length,
    };
    if (verdict.kind === 'refused') return { ...verdict, figures };
    return { ...verdict, figures, because: verdict.checks.map((check) => check.message).join('; ') };
  }

  async place(intent: OrderIntent, origin: OrderOrigin): Promise<PlaceResult> {
    this.#open();
    const placed = await placeOrder(this.#placement, intent, origin);
    this.portfolioChanges.emit();
    return placed;
  }

  order(intentId: string): Order | null {
    return orderOf(this.#placement, intentId);
  }

  async quote(symbol: string, maxAgeMs: number): Promise<ConfirmedQuote> {
    this.#open();
    return this.#quotes.confirmed(symbol, maxAgeMs);
  }

  watchQuotes(symbols: string[], listener: (quote: ConfirmedQuote) => void): { release(): void } {
    return this.#quotes.watch(symbols, listener);
  }

  async snapshot(): Promise<PortfolioSnapshot> {
    this.#open();
    const balances = this.#holdings.balances;
    if (!balances) throw new TraderError('E_BROKER', 'the account was not read yet');
    const session = this.#situation.session();
    return portfolioSnapshot({
      account: this.key,
      environment: this.environment,
      at: this.clock.market.now(),
      balances,
      positions: [...this.#holdings.positions],
      ledger: this.#ledger,
      external: (symbol) => this.#holdings.external(symbol) ?? 0,
      quotes: (symbol) => this.#quotes.peek(symbol)?.quote ?? null,
      baseline: this.#journal.baselines.find(session),
      session,
      reserved: this.#exposure.reserved(this.#holdings.asked, this.clock.elapsed.now()),
      workingOrders: this.#journal.orders.working().length,
      haltState: this.haltState(),
    });
  }

  haltState(): HaltState {
    if (this.#vital.journalFailure || !this.#journal.db.isOpen) return 'halted';
    return this.#journal.latch.read().state;
  }

  setHaltState(state: HaltState, reason: string, by: string): void {
    this.#open();
    this.#journal.latch.set(state, reason, by, this.clock.wall.now());
    this.#options.log('warn', `trading is now ${state}, set by ${by}: ${reason}`);
    this.statusChanges.emit(this.status());
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    this.#vital.close();
    await this.#desk.close();
    await this.#follower.close();
    this.#messages.close();
    this.#attention.close();
    this.#quotes.close();
    await this.#options.broker.close();
    this.#journal.close();
    this.statusChanges.clear();
    this.portfolioChanges.clear();
  }

  #refreshed(): void {
    const asked = this.#holdings.asked;
    if (asked !== null) this.#exposure.purge(asked);
    const equity = this.#holdings.equity();
    if (equity !== null) this.#journal.baselines.keep(this.#situation.session(), equity, this.clock);
    for (const position of this.#holdings.positions) this.#attention.watch(position.symbol);
    this.portfolioChanges.emit();
  }

  #alarm(reason: string): void {
    this.#options.log('error', `trading halted: ${reason}`);
    if (this.haltState() !== 'halted') this.setHaltState('halted', reason, 'account');
  }

  #journalFailed(error: unknown): void {
    this.#vital.journalFailed(error);
    this.#options.log('error', `${this.#vital.journalFailure}; nothing more is sent until a restart`);
  }

  #open(): void {
    if (this.#vital.closing) throw new TraderError('E_ACCOUNT_CLOSED');
    if (this.#vital.journalFailure) throw new TraderError('E_JOURNAL', this.#vital.journalFailure);
  }
}
