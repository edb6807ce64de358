import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface StreamClient {
  kind: 'market' | 'account';
  socket: WebSocket;
  /** Every frame the client sent, parsed. */
  frames: Record<string, unknown>[];
  closed: boolean;
}

/** Tradier's session endpoints and both WebSockets, with the test as the broker. */
export class StreamServer {
  readonly clients: StreamClient[] = [];
  readonly sessions: string[] = [];
  /** Status of the next session requests; 200 by default. */
  sessionStatus = 200;
  /** The most sockets of one kind that were open together. */
  mostOpen = { market: 0, account: 0 };
  quoteReads = 0;
  quotes: object[] = [];
  /** The account's orders, as rows of Tradier's list. */
  orders: object[] = [];
  orderReads = 0;
  /** Holds the list of orders back; fails it with status 500. */
  ordersWait: Promise<void> | null = null;
  ordersFail = false;
  /** Holds the answers to WebSocket handshakes back; how many were asked for. */
  upgradeWait: Promise<void> | null = null;
  upgrades = 0;
  /** Where sessions say the streams are; by default here. */
  announced: string | null = null;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#sockets = new WebSocketServer({ noServer: true });
    this.#server.on('upgrade', (request, socket, head) => {
      this.upgrades += 1;
      const accept = () =>
        this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#accept(request, ws));
      if (this.upgradeWait === null) accept();
      else void this.upgradeWait.then(accept);
    });
  }

  static async start(): Promise<StreamServer> {
    const server = new StreamServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get base(): string {
    return `${this.origin}/v1`;
  }

  of(kind: 'market' | 'account'): StreamClient[] {
    return this.clients.filter((client) => client.kind === kind);
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.socket.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const kind = request.url?.includes('/markets/') ? 'markets' : 'accounts';
    if (request.url?.startsWith('/v1/markets/quotes')) {
      this.quoteReads += 1;
      response.end(JSON.stringify({ quotes: { quote: this.quotes } }));
    } else if (request.url?.startsWith('/v1/accounts/') && request.url.includes('/orders')) {
      void this.#answerOrders(request, response);
    } else if (request.method === 'POST' && request.url === `/v1/${kind}/events/session`) {
      const sessionid = `${kind}-${this.sessions.length + 1}`;
      this.sessions.push(sessionid);
      response.statusCode = this.sessionStatus;
      const url = this.announced ?? `${this.origin}/v1/${kind}/events`;
      response.end(JSON.stringify({ stream: { url, sessionid } }));
    } else {
      response.statusCode = 404;
      response.end('no');
    }
  }

  async #answerOrders(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.orderReads += 1;
    const order = /[?&]page=1&/.test(request.url ?? '') ? [...this.orders] : [];
    await this.ordersWait;
    response.statusCode = this.ordersFail ? 500 : 200;
    response.end(JSON.stringify({ orders: order.length === 0 ? 'null' : { order } }));
  }

  #accept(request: IncomingMessage, socket: WebSocket): void {
    const kind = request.url?.includes('/markets/') ? 'market' : 'account';
    const client: StreamClient = { kind, socket, frames: [], closed: false };
    this.clients.push(client);
    const open = this.of(kind).filter((other) => !other.closed).length;
    this.mostOpen[kind] = Math.max(this.mostOpen[kind], open);
    socket.on('message', (data) => client.frames.push(JSON.parse(String(data)) as Record<string, unknown>));
    socket.on('close', () => {
      client.closed = true;
    });
  }
}
