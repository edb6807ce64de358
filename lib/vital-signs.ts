import type { StreamState } from './broker/port.ts';
import { messageOf } from './domain/errors.ts';
import type { HaltState } from './domain/portfolio.ts';
import type { Follower } from './orders/follow.ts';
import type { AccountStatus } from './trading-account.ts';

interface Halt {
  state: HaltState;
  reason: string;
}

type Reading = Parameters<ConstructorParameters<typeof Follower>[0]['reading']>[0];

/** What is known of how an account is doing, and how that reads in one sentence. */
export class VitalSigns {
  readonly #changed: () => void;
  readonly #streams: AccountStatus['streams'] = { market: 'down', account: 'connecting' };
  /** The account stream was open, or failed to: before that it is only beginning. */
  #streamKnown = false;
  #reading: Reading = { ok: false, reason: 'reading the account' };
  #journalFailure = '';
  #closing = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get journalFailure(): string {
    return this.#journalFailure;
  }

  get closing(): boolean {
    return this.#closing;
  }

  reading(state: Reading): void {
    const changed = state.ok !== this.#reading.ok;
    this.#reading = state;
    if (changed) this.#changed();
  }

  stream({ stream, state }: StreamState): void {
    this.#streams[stream] = state;
    if (stream === 'account' && state !== 'connecting') this.#streamKnown = true;
    this.#changed();
  }

  /** Nothing more is sent until a restart. */
  journalFailed(error: unknown): void {
    this.#journalFailure = `the journal failed: ${messageOf(error)}`;
    this.#changed();
  }

  close(): void {
    this.#closing = true;
  }

  status({ state: haltState, reason: haltReason }: Halt, journal: string): AccountStatus {
    const is = (state: AccountStatus['state'], reason: string): AccountStatus => ({
      state,
      reason,
      haltState,
      haltReason,
      reading: this.#reading.ok ? { ok: true, reason: '' } : this.#reading,
      streams: { ...this.#streams },
      journal,
    });
    if (this.#closing) return is('down', 'the account is closing');
    if (this.#journalFailure) return is('down', this.#journalFailure);
    if (!this.#reading.ok) return is('degraded', this.#reading.reason);
    if (!this.#streamKnown) return is('connecting', 'opening the account stream');
    if (this.#streams.account !== 'open')
      return is('degraded', 'the account stream is down; orders are polled');
    return is('ready', 'connected');
  }
}
