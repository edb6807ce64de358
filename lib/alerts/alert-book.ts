import type { Timer } from '../domain/clock.ts';
import { inputError, messageOf, TraderError } from '../domain/errors.ts';
import { Emitter, type Listenable } from '../domain/events.ts';
import { canonicalDigest, randomId } from '../domain/ids.ts';
import type { SplitRatio } from '../domain/shares.ts';
import { readSymbol } from '../market/symbols/names.ts';
import type { AlertTerms, Firing, PriceAlert } from './alert.ts';
import { AlertEntry, UNSEEN } from './alert-entry.ts';
import { Deliveries } from './deliveries.ts';
import { expiryIn, hasPassed, isOver } from './expiry.ts';
import { asNow } from './firing.ts';
import { Lateness } from './lateness.ts';
import { LeapBook } from './leap-book.ts';
import type { AlertStore, StoredAlert } from './store.ts';
import { changedTerms, looksElsewhere, readStatus, readTerms, termsOf } from './terms.ts';
import type { AlertMarket, Leap } from './watch.ts';
import { unknownInWords } from './words.ts';

const MOST_ALERTS = 1_000;
const EXPIRY_MS = 1_000;
/** What was seen without a change is written this often. */
const SAVE_MS = 5_000;

export interface AlertChange {
  kind: 'created' | 'changed' | 'fired' | 'deleted';
  alert: PriceAlert;
  firing: Firing | null;
}

/** What may be changed of an alert: any of its terms, and whether it is looked at. */
export type AlertPatch = Partial<Record<keyof AlertTerms, unknown>> & { status?: unknown };

/** The price alerts of one account: kept on disk, looked at while they are active, each firing recorded once. */
export class AlertBook {
  readonly changes: Listenable<AlertChange>;
  readonly deliveries: Pick<Deliveries, 'on'>;
  /** An alert that still stands and that the market changed or stopped, once each time: its note says what. */
  readonly notes: Listenable<PriceAlert>;
  /** Why nothing is kept on disk; '' when it is. */
  readonly problem: string;
  readonly #store: AlertStore;
  readonly #market: AlertMarket;
  readonly #changes: Emitter<AlertChange>;
  readonly #deliveries: Deliveries;
  readonly #leaps: LeapBook;
  readonly #lateness: Lateness;
  readonly #notes: Emitter<PriceAlert>;
  readonly #entries = new Map<string, AlertEntry>();
  /** Which claim on a node's alert counts: the newest. */
  readonly #claims = new Map<string, symbol>();
  /** The alerts on symbols that the broker does not know, by id. */
  readonly #unknown = new Set<string>();
  readonly #timers: Timer[] = [];
  #closed = false;

  constructor(store: AlertStore, market: AlertMarket, problem = '') {
    this.problem = problem;
    this.#store = store;
    this.#market = market;
    const onError = (error: unknown) => this.#failed(error);
    this.#changes = new Emitter(onError);
    this.#notes = new Emitter(onError);
    this.#deliveries = new Deliveries(store, market, onError);
    this.#leaps = new LeapBook(market);
    this.#lateness = new Lateness(market.clock, market.delayMs);
    this.changes = this.#changes;
    this.notes = this.#notes;
    this.deliveries = this.#deliveries;
    for (const stored of store.all()) this.#enter(stored, stored.alert.owner === '');
  }

