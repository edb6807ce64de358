import type { EventEmitter } from 'node:events';
import { type ElapsedTime, systemElapsed, type Timer } from '../../lib/domain/clock.ts';
import type { Listenable, Unsubscribe } from '../../lib/domain/events.ts';

type Release = () => void | Promise<void>;

/**
 * Owns everything a node acquires: listeners, timers, routes, seats at an account. Closing it releases all of them,
 * newest first, so that a deploy leaves nothing behind. Nothing acquired through it can fire after it closed.
 */
export class Lifetime {
  readonly elapsed: ElapsedTime;
  readonly #releases = new Set<Release>();
  readonly #abort = new AbortController();
  readonly #onError: (error: unknown) => void;

  /** onError hears what a listener or a timer throws: uncaught, it would end the process. */
  constructor(onError: (error: unknown) => void, elapsed: ElapsedTime = systemElapsed) {
    this.#onError = onError;
    this.elapsed = elapsed;
  }

  get closed(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Aborts when the node closes. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** How much is held now. */
  get size(): number {
    return this.#releases.size;
  }

  /** Keeps a release for the end; the returned function releases early. After the end it releases at once. */
  own(release: Release): Unsubscribe {
    if (this.closed) {
      this.#run(release);
      return () => undefined;
    }
    // A fresh function, so that the same release handed in twice counts twice.
    const held: Release = () => release();
    this.#releases.add(held);
    return () => {
      if (this.#releases.delete(held)) this.#run(held);
    };
  }

  on<T>(source: Listenable<T>, listener: (value: T) => void | Promise<void>): Unsubscribe {
    return this.own(source.on((value) => this.#guard(() => listener(value))));
  }

  listen(emitter: EventEmitter, event: string, listener: (...args: unknown[]) => void): Unsubscribe {
    const guarded = (...args: unknown[]) => this.#guard(() => listener(...args));
    emitter.on(event, guarded);
    return this.own(() => {
      emitter.removeListener(event, guarded);
    });
  }

  after(ms: number, run: () => void | Promise<void>): Timer {
    const timer = this.elapsed.after(ms, () => {
      forget();
      this.#guard(run);
    });
    const forget = this.own(() => timer.cancel());
    return { cancel: forget };
  }

  every(ms: number, run: () => void | Promise<void>): Timer {
    const timer = this.elapsed.every(ms, () => this.#guard(run));
    return { cancel: this.own(() => timer.cancel()) };
  }

  /** A shorter life inside this one: of one account, of one subscription. */
  child(): Lifetime {
    const child = new Lifetime(this.#onError, this.elapsed);
    const leave = this.own(() => child.close());
    child.#abort.signal.addEventListener('abort', leave, { once: true });
    return child;
  }

  /** Runs now, and hears its failure, sync or async, unless the life is over. */
  run(action: () => void | Promise<void>): void {
    this.#guard(action);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.#abort.abort(new Error('the node was closed'));
    const releases = [...this.#releases].reverse();
    this.#releases.clear();
    for (const release of releases) {
      try {
        await release();
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  #guard(action: () => void | Promise<void>): void {
    if (!this.closed) this.#run(action);
  }

  #run(action: () => void | Promise<void>): void {
    try {
      const result = action();
      if (result instanceof Promise) result.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    // A step cut short because the node closed is not a fault of the node.
    if (!this.closed) this.#onError(error);
  }
}
