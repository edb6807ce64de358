import { randomUUID } from 'node:crypto';
import type { ElapsedMs, ElapsedTime } from '../lib/domain/clock.ts';

export type StreamKind = 'market' | 'account';

/** A session nobody connected with in this time is dead. */
export const SESSION_TTL_MS = 300_000;

/** One end of a stream connection, as far as the one-session rule cares. */
export interface Connected {
  /** Whether the other side still answers; asks it when in doubt. */
  isAlive(): Promise<boolean>;
  /** Cuts it without a word. */
  drop(): void;
}

interface StreamSession {
  kind: StreamKind;
  opened: ElapsedMs;
}

export type Admission = 'admitted' | 'session not found' | 'too many sessions requested';

/**
 * Stream sessions: five minutes to connect, good for one connection, and one live connection of each kind. A
 * connection whose client is gone gives up its place to the next at once.
 */
export class StreamSessions {
  readonly #elapsed: ElapsedTime;
  readonly #waiting = new Map<string, StreamSession>();
  readonly #live = new Map<StreamKind, Connected>();

  constructor(elapsed: ElapsedTime) {
    this.#elapsed = elapsed;
  }

  /** A new session id. */
  create(kind: StreamKind): string {
    const now = this.#elapsed.now();
    for (const [id, session] of this.#waiting) {
      if (now - session.opened >= SESSION_TTL_MS) this.#waiting.delete(id);
    }
    const id = randomUUID();
    this.#waiting.set(id, { kind, opened: now });
    return id;
  }

  /** Uses the id up and takes the kind's place, when it is free. */
  async admit(kind: StreamKind, id: string, connected: Connected): Promise<Admission> {
    const session = this.#waiting.get(id);
    if (!session || session.kind !== kind || this.#elapsed.now() - session.opened >= SESSION_TTL_MS) {
      return 'session not found';
    }
    this.#waiting.delete(id);
    for (;;) {
      const current = this.#live.get(kind);
      if (!current) break;
      if (await current.isAlive()) return 'too many sessions requested';
      current.drop();
      this.leave(kind, current);
    }
    this.#live.set(kind, connected);
    return 'admitted';
  }

  /** Frees the place if this connection has it. */
  leave(kind: StreamKind, connected: Connected): void {
    if (this.#live.get(kind) === connected) this.#live.delete(kind);
  }
}
