import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type ElapsedTime, type EpochMs, guarded, type Timer, type WallTime } from '../../domain/clock.ts';
import { inputError, TraderError } from '../../domain/errors.ts';
import type { Interval } from '../../market/bars/intervals.ts';
import type { TradingAccount } from '../../trading-account.ts';
import { type AccessRules, type Attempts, isOriginAllowed, missingForStream } from '../access.ts';
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
  tooLong,
  tooMany,
  type Wish,
} from './protocol.ts';
import { QuoteTopics } from './quote-topics.ts';

export interface StreamParts {
  access: AccessRules;
  attempts: Attempts;
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
    maxPayload: BOUNDS.mostPayload,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  readonly #clients = new Set<StreamClient>();
  readonly #quotes: QuoteTopics;
  readonly #bars = new BarTopics();
  readonly #desk: DeskTopics;
  readonly #heartbeat: Timer;
  #account: TradingAccount | null = null;
  #beats = 0;
  #closed = false;

  constructor(parts: StreamParts) {
    // A timer that throws must not end the process: an account may fail at any time.
    const elapsed = guarded(parts.elapsed, parts.report);
    this.#parts = { ...parts, elapsed };
    this.#quotes = new QuoteTopics(elapsed);
    this.#desk = new DeskTopics({ elapsed, wall: parts.wall }, (error) => parts.report(error));
    this.#heartbeat = elapsed.every(HEARTBEAT_MS, () => this.#beat());
  }

