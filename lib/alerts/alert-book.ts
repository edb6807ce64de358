import type { Timer } from '../domain/clock.ts';
import { inputError } from '../domain/errors.ts';
import { Emitter, type Listenable } from '../domain/events.ts';
import { canonicalDigest, randomId } from '../domain/ids.ts';
import type { SplitRatio } from '../domain/shares.ts';
import { readSymbol } from '../market/symbols/names.ts';
import {
  type AlertStatus,
  type AlertTerms,
  type Firing,
  onQuotes,
  type PriceAlert,
  type Progress,
} from './alert.ts';
import { BarWatch } from './bar-watch.ts';
import { Deliveries } from './deliveries.ts';
import { firingOf, MOST_LATE_MS } from './firing.ts';
import { QuoteWatch } from './quote-watch.ts';
import { splitAlert } from './split.ts';
import type { AlertStore, StoredAlert } from './store.ts';
import { looksElsewhere, readStatus, readTerms, termsOf } from './terms.ts';
import type { AlertMarket, Found, Watch } from './watch.ts';

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

interface Entry extends StoredAlert {
  watch: Watch | null;
  /** Somebody wants it looked at: always for the API's, a node's only while the node is there. */
  wanted: boolean;
  unsaved: boolean;
}

/** The price alerts of one account: kept on disk, looked at while they are active, each firing recorded once. */
export class AlertBook {
  readonly changes: Listenable<AlertChange>;
  readonly deliveries: Pick<Deliveries, 'on'>;
  readonly #store: AlertStore;
  readonly #market: AlertMarket;
  readonly #changes: Emitter<AlertChange>;
  readonly #deliveries: Deliveries;
  readonly #entries = new Map<string, Entry>();
  readonly #timers: Timer[] = [];
  #closed = false;

  constructor(store: AlertStore, market: AlertMarket) {
    this.#store = store;
    this.#market = market;
    const onError = (error: unknown) =>
      market.log('error', error instanceof Error ? error.message : String(error));
    this.#changes = new Emitter(onError);
    this.#deliveries = new Deliveries(store, market.clock, onError);
    this.changes = this.#changes;
    this.deliveries = this.#deliveries;
    for (const stored of store.all()) {
      const wanted = stored.alert.owner === '';
      this.#entries.set(stored.alert.id, { ...stored, watch: null, wanted, unsaved: false });
    }
  }

