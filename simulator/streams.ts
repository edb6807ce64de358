import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { ElapsedTime, Timer } from '../lib/domain/clock.ts';
import { json } from './http.ts';
import { MarketFeed, MESSAGE_TYPES, type MessageType } from './market-feed.ts';
import { orderEventJson } from './order-documents.ts';
import type { Route } from './router.ts';
import { heartbeatJson } from './serializer.ts';
import { StreamConnection } from './stream-connection.ts';
import { type StreamKind, StreamSessions } from './stream-sessions.ts';
import type { Venue } from './venue.ts';

const HEARTBEAT_MS = 60_000;
/** How long a new socket may wait with its first frame. */
const FIRST_FRAME_MS = 30_000;
const LARGEST_FRAME = 256 * 1024;

// The version prefix may be left out: clients build this address from a host alone or from a REST base.
const PATH = /^(?:\/v1)?\/(markets|accounts)\/events\/?$/;

const marketFrame = z.object({
  sessionid: z.string(),
  symbols: z.array(z.string()).min(1),
  filter: z.array(z.string()).optional(),
  linebreak: z.boolean().default(false),
});

const accountFrame = z.object({
  sessionid: z.string(),
  events: z.array(z.string()).default(['order']),
  excludeAccounts: z.array(z.string()).default([]),
  linebreak: z.boolean().default(false),
});

interface Stream {
  kind: StreamKind;
  connection: StreamConnection;
  /** The session it was admitted with; a later frame must name the same. */
  session: string | null;
  /** Whether the account stream tells orders. */
  hearsOrders: boolean;
}

/** The market and account WebSockets and the sessions that open them. */
export class Streams {
  readonly #venue: Venue;
  readonly #account: string;
  readonly #elapsed: ElapsedTime;
  readonly #onError: (error: unknown) => void;
  readonly #sessions: StreamSessions;
  readonly #feed: MarketFeed;
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LARGEST_FRAME,
  });
  readonly #open = new Set<Stream>();
  readonly #heartbeat: Timer;

  constructor(options: {
    venue: Venue;
    account: string;
    elapsed: ElapsedTime;
    onError: (error: unknown) => void;
  }) {
    this.#venue = options.venue;
    this.#account = options.account;
    this.#elapsed = options.elapsed;
    this.#onError = options.onError;
    this.#sessions = new StreamSessions(options.elapsed);
    this.#feed = new MarketFeed(options.venue, options.elapsed, options.onError);
    this.#venue.orderChanges.on((order) => {
      const event = orderEventJson(order, this.#account);
      for (const stream of this.#open) if (stream.hearsOrders) stream.connection.send(event);
    });
    this.#heartbeat = options.elapsed.every(HEARTBEAT_MS, () => {
      for (const stream of this.#open) {
        if (stream.kind === 'account' && stream.session !== null) {
          stream.connection.send(heartbeatJson(this.#venue.preciseNow()));
        }
      }
    });
  }

  /** The REST calls that open a session. The market one names the HTTP address, as Tradier does. */
  routes(): Route[] {
    return [
      {
        method: 'POST',
        path: '/markets/events/session',
        category: 'market',
        handle: ({ host }) => this.#created('market', `http://${host}/v1/markets/events`),
      },
      {
        method: 'POST',
        path: '/accounts/events/session',
        category: 'standard',
        handle: ({ host }) => this.#created('account', `ws://${host}/v1/accounts/events`),
      },
    ];
  }

  /** Takes over a connection that asked to become a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const match = PATH.exec((request.url ?? '').split('?')[0] ?? '');
    if (!match) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const kind: StreamKind = match[1] === 'markets' ? 'market' : 'account';
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#serve(kind, opened));
  }

  close(): void {
    this.#heartbeat.cancel();
    this.#feed.close();
    for (const stream of this.#open) stream.connection.drop();
    this.#server.close();
  }

  #created(kind: StreamKind, url: string) {
    return json({ stream: { url, sessionid: this.#sessions.create(kind) } });
  }

  #serve(kind: StreamKind, socket: WebSocket): void {
    const connection = new StreamConnection(socket, this.#elapsed);
    const stream: Stream = { kind, connection, session: null, hearsOrders: false };
    this.#open.add(stream);
    const impatience = this.#elapsed.after(FIRST_FRAME_MS, () => {
      if (stream.session === null) connection.refuse('session not found');
    });
    // One frame after the other: admission may have to wait for an answer of the old connection.
    let frames = Promise.resolve();
    socket.on('message', (data) => {
      frames = frames
        .then(() => this.#frame(stream, data))
        .catch((error: unknown) => {
          this.#onError(error);
          connection.drop();
        });
    });
    socket.on('error', () => connection.drop());
    socket.on('close', () => {
      impatience.cancel();
      this.#open.delete(stream);
      this.#sessions.leave(kind, connection);
      this.#feed.leave(connection);
    });
  }

  async #frame(stream: Stream, data: RawData): Promise<void> {
    const schema = stream.kind === 'market' ? marketFrame : accountFrame;
    const frame = schema.safeParse(parsed(String(data)));
    if (!frame.success) {
      const issue = frame.error.issues[0];
      const where = issue?.path.join('.') || 'frame';
      stream.connection.refuse(
        where === 'sessionid' ? 'session not found' : `invalid request, ${where}: ${issue?.message}`,
      );
      return;
    }
    stream.connection.linebreak = frame.data.linebreak;
    if (!(await this.#admitted(stream, frame.data.sessionid)) || !stream.connection.open) return;
    if ('symbols' in frame.data) this.#watch(stream, frame.data.symbols, frame.data.filter);
    else {
      const { events, excludeAccounts } = frame.data;
      stream.hearsOrders = events.includes('order') && !excludeAccounts.includes(this.#account);
    }
  }

  async #admitted(stream: Stream, session: string): Promise<boolean> {
    if (stream.session !== null) {
      if (stream.session === session) return true;
      stream.connection.refuse('session not found');
      return false;
    }
    const admission = await this.#sessions.admit(stream.kind, session, stream.connection);
    if (admission !== 'admitted') {
      stream.connection.refuse(admission);
      return false;
    }
    stream.session = session;
    // It may have gone away while its predecessor was asked.
    if (!stream.connection.open) this.#sessions.leave(stream.kind, stream.connection);
    return true;
  }

  #watch(stream: Stream, asked: string[], filter: string[] | undefined): void {
    const known: string[] = [];
    for (const name of new Set(asked.map((text) => text.trim().toUpperCase()))) {
      if (this.#venue.quote(name)) known.push(name);
      // `$empty$` and the like are how clients keep a stream open without a symbol.
      else if (!name.startsWith('$')) stream.connection.send({ error: `${name} is not a valid symbol` });
    }
    const types = MESSAGE_TYPES.filter((type) => filter === undefined || filter.includes(type));
    this.#feed.watch(stream.connection, known, new Set<MessageType>(types));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
