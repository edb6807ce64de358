import { endOfTurn } from '../domain/event-loop.ts';
import {
  type AlertConfig,
  type AlertDeps,
  type AlertRequest,
  notRecorded,
  type Received,
  receiveAlert,
} from './receive.ts';

/** More alerts than this share no commit, so that the first of a flood need not wait for the last. */
const MOST_TOGETHER = 64;

interface Waiting {
  request: AlertRequest;
  resolve: (received: Received | null) => void;
  reject: (error: unknown) => void;
}

/**
 * Alerts that arrive in the same turn of the event loop are recorded with one synced commit. Each is judged by itself
 * and answered after that commit; when it fails, none of them counts as recorded.
 */
export class Intake {
  readonly #config: AlertConfig;
  readonly #deps: () => AlertDeps | null;
  #waiting: Waiting[] = [];

  /** `deps` is asked when the commit is made: null while no alert can be taken. */
  constructor(config: AlertConfig, deps: () => AlertDeps | null) {
    this.#config = config;
    this.#deps = deps;
  }

  /** Alerts that have no answer yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Never before the alert is on disk; null when no alert can be taken now. */
  receive(request: AlertRequest): Promise<Received | null> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#waiting.length === 1) endOfTurn(() => this.#take());
    });
  }

  #take(): void {
    const together = this.#waiting.slice(0, MOST_TOGETHER);
    this.#waiting = this.#waiting.slice(MOST_TOGETHER);
    if (this.#waiting.length > 0) endOfTurn(() => this.#take());
    try {
      const deps = this.#deps();
      const tell = deps ? this.#judge(together, deps) : together.map((one) => () => one.resolve(null));
      for (const one of tell) one();
    } catch (error) {
      for (const one of together) one.reject(error);
    }
  }

  /** What to tell each of them, once all are on disk. */
  #judge(together: readonly Waiting[], deps: AlertDeps): (() => void)[] {
    const judged: { one: Waiting; received: Received }[] = [];
    const tell: (() => void)[] = [];
    const judge = () => {
      for (const one of together) {
        try {
          const received = receiveAlert(one.request, this.#config, deps);
          judged.push({ one, received });
        } catch (error) {
          tell.push(() => one.reject(error));
        }
      }
    };
    let recorded = true;
    try {
      deps.inbox.together(judge);
    } catch {
      recorded = false;
    }
    for (const { one, received } of judged) {
      const answer = recorded ? received : notRecorded(received, one.request);
      tell.push(() => one.resolve(answer));
    }
    return tell;
  }
}