  start(): void {
    const { elapsed } = this.#market.clock;
    this.#timers.push(elapsed.every(EXPIRY_MS, () => this.#tick()));
    this.#timers.push(elapsed.every(SAVE_MS, () => this.#saveSeen()));
    for (const entry of this.#entries.values()) entry.look();
  }

  /** Every alert somebody wants, oldest first. */
  list(): PriceAlert[] {
    return [...this.#entries.values()].filter(({ wanted }) => wanted).map(({ alert }) => this.#shown(alert));
  }

  get(id: string): PriceAlert | null {
    const entry = this.#entries.get(id);
    return entry?.wanted ? this.#shown(entry.alert) : null;
  }

  firings(id: string, limit = 20): Firing[] {
    return this.#store.firingsOf(id, limit).map((firing) => asNow(firing, this.#market.simulated));
  }

  /** Throws E_INPUT naming the field, E_RECORD when it cannot be kept. */
  add(written: unknown): PriceAlert {
    const terms = this.#read(written);
    if (this.problem !== '')
      throw new TraderError('E_RECORD', `a restart would forget the alert: ${this.problem}`);
    if (this.list().length >= MOST_ALERTS) {
      throw inputError('alerts', this.list().length, `at most ${MOST_ALERTS} alerts; delete some first`);
    }
    const entry = this.#make(randomId(10), '', terms);
    this.#tell('created', entry.alert);
    entry.look();
    return entry.alert;
  }

  /**
   * The alert of a node's dialog, looked at until released. What it saw stays with its id over restarts and deploys,
   * as long as its terms stay the same.
   */
  claim(id: string, written: unknown): { release(): void } {
    // A date that has passed since the dialog was filled in is no mistake: the alert is over.
    const terms = this.#read(written, Number.NEGATIVE_INFINITY);
    const known = this.#entries.get(id);
    const same = known && canonicalDigest(termsOf(known.alert)) === canonicalDigest(terms);
    const entry = same ? known : this.#make(id, id, terms, known?.alert);
    if (!same) known?.rest();
    const claim = Symbol(id);
    this.#claims.set(id, claim);
    this.#unknown.delete(id);
    entry.want();
    this.#tell(same ? 'changed' : 'created', entry.alert);
    entry.look();
    return {
      release: () => {
        if (this.#claims.get(id) !== claim) return;
        this.#claims.delete(id);
        this.#unknown.delete(id);
        this.#entries.get(id)?.rest();
      },
    };
  }

  /**
   * What it looks at begins anew when that changes, and arms it unless it is paused; a status of `active` arms it again.
   * Throws E_INPUT; null for an unknown id.
   */
  change(id: string, patch: AlertPatch): PriceAlert | null {
    const entry = this.#entries.get(id);
    if (!entry?.wanted) return null;
    const { status: wish, ...changed } = patch;
    const status = readStatus(wish);
    const now = this.#market.clock.market.now();
    let terms = termsOf(entry.alert);
    if (Object.keys(changed).length > 0) {
      if (entry.alert.owner !== '') {
        const [field] = Object.keys(changed);
        throw inputError(
          field ?? 'body',
          'a change',
          "only a status: this alert is set in its node's dialog",
        );
      }
      terms = this.#read(changedTerms(entry.alert, changed));
    }
    if (status !== undefined && terms.expiresAt !== null && terms.expiresAt <= now)
      throw hasPassed(status, terms.expiresAt);
    const elsewhere = looksElsewhere(termsOf(entry.alert), terms);
    const before = entry.alert.status;
    const revives = before === 'expired' ? terms.expiresAt !== entry.alert.expiresAt : elsewhere;
    // What a person paused stays paused until a person says otherwise.
    const next = status ?? (revives && before !== 'paused' ? 'active' : before);
    // Whatever happened while it was not armed is not its business.
    const anew = elsewhere || (next === 'active' && before !== 'active');
    entry.edit({ terms, status: next, anew });
    return this.#shown(entry.alert);
  }

  /** Whether the broker knows the symbol of a claimed alert; until it does, the alert's note says that it does not. */
  tellKnown(id: string, known: boolean): void {
    const entry = this.#entries.get(id);
    if (!entry?.wanted || known !== this.#unknown.has(id)) return;
    if (known) this.#unknown.delete(id);
    else this.#unknown.add(id);
    this.#tell('changed', entry.alert);
  }

  remove(id: string): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    this.#store.remove(id);
    this.#deliveries.forget(id);
    entry.rest();
    this.#entries.delete(id);
    this.#tell('deleted', entry.alert);
    return true;
  }

  /** A position told that the shares of its symbol were split. Never throws. */
  split(symbol: string, ratio: SplitRatio): void {
    for (const entry of this.#entries.values()) {
      if (entry.alert.symbol === symbol && !this.#closed) entry.split(ratio, 'by positions');
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    for (const entry of this.#entries.values()) entry.rest();
    this.#deliveries.close();
    this.#saveSeen();
    this.#changes.clear();
    this.#notes.clear();
    this.#store.close();
    this.#market.close();
  }

  /** Prices told that shares were split: every alert that saw none of the new ones is carried over. */
  #splitFound(symbol: string, ratio: SplitRatio, { from, to }: Leap): void {
    this.#market.log(
      'info',
      `${symbol} was split ${ratio.newShares} for ${ratio.oldShares}, its prices tell.`,
    );
    this.#market.restated(symbol);
    for (const entry of this.#entries.values()) {
      const { alert, progress } = entry;
      const { at, price } = progress.last ?? { at: alert.updatedAt, price: to };
      const isNew = at > from.at && Math.abs(Math.log(price / to)) < Math.abs(Math.log(price / from.price));
      if (alert.symbol === symbol && !isNew && !this.#closed) entry.split(ratio, 'by prices');
    }
  }

  #read(written: unknown, now = this.#market.clock.market.now()): AlertTerms {
    const terms = readTerms(written);
    const symbol = readSymbol(terms.symbol);
    const { expiresAt } = terms;
    if (expiresAt !== null && expiresAt <= now) throw isOver(expiryIn(written) ?? expiresAt, now);
    return { ...terms, symbol };
  }

  #make(id: string, owner: string, terms: AlertTerms, known?: PriceAlert): AlertEntry {
    const now = this.#market.clock.market.now();
    const alert: PriceAlert = {
      ...terms,
      ...{ id, owner, status: 'active', createdAt: known?.createdAt ?? now, updatedAt: now },
      // Firings go on counting, because their number is part of their name.
      ...{ series: known?.series ?? randomId(5), firings: known?.firings ?? 0 },
      ...{ firedAt: null, firedPrice: null, note: '' },
    };
    const stored = { alert, progress: UNSEEN };
    if (known === undefined) this.#store.make(stored);
    else this.#store.save(stored);
    return this.#enter(stored, true);
  }

  #enter(stored: StoredAlert, wanted: boolean): AlertEntry {
    const entry = new AlertEntry(stored, wanted, {
      store: this.#store,
      market: this.#market,
      leaps: this.#leaps,
      lateness: this.#lateness,
      changed: (alert) => this.#tell('changed', alert),
      fired: (alert, firing) => {
        this.#tell('fired', alert, firing);
        this.#deliveries.tell(firing);
      },
      noted: (alert) => this.#notes.emit(alert),
      splitFound: (...told) => this.#splitFound(...told),
    });
    this.#entries.set(stored.alert.id, entry);
    return entry;
  }

  #tick(): void {
    this.#lateness.tick();
    for (const entry of this.#entries.values()) {
      try {
        entry.expire();
      } catch (error) {
        // The next round tries again; until then its firings are refused.
        this.#failed(error);
      }
    }
  }

  #saveSeen(): void {
    const unsaved = [...this.#entries.values()].filter((entry) => entry.unsaved);
    try {
      this.#store.saveAll(unsaved);
      for (const entry of unsaved) entry.saved();
    } catch (error) {
      this.#failed(error);
    }
  }

  #tell(kind: AlertChange['kind'], alert: PriceAlert, firing: Firing | null = null): void {
    this.#changes.emit({ kind, alert: this.#shown(alert), firing });
  }

  #shown(alert: PriceAlert): PriceAlert {
    return this.#unknown.has(alert.id) && alert.status === 'active'
      ? { ...alert, note: unknownInWords(alert) }
      : alert;
  }

  #failed(error: unknown): void {
    this.#market.log('error', messageOf(error));
  }
}