  /** Follows this account from now on; null while there is none. The clients stay. */
  bind(account: TradingAccount | null): void {
    this.#account = account;
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
      refuse(socket, refusal);
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

  /** `forGood`: nothing comes after, so that a client need not try again at once. */
  close(forGood = false): void {
    this.#closed = true;
    this.#heartbeat.cancel();
    for (const client of [...this.#clients]) {
      if (forGood) client.end(1001, 'the desk is stopping');
      else client.end(1012, 'the flow is deployed anew');
      this.#gone(client);
    }
    for (const topics of [this.#quotes, this.#bars, this.#desk]) topics.close();
  }

  #refusal(request: IncomingMessage): Refusal | null {
    const { access, attempts } = this.#parts;
    if (!isOriginAllowed(request.headers, access)) return { status: 403, why: 'Origin: not allowed here' };
    const expected = missingForStream(request, access);
    if (expected !== null) {
      const wait = attempts.refused(request);
      return wait > 0
        ? { status: 429, why: 'Too many attempts came from there', again: wait }
        : { status: 401, why: `Authorization: expected ${expected}` };
    }
    const full = this.#closed || this.#clients.size >= BOUNDS.clients;
    return full ? { status: 503, why: 'Come again later', again: 5 } : null;
  }

  #heard(client: StreamClient, text: string): void {
    const pace = client.heard();
    if (pace === 'far_too_many') {
      client.end(1008, 'too many messages');
      return;
    }
    try {
      if (pace === 'too_many') throw tooMany();
      const bytes = Buffer.byteLength(text);
      if (bytes > BOUNDS.payload) throw tooLong(bytes);
      const wish = readWish(text);
      client.inTurn(async () => {
        try {
          await (wish.action === 'subscribe'
            ? this.#subscribe(client, wish)
            : this.#unsubscribe(client, wish));
        } catch (error) {
          this.#fail(client, error, wish.id);
        }
      });
    } catch (error) {
      this.#fail(client, error, idOf(text));
    }
  }

  #fail(client: StreamClient, error: unknown, id: string | number | undefined): void {
    if (!(error instanceof TraderError)) this.#parts.report(error);
    client.tell(errorText(error, id));
  }

  /** Confirms what holds and names the symbols that do not exist; where nothing holds, that is an error. */
  async #subscribe(client: StreamClient, { channels, symbols, interval, count, id }: Wish): Promise<void> {
    // Before the broker is asked about any, and after it: others may have come meanwhile.
    this.#checkBounds(client, channels, [...symbols.keys()], interval);
    const unknown = new Set(await this.#quotes.unknown([...symbols.keys()]));
    if (!this.#clients.has(client)) return;
    const known = [...symbols.keys()].filter((symbol) => !unknown.has(symbol));
    const held = channels.filter((channel) => known.length > 0 || isOfDesk(channel));
    const missing = [...unknown].map((symbol) => symbols.get(symbol) ?? symbol);
    if (held.length === 0) throw inputError('symbols', missing.join(','), 'symbols the broker knows');
    this.#checkBounds(client, held, known, interval);
    const names = Object.fromEntries(known.map((symbol) => [symbols.get(symbol), symbol]));
    client.tell(
      JSON.stringify({
        type: 'subscription_confirmed',
        symbols: known,
        ...(symbols.size > 0 ? { names } : {}),
        ...(missing.length > 0 ? { unknown: missing } : {}),
        channels: held,
        id,
      }),
    );
    if (held.includes('quotes')) this.#quotes.join(client, known);
    if (held.includes('bars')) this.#bars.join(client, known, interval, count);
    this.#desk.join(client, held.filter(isOfDesk));
  }

  /** Throws E_INPUT. */
  #checkBounds(
    client: StreamClient,
    channels: readonly Channel[],
    symbols: readonly string[],
    interval: Interval,
  ): void {
    if (channels.includes('quotes')) this.#quotes.check(client, symbols);
    if (channels.includes('bars')) this.#bars.check(client, symbols, interval);
  }

  async #unsubscribe(client: StreamClient, { channels, symbols: named, id }: Wish): Promise<void> {
    const symbols = [...named.keys()];
    if (channels.includes('quotes'))
      this.#quotes.leave(client, symbols.length > 0 ? symbols : [...client.symbols]);
    if (channels.includes('bars')) this.#bars.leave(client, symbols, null);
    this.#desk.leave(client, channels.filter(isOfDesk));
    client.tell(JSON.stringify({ type: 'unsubscription_confirmed', symbols, channels, id }));
  }

  /** A client that answered nothing between two beats is gone, whatever its socket says. */
  #beat(): void {
    this.#beats += 1;
    const stamps = { at: this.#marketNow(), timestamp: this.#parts.wall.now() };
    const frame = textFrame(JSON.stringify({ type: 'heartbeat', seq: this.#beats, ...stamps }));
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

  #marketNow(): EpochMs | null {
    try {
      return this.#account?.clock.market.now() ?? null;
    } catch {
      // Before the broker told its time for the first time.
      return null;
    }
  }

  #gone(client: StreamClient): void {
    if (!this.#clients.delete(client)) return;
    this.#quotes.leave(client, [...client.symbols]);
    this.#bars.leave(client, [], null);
    this.#desk.leave(client, DESK_CHANNELS);
  }
}

const DESK_CHANNELS = CHANNELS.filter(isOfDesk);

function isOfDesk(channel: Channel): channel is DeskChannel {
  return channel !== 'quotes' && channel !== 'bars';
}

function idOf(text: string): string | number | undefined {
  const id = /"id"\s*:\s*(?:"([\w.:-]{1,64})"|(\d{1,15}))/.exec(text);
  if (id === null) return undefined;
  return id[1] ?? Number(id[2]);
}

interface Refusal {
  status: 401 | 403 | 429 | 503;
  why: string;
  /** Seconds until it may be tried again. */
  again?: number;
}

const WORDS: Record<Refusal['status'], string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

function refuse(socket: Duplex, { status, why, again }: Refusal): void {
  const more = [
    ...(status === 401 ? ['WWW-Authenticate: Bearer\r\n'] : []),
    ...(again === undefined ? [] : [`Retry-After: ${again}\r\n`]),
  ].join('');
  // A caller that keeps its half open would hold the socket for ever.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${WORDS[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `${more}Content-Length: ${Buffer.byteLength(why)}\r\n\r\n${why}`,
  );
}
