import { WebSocket } from 'ws';
import type { ElapsedTime } from '../lib/domain/clock.ts';
import type { Connected } from './stream-sessions.ts';

/** A client silent to a ping for this long is gone. */
const PONG_WITHIN_MS = 500;
/** More than this unsent means the client does not read. */
const CONGESTED_BYTES = 1_000_000;
const HOPELESS_BYTES = 16_000_000;

/** One stream socket: JSON objects out, one frame each, with a line break when the client wants it. */
export class StreamConnection implements Connected {
  linebreak = false;
  readonly #socket: WebSocket;
  readonly #elapsed: ElapsedTime;

  constructor(socket: WebSocket, elapsed: ElapsedTime) {
    this.#socket = socket;
    this.#elapsed = elapsed;
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** True when what is sent now would only wait behind what was sent before. */
  get congested(): boolean {
    return this.#socket.bufferedAmount > CONGESTED_BYTES;
  }

  send(message: object): void {
    if (!this.open) return;
    if (this.#socket.bufferedAmount > HOPELESS_BYTES) {
      this.drop();
      return;
    }
    this.#socket.send(JSON.stringify(message) + (this.linebreak ? '\n' : ''));
  }

  /** Says what is wrong in the stream itself, and ends it. */
  refuse(error: string): void {
    this.send({ error });
    this.#socket.close(1000);
  }

  drop(): void {
    this.#socket.terminate();
  }

  isAlive(): Promise<boolean> {
    if (!this.open) return Promise.resolve(false);
    return new Promise((resolve) => {
      const decide = (alive: boolean) => {
        timer.cancel();
        this.#socket.off('pong', yes).off('close', no);
        resolve(alive);
      };
      const yes = () => decide(true);
      const no = () => decide(false);
      const timer = this.#elapsed.after(PONG_WITHIN_MS, no);
      this.#socket.on('pong', yes).on('close', no);
      this.#socket.ping();
    });
  }
}
