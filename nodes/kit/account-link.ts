import type { Node } from 'node-red';
import type { TradingAccount } from '../../lib/account.ts';
import { type ErrorCode, TraderError } from '../../lib/domain/errors.ts';
import { type AccountView, delayOf, type FeedSettings } from './account-view.ts';
import type { Lifetime } from './lifetime.ts';

/** What the trader-account config node offers the nodes that use it. */
export interface AccountNode extends Node {
  /** Node-RED fans the config node's status and errors out to the tabs of these nodes. */
  users: Record<string, Node>;
  view(): AccountView;
  /** The market data it uses, for another account to use as well; null when its settings cannot be read. */
  lends(): FeedSettings | null;
  /** Enters the user and tells it every later view, until it leaves. */
  join(user: Node, tell: (view: AccountView) => void): () => void;
}

/** How long a message waits for an account that is still being opened, e.g. right after a deploy. */
const PATIENCE_MS = 5_000;

const UNCONFIGURED: AccountView = {
  state: 'misconfigured',
  reason: 'No trader-account is configured for this node.',
  code: 'E_NO_ACCOUNT',
  account: null,
  environment: null,
  haltState: 'active',
};

/** A node's hold on its account: there or not, and told when that changes. */
export class AccountLink {
  readonly #life: Lifetime;
  readonly #onView: (view: AccountView) => void;
  readonly #uses: ((account: TradingAccount, life: Lifetime) => void)[] = [];
  readonly #waiting = new Set<() => void>();
  #view: AccountView = UNCONFIGURED;
  #current: Lifetime | null = null;

  constructor(life: Lifetime, onView: (view: AccountView) => void) {
    this.#life = life;
    this.#onView = onView;
  }

  /** Sits down at the account node, if there is one. */
  join(node: Node, target: unknown): void {
    if (isAccountNode(target)) {
      this.#life.own(target.join(node, (view) => this.#heard(view)));
      this.#heard(target.view());
    }
    this.#onView(this.#view);
  }

  view(): AccountView {
    return this.#view;
  }

  /** Runs now and each time the account is there anew; what it takes through the given life ends with the account. */
  whenOpen(use: (account: TradingAccount, life: Lifetime) => void): void {
    this.#uses.push(use);
    const { account } = this.#view;
    const current = this.#current;
    if (account && current) current.run(() => use(account, current));
  }

  /** The account, after a short wait if it is still being opened. Throws what keeps it away. */
  async open(): Promise<TradingAccount> {
    if (!this.#view.account && this.#view.state === 'connecting') await this.#wait();
    const { account, code, reason, state } = this.#view;
    if (account) return account;
    const fallback = state === 'connecting' || state === 'down' ? 'E_BROKER_UNREACHABLE' : 'E_NO_ACCOUNT';
    throw new TraderError((code as ErrorCode | null) ?? fallback, `the account is not available: ${reason}`);
  }

  #heard(view: AccountView): void {
    const before = this.#view;
    this.#view = view;
    if (view.account !== before.account) this.#changed(view.account);
    if (view.account || view.state !== 'connecting') this.#wake();
    if (looksOther(before, view)) this.#onView(view);
  }

  #changed(account: TradingAccount | null): void {
    void this.#current?.close();
    this.#current = null;
    if (!account || this.#life.closed) return;
    const current = this.#life.child();
    this.#current = current;
    for (const use of this.#uses) current.run(() => use(account, current));
  }

  #wait(): Promise<void> {
    if (this.#life.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#life.after(PATIENCE_MS, () => wake());
      const leave = this.#life.own(() => wake());
      const wake = () => {
        if (!this.#waiting.delete(wake)) return;
        timer.cancel();
        leave();
        resolve();
      };
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

/** Streams come and go while the account is fine: that must not cover what a node shows of its own. */
function looksOther(before: AccountView, now: AccountView): boolean {
  return (
    before.state !== now.state ||
    before.haltState !== now.haltState ||
    before.code !== now.code ||
    delayOf(before) !== delayOf(now)
  );
}

export function isAccountNode(target: unknown): target is AccountNode {
  return typeof target === 'object' && target !== null && typeof Reflect.get(target, 'join') === 'function';
}
