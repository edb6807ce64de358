import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** One HTTP request as its bytes came in. */
export interface WireRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

/**
 * A server that speaks no HTTP of its own: a test decides byte by byte what happens to a connection. It counts the
 * connections and records every whole request.
 */
export class WireServer {
  readonly requests: WireRequest[] = [];
  connections = 0;
  bytesRead = 0;
  /** The most requests that were waiting for their answer at once. */
  mostAtOnce = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #open = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `answer` gets each whole request; `accept`, when given, each connection before anything was read. */
  static async start(
    answer: (socket: Socket, request: WireRequest) => void,
    accept?: (socket: Socket) => void,
  ): Promise<WireServer> {
    const server = createServer();
    const wire = new WireServer(server);
    server.on('connection', (socket) => wire.#connection(socket, answer, accept));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return wire;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get base(): string {
    return `${this.origin}/v1`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connection(
    socket: Socket,
    answer: (socket: Socket, request: WireRequest) => void,
    accept?: (socket: Socket) => void,
  ): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    accept?.(socket);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      text += chunk.toString('latin1');
      for (let request = whole(text); request !== null; request = whole(text)) {
        text = text.slice(request.length);
        this.requests.push(request.parsed);
        this.#open += 1;
        this.mostAtOnce = Math.max(this.mostAtOnce, this.#open);
        socket.once('close', () => {
          this.#open -= 1;
        });
        answer(socket, request.parsed);
      }
    });
  }
}

function whole(text: string): { parsed: WireRequest; length: number } | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines)
    headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim();
  const length = end + 4 + Number(headers['content-length'] ?? 0);
  if (text.length < length) return null;
  const [method = '', path = ''] = first.split(' ');
  return { parsed: { method, path, headers, body: text.slice(end + 4, length) }, length };
}

/** A whole HTTP answer. */
export function http(status: number, body: string, headers: Record<string, string | number> = {}): string {
  const all = { 'Content-Length': Buffer.byteLength(body), Connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n${body}`;
}

/** The same for a JSON value. */
export function json(status: number, value: unknown, headers: Record<string, string | number> = {}): string {
  return http(status, JSON.stringify(value), { 'Content-Type': 'application/json', ...headers });
}
