/** The readers of the stream's bench, in a process of their own: they count frames, and some read the time in them. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

const [port = 0, clients = 0] = process.argv.slice(2, 4).map(Number);
const symbols = process.argv[4]?.split(',') ?? [];
/** Every so many clients one reads the times. */
const READS_TIMES = 20;
const PING = 9;
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
/** Heartbeats are no quotes; the bare server confirms with less than one. */
const SMALLEST_HEARTBEAT = 40;
const SMALLEST_QUOTE = 200;
const MADE_AT = Buffer.from('made at ');

let frames = 0;
let expected = 0;
let latencies: number[] = [];

function client(n: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const readsTimes = n % READS_TIMES === 0;
  let rest: Buffer = Buffer.alloc(0);
  let ready: (() => void) | null = null;
  const read = (chunk: Buffer) => {
    let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (;;) {
      if (data.length < 2) break;
      const short = (data[1] ?? 0) & 0x7f;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (data.length < head) break;
      const size = short < 126 ? short : short === 126 ? data.readUInt16BE(2) : data.readUInt32BE(6);
      if (data.length < head + size) break;
      if (((data[0] ?? 0) & 0x0f) === PING) socket.write(PONG);
      else if (ready) {
        // A heartbeat may come before the subscription is confirmed.
        if (size >= SMALLEST_QUOTE || size < SMALLEST_HEARTBEAT) {
          ready();
          ready = null;
        }
      } else if (size >= SMALLEST_QUOTE) {
        frames += 1;
        if (readsTimes) noteTime(data.subarray(head, head + size));
        if (frames === expected) process.send?.({ frames, at: String(process.hrtime.bigint()) });
      }
      data = data.subarray(head + size);
    }
    rest = data;
  };
  const request =
    `GET /stream HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', () => {
      ready = resolve;
      socket.on('data', read);
      socket.write(masked(JSON.stringify({ action: 'subscribe', symbols })));
    });
    socket.write(request);
  });
}

function noteTime(payload: Buffer): void {
  const at = payload.indexOf(MADE_AT);
  if (at < 0) return;
  const from = at + MADE_AT.length;
  const made = BigInt(payload.toString('latin1', from, from + 20));
  latencies.push(Number(process.hrtime.bigint() - made) / 1e3);
}

function masked(text: string): Buffer {
  const payload = Buffer.from(text);
  const size = payload.length;
  const head =
    size < 126 ? Buffer.from([0x81, 0x80 | size]) : Buffer.from([0x81, 0xfe, size >> 8, size & 0xff]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

process.on('message', ({ bench }: { bench: string }) => {
  const [what = '', count = '0'] = bench.split(' ');
  if (what === 'expect') {
    frames = 0;
    expected = Number(count);
    latencies = [];
    process.send?.({});
  } else process.send?.({ frames, latencies });
});
process.on('disconnect', () => process.exit(0));
for (let n = 0; n < clients; n += 50)
  await Promise.all(Array.from({ length: Math.min(50, clients - n) }, (_, k) => client(n + k)));
process.send?.({});
