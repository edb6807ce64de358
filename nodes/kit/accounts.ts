import { type ElapsedTime, systemElapsed, type Timer } from '../../lib/domain/clock.ts';
import { canonicalDigest } from '../../lib/domain/ids.ts';
import { accountKey } from '../../lib/domain/portfolio.ts';
import type { AccountParts, AccountSettings, AccountView, Opened } from './account-view.ts';
import { coded } from './errors.ts';

export interface Seat {
  view(): AccountView;
  leave(): void;
}

interface Sitter {
  settings: AccountSettings;
  view: AccountView;
  tell: (view: AccountView) => void;
  gone: AbortController;
  running: Running | null;
}

interface Running {
  key: string;
  fingerprint: string;
  view: AccountView;
  sitters: Set<Sitter>;
  linger: Timer | null;
  stop: AbortController;
  closed: Promise<void>;
}

const LINGER_MS = 3_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
const REGISTRY = Symbol.for('@trader-ops/node-red-trader/accounts');

/**
 * The accounts that run in this process, one for each environment and account number, whichever nodes sit at them.
 * An account outlives a deploy while its settings stay the same, because its orders and its streams do not care about
 * wires; it closes a few seconds after the last node left. There are never two at once on one journal.
 */
export class AccountRegistry {
  readonly #parts: AccountParts;
  readonly #elapsed: ElapsedTime;
  readonly #running = new Map<string, Running>();
  /** Numbers found by asking, so that a deploy need not ask again. */
  readonly #discovered = new Map<string, string>();
  /** Refused for now because the account runs with other settings. */
  readonly #waiting = new Set<Sitter>();

  constructor(parts: AccountParts, elapsed: ElapsedTime = systemElapsed) {
    this.#parts = parts;
    this.#elapsed = elapsed;
  }

  /** Takes a seat at the account these settings describe; `tell` hears every later view. Never throws. */
  attach(settings: AccountSettings, tell: (view: AccountView) => void): Seat {
    const sitter: Sitter = {
      settings,
      view: firstView(settings),
      tell,
      gone: new AbortController(),
      running: null,
    };
    this.#arrive(sitter);
    return { view: () => sitter.view, leave: () => this.#leave(sitter) };
  }

  /** The keys of the accounts that run now. */
  keys(): string[] {
    return [...this.#running.keys()];
  }

  /** Closes everything at once: for the end of a test, or of the process. */
  async closeAll(): Promise<void> {
    const all = [...this.#running.values()];
    for (const sitter of [...this.#waiting, ...all.flatMap(({ sitters }) => [...sitters])])
      this.#leave(sitter);
    for (const running of all) this.#close(running);
    await Promise.all(all.map(({ closed }) => closed));
  }

  #arrive(sitter: Sitter): void {
    const { settings } = sitter;
    const known = settings.accountId || this.#discovered.get(askKey(settings));
    if (known) this.#seat(sitter, known);
    else void this.#find(sitter);
  }

  async #find(sitter: Sitter): Promise<void> {
    await this.#persist(
      sitter.gone.signal,
      async () => {
        const reached = await this.#parts.reach(sitter.settings);
        try {
          const accountId = await this.#parts.discover(reached, sitter.settings);
          this.#discovered.set(askKey(sitter.settings), accountId);
          if (!sitter.gone.signal.aborted) this.#seat(sitter, accountId);
        } finally {
          await reached.release();
        }
      },
      (view) => this.#show(sitter, { ...sitter.view, ...view }),
    );
  }

  #seat(sitter: Sitter, accountId: string): void {
    const { settings } = sitter;
    const key = accountKey(settings.environment, accountId);
    const fingerprint = canonicalDigest({ ...settings, accountId });
    const running = this.#running.get(key);
    if (!running) {
      this.#join(sitter, this.#start(key, fingerprint, accountId, settings));
      return;
    }
    const closing = running.stop.signal.aborted;
    if (!closing && running.fingerprint === fingerprint) {
      this.#join(sitter, running);
      return;
    }
    this.#waiting.add(sitter);
    if (closing) return;
    if (running.sitters.size === 0) {
      // Only lingering: the settings were changed by this deploy.
      this.#close(running);
      return;
    }
    const reason = `account ${accountId} already runs with other settings, from another trader-account node`;
    this.#show(sitter, { ...sitter.view, state: 'conflict', code: 'E_ACCOUNT_CONFLICT', reason });
  }

  #join(sitter: Sitter, running: Running): void {
    this.#waiting.delete(sitter);
    running.linger?.cancel();
    running.linger = null;
    running.sitters.add(sitter);
    sitter.running = running;
    this.#show(sitter, running.view);
  }

