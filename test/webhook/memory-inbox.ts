import { accountKey } from '../../lib/domain/portfolio.ts';
import type { Inbox, InboxEntry, Recorded, SignalOutcome } from '../../lib/webhook/inbox.ts';

/** The Inbox port in memory; the journal's own is tested with the journal. */
export class MemoryInbox implements Inbox {
  readonly accountKey = accountKey('simulator', 'VA00000001');
  readonly live: boolean;
  readonly entries: InboxEntry[] = [];
  broken = false;
  commitFails = false;

  constructor(live = false) {
    this.live = live;
  }

  record(entry: InboxEntry): Recorded {
    if (this.broken) throw new Error('disk full, secret-of-the-disk');
    const at = entry.signal.receivedAt;
    const earlier = this.entries.find((known) =>
      entry.identity === 'id'
        ? known.signalKey === entry.signalKey
        : known.identity === 'body' &&
          known.bodyDigest === entry.bodyDigest &&
          at - known.signal.receivedAt < 60_000,
    );
    if (!earlier) {
      this.entries.push(entry);
      return { kind: 'accepted' };
    }
    const { signalKey } = earlier;
    const ageMs = at - earlier.signal.receivedAt;
    if (earlier.bodyDigest !== entry.bodyDigest) return { kind: 'conflict', signalKey, ageMs };
    return { kind: 'duplicate', signalKey, ageMs, outcome: received(signalKey) };
  }

  together(work: () => void): void {
    const before = this.entries.length;
    work();
    if (!this.commitFails) return;
    this.entries.length = before;
    throw new Error('disk full, secret-of-the-disk');
  }

  outcome(source: string, signal: string): SignalOutcome | null {
    if (this.broken) throw new Error('disk full, secret-of-the-disk');
    const entry = this.entries.find(
      (known) => known.source === source && (known.signalKey === signal || known.signal.id === signal),
    );
    return entry ? received(entry.signalKey) : null;
  }
}

function received(signal: string): SignalOutcome {
  return { signal, state: 'received', refusals: [], order: null };
}
