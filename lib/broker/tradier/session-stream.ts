import { type RawData, WebSocket } from 'ws';
import type { Chance } from '../../domain/chance.ts';
import type { ElapsedMs, ElapsedTime } from '../../domain/clock.ts';
import type { StreamState } from '../port.ts';
import { networkWords, parseJson } from './failures.ts';
import type { StreamSession } from './rest.ts';
import { decodeStreamMessage, type StreamMessage } from './stream-messages.ts';

const FRAME_BYTES = 16 * 1024 * 1024;
/** A connection that held this long was a good one: the next wait begins small again. */
const GOOD_MS = 30_000;

export interface SessionStreamParts {
  name: StreamState['stream'];
  openSession(): Promise<StreamSession>;
  /** The frame that subscribes, sent as soon as the socket is open. */
  subscribe(sessionId: string): object;
  /** Every readable message but errors. */
  onMessage(message: StreamMessage): void;
  /** An in-band error that does not end the session, such as a symbol the broker does not know. */
  toleratesError(text: string): boolean;
  onState(state: StreamState): void;
  silenceMs: number;
  /** A connection this old is replaced: some fall silent after about a day without being closed. */
  renewMs: number;
  handshakeMs: number;
  backoffMs: number;
  backoffMaxMs: number;
  elapsed: ElapsedTime;
  chance: Chance;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

/**
 * One WebSocket stream that is kept open: a new single-use session for every connection, never two sockets at once,
 * a watchdog against silence, jittered waits in between. Sessions: docs.tradier.com.
 */
export class SessionStream {
  readonly #parts: SessionStreamParts;
  #stopping = new AbortController();
  #loop: Promise<void> | null = null;
  #socket: WebSocket | null = null;
  #drop: ((why: string) => void) | null = null;
  #sessionId = '';
  #wasDown = false;
  #failures = 0;

  constructor(parts: SessionStreamParts) {
    this.#parts = parts;
  }

  get running(): boolean {
    return this.#loop !== null && !this.#stopping.signal.aborted;
  }

  /** Connects and stays connected until stop. */
  start(): void {
    if (this.running) return;
    const before = this.#loop ?? Promise.resolve();
    const stopping = new AbortController();
    this.#stopping = stopping;
    // The socket of an earlier start must be gone first: a second session of one kind is refused.
    const loop = before.then(() => this.#run(stopping.signal));
    this.#loop = loop;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  /** Sends the subscription again, with the session of the open socket: Tradier then replaces the symbols. */
  resubscribe(): void {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify(this.#parts.subscribe(this.#sessionId)));
    }
  }

  /** Gives up the open socket for a new one with a new session; nothing where none is open. */
  renew(reason: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#drop?.(reason);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { elapsed, chance, backoffMs, backoffMaxMs } = this.#parts;
    while (!signal.aborted) {
      this.#tell('connecting', 'opening a session');
      const reason = await this.#connection(signal);
      this.#wasDown = true;
      this.#tell('down', signal.aborted ? 'closed' : reason);
      if (signal.aborted) return;
      this.#parts.log('warn', `The ${this.#parts.name} stream is down: ${reason}.`);
      const wait = Math.min(backoffMaxMs, backoffMs * 2 ** Math.min(this.#failures, 20));
      this.#failures += 1;
      await elapsed.sleep(wait * (0.5 + chance.fraction() / 2), signal).catch(() => undefined);
    }
  }

  /** One session from its request to the end of its socket; tells why it ended. */
  async #connection(signal: AbortSignal): Promise<string> {
    let session: StreamSession;
    try {
      session = await this.#parts.openSession();
    } catch (error) {
      return error instanceof Error ? error.message.replace(/\.$/, '') : 'no session';
    }
    return signal.aborted ? 'closed' : this.#socketLife(session, signal);
  }

  #socketLife(session: StreamSession, signal: AbortSignal): Promise<string> {
    const { elapsed, silenceMs, renewMs, handshakeMs } = this.#parts;
    return new Promise((resolve) => {
      let reason = 'the broker closed the connection';
      let dropped = false;
      let heard: ElapsedMs = elapsed.now();
      const socket = new WebSocket(session.url, {
        perMessageDeflate: false,
        maxPayload: FRAME_BYTES,
        followRedirects: false,
      });
      const drop = (why: string) => {
        reason = why;
        dropped = true;
        socket.terminate();
      };
      const onAbort = () => drop('closed');
      const handshake = elapsed.after(handshakeMs, () => drop('the connection did not open in time'));
      const watchdog = elapsed.every(Math.max(10, silenceMs / 6), () => {
        if (elapsed.now() - heard > silenceMs)
          drop(`nothing was heard for ${Math.round(silenceMs / 1000)} s`);
      });
      const good = elapsed.after(GOOD_MS, () => {
        this.#failures = 0;
      });
      const renewal = elapsed.after(renewMs, () => drop('the connection is renewed'));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#socket = socket;
      this.#drop = drop;
      this.#sessionId = session.sessionId;

      socket.on('open', () => {
        handshake.cancel();
        heard = elapsed.now();
        this.resubscribe();
        this.#tell('open', 'connected');
      });
      socket.on('message', (data) => {
        heard = elapsed.now();
        const fatal = this.#receive(data);
        if (fatal !== null) drop(fatal);
      });
      socket.on('error', (error) => {
        // Ending a socket that is still connecting raises an error of its own.
        if (!dropped) reason = refusalOf(error);
      });
      socket.on('close', () => {
        handshake.cancel();
        watchdog.cancel();
        good.cancel();
        renewal.cancel();
        signal.removeEventListener('abort', onAbort);
        this.#socket = null;
        this.#drop = null;
        resolve(reason);
      });
    });
  }

  /** One frame of newline-separated objects. The text of an in-band error that ends the session, else null. */
  #receive(data: RawData): string | null {
    for (const line of textOf(data).split('\n')) {
      if (line.trim() === '') continue;
      const message = decodeStreamMessage(parseJson(line));
      if (message.kind === 'error') {
        const text = message.text.slice(0, 200);
        if (!this.#parts.toleratesError(text)) return `the broker said: ${text}`;
        this.#parts.log('warn', `The ${this.#parts.name} stream says: ${text}.`);
      } else if (message.kind === 'malformed') {
        this.#parts.log('warn', `The ${this.#parts.name} stream sent something unreadable; it was left out.`);
      } else {
        this.#failures = 0;
        this.#parts.onMessage(message);
      }
    }
    return null;
  }

  #tell(state: StreamState['state'], reason: string): void {
    const gap = state === 'open' && this.#wasDown;
    if (state === 'open') this.#wasDown = false;
    this.#parts.onState({ stream: this.#parts.name, state, gap, reason });
  }
}

/** `ws` tells the status of a refused upgrade in its message alone. */
function refusalOf(error: Error): string {
  const status = /^Unexpected server response: (\d{3})$/.exec(error.message);
  return status ? `the broker refused the stream with status ${status[1]}` : networkWords(error);
}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data).toString('utf8');
}
