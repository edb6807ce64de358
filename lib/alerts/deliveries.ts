import type { Timer } from '../domain/clock.ts';
import type { Unsubscribe } from '../domain/events.ts';
import type { Firing } from './alert.ts';
import { asNow, MOST_WAIT_MS } from './firing.ts';
import type { AlertStore } from './store.ts';
import type { AlertMarket } from './watch.ts';

/** Answers true when it took the firing: then nobody is told again. */
export type FiringListener = (firing: Firing) => boolean;

/** After a start or a deploy the other nodes need a moment as well. */
const FIRST_LISTENER_MS = 250;
const MOST_UNTOLD = 1_000;

/** Brings every recorded firing to the flow it belongs to; what nobody takes waits, also over a restart. */
export class Deliveries {
  readonly #store: AlertStore;
  readonly #clock: AlertMarket['clock'];
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Map<string, Set<FiringListener>>();
  readonly #soon = new Map<string, Timer>();
  #untold: Firing[];

  constructor(
    store: AlertStore,
    { clock, simulated }: Pick<AlertMarket, 'clock' | 'simulated'>,
    onError: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#onError = onError;
    this.#untold = store
      .untold()
      .slice(-MOST_UNTOLD)
      .map((firing) => asNow(firing, simulated));
  }

  /** Firings of this owner, those that waited first. */
  on(owner: string, listener: FiringListener): Unsubscribe {
    const listeners = this.#listeners.get(owner) ?? new Set();
    this.#listeners.set(owner, listeners.add(listener));
    if (!this.#soon.has(owner)) {
      this.#soon.set(
        owner,
        this.#clock.elapsed.after(FIRST_LISTENER_MS, () => this.#tellWaiting(owner)),
      );
    }
    return () => void listeners.delete(listener);
  }

  tell(firing: Firing): void {
    const waiting = this.#soon.has(firing.owner) || this.#untold.some(({ owner }) => owner === firing.owner);
    if (waiting || !this.#deliver(firing)) this.#untold.push(firing);
    if (this.#untold.length > MOST_UNTOLD) this.#untold.shift();
  }

  forget(alertId: string): void {
    this.#untold = this.#untold.filter((firing) => firing.alertId !== alertId);
  }

  close(): void {
    for (const timer of this.#soon.values()) timer.cancel();
    this.#soon.clear();
    this.#listeners.clear();
  }

  #tellWaiting(owner: string): void {
    this.#soon.delete(owner);
    const waiting = this.#untold.filter((firing) => firing.owner === owner);
    this.#untold = this.#untold.filter((firing) => firing.owner !== owner);
    for (const firing of waiting) this.tell(firing);
  }

  #deliver(firing: Firing): boolean {
    const old = this.#clock.wall.now() - firing.wall > MOST_WAIT_MS;
    const told = old ? { ...firing, signal: null } : firing;
    let taken = false;
    for (const listener of [...(this.#listeners.get(firing.owner) ?? [])]) {
      try {
        taken = listener(told) || taken;
      } catch (error) {
        this.#onError(error);
      }
    }
    try {
      if (taken) this.#store.told(firing);
    } catch (error) {
      // A restart tells it once more, under the same name.
      this.#onError(error);
    }
    return taken;
  }
}
