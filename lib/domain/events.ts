/** A typed event: listeners are told in order of subscription; `on` returns how to leave. */
export interface Listenable<T> {
  on(listener: (value: T) => void): Unsubscribe;
}

export type Unsubscribe = () => void;

export class Emitter<T> implements Listenable<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #onError: (error: unknown) => void;

  /** onError hears what a listener throws, so that one bad listener cannot stop the others. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  on(listener: (value: T) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  get size(): number {
    return this.#listeners.size;
  }

  clear(): void {
    this.#listeners.clear();
  }
}
