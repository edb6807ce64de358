import { messageOf } from '../domain/errors.ts';
import type { SplitRatio } from '../domain/shares.ts';
import {
  type AlertStatus,
  type AlertTerms,
  type Firing,
  onQuotes,
  type PriceAlert,
  type Progress,
} from './alert.ts';
import { BarWatch } from './bar-watch.ts';
import { firingOf, MOST_LATE_MS } from './firing.ts';
import type { LeapBook } from './leap-book.ts';
import { QuoteWatch } from './quote-watch.ts';
import { splitAlert } from './split.ts';
import type { AlertStore, StoredAlert } from './store.ts';
import type { AlertMarket, Found, Leap, Watch, WatchReport } from './watch.ts';

export const UNSEEN: Progress = { side: '', seenAt: null };

export interface EntryParts {
  store: Pick<AlertStore, 'save' | 'fire'>;
  market: AlertMarket;
  leaps: LeapBook;
  changed(alert: PriceAlert): void;
  fired(alert: PriceAlert, firing: Firing): void;
  splitFound(symbol: string, ratio: SplitRatio, leap: Leap): void;
}

/** What a person changes of an alert. */
export interface Edit {
  terms: AlertTerms;
  status: AlertStatus;
  /** What it saw does not count any more. */
  anew: boolean;
}

/** One alert from its making to its end: what it is, what it saw, and the watch that looks while it is active and wanted. */
export class AlertEntry implements StoredAlert {
  readonly #parts: EntryParts;
  #alert: PriceAlert;
  #progress: Progress;
  #watch: Watch | null = null;
  #wanted: boolean;
  #unsaved = false;

  constructor({ alert, progress }: StoredAlert, wanted: boolean, parts: EntryParts) {
    this.#alert = alert;
    this.#progress = progress;
    this.#wanted = wanted;
    this.#parts = parts;
  }

  get alert(): PriceAlert {
    return this.#alert;
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** Somebody wants it looked at: always for the API's, a node's only while the node is there. */
  get wanted(): boolean {
    return this.#wanted;
  }

  get unsaved(): boolean {
    return this.#unsaved;
  }

  saved(): void {
    this.#unsaved = false;
  }

  want(): void {
    this.#wanted = true;
  }

  /** Looks from here on, if it is active and wanted; where it looks already, that goes on. */
  look(): void {
    if (!this.#wanted || this.#alert.status !== 'active' || this.#watch) return;
    let watch: Watch | null = null;
    let released = false;
    // It may fire, and with that end, while it is being made.
    this.#watch = {
      release: () => {
        released = true;
        watch?.release();
      },
    };
    const Kind = onQuotes(this.#alert.condition) ? QuoteWatch : BarWatch;
    watch = new Kind(
      this.#alert,
      this.#progress,
      this.#parts.market,
      this.#report(() => released),
    );
    if (released) watch.release();
  }

  /** Nobody wants it for now. */
  rest(): void {
    this.#wanted = false;
    this.#release();
  }

  /** Throws E_RECORD, and then everything is as it was. */
  edit({ terms, status, anew }: Edit): void {
    const alert = { ...this.#alert, ...terms, status, updatedAt: this.#now(), note: '' };
    // The last price stays: what was split in the meantime is told by it.
    const { last } = this.#progress;
    const begun = last === undefined || terms.symbol !== this.#alert.symbol ? UNSEEN : { ...UNSEEN, last };
    this.#keep(alert, anew ? begun : this.#progress);
    this.#release();
    this.#parts.changed(alert);
    this.look();
  }

  /** Ends it when its time is over. Throws E_RECORD. */
  expire(): void {
    const { status, expiresAt } = this.#alert;
    const stands = status === 'active' || status === 'paused';
    if (!stands || expiresAt === null || this.#now() < expiresAt) return;
    this.#keep({ ...this.#alert, status: 'expired', updatedAt: this.#now() }, this.#progress);
    this.#release();
    this.#parts.changed(this.#alert);
  }

  /** Its shares were split. What the disk refuses counts at once, and is written later. */
  split(ratio: SplitRatio, told: 'by prices' | 'by positions'): void {
    const { market } = this.#parts;
    const { alert, progress, same } = splitAlert(this, ratio, this.#now(), told);
    // The watch would go on with what it knew.
    this.#release();
    try {
      this.#keep(alert, progress);
    } catch (error) {
      this.#alert = alert;
      this.#progress = progress;
      this.#unsaved = true;
      market.log('error', `alert ${alert.id} after a split: ${String(error)}`);
    }
    if (!same) this.#parts.changed(alert);
    if (!same && alert.note !== '') market.log('info', `alert ${alert.id}: ${alert.note}`);
    this.look();
  }

  #report(released: () => boolean): WatchReport {
    const { leaps, market, splitFound } = this.#parts;
    const { id, symbol } = this.#alert;
    return {
      fired: (found, progress) => !released() && this.#fire(found, progress),
      moved: (progress) => this.#keep(this.#alert, progress),
      seen: (progress) => {
        this.#progress = progress;
        this.#unsaved = true;
      },
      explain: async (leap) => {
        const ratio = await leaps.explain(symbol, leap).catch((error: unknown) => {
          throw new Error(`whether ${symbol} was split is not known: ${messageOf(error)}`, { cause: error });
        });
        if (ratio !== null && !released()) splitFound(symbol, ratio, leap);
      },
      refused: (error) => market.log('error', `alert ${id} waits, and tries again: ${messageOf(error)}`),
    };
  }

  /** False when it takes no more firings. Throws E_RECORD, and then it did not fire. */
  #fire(found: Found, progress: Progress): boolean {
    const alert = this.#alert;
    const { clock, delayMs } = this.#parts.market;
    if (alert.expiresAt !== null && found.at >= alert.expiresAt) {
      this.expire();
      return false;
    }
    const late = found.missed && clock.market.now() - delayMs - found.at > MOST_LATE_MS;
    const firing = firingOf(alert, found, clock.wall.now(), late);
    const once = alert.repeat === 'once';
    const fired: PriceAlert = {
      ...alert,
      status: once ? 'triggered' : 'active',
      updatedAt: this.#now(),
      firings: firing.n,
      firedAt: found.at,
      firedPrice: found.price,
    };
    this.#parts.store.fire({ alert: fired, progress }, firing);
    this.#alert = fired;
    this.#progress = progress;
    this.#unsaved = false;
    if (once) this.#release();
    this.#parts.fired(fired, firing);
    return !once;
  }

  #keep(alert: PriceAlert, progress: Progress): void {
    this.#parts.store.save({ alert, progress });
    this.#alert = alert;
    this.#progress = progress;
    this.#unsaved = false;
  }

  #release(): void {
    this.#watch?.release();
    this.#watch = null;
  }

  #now(): number {
    return this.#parts.market.clock.market.now();
  }
}
