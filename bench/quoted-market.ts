/**
 * The market of orders under quotes: the simulator behind a front that lets nothing of its stream through but what concerns
 * AAPL, which is traded, and tells as many quotes of the other symbols a second as it is asked to, evenly.
 */
import { createServer, request } from 'node:http';
import { type WebSocket as Socket, WebSocket, WebSocketServer } from 'ws';
import { startSimulator } from '../simulator/server.ts';

const TRADED = 'AAPL';
const TICK_MS = 2;

interface Said {
  type?: string;
  symbol?: string;
  bidsz?: number;
}

const unlimited = { standard: 1e9, market: 1e9, trading: 1e9 };
const { token, account, port } = await startSimulator({ limits: false, quotas: unlimited });

/** The newest true quote of each symbol; what is told differs from it in its size alone. */
const newest = new Map<string, Said>();
const listening = new Set<Socket>();
let rate = 0;
let began = performance.now();
let told = 0;

const server = createServer((req, res) => {
  const { method, url, headers } = req;
  const onward = request({ port, method, path: url, headers }, (reply) => {
    res.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(res);
  });
  onward.on('error', () => res.destroy());
  req.pipe(onward);
});

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
server.on('upgrade', (req, socket, head) => {
  sockets.handleUpgrade(req, socket, head, (client) => join(client, req.url ?? '/'));
});

/** Both ends of a stream, as one. */
function join(client: Socket, url: string): void {
  const behind = new WebSocket(`ws://127.0.0.1:${port}${url}`, { perMessageDeflate: false });
  const isMarket = url.includes('/markets/');
  const early: string[] = [];
  client.on('message', (data) => {
    if (behind.readyState === WebSocket.OPEN) behind.send(String(data));
    else early.push(String(data));
  });
  behind.on('open', () => {
    for (const text of early) behind.send(text);
    if (isMarket) listening.add(client);
  });
  behind.on('message', (data) => {
    const text = String(data);
    if (!isMarket || passes(JSON.parse(text) as Said)) client.send(text);
  });
  for (const [one, other] of [
    [client, behind],
    [behind, client],
  ] as const) {
    one.on('error', () => other.terminate());
    one.on('close', () => {
      listening.delete(client);
      other.terminate();
    });
  }
}

function passes(said: Said): boolean {
  if (said.symbol === undefined || said.symbol === TRADED) return true;
  if (said.type === 'quote') newest.set(said.symbol, said);
  return false;
}

setInterval(() => {
  const quotes = [...newest.values()];
  const due = Math.floor(((performance.now() - began) / 1_000) * rate);
  for (; told < due && quotes.length > 0; told++) {
    const quote = quotes[told % quotes.length] as Said;
    const text = JSON.stringify({ ...quote, bidsz: 1 + (told % 90) });
    for (const client of listening) client.send(text);
  }
}, TICK_MS);

process.on('message', ({ bench }: { bench: string }) => {
  rate = Number(bench.split(' ')[1]);
  began = performance.now();
  told = 0;
  process.send?.({ symbols: newest.size });
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const front = typeof address === 'object' ? address?.port : 0;
  process.send?.({ rest: `http://127.0.0.1:${front}/v1`, token, account });
});
