import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** A client of the stream without a library: it counts frames, and reads only when it is told to. */
export class FrameReader {
  readonly socket: Socket;
  frames = 0;
  bytes = 0;
  /** Texts of the frames, where they are kept. */
  readonly texts: string[] = [];
  readonly #keep: boolean;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, keep: boolean) {
    this.socket = socket;
    this.#keep = keep;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => undefined);
  }

  static open(port: number, keep = false): Promise<FrameReader> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const lines = [
      'GET /stream HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    return new Promise((resolve, reject) => {
      socket.once('close', () => reject(new Error('closed before the upgrade')));
      socket.once('data', (chunk) => {
        if (!/^HTTP\/1\.1 101/.test(chunk.toString('latin1'))) return reject(new Error(String(chunk)));
        resolve(new FrameReader(socket, keep));
      });
    });
  }

  say(wish: object): void {
    this.socket.write(masked(JSON.stringify(wish)));
  }

  #read(chunk: Buffer): void {
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (;;) {
      if (data.length < 2) break;
      const short = (data[1] ?? 0) & 0x7f;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (data.length < head) break;
      const size = short < 126 ? short : short === 126 ? data.readUInt16BE(2) : data.readUInt32BE(6);
      if (data.length < head + size) break;
      if (((data[0] ?? 0) & 0x0f) === 1) {
        this.frames += 1;
        this.bytes += size;
        if (this.#keep) this.texts.push(data.toString('utf8', head, head + size));
      }
      data = data.subarray(head + size);
    }
    this.#rest = data;
  }
}

/** One text frame of a client, masked with zeros. */
export function masked(text: string): Buffer {
  const payload = Buffer.from(text);
  const size = payload.length;
  const head =
    size < 126 ? Buffer.from([0x81, 0x80 | size]) : Buffer.from([0x81, 0xfe, size >> 8, size & 0xff]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}
