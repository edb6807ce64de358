import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { systemElapsed, type Timer } from '../../lib/domain/clock.ts';

export type Kind = 'market' | 'account';
/** A reset connection, a close frame, a socket that stays open and says nothing more. */
export type End = 'reset' | 'close' | 'mute';

interface Stream {
  kind: Kind;
  client: WebSocket;
  /** The client's TCP connection. */
  wire: Duplex;
  broker: WebSocket;
  broken: boolean;
}

const HEARTBEAT = '{"event":"heartbeat","status":"active"}';
const HEARTBEAT_MS = 30;

/**
 * A line between a client and the simulator: it passes requests and both streams on, and ends streams from the broker's
 * side when told to. In between it sends heartbeats, so that silence soon means something.
 */
export class BrokenLine {
  /** The most sockets of one kind that were open together. */
  readonly mostOpen = { market: 0, account: 0 };
  readonly #to: { host: string; port: number };
  readonly #server = createServer((asked, answer) => this.#pass(asked, answer));
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #open = new Set<Stream>();
  readonly #heart: Timer;

  private constructor(port: number) {
    this.#to = { host: '127.0.0.1', port };
    this.#server.on('upgrade', (asked, wire, head) => {
      wire.on('error', () => wire.destroy());
      this.#sockets.handleUpgrade(asked, wire, head, (client) => this.#join(asked, wire, client));
    });
    this.#heart = systemElapsed.every(HEARTBEAT_MS, () => {
      for (const { client, broken } of this.#open) if (!broken) client.send(HEARTBEAT);
    });
  }

  /** Leads to the simulator at a port of this machine. */
  static async to(port: number): Promise<BrokenLine> {
    const line = new BrokenLine(port);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  get base(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** Ends the stream of a kind that is open; false where there is none, or it was ended already. */
  end(kind: Kind, how: End): boolean {
    const stream = [...this.#open].find((open) => open.kind === kind && !open.broken);
    if (stream === undefined) return false;
    stream.broken = true;
    if (how === 'reset') (stream.wire as Socket).resetAndDestroy();
    if (how === 'close') stream.client.close(1001);
    return true;
  }

  async close(): Promise<void> {
    this.#heart.cancel();
    for (const { client } of this.#open) client.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { method, url, headers } = asked;
    const onward = request({ ...this.#to, method, path: url, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    // What the simulator cuts, the client sees cut.
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  }

  #join(asked: IncomingMessage, wire: Duplex, client: WebSocket): void {
    const kind: Kind = asked.url?.includes('/markets/') ? 'market' : 'account';
    const broker = new WebSocket(`ws://${this.#to.host}:${this.#to.port}${asked.url}`);
    const stream: Stream = { kind, client, wire, broker, broken: false };
    this.#open.add(stream);
    const open = [...this.#open].filter((other) => other.kind === kind).length;
    this.mostOpen[kind] = Math.max(this.mostOpen[kind], open);

    const opened = once(broker, 'open').catch(() => undefined);
    client.on('message', (data) => {
      void opened.then(() => broker.readyState === WebSocket.OPEN && broker.send(String(data)));
    });
    client.on('error', () => client.terminate());
    client.on('close', () => {
      this.#open.delete(stream);
      broker.terminate();
    });
    broker.on('message', (data) => {
      if (!stream.broken) client.send(String(data));
    });
    broker.on('error', () => broker.terminate());
    broker.on('close', () => {
      if (!stream.broken) client.close(1001);
    });
  }
}