  start(): void {
    const { elapsed } = this.#market.clock;
    this.#timers.push(elapsed.every(EXPIRY_MS, () => this.#expire()));
    this.#timers.push(elapsed.every(SAVE_MS, () => this.#saveSeen()));
    for (const entry of this.#entries.values()) this.#look(entry);
  }

  /** Every alert somebody wants, oldest first. */
  list(): PriceAlert[] {
    return [...this.#entries.values()].filter(({ wanted }) => wanted).map(({ alert }) => alert);
  }

  get(id: string): PriceAlert | null {
    const entry = this.#entries.get(id);
    return entry?.wanted ? entry.alert : null;
  }

  firings(id: string, limit = 20): Firing[] {
    return this.#store.firingsOf(id, limit);
  }

  /** Throws E_INPUT naming the field, E_RECORD when it cannot be kept. */
  add(written: unknown): PriceAlert {
    const terms = this.#read(written);
    if (this.list().length >= MOST_ALERTS) {
      throw inputError('alerts', this.list().length, `at most ${MOST_ALERTS} alerts; delete some first`);
    }
    const entry = this.#make(randomId(10), '', terms);
    this.#entries.set(entry.alert.id, entry);
    this.#tell('created', entry.alert);
    this.#look(entry);
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
    known?.watch?.release();
    const entry = same ? { ...known, watch: null, wanted: true } : this.#make(id, id, terms, known);
    this.#entries.set(id, entry);
    this.#tell(same ? 'changed' : 'created', entry.alert);
    this.#look(entry);
    return {
      release: () => {
        if (this.#entries.get(id) !== entry || this.#closed) return;
        entry.wanted = false;
        this.#rest(entry);
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
      terms = this.#read({ ...terms, ...changed });
    }
    const elsewhere = looksElsewhere(termsOf(entry.alert), terms);
    const before = entry.alert.status;
    const revives = before === 'expired' ? terms.expiresAt !== entry.alert.expiresAt : elsewhere;
    // What a person paused stays paused until a person says otherwise.
    const next = status ?? (revives && before !== 'paused' ? 'active' : before);
    // Whatever happened while it was not armed is not its business.
    const anew = elsewhere || (next === 'active' && before !== 'active');
    this.#rest(entry);
    const updatedAt = this.#market.clock.market.now();
    this.#keep(
      entry,
      { ...entry.alert, ...terms, status: next, updatedAt, note: '' },
      anew ? UNSEEN : entry.progress,
    );
    this.#tell('changed', entry.alert);
    this.#look(entry);
    return entry.alert;
  }

  remove(id: string): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    this.#store.remove(id);
    this.#deliveries.forget(id);
    this.#rest(entry);
    this.#entries.delete(id);
    this.#tell('deleted', entry.alert);
    return true;
  }

  /** The shares of a symbol were split. Never throws. */
  split(symbol: string, ratio: SplitRatio): void {
    const { clock, log } = this.#market;
    for (const entry of this.#entries.values()) {
      if (entry.alert.symbol !== symbol || this.#closed) continue;
      this.#rest(entry);
      const { alert, progress } = splitAlert(entry, ratio, clock.market.now());
      try {
        this.#keep(entry, alert, progress);
        this.#tell('changed', alert);
        if (alert.note !== '') log('info', `alert ${alert.id}: ${alert.note}`);
      } catch (error) {
        log('error', `alert ${alert.id} after a split: ${String(error)}`);
      }
      this.#look(entry);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    for (const entry of this.#entries.values()) this.#rest(entry);
    this.#deliveries.close();
    this.#saveSeen();
    this.#changes.clear();
    this.#store.close();
    this.#market.close();
  }

  #read(written: unknown, now = this.#market.clock.market.now()): AlertTerms {
    const terms = readTerms(written);
    const symbol = readSymbol(terms.symbol);
    const { expiresAt } = terms;
    if (expiresAt !== null && expiresAt <= now) {
      throw inputError('expiresAt', expiresAt, `an instant after the market's now, ${now}, in epoch ms`);
    }
    return { ...terms, symbol };
  }

  #make(id: string, owner: string, terms: AlertTerms, known?: Entry): Entry {
    const now = this.#market.clock.market.now();
    const alert: PriceAlert = {
      ...terms,
      ...{ id, owner, status: 'active', createdAt: known?.alert.createdAt ?? now, updatedAt: now },
      // Firings go on counting, because their number is part of their name.
      ...{ firings: known?.alert.firings ?? 0, firedAt: null, firedPrice: null, note: '' },
    };
    const entry: Entry = { alert, progress: UNSEEN, watch: null, wanted: true, unsaved: false };
    this.#store.save(entry);
    return entry;
  }

  #look(entry: Entry): void {
    if (this.#closed || !entry.wanted || entry.alert.status !== 'active' || entry.watch) return;
    const { alert } = entry;
    const Kind = onQuotes(alert.condition) ? QuoteWatch : BarWatch;
    let released = false;
    // It may fire, and with that end, while it is being made.
    entry.watch = {
      release: () => {
        released = true;
      },
    };
    const watch = new Kind(alert, entry.progress, this.#market, {
      fired: (found, progress) => this.#fired(entry, found, progress),
      moved: (progress) => this.#keep(entry, entry.alert, progress),
      seen: (progress) => {
        entry.progress = progress;
        entry.unsaved = true;
      },
    });
    if (released) watch.release();
    else entry.watch = watch;
  }

  #rest(entry: Entry): void {
    entry.watch?.release();
    entry.watch = null;
  }

  #fired(entry: Entry, found: Found, progress: Progress): boolean {
    if (this.#closed || entry.alert.status !== 'active') return false;
    const { clock } = this.#market;
    const { alert } = entry;
    if (alert.expiresAt !== null && found.at >= alert.expiresAt) {
      this.#ends(entry, 'expired');
      return false;
    }
    const late = found.missed && clock.market.now() - found.at > MOST_LATE_MS;
    const firing = firingOf(alert, found, clock.wall.now(), late);
    const once = alert.repeat === 'once';
    const fired: PriceAlert = {
      ...alert,
      status: once ? 'triggered' : 'active',
      updatedAt: clock.market.now(),
      firings: firing.n,
      firedAt: found.at,
      firedPrice: found.price,
    };
    this.#store.fire({ alert: fired, progress }, firing);
    Object.assign(entry, { alert: fired, progress, unsaved: false });
    if (once) this.#rest(entry);
    this.#tell('fired', fired, firing);
    this.#deliveries.tell(firing);
    return !once;
  }

  #expire(): void {
    const now = this.#market.clock.market.now();
    for (const entry of this.#entries.values()) {
      const { status, expiresAt } = entry.alert;
      if (expiresAt !== null && now >= expiresAt && (status === 'active' || status === 'paused')) {
        this.#ends(entry, 'expired');
      }
    }
  }

  #ends(entry: Entry, status: AlertStatus): void {
    this.#rest(entry);
    this.#keep(entry, { ...entry.alert, status, updatedAt: this.#market.clock.market.now() }, entry.progress);
    this.#tell('changed', entry.alert);
  }

  #keep(entry: Entry, alert: PriceAlert, progress: Progress): void {
    this.#store.save({ alert, progress });
    Object.assign(entry, { alert, progress, unsaved: false });
  }

  #saveSeen(): void {
    const unsaved = [...this.#entries.values()].filter((entry) => entry.unsaved);
    this.#store.saveAll(unsaved);
    for (const entry of unsaved) entry.unsaved = false;
  }

  #tell(kind: AlertChange['kind'], alert: PriceAlert, firing: Firing | null = null): void {
    this.#changes.emit({ kind, alert, firing });
  }
}

const UNSEEN: Progress = { side: '', seenAt: null };