  #leave(sitter: Sitter): void {
    if (sitter.gone.signal.aborted) return;
    sitter.gone.abort(new Error('left'));
    this.#waiting.delete(sitter);
    const running = sitter.running;
    sitter.running = null;
    if (!running?.sitters.delete(sitter) || running.sitters.size > 0) return;
    running.linger = this.#elapsed.after(LINGER_MS, () => this.#close(running));
  }

  #start(key: string, fingerprint: string, accountId: string, settings: AccountSettings): Running {
    const running: Running = {
      key,
      fingerprint,
      view: firstView(settings),
      sitters: new Set(),
      linger: null,
      stop: new AbortController(),
      closed: Promise.resolve(),
    };
    this.#running.set(key, running);
    running.closed = this.#live(running, settings, accountId);
    return running;
  }

  /** One account from its opening to its end; everything it took is given back here. */
  async #live(running: Running, settings: AccountSettings, accountId: string): Promise<void> {
    const stop = running.stop.signal;
    let release: () => Promise<void> = async () => undefined;
    const tell = (view: Partial<AccountView>) => {
      running.view = { ...running.view, ...view };
      for (const sitter of [...running.sitters]) this.#show(sitter, running.view);
    };
    await this.#persist(
      stop,
      async () => {
        const reached = await this.#parts.reach(settings);
        let opened: Opened;
        try {
          opened = await this.#parts.open(reached, settings, accountId);
        } catch (error) {
          await reached.release();
          throw error;
        }
        const { account } = opened;
        const unsubscribe = account.statusChanges.on(({ state, reason, haltState }) =>
          tell({ state, reason, code: null, haltState }),
        );
        release = async () => {
          unsubscribe();
          // The nodes must let go of it before it closes.
          tell({ state: 'connecting', reason: 'the account is closing', account: null });
          await opened.close().finally(() => reached.release());
        };
        const { state, reason, haltState } = account.status();
        if (!stop.aborted) tell({ state, reason, code: null, haltState, account });
      },
      tell,
    );
    if (!stop.aborted)
      await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
    await release().catch(() => undefined);
    this.#ended(running, settings);
  }

  #ended(running: Running, settings: AccountSettings): void {
    this.#running.delete(running.key);
    this.#discovered.delete(askKey(settings));
    for (const sitter of running.sitters) sitter.running = null;
    // Whoever waited for this one, and whoever sat down while it closed, tries again in the order they came.
    for (const sitter of [...running.sitters, ...this.#waiting]) {
      this.#waiting.delete(sitter);
      if (!sitter.gone.signal.aborted) this.#arrive(sitter);
    }
  }

  #close(running: Running): void {
    running.linger?.cancel();
    running.linger = null;
    running.stop.abort(new Error('closed'));
  }

  /** Repeats a step until it succeeds or is called off, saying in between why it did not. */
  async #persist(
    signal: AbortSignal,
    step: () => Promise<void>,
    tell: (view: Pick<AccountView, 'state' | 'reason' | 'code'>) => void,
  ): Promise<void> {
    for (let wait = FIRST_RETRY_MS; !signal.aborted; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        await step();
        return;
      } catch (error) {
        const { code, message } = coded(error);
        const temporary = code === 'E_BROKER_UNREACHABLE' || code === 'E_RATE_LIMIT';
        if (!signal.aborted) tell({ state: temporary ? 'connecting' : 'down', reason: message, code });
      }
      await this.#elapsed.sleep(wait, signal).catch(() => undefined);
    }
  }

  #show(sitter: Sitter, view: AccountView): void {
    if (sitter.gone.signal.aborted) return;
    sitter.view = view;
    sitter.tell(view);
  }
}

/** The one registry of this process; the parts of whoever asked first are used. */
export function accountRegistry(parts: AccountParts): AccountRegistry {
  const shared = globalThis as { [REGISTRY]?: AccountRegistry };
  shared[REGISTRY] ??= new AccountRegistry(parts);
  return shared[REGISTRY];
}

function firstView({ environment }: AccountSettings): AccountView {
  return {
    state: 'connecting',
    reason: 'connecting to the broker',
    code: null,
    account: null,
    environment,
    haltState: 'active',
  };
}

/** Names a question that has been answered: which account is this token for. */
function askKey({ environment, token, userDir }: AccountSettings): string {
  return canonicalDigest({ environment, token, userDir });
}
