import { join } from 'node:path';
import { alertMarket } from './alerts/account-market.ts';
import type { AlertBook } from './alerts/alert-book.ts';
import { openAlertBook } from './alerts/open-book.ts';
import type { Broker, StreamState } from './broker/port.ts';
import type { Clock } from './domain/clock.ts';
import { derivedNamespace } from './domain/ids.ts';
import type { OrderIntent } from './domain/order.ts';
import type { HaltState } from './domain/portfolio.ts';
import { DailyAtr } from './indicators/atr.ts';
import { Attention } from './market/attention.ts';
import { newYorkDate } from './market/calendar.ts';
import { MarketData } from './market/market-data.ts';
import type { QuoteBook } from './market/quote-book.ts';
import { OrderDesk } from './orders/desk.ts';
import { Exposure } from './orders/exposure.ts';
import { Follower } from './orders/follow.ts';
import type { Journal } from './orders/journal/journal.ts';
import { OrderMessages } from './orders/messages.ts';
import type { PlacementParts } from './orders/placement.ts';
import { Protection } from './orders/protection/protection.ts';
import { splitProtections } from './orders/protection/split.ts';
import { Reconciler } from './orders/reconcile.ts';
import { restoreExposure } from './orders/restore.ts';
import { SignalRecord } from './orders/signals.ts';
import { Continuations } from './orders/targets/continuations.ts';
import { Pursuit } from './orders/targets/pursuit.ts';
import { splitTargets } from './orders/targets/split.ts';
import { bookEvents } from './portfolio/history.ts';
import { Holdings } from './portfolio/holdings.ts';
import { Ledger } from './portfolio/ledger.ts';
import { PositionWatch } from './portfolio/position-watch.ts';
import { RiskGate } from './risk/gate.ts';
import { type SituationParts, situation } from './risk/situation.ts';
import type { AccountOptions } from './trading-account.ts';

/** How far back an approval still counts for the rule against duplicates after a restart. */
const REMEMBER_MS = 24 * 60 * 60 * 1000;

/** What the parts tell the account they belong to. */
export interface AccountHooks {
  /** An order, the positions or the balances changed. */
  changed: () => void;
  /** Balances and positions were read. */
  refreshed: () => void;
  reading: (state: { ok: true } | { ok: false; reason: string }) => void;
  stream: (state: StreamState) => void;
  /** Towards safety: only exits from here on. */
  reduce: (reason: string) => void;
  haltState: () => HaltState;
  alarm: (reason: string) => void;
  journalFailed: (error: unknown) => void;
  /** True while alerts may be taken. */
  isOpen: () => boolean;
  onError: (error: unknown) => void;
}

export interface AccountParts {
  broker: Broker;
  clock: Clock;
  journal: Journal;
  ledger: Ledger;
  exposure: Exposure;
  market: MarketData;
  quotes: QuoteBook;
  attention: Attention;
  atr: DailyAtr;
  holdings: Holdings;
  inbox: SignalRecord;
  desk: OrderDesk;
  gate: RiskGate;
  follower: Follower;
  messages: OrderMessages;
  pursuit: Pursuit;
  continuations: Continuations;
  placement: PlacementParts;
  situation: SituationParts;
  protection: Protection;
  alerts: AlertBook;
}

/** Puts one account together from its journal and its broker. Starts nothing, and leaves nothing open when it throws. */
export function accountParts(
  options: AccountOptions,
  clock: Clock,
  journal: Journal,
  key: string,
  hooks: AccountHooks,
): AccountParts {
  const { broker, folder, log } = options;
  const source = options.marketData ?? broker;
  const market = new MarketData({
    source,
    borrowed: source !== broker && !options.ownMarketData,
    clock,
    folder,
    log,
    // An own broker tells its account itself.
    onStream: source === broker ? () => undefined : hooks.stream,
  });
  try {
    return partsOn(market, options, clock, journal, key, hooks);
  } catch (error) {
    // Its file would stay locked for whoever tries again.
    market.close();
    throw error;
  }
}

