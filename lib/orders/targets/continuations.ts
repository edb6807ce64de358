import type { Clock, Timer } from '../../domain/clock.ts';
import type { Unsubscribe } from '../../domain/events.ts';
import type { Signal } from '../../domain/signal.ts';
import type { Refusal } from '../../domain/trace.ts';

/** What the account asks of, or says to, the node that sized a target. */
export type Continuation = { signal: Signal; passThrough: Record<string, unknown> } & (
  | /** Its last step is done: size the same signal again. */
  { kind: 'size' }
  /** It is not carried on, and no other message says so. */
  | { kind: 'ended'; refusals: Refusal[] }
);

export type ContinuationListener = (continuation: Continuation) => void;

/** After a start or a deploy the other nodes need a moment as well. */
const FIRST_MS = 250;

/** The nodes that size targets, by their ids: a node that a deploy put in the place of another has the same. */
export class Continuations {
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Map<string, ContinuationListener>();
  readonly #timers = new Map<string, Timer>();
  #came: (nodeId: string) => void = () => undefined;

  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  /** The node takes what is asked of its id from now on, and what could not be asked before. */
  on(nodeId: string, listener: ContinuationListener): Unsubscribe {
    this.#listeners.set(nodeId, listener);
    this.#timers.get(nodeId)?.cancel();
    this.#timers.set(
      nodeId,
      this.#clock.elapsed.after(FIRST_MS, () => {
        this.#timers.delete(nodeId);
        this.#came(nodeId);
      }),
    );
    return () => {
      if (this.#listeners.get(nodeId) === listener) this.#listeners.delete(nodeId);
    };
  }

  /** Hears of each node that came, once it can be asked. */
  onCame(came: (nodeId: string) => void): void {
    this.#came = came;
  }

  /** True while the node is there and had its moment. */
  reaches(nodeId: string): boolean {
    return this.#listeners.has(nodeId) && !this.#timers.has(nodeId);
  }

  tell(nodeId: string, continuation: Continuation): void {
    try {
      this.#listeners.get(nodeId)?.(continuation);
    } catch (error) {
      this.#onError(error);
    }
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#listeners.clear();
  }
}
