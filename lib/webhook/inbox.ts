import type { Signal } from '../domain/signal.ts';
import type { Refusal } from '../domain/trace.ts';

/** Where accepted alerts are recorded durably. The journal of the account implements it. */
export interface Inbox {
  readonly accountKey: string;
  /** Live accounts refuse alerts without an id or a time. */
  readonly live: boolean;
  /** Synced to disk when it returns. Throws TraderError E_RECORD when it could not be recorded. */
  record(entry: InboxEntry): Recorded;
  /**
   * One commit for all that `work` records: on disk when this returns, not when `record` does. Throws TraderError
   * E_RECORD when the commit failed, and then nothing of it is recorded. Not to be nested.
   */
  together(work: () => void): void;
  /** By the signal's key or the sender's own id (newest); null when never received. */
  outcome(source: string, signal: string): SignalOutcome | null;
}

export interface InboxEntry {
  /** Key of the signal, see `signalKey`. For an alert without an id it is made from digest and time of receipt. */
  signalKey: string;
  source: string;
  /** `id`: the sender named it, kept 30 days. `body`: the same body within 60 s is the same alert. */
  identity: 'id' | 'body';
  /** Digest of the body without its secret. */
  bodyDigest: string;
  /** The body without its secret, for the record, at most 64 kB. */
  bodyRedacted: string;
  signal: Signal;
}

export type Recorded =
  | { kind: 'accepted' }
  /** Same id and body, or the same body within its window: nothing happens again. */
  | { kind: 'duplicate'; signalKey: string; ageMs: number; outcome: SignalOutcome }
  /** Same id, other body. */
  | { kind: 'conflict'; signalKey: string; ageMs: number };

/** What became of a signal. */
export interface SignalOutcome {
  signal: string;
  /** `received`: not decided yet. `permitted`: approved, not sent yet. */
  state: 'received' | 'refused' | 'permitted' | 'ordered' | 'stale';
  refusals: Refusal[];
  order: OutcomeOrder | null;
}

export interface OutcomeOrder {
  id: number | null;
  status: string;
  symbol: string;
  side: string;
  quantity: number;
  execQuantity: number;
  avgFillPrice: number | null;
  tag: string;
  reason: string | null;
}
