import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ElapsedMs, ElapsedTime } from '../../domain/clock.ts';
import { type Frame, textFrame } from './frame.ts';
import { BOUNDS } from './protocol.ts';

/** With more than this on its way, only the newest of each key is kept for a client. */
const SLOW_BYTES = 131_072;
/** More than this on its way to one client, and it is let go: it would hold up memory for ever. */
const MOST_BYTES = 1_048_576;

/** What waits for a client that reads slowly: the newest of each key, made into a message when its turn comes. */
interface Waiting {
  seq: number;
  data: string;
  kind: 'quote' | 'whole';
  frame: Frame;
}

/**
 * One client of the stream. What must arrive is written at once; of what only the newest counts, a slow reader gets
 * the newest when it can take it again. Writing never waits.
 */
export class StreamClient {
  readonly ws: WebSocket;
  readonly symbols = new Set<string>();
  readonly bars = new Set<string>();
  /** Heard since the last ping. */
  alive = true;
  readonly #socket: Duplex;
  readonly #elapsed: ElapsedTime;
  readonly #waiting = new Map<string, Waiting>();
  #messages: ElapsedMs[] = [];
  #wishes: Promise<void> = Promise.resolve();
  #wishing = 0;
  #long: Promise<void> = Promise.resolve();
  readonly #roomFor: (() => void)[] = [];
  #corked = false;

  constructor(ws: WebSocket, socket: Duplex, elapsed: ElapsedTime) {
    this.ws = ws;
    this.#socket = socket;
    this.#elapsed = elapsed;
    socket.on('drain', () => this.#flush());
    socket.on('close', () => this.#makeRoom());
  }

  get isOpen(): boolean {
    return this.ws.readyState === this.ws.OPEN;
  }

  /** Bytes and messages on their way, for tests and figures. */
  get backlog(): { bytes: number; waiting: number } {
    return { bytes: this.#socket.writableLength, waiting: this.#waiting.size };
  }

  /** What waits goes first; and a turn's worth of many symbols is no backlog yet. */
  get #isBehind(): boolean {
    return this.#waiting.size > 0 || this.#socket.writableLength > SLOW_BYTES;
  }

  /** Arrives, or the client is let go. */
  push(frame: Frame): void {
    if (!this.isOpen) return;
    if (this.#socket.writableLength + frame.byteLength > MOST_BYTES) this.end(1013, 'reading too slowly');
    else this.#write(frame);
  }

  tell(text: string): void {
    this.push(textFrame(text));
  }

  /** A quote in a frame of its own, or, behind others, together with them in one when the client reads again. */
  offerQuote(symbol: string, seq: number, data: string, frame: Frame): void {
    if (!this.isOpen) return;
    if (this.#isBehind) this.#waiting.set(symbol, { seq, data, kind: 'quote', frame });
    else this.#write(frame);
  }

  /** Only the newest of this key counts. */
  offer(key: string, frame: Frame): void {
    if (!this.isOpen) return;
    if (this.#isBehind) this.#waiting.set(key, { seq: 0, data: '', kind: 'whole', frame });
    else this.#write(frame);
  }

  /** Nothing of this key is wanted any more. */
  forget(key: string): void {
    this.#waiting.delete(key);
  }

  /** One wish of the client after the other, in the order in which they came. */
  inTurn(obey: () => Promise<void>): void {
    this.#wishing += 1;
    this.#wishes = this.#wishes
      .then(() => (this.isOpen ? obey() : undefined))
      .finally(() => {
        this.#wishing -= 1;
      });
  }

  /** Writes something long when there is room for it, one after the other: who asks for much is not a slow reader. */
  inRoom(write: () => void): Promise<void> {
    const written = this.#long.then(async () => {
      while (this.isOpen && this.#socket.writableLength > SLOW_BYTES)
        await new Promise<void>((resolve) => this.#roomFor.push(resolve));
      write();
    });
    this.#long = written.catch(() => undefined);
    return written;
  }

  /** Counts one message from the client. */
  heard(): 'fine' | 'too_many' | 'far_too_many' {
    if (this.#wishing > BOUNDS.messages) return 'far_too_many';
    const now = this.#elapsed.now();
    this.#messages = this.#messages.filter((at) => at > now - BOUNDS.windowMs);
    this.#messages.push(now);
    if (this.#messages.length > 2 * BOUNDS.messages) return 'far_too_many';
    return this.#messages.length > BOUNDS.messages ? 'too_many' : 'fine';
  }

  /** Says goodbye, and does not wait long for an answer that may never come. */
  end(code: number, reason: string): void {
    this.#waiting.clear();
    if (this.#socket.writableNeedDrain) {
      // Nothing more would get through, not even the goodbye.
      this.ws.terminate();
      return;
    }
    this.ws.close(code, reason);
    this.#elapsed.after(1_000, () => this.ws.terminate());
  }

  /** Everything of one turn in one write. */
  #write(frame: Frame): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      turn(this.#uncork);
    }
    this.#socket.write(frame);
  }

  readonly #uncork = (): void => {
    this.#corked = false;
    this.#socket.uncork();
  };

  #makeRoom(): void {
    for (const resolve of this.#roomFor.splice(0)) resolve();
  }

  #flush(): void {
    this.#makeRoom();
    if (!this.isOpen || this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    const quotes = waiting.filter(([, { kind }]) => kind === 'quote');
    for (const [, { kind, frame }] of waiting) if (kind === 'whole') this.#write(frame);
    if (quotes.length > 0) this.#write(textFrame(quotesText(quotes)));
  }
}

/** Many quotes as one message, out of the texts they were sent with to everybody else. */
export function quotesText(
  quotes: [symbol: string, quote: { seq: number; data: string }][],
  more = '',
): string {
  const seq = JSON.stringify(Object.fromEntries(quotes.map(([symbol, quote]) => [symbol, quote.seq])));
  return `{"type":"quotes"${more},"seq":${seq},"data":[${quotes.map(([, { data }]) => data).join(',')}]}`;
}

let due: (() => void)[] = [];

/** Runs at the end of this turn, in one go with everything else that is due then. */
function turn(run: () => void): void {
  due.push(run);
  if (due.length > 1) return;
  queueMicrotask(() => {
    const now = due;
    due = [];
    for (const one of now) one();
  });
}