function partsOn(
  market: MarketData,
  options: AccountOptions,
  clock: Clock,
  journal: Journal,
  key: string,
  hooks: AccountHooks,
): AccountParts {
  const { broker, log } = options;
  const source = options.marketData ?? broker;
  const simulated = broker.environment === 'simulator';
  const live = broker.environment === 'tradier-live';
  const session = () => newYorkDate(clock.market.now());
  const ledger = new Ledger();
  ledger.rebuild(bookEvents(journal));
  const exposure = new Exposure();
  restoreExposure(journal, exposure);
  const { quotes, calendar } = market;
  const positionWatch = new PositionWatch({
    journal,
    ledger,
    broker,
    clock,
    price: (symbol) => quotes.peek(symbol)?.quote.last ?? null,
    log,
  });
  const holdings = new Holdings(broker, ledger, clock, positionWatch);
  const attention = new Attention(
    quotes,
    (symbol) => holdings.holds(symbol),
    log,
    // A price that moves as in a split: the positions tell, and an exit may sell too few until they did.
    ({ symbol, last }) => {
      if (last !== null && positionWatch.mayBeSplit(symbol, last)) follower.nudge();
    },
  );
  const messages = new OrderMessages(journal, clock, hooks.onError);
  const namespace = options.namespace || derivedNamespace(key);
  const shared = { journal, exposure, broker, clock, namespace, simulated, session, log };

  const desk = new OrderDesk({
    ...shared,
    messages,
    external: (symbol) => holdings.difference(symbol, Number.NEGATIVE_INFINITY),
    isOpen: hooks.isOpen,
    onJournalFailure: hooks.journalFailed,
  });
  const reconciler = new Reconciler({
    ...shared,
    inFlight: desk.inFlight,
    held: (book, symbol) => ledger.bookQuantity(book, symbol),
    difference: (symbol, since) => holdings.difference(symbol, since),
    changed: (event, fill) => {
      if (fill) ledger.apply(fill);
      if (event) messages.tell(event);
      pursuit.changed();
      hooks.changed();
    },
    lookAgain: (id) => follower.lookAgain(id),
    alarm: hooks.alarm,
    settleMs: options.settleMs ?? 120_000,
    proofGapMs: options.proofGapMs ?? 10_000,
  });
  const follower: Follower = new Follower({ ...shared, ...hooks, reconciler, holdings });
  const remembered = journal.intents.approvedWithin(REMEMBER_MS, clock.wall.now());
  const unresolved = () => reconciler.unresolvedSymbols();
  const expired = () => pursuit.changed();
  const gate = new RiskGate({ journal, exposure, clock, unresolved, expired }, remembered);
  const forget = (intent: OrderIntent) => gate.forget(intent);
  const continuations = new Continuations(clock, hooks.onError);
  const lookAgain = (id: number) => follower.lookAgain(id);
  const { isOpen } = hooks;
  const pursuit: Pursuit = new Pursuit({
    ...shared,
    ledger,
    continuations,
    unresolved,
    forget,
    lookAgain,
    isOpen,
  });
  const situationParts: SituationParts = {
    ...shared,
    holdings,
    ledger,
    quotes,
    calendar,
    quoteDelayMs: source.quoteDelayMs,
    live,
  };
  const protection = new Protection({
    ...shared,
    ...hooks,
    desk,
    reconciler,
    messages,
    follower,
    ledger,
    quotes,
    calendar,
    external: (symbol) => holdings.external(symbol),
    positionsRead: (symbol, since) =>
      holdings.difference(symbol, since) !== null && !positionWatch.isSuspect(symbol),
    approve: (intent) => {
      const verdict = gate.check(intent, options.policy, () => situation(situationParts, intent, null));
      if (verdict.kind === 'approved') return verdict;
      return { kind: 'refused', reason: verdict.refusals.map(({ message }) => message).join('; ') };
    },
    fellThrough: forget,
  });
  const alerts = openAlertBook(join(options.folder, 'alerts.db'), alertMarket(source, market, clock, log));
  positionWatch.onSplit(({ symbol, ratio }) => {
    splitProtections(journal, symbol, ratio);
    splitTargets(journal, symbol, ratio);
    pursuit.changed();
    market.restated(symbol);
    alerts.split(symbol, ratio);
  });
  return {
    ...shared,
    alerts,
    ledger,
    market,
    quotes,
    attention,
    atr: new DailyAtr({ bars: market.bars, market: clock.market, log }),
    holdings,
    inbox: new SignalRecord(journal, clock, { key, live, simulated, isOpen: hooks.isOpen }),
    desk,
    gate,
    follower,
    messages,
    pursuit,
    continuations,
    placement: protection.placement,
    situation: situationParts,
    protection,
  };
}
