import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type ElapsedTime, guarded, type Timer, type WallTime } from '../../domain/clock.ts';
import { inputError } from '../../domain/errors.ts';
import type { TradingAccount } from '../../trading-account.ts';
import { type AccessRules, isOriginAllowed, mayStream } from '../access.ts';
import type { StreamFigures } from '../context.ts';
import { BarTopics } from './bar-topics.ts';
import { StreamClient } from './client.ts';
import { DeskTopics } from './desk-topics.ts';
import { textFrame } from './frame.ts';
import {
  BOUNDS,
  CHANNELS,
  type Channel,
  type DeskChannel,
  errorText,
  readWish,
  type Wish,
} from './protocol.ts';
import { QuoteTopics } from './quote-topics.ts';

export interface StreamParts {
  access: AccessRules;
  elapsed: ElapsedTime;
  wall: WallTime;
  report(error: unknown): void;
}

const HEARTBEAT_MS = 15_000;
const PROTOCOL = 'trader.v1';

/** `WS /stream`: who may come in, what each client follows, and that none of them holds up another. */
export class StreamServer {
  readonly #parts: StreamParts;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: BOUNDS.payload,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  readonly #clients = new Set<StreamClient>();
  readonly #quotes: QuoteTopics;
  readonly #bars = new BarTopics();
  readonly #desk: DeskTopics;
  readonly #heartbeat: Timer;
  #beats = 0;
  #closed = false;

  constructor(parts: StreamParts) {
    // A timer that throws must not end the process: an account may fail at any time.
    const elapsed = guarded(parts.elapsed, parts.report);
    this.#parts = { ...parts, elapsed };
    this.#quotes = new QuoteTopics(elapsed);
    this.#desk = new DeskTopics(elapsed, (error) => parts.report(error));
    this.#heartbeat = elapsed.every(HEARTBEAT_MS, () => this.#beat());
  }

  /** Follows this account from now on; null while there is none. The clients stay. */
  bind(account: TradingAccount | null): void {
    for (const topics of [this.#quotes, this.#bars, this.#desk]) topics.bind(account);
  }

  figures(): StreamFigures {
    return {
      clients: this.#clients.size,
      symbols: this.#quotes.size,
      oldestQuoteMs: this.#quotes.oldestMs(),
    };
  }

  /** How far each client is behind. */
  backlogs(): { bytes: number; waiting: number }[] {
    return [...this.#clients].map(({ backlog }) => backlog);
  }

  /** Takes over a socket that asks for the stream, or refuses it in HTTP. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    if (socket.destroyed) return;
    const refusal = this.#refusal(request);
    if (refusal !== null) {
      refuse(socket, ...refusal);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      const client = new StreamClient(ws, socket, this.#parts.elapsed);
      this.#clients.add(client);
      ws.on('pong', () => {
        client.alive = true;
      });
      // ws answers what breaks the protocol or is too large with the right code, and closes.
      ws.on('error', () => undefined);
      ws.on('close', () => this.#gone(client));
      ws.on('message', (data, isBinary) => {
        // What comes after the goodbye is neither counted nor kept.
        if (!client.isOpen) return;
        client.alive = true;
        if (isBinary) client.end(1003, 'text only');
        else this.#heard(client, String(data));
      });
    });
  }

  close(): void {
    this.#closed = true;
    this.#heartbeat.cancel();
    for (const client of [...this.#clients]) {
      client.end(1012, 'the flow is deployed anew');
      this.#gone(client);
    }
    for (const topics of [this.#quotes, this.#bars, this.#desk]) topics.close();
  }

  #refusal(request: IncomingMessage): [status: number, why: string] | null {
    const { access } = this.#parts;
    if (!isOriginAllowed(request.headers, access)) return [403, 'Origin: not allowed here'];
    if (!mayStream(request, access)) return [401, 'Authorization: expected Bearer and the token'];
    const full = this.#closed || this.#clients.size >= BOUNDS.clients;
    return full ? [503, 'Come again later'] : null;
  }

  #heard(client: StreamClient, text: string): void {
    const pace = client.heard();
    if (pace === 'far_too_many') {
      client.end(1008, 'too many messages');
      return;
    }
    try {
      if (pace === 'too_many')
        throw inputError('messages', 'more', `at most ${BOUNDS.messages} in ${BOUNDS.windowMs / 1_000} s`);
      this.#obey(client, readWish(text));
    } catch (error) {
      client.tell(errorText(error, idOf(text)));
    }
  }

  #obey(client: StreamClient, wish: Wish): void {
    const { action, channels, symbols, interval, count, id } = wish;
    const on = (channel: Channel) => channels.includes(channel);
    const desk = channels.filter(
      (channel): channel is DeskChannel => channel !== 'quotes' && channel !== 'bars',
    );
    if (action === 'unsubscribe') {
      if (on('quotes')) this.#quotes.leave(client, symbols.length > 0 ? symbols : [...client.symbols]);
      if (on('bars')) this.#bars.leave(client, symbols, null);
      this.#desk.leave(client, desk);
      client.tell(JSON.stringify({ type: 'unsubscription_confirmed', symbols, channels, id }));
      return;
    }
    if (on('quotes')) this.#quotes.check(client, symbols);
    if (on('bars')) this.#bars.check(client, symbols, interval);
    client.tell(JSON.stringify({ type: 'subscription_confirmed', symbols, channels, id }));
    if (on('quotes')) this.#quotes.join(client, symbols);
    if (on('bars')) this.#bars.join(client, symbols, interval, count);
    this.#desk.join(client, desk);
  }

  /** A client that answered nothing between two beats is gone, whatever its socket says. */
  #beat(): void {
    this.#beats += 1;
    const timestamp = this.#parts.wall.now();
    const frame = textFrame(JSON.stringify({ type: 'heartbeat', seq: this.#beats, timestamp }));
    for (const client of [...this.#clients]) {
      if (!client.alive) {
        client.ws.terminate();
        continue;
      }
      client.alive = false;
      client.ws.ping();
      client.offer('heartbeat', frame);
    }
  }

  #gone(client: StreamClient): void {
    if (!this.#clients.delete(client)) return;
    this.#quotes.leave(client, [...client.symbols]);
    this.#bars.leave(client, [], null);
    this.#desk.leave(client, DESK_CHANNELS);
  }
}

const DESK_CHANNELS = CHANNELS.filter(
  (channel): channel is DeskChannel => channel !== 'quotes' && channel !== 'bars',
);

function idOf(text: string): string | number | undefined {
  const id = /"id"\s*:\s*(?:"([\w.:-]{1,64})"|(\d{1,15}))/.exec(text);
  if (id === null) return undefined;
  return id[1] ?? Number(id[2]);
}

const WORDS: Record<number, string> = { 401: 'Unauthorized', 403: 'Forbidden', 503: 'Service Unavailable' };

function refuse(socket: Duplex, status: number, why: string): void {
  const more = status === 401 ? 'WWW-Authenticate: Bearer\r\n' : status === 503 ? 'Retry-After: 5\r\n' : '';
  socket.end(
    `HTTP/1.1 ${status} ${WORDS[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `${more}Content-Length: ${Buffer.byteLength(why)}\r\n\r\n${why}`,
  );
}
